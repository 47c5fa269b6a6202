//! A node's turn, in the order of the real driver: hear, begin to save, read, tell, send.
//!
//! What sessions want saved is one transaction at a time. While it is under way they hear, verify and send, unless it decides how
//! frames are read; when it is on the disk they hear so, and only then do they make the frames that tell others.

use std::time::Duration;

use quince_core::feed::{FeedId, Lane};
use quince_core::sync::{Alarm, ByeReason, Effect, Frame, Moment, Nonce, Role, Rows, Session, next_to_save};

use super::alter;
use super::disk::{Saved, Tables, Tx};
use super::faults::Fault;
use super::link::{LinkId, Parcel};
use super::members;
use super::node::{Connection, Engine, Input};
use super::options::Planted;
use super::queue::{Event, Over};
use super::world::World;

/// Things that a node hears before it acts upon them.
const INPUTS_MAX: usize = 64;

/// Bytes of frames in one transaction, more or less one frame: few, so that what comes has to wait for several.
const SAVE_BYTES_MAX: u64 = 4 * 1024;

/// After the store has failed, how long to wait before everything is read from it again.
const RELOAD_PAUSE: Duration = Duration::from_secs(5);

/// How long after its answer a transaction reaches the disk that does not wait for it.
const LATE_SYNC: Duration = Duration::from_secs(3);

impl World {
    /// Hears what waits, and does what follows.
    pub(super) fn turn(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.turn_due = false;
        if node.asleep || node.engine.as_ref().is_none_or(|engine| engine.deciding) {
            return;
        }
        for _ in 0..INPUTS_MAX {
            let Some(input) = self.nodes[index].inbox.pop_front() else { break };
            self.hear(index, input);
        }
        self.settle(index);
        if !self.nodes[index].inbox.is_empty() {
            self.wake(index);
        }
    }

    /// Time has passed.
    pub(super) fn time_out(&mut self, index: usize) {
        let now = self.now();
        let node = &mut self.nodes[index];
        if node.timer_at != Some(now.0) {
            return;
        }
        node.timer_at = None;
        if node.asleep {
            return;
        }
        let Some(engine) = node.engine.as_mut().filter(|engine| !engine.deciding) else { return };
        engine.expire(now);
        self.settle(index);
    }

    fn hear(&mut self, index: usize, input: Input) {
        let now = self.now();
        match input {
            Input::Open(id, role, peer) => {
                let nonce = Nonce(self.dice.bytes());
                let key = members::tls_key(&self.nodes[peer].name);
                if let Some(engine) = &mut self.nodes[index].engine {
                    let session = Session::new(&mut engine.ctx, now, role, key, nonce);
                    let outbound = matches!(role, Role::Dialled(_)).then_some(peer);
                    engine.connections.insert(id, Connection { session, outbound, opened: false });
                }
            }
            Input::Parcel(id, parcel) => {
                let end = self.links.get(&id).map_or(0, |link| link.end_of(index));
                self.taken(id, end, &parcel);
                self.hear_parcel(index, id, parcel);
            }
            Input::Gone(id) => self.lose(index, id),
            Input::Progress(feed) => {
                let node = &mut self.nodes[index];
                let Some(mut engine) = node.engine.take() else { return };
                engine.ctx.feed_changed(node.disk.tables.copy_mut(feed).log.clone());
                engine.follow(&node.disk.tables);
                node.read_identity(&mut engine.ctx, feed);
                node.engine = Some(engine);
            }
        }
    }

    fn hear_parcel(&mut self, index: usize, id: LinkId, parcel: Parcel) {
        let now = self.now();
        if let Parcel::Frame(frame) = &parcel {
            self.frames += 1;
            let text = Self::describe(frame);
            self.note(format_args!("n{index} hears l{} {text}", id.0));
        }
        let Some(engine) = &mut self.nodes[index].engine else { return };
        let Some(Connection { session, .. }) = engine.connections.get_mut(&id) else { return };
        match parcel {
            Parcel::Frame(mut frame) => {
                if let Frame::IdentityLane(lane) = &mut *frame {
                    lane.tls_keys = members::tls_keys(&lane.entries).into_iter().collect();
                }
                session.handle_frame(&mut engine.ctx, now, *frame);
            }
            Parcel::Garbage => session.handle_malformed(&mut engine.ctx, "bytes that are no frame"),
            Parcel::End => self.lose(index, id),
        }
    }

