//! A node's turn, in the order of the real driver: hear, save, tell, send.

use std::time::Duration;

use quince_core::feed::Entry;
use quince_core::sync::{ByeReason, Effect, Frame, Nonce, Role, Rows, SESSIONS_MAX, Session};

use super::net::{Link, Parcel};
use super::node::{Connection, Input};
use super::world::{Event, World};
use crate::link::LinkId;
use crate::members;

/// What a commit takes, in milliseconds.
const COMMIT_MS: std::ops::Range<u64> = 1..8;

/// What a connection takes to come about, in milliseconds.
const CONNECT_MS: std::ops::Range<u64> = 20..300;

/// How long a dial waits for a node that does not answer.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// What gRPC puts before a message.
const PREFIX_BYTES: usize = 5;

impl World {
    /// A node hears something, and does what follows unless a transaction is under way.
    pub(super) fn tell(&mut self, index: usize, input: Input) {
        let node = &mut self.nodes[index];
        if !node.is_up {
            return;
        }
        node.inbox.push_back(input);
        if node.saving.is_empty() {
            self.turn(index);
        }
    }

    pub(super) fn turn(&mut self, index: usize) {
        while let Some(input) = self.nodes[index].inbox.pop_front() {
            self.hear(index, input);
        }
        self.settle(index);
    }

    /// Time has passed.
    pub(super) fn time_out(&mut self, index: usize) {
        let now = self.now();
        let node = &mut self.nodes[index];
        if node.timer_at != Some(now.0) || !node.is_up {
            return;
        }
        node.timer_at = None;
        // After the transaction under way the time is looked at.
        if node.saving.is_empty() {
            node.expire(now);
            self.settle(index);
        }
    }

    fn hear(&mut self, index: usize, input: Input) {
        let now = self.now();
        let node = &mut self.nodes[index];
        match input {
            Input::Open(id, role, peer) => {
                let key = members::tls_key(&self.names[peer]);
                node.ctx.tls_keys_changed(self.ids[peer], std::iter::once(key).collect());
                let session = Session::new(&mut node.ctx, now, role, key, Nonce(self.dice.bytes()));
                let is_outbound = role != Role::Accepted;
                node.connections.insert(id, Connection { session, peer, is_outbound, opened: false });
            }
            Input::Parcel(id, Some(frame)) => {
                let (bodies, bytes) = (bodies(&frame), ((self.frame_len)(&frame) + PREFIX_BYTES) as u64);
                node.bodies += bodies;
                node.bytes += bytes;
                node.data_bytes += if bodies > 0 { bytes } else { 0 };
                if let Some(connection) = node.connections.get_mut(&id) {
                    connection.session.handle_frame(&mut node.ctx, now, *frame);
                }
            }
            Input::Parcel(id, None) => self.lose(index, id),
            Input::Published(feed) => {
                let log = self.histories[feed].publish(now.0);
                node.hops[feed].push(0);
                node.ctx.feed_changed(log);
                node.number(self.histories[feed].feed);
            }
        }
    }

    /// A connection is gone, and with it its session.
    fn lose(&mut self, index: usize, id: LinkId) {
        let now = self.now();
        self.close(id, index);
        let node = &mut self.nodes[index];
        let Some(Connection { mut session, peer, opened, .. }) = node.connections.remove(&id) else { return };
        session.handle_disconnected(&mut node.ctx);
        let is_duplicate = session.closed().is_some_and(|closed| closed.reason == ByeReason::Duplicate);
        node.dials.ended(peer, id, opened && !is_duplicate, now.0, self.dice.next());
    }

    /// Does all there is to do, until nothing is left or a transaction begins.
    pub(super) fn settle(&mut self, index: usize) {
        let now = self.now();
        let node = &mut self.nodes[index];
        let surplus = node.surplus(&self.ids);
        if let Some(peer) = node.choice.let_go(&surplus, now, self.dice.next()) {
            let outbound =
                node.connections.values_mut().filter(|it| it.is_outbound && self.ids[it.peer] == peer);
            outbound.for_each(|it| it.session.end(&mut node.ctx, ByeReason::Shutdown, "another is dialled"));
        }
        loop {
            let node = &mut self.nodes[index];
            if node.gather() {
                let takes = self.dice.millis(COMMIT_MS);
                self.plan(now.0 + takes, Event::Committed { node: index });
                return;
            }
            let worked = self.read(index);
            let node = &mut self.nodes[index];
            let told = node.spread(now);
            drop(node.ctx.take_echoes());
            self.alarms += node.ctx.take_alarms().len();
            let sent = self.send(index);
            if !worked && !told && !sent {
                break;
            }
        }
        self.bury(index);
        self.dial(index);
        self.plan_timer(index);
    }

    /// The transaction under way is on the disk.
    pub(super) fn commit(&mut self, index: usize) {
        let now = self.now();
        if !self.nodes[index].is_up {
            return;
        }
        for (id, effect) in std::mem::take(&mut self.nodes[index].saving) {
            match effect {
                Effect::Store(batch) => self.store(index, id, *batch),
                Effect::SaveCursors(_, cursors) => {
                    let node = &mut self.nodes[index];
                    if let Some(connection) = node.connections.get_mut(&id) {
                        connection.session.handle_cursors_saved(&mut node.ctx, cursors);
                    }
                }
                // Rosters and forks are no part of this, and a copy is damaged only by a mistake.
                _ => self.alarms += 1,
            }
        }
        self.nodes[index].expire(now);
        self.turn(index);
    }

    /// Takes a batch, as a real store does: what does not follow is refused, and what is held already changes nothing.
    fn store(&mut self, index: usize, id: LinkId, batch: quince_core::sync::VerifiedBatch) {
        let now = self.now();
        let (feed, first) = (batch.extended().log.feed(), batch.extended().first);
        let (place, after) = (self.feeds[&feed], batch.extended().log.frontier().size());
        let new = &batch.entries()[batch.extended().held..];
        self.alarms += usize::from(!self.histories[place].holds(first, new));
        let (count, size) = (new.len(), self.nodes[index].size(place) as u64);
        let receipt = batch.into_receipt();
        let Some(peer) = self.nodes[index].connections.get(&id).map(|connection| connection.peer) else {
            return;
        };
        if size == first {
            let from = self.nodes[index].size(place);
            let hops: Vec<u8> =
                self.nodes[peer].hops[place][from..from + count].iter().map(|hops| hops + 1).collect();
            self.tally.arrived(now.0, &self.histories[place].published[from..from + count], &hops);
            self.nodes[index].hops[place].extend(hops);
        }
        let node = &mut self.nodes[index];
        let Some(connection) = node.connections.get_mut(&id) else { return };
        if size == first || size >= after {
            connection.session.handle_stored(&mut node.ctx, now, &receipt);
            node.number(feed);
        } else {
            connection.session.handle_store_refused(&mut node.ctx, &receipt);
        }
    }

    /// Answers reads. False when there are none.
    fn read(&mut self, index: usize) -> bool {
        let node = &mut self.nodes[index];
        let reads = std::mem::take(&mut node.reads);
        for (id, effect) in &reads {
            let rows = match effect {
                Effect::ReadEntries { feed, .. } | Effect::ReadIndex { feed, .. } => {
                    self.feeds.get(feed).map_or(Rows::Damaged, |feed| self.histories[*feed].read(effect))
                }
                _ => Rows::Damaged,
            };
            if let Some(connection) = node.connections.get_mut(id) {
                connection.session.handle_read(&mut node.ctx, rows);
            }
        }
        !reads.is_empty()
    }

    /// Sends what sessions have to say. False when that is nothing.
    fn send(&mut self, index: usize) -> bool {
        let now = self.now();
        let node = &mut self.nodes[index];
        let mut frames = Vec::new();
        for (id, connection) in &mut node.connections {
            while let Some(frame) = connection.session.poll_frame(&node.ctx, now) {
                frames.push((*id, frame));
            }
            connection.opened |= connection.session.is_open();
        }
        let any = !frames.is_empty();
        for (id, frame) in frames {
            self.post(id, index, Some(Box::new(frame)));
        }
        any
    }

    /// Sends something over a connection.
    fn post(&mut self, id: LinkId, from: usize, parcel: Parcel) {
        let now = self.now();
        let Some(link) = self.links.get_mut(&id) else { return };
        let end = 1 - link.end_of(from);
        let at = link.send(now.0, end, parcel.as_deref().map_or(0, Frame::data_bytes));
        self.plan(at, Event::Arrive { link: id, end, parcel });
    }