    /// A connection is gone, and with it its session.
    pub(super) fn lose(&mut self, index: usize, id: LinkId) {
        let (now, dice) = (self.queue.now(), self.dice.next());
        if let Some(link) = self.links.get(&id) {
            self.close(id, link.end_of(index), true);
        }
        let Some(engine) = &mut self.nodes[index].engine else { return };
        let Some(Connection { mut session, outbound, opened }) = engine.connections.remove(&id) else {
            return;
        };
        session.handle_disconnected(&mut engine.ctx);
        let is_duplicate = session.closed().is_some_and(|closed| closed.reason == ByeReason::Duplicate);
        let opened = opened && !is_duplicate;
        let peer = session.peer().and_then(|peer| self.index.get(&peer).copied()).or(outbound);
        if let Some(peer) = peer {
            self.nodes[index].dials.ended(peer, id, opened, now, dice);
        }
        self.note(format_args!("n{index} loses l{}: {:?}", id.0, session.closed()));
    }

    /// Does all there is to do, until nothing is left.
    fn settle(&mut self, index: usize) {
        self.let_go(index);
        loop {
            self.begin_save(index);
            if self.nodes[index].engine.is_none() {
                return;
            }
            let worked = self.read(index);
            let told = self.spread(index);
            self.raise(index);
            let sent = self.send(index);
            if self.oracle.fault().is_some() || (!worked && !told && !sent) {
                break;
            }
        }
        self.bury(index);
        self.dial(index);
    }

    /// Takes out what sessions want, and begins to save it, unless something is being saved.
    fn begin_save(&mut self, index: usize) {
        let now = self.now();
        let node = &mut self.nodes[index];
        let Some(engine) = &mut node.engine else { return };
        engine.gather();
        if engine.saving || engine.saves.is_empty() {
            return;
        }
        if node.disk.full {
            self.counts.count(Fault::DiskFull);
            return self.give_up(index);
        }
        let saves = next_to_save(&mut engine.saves, SAVE_BYTES_MAX);
        if self.options.has(Planted::TellBeforeSave) {
            for (id, effect) in &saves {
                if let (Effect::Store(batch), Some(connection)) = (effect, engine.connections.get_mut(id)) {
                    connection.session.handle_stored(&mut engine.ctx, now, &batch.clone().into_receipt());
                }
            }
            return self.begin_commit(index, Tx::Sessions(saves));
        }
        engine.saving = true;
        self.begin_commit(index, Tx::Sessions(saves));
    }

    /// A transaction begins. There is one writer at a time, so it ends after those before it.
    pub(super) fn begin_commit(&mut self, index: usize, tx: Tx) {
        let node = &mut self.nodes[index];
        node.disk.under_way.push_back(tx);
        let slowness = 1 + u32::try_from(node.pace.as_millis() / 10).unwrap_or(u32::MAX);
        let takes = self.dice.millis(1..8) * slowness;
        let skips = self.options.has(Planted::SkipSync);
        let at = self.queue.now().max(node.commit_at) + if skips { Duration::ZERO } else { takes };
        node.commit_at = at;
        self.queue.plan_at(at, Event::Committed { node: index, life: node.life });
        if skips {
            self.queue.plan_at(at + LATE_SYNC, Event::Synced { node: index });
        }
    }

    /// The oldest transaction under way is on the disk.
    pub(super) fn commit(&mut self, index: usize) {
        let now = self.now();
        let Some(saved) = self.persist(index) else {
            let life = self.nodes[index].life;
            let takes = self.dice.millis(1..4);
            self.queue.plan(takes, Event::Published { node: index, life });
            return;
        };
        let node = &mut self.nodes[index];
        let Some(mut engine) = node.engine.take() else { return };
        // By which list something is missing is known before anybody is shown the feed.
        for (feed, place) in node.disk.tables.lists() {
            engine.ctx.list_stored(feed, place);
        }
        node.disk.compact(node.id, self.options.has(Planted::LetLiveGo));
        if !self.options.has(Planted::TellBeforeSave) {
            for (id, saved) in saved {
                let Some(Connection { session, .. }) = engine.connections.get_mut(&id) else {
                    if let Saved::Batch(receipt) = saved {
                        engine.ctx.stored_for_nobody(&receipt);
                        node.read_identity(&mut engine.ctx, receipt.feed());
                    }
                    continue;
                };
                match saved {
                    Saved::Batch(receipt) => {
                        // That a head has changed may be heard before what became of the transaction.
                        if self.dice.percent(50) {
                            engine.ctx.feed_changed(node.disk.tables.copy_mut(receipt.feed()).log.clone());
                        }
                        session.handle_stored(&mut engine.ctx, now, &receipt);
                        node.read_identity(&mut engine.ctx, receipt.feed());
                    }
                    Saved::Refused(receipt) => session.handle_store_refused(&mut engine.ctx, &receipt),
                    Saved::Roster(chain) => session.handle_roster_stored(&mut engine.ctx, *chain),
                    Saved::Fork => {}
                    Saved::Cursors(cursors) => session.handle_cursors_saved(&mut engine.ctx, cursors),
                }
            }
        }
        engine.saving = false;
        engine.deciding &= !engine.saves.is_empty();
        engine.follow(&node.disk.tables);
        engine.expire(now);
        node.engine = Some(engine);
        self.settle(index);
        if !self.nodes[index].inbox.is_empty() {
            self.wake(index);
        }
    }

    /// Puts the oldest transaction into the tables. `None` when it was the office's.
    pub(super) fn persist(&mut self, index: usize) -> Option<Vec<(LinkId, Saved)>> {
        let node = &mut self.nodes[index];
        match node.disk.under_way.pop_front()? {
            Tx::Office(entries, log) => {
                self.persist_office(index, entries, *log);
                None
            }
            Tx::Sessions(saves) => {
                let mut all = Vec::new();
                for (id, effect) in saves {
                    let saved = match effect {
                        Effect::Store(batch) => {
                            let (feed, first) = (batch.extended().log.feed(), batch.extended().first);
                            let (new, size) = (batch.extended().held, node.disk.tables.size(feed));
                            if size == first {
                                self.entries += (batch.entries().len() - new) as u64;
                                self.oracle.stored(feed, first, &batch.entries()[new..]);
                                batch.extended().log.head().iter().for_each(|head| self.oracle.shown(head));
                            }
                            node.disk.apply(*batch)
                        }
                        Effect::StoreRoster(chain, notes) => {
                            node.disk.put_rosters(&notes);
                            Saved::Roster(chain)
                        }
                        Effect::StoreFork(proof) => {
                            node.disk.put_fork(&proof);
                            Saved::Fork
                        }
                        Effect::SaveCursors(peer, cursors) => {
                            node.disk.tables.cursors.insert(peer, cursors);
                            Saved::Cursors(cursors)
                        }
                        _ => continue,
                    };
                    all.push((id, saved));
                }
                self.tape.write(self.queue.now(), format_args!("n{index} commits {} saves", all.len()));
                Some(all)
            }
        }
    }

    /// Answers reads; false when there are none. A copy is checked when nothing is being saved.
    fn read(&mut self, index: usize) -> bool {
        let node = &mut self.nodes[index];
        let Some(engine) = &mut node.engine else { return false };
        let (saving, mut any, mut later) = (engine.saving, false, Vec::new());
        for (id, effect) in std::mem::take(&mut engine.reads) {
            match effect {
                Effect::CheckCopy(_) if saving => later.push((id, effect)),
                Effect::CheckCopy(feed) => {
                    self.check_copy(index, feed);
                    any = true;
                }
                effect => {
                    self.answer(index, id, &effect);
                    any = true;
                }
            }
        }
        if let Some(engine) = &mut self.nodes[index].engine {
            engine.reads.append(&mut later);
        }
        any
    }

    fn answer(&mut self, index: usize, id: LinkId, effect: &Effect) {
        let node = &mut self.nodes[index];
        let mut rows = node.disk.tables.read(effect);
        if let (true, Rows::Entries { entries, leaves }) =
            (self.options.has(Planted::ServeAltered), &mut rows)
            && let (Some(last), Some(leaf)) = (entries.last_mut(), leaves.last_mut())
            && let Some(altered) = alter::entry(&mut self.dice, last)
        {
            *leaf = altered.leaf_hash();
            *last = altered;
        }
        if let Some(engine) = &mut node.engine
            && let Some(connection) = engine.connections.get_mut(&id)
        {
            connection.session.handle_read(&mut engine.ctx, rows);
        }
    }

    fn check_copy(&mut self, index: usize, feed: FeedId) {
        let node = &mut self.nodes[index];
        let own = feed.node == node.id;
        let mended = (!node.disk.tables.copy_mut(feed).is_whole()).then(|| {
            if !own {
                node.disk.mend(feed);
                self.counts.count(Fault::Mended);
            }
            node.disk.tables.copy_mut(feed).log.clone()
        });
        if let Some(engine) = &mut node.engine {
            engine.ctx.copy_checked(feed, mended);
        }
    }

    /// Tells every session what has changed for all. False when nothing has.
    fn spread(&mut self, index: usize) -> bool {
        let now = self.now();
        let Some(engine) = &mut self.nodes[index].engine else { return false };
        let Some(changes) = engine.ctx.take_changes() else { return false };
        for connection in engine.connections.values_mut() {
            connection.session.handle_changes(&mut engine.ctx, now, &changes);
        }
        true
    }