    /// Something comes out of a connection, if there is anybody left.
    pub(super) fn arrive(&mut self, id: LinkId, end: usize, parcel: Parcel) {
        let Some(link) = self.links.get(&id).filter(|link| link.alive[end]) else { return };
        self.tell(link.nodes[end], Input::Parcel(id, parcel));
    }

    /// One end of a connection is closed; the other hears so behind everything that was sent.
    fn close(&mut self, id: LinkId, index: usize) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let end = link.end_of(index);
        link.alive[end] = false;
        if link.alive == [false, false] {
            self.links.remove(&id);
        } else {
            self.post(id, index, None);
        }
    }

    /// Lets go of sessions that are over and have said all they had to say.
    fn bury(&mut self, index: usize) {
        let over = |(id, it): (&LinkId, &Connection)| it.session.is_finished().then_some(*id);
        let gone: Vec<LinkId> = self.nodes[index].connections.iter().filter_map(over).collect();
        gone.into_iter().for_each(|id| self.lose(index, id));
    }

    /// Chooses whom to dial, if it is time to, and dials whom it is time to dial.
    fn dial(&mut self, index: usize) {
        let (now, seed) = (self.now(), self.dice.next());
        let node = &mut self.nodes[index];
        let peers = node.ctx.peers();
        node.choice.watch(now, |peer| peers.contains(&peer));
        if !node.has_aimed || node.choice.redraw_at().is_some_and(|at| at <= now) {
            node.has_aimed = true;
            let chosen = node.choice.choose(node.id, &self.candidates, now, seed);
            node.dials.follow(chosen.into_iter().map(|id| self.index[&id]));
        }
        for to in node.dials.due(now.0, |target| peers.contains(&self.ids[target])) {
            let takes = if self.nodes[to].is_up { self.dice.millis(CONNECT_MS) } else { CONNECT_MAX };
            self.plan(now.0 + takes, Event::Dialled { node: index, to });
        }
    }

    /// A dial has come to its end: there is a connection, or there is none.
    pub(super) fn dialled(&mut self, from: usize, to: usize) {
        if !self.nodes[from].is_up {
            return;
        }
        let (now, dice) = (self.now(), self.dice.next());
        let full = self.nodes[to].connections.len() >= SESSIONS_MAX;
        if !self.nodes[to].is_up || full {
            self.refused += usize::from(full);
            self.nodes[from].dials.failed(to, now.0, dice);
            self.plan_timer(from);
            return;
        }
        self.links_begun += 1;
        let id = LinkId(self.links_begun);
        let points = [from, to].map(|node| self.candidates[node].point.expect("everybody is somewhere"));
        self.links.insert(id, Link::new(&mut self.dice, [from, to], points));
        self.nodes[from].dials.running(to, id);
        self.tell(to, Input::Open(id, Role::Accepted, from));
        self.tell(from, Input::Open(id, Role::Dialled(self.ids[to]), to));
    }

    /// Plans the next time-out of a session, the next dial or the next choice.
    fn plan_timer(&mut self, index: usize) {
        let now = self.now().0;
        let node = &mut self.nodes[index];
        let peers = node.ctx.peers();
        let sessions = node.connections.values().filter_map(|it| it.session.poll_timeout()).min();
        let dial = node.dials.next(|target| peers.contains(&self.ids[target]));
        let choice = [node.choice.redraw_at(), node.choice.let_go_at(), sessions];
        let next = choice.into_iter().flatten().map(|at| at.0).chain(dial).min();
        if let Some(at) = next.filter(|at| node.timer_at.is_none_or(|planned| *at < planned)) {
            let at = at.max(now);
            node.timer_at = Some(at);
            self.plan(at, Event::Timer { node: index });
        }
    }
}

/// Entries with bodies in a frame.
fn bodies(frame: &Frame) -> u64 {
    let (Frame::Batch { entries, .. } | Frame::Tile { entries, .. }) = frame else { return 0 };
    entries.iter().filter(|entry| Entry::body(entry).is_some()).count() as u64
}