    /// Alarms and echoes: an own head that disagrees with the store closes the guard of the signature.
    fn raise(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let Some(engine) = &mut node.engine else { return };
        let mut seen: Vec<_> = engine.ctx.take_echoes();
        for alarm in engine.ctx.take_alarms() {
            self.oracle.alarmed(node.id, &alarm);
            self.tape.write(self.queue.now(), format_args!("n{index} raises {alarm:?}"));
            match alarm {
                Alarm::OwnHeadAhead { held, .. } => seen.push(*held),
                Alarm::Fork(_) => self.counts.count(Fault::Fork),
                _ => {}
            }
        }
        if self.options.has(Planted::IgnoreEcho) {
            return;
        }
        for signed in seen {
            if let Some(reason) = node.disk.disagreement("a peer", &signed.head) {
                node.disk.tables.read_only.get_or_insert(reason);
            }
        }
    }

    /// Hands frames to connections that can take them. False when none could be.
    fn send(&mut self, index: usize) -> bool {
        let ids: Vec<LinkId> =
            self.nodes[index].engine.iter().flat_map(|engine| engine.connections.keys().copied()).collect();
        let mut any = false;
        for id in ids {
            while let Some(frame) = self.next_frame(index, id) {
                any = true;
                let Some(end) = self.links.get(&id).map(|link| link.end_of(index)) else { continue };
                self.post(id, end, Parcel::Frame(Box::new(frame)));
            }
        }
        any
    }

    /// The next frame of a session, if its connection can take one. It is checked before it leaves.
    fn next_frame(&mut self, index: usize, id: LinkId) -> Option<Frame> {
        let now = self.now();
        let node = &mut self.nodes[index];
        let engine = node.engine.as_mut()?;
        let link = self.links.get_mut(&id)?;
        let end = link.end_of(index);
        if !link.ways[1 - end].has_room() {
            return None;
        }
        let connection = engine.connections.get_mut(&id)?;
        let frame = connection.session.poll_frame(&engine.ctx, now);
        connection.opened |= connection.session.is_open();
        let frame = frame?;
        let (here, there) = (&link.ways[1 - end], &link.ways[end]);
        self.oracle.sent(node.id, &node.disk, &frame, here, there);
        Some(frame)
    }

    /// Lets go of sessions that are over and have said all they had to say.
    fn bury(&mut self, index: usize) {
        let Some(engine) = &self.nodes[index].engine else { return };
        let over = |(id, connection): (&LinkId, &Connection)| connection.session.is_finished().then_some(*id);
        let gone: Vec<LinkId> = engine.connections.iter().filter_map(over).collect();
        gone.into_iter().for_each(|id| self.lose(index, id));
    }

    /// The store has failed: all sessions end, and begin again with what the store holds then.
    fn give_up(&mut self, index: usize) {
        self.note(format_args!("n{index} gives up: its disk is full"));
        let life = self.nodes[index].life;
        self.hang_up(index, true);
        let node = &mut self.nodes[index];
        node.engine = None;
        node.inbox.clear();
        let targets = node.dials.targets();
        node.dials.aim(targets);
        self.queue.plan(RELOAD_PAUSE, Event::Over(Over::Reload { node: index, life }));
    }

    /// Every connection of a node is closed at its end.
    pub(super) fn hang_up(&mut self, index: usize, tell: bool) {
        let ids: Vec<(LinkId, usize)> = self
            .links
            .iter()
            .filter(|(_, link)| link.nodes.contains(&index))
            .map(|(id, link)| (*id, link.end_of(index)))
            .collect();
        ids.into_iter().for_each(|(id, end)| self.close(id, end, tell));
    }
}

impl Engine {
    /// Hears in which order heads have changed in the tables.
    pub(super) fn follow(&mut self, tables: &Tables) {
        for (change_no, feed) in tables.changed_since(self.followed) {
            let list = tables.copies.get(&feed).and_then(|copy| copy.list.as_ref());
            list.iter().for_each(|closed| self.ctx.list_stored(feed, closed.place));
            self.ctx.numbered(feed, change_no);
            self.followed = change_no;
        }
    }

    /// Puts aside what sessions want saved, and what they want read.
    fn gather(&mut self) {
        for (id, connection) in &mut self.connections {
            while let Some(effect) = connection.session.poll_effect() {
                self.deciding |= match &effect {
                    Effect::Store(batch) => batch.extended().log.feed().lane == Lane::Identity,
                    Effect::StoreRoster(..) | Effect::StoreFork(_) => true,
                    _ => false,
                };
                match effect {
                    Effect::Store(_)
                    | Effect::StoreRoster(..)
                    | Effect::StoreFork(_)
                    | Effect::SaveCursors(..) => self.saves.push((*id, effect)),
                    _ => self.reads.push((*id, effect)),
                }
            }
        }
    }

    /// Sessions whose time has come.
    fn expire(&mut self, now: Moment) {
        for Connection { session, .. } in self.connections.values_mut() {
            if session.poll_timeout().is_some_and(|at| at <= now) {
                session.handle_timeout(&mut self.ctx, now);
            }
        }
    }
}
