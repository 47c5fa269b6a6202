//! A city: the driver's half of a node, without waiting. It does what its sessions ask, and saves before it answers.

use std::collections::{BTreeMap, VecDeque};

use quince_core::feed::header::EntryKind;
use quince_core::feed::live_list::list_base;
use quince_core::feed::{
    AudienceId, Entry, Epoch, FeedId, Lane, LaneSizes, LiveList, NodeId, OriginLog, ReplicaLog, SignedHead,
};
use quince_core::roster::{IdentityLane, RosterChain, SignedRoster};
use quince_core::sync::{
    Alarm, CREDIT_BYTES, Context, Effect, Frame, Instance, Me, Moment, Nonce, Role, Session, SessionId, Usage,
};

use crate::disk::Disk;
use crate::federation::{entry, identity_entries, node, signing_key, tls_key, tls_keys};

#[derive(Debug, Clone)]
pub(crate) struct City {
    pub(crate) name: String,
    pub(crate) ctx: Context,
    pub(crate) disk: Disk,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) work: VecDeque<(SessionId, Effect)>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) echoes: Vec<SignedHead>,
    /// How far the context has followed the disk.
    followed: u64,
    nonces: u8,
    starts: u8,
}

impl City {
    /// A city that knows nobody but the roster.
    pub(crate) fn new(name: &str, roster: SignedRoster) -> Self {
        let federation = roster.founds().unwrap();
        let mut disk = Disk { rosters: vec![roster.clone()], ..Disk::default() };
        let chain = RosterChain::begin(federation, roster).unwrap();
        disk_append(&mut disk, name, &chain, Lane::Identity, &identity_entries(name));
        Self::start(name, chain, disk, CREDIT_BYTES, 0)
    }

    /// A city that starts from its disk.
    fn start(name: &str, chain: RosterChain, mut disk: Disk, credit_bytes: u64, starts: u8) -> Self {
        let instance_nonce = Nonce([starts; 16]);
        disk.instances.push(Instance { nonce: instance_nonce, began: disk.change_no });
        let me = Me { node: node(name), store_token: Nonce([1; 16]), instance_nonce, credit_bytes };
        let ctx = Context::new(me, chain);
        let (sessions, work, alarms, echoes) = (BTreeMap::new(), VecDeque::new(), Vec::new(), Vec::new());
        let (name, followed, nonces) = (name.to_owned(), 0, 0);
        let mut city = Self { name, ctx, disk, sessions, work, alarms, echoes, followed, nonces, starts };
        let feeds: Vec<FeedId> = city.disk.copies.keys().copied().collect();
        for feed in feeds {
            city.ctx.feed_changed(city.disk.copy(feed).log(feed));
            city.read_identity(feed);
        }
        for (feed, place) in city.disk.lists.clone() {
            city.ctx.list_stored(feed, place);
        }
        city.ctx.mends_stored(city.disk.mends);
        city.ctx.instances_stored(city.disk.instances.clone());
        city.disk.cursors.iter().for_each(|(peer, cursors)| city.ctx.cursors_stored(*peer, *cursors));
        city.follow();
        city
    }

    /// The context hears what has changed on the disk.
    fn follow(&mut self) {
        for (change_no, feed) in self.disk.changed_since(self.followed) {
            self.ctx.feed_changed(self.disk.copy(feed).log(feed));
            self.ctx.numbered(feed, change_no);
            self.followed = change_no;
        }
    }

    /// The process ends and starts again: only the disk is left.
    pub(crate) fn restart(&mut self) {
        let credit_bytes = self.ctx.me().credit_bytes;
        let (alarms, nonces) = (std::mem::take(&mut self.alarms), self.nonces);
        self.grant(credit_bytes);
        (self.alarms, self.nonces) = (alarms, nonces);
    }

    pub(crate) fn grant(&mut self, credit_bytes: u64) {
        let (chain, disk) = (self.ctx.chain().clone(), self.disk.clone());
        *self = Self::start(&self.name, chain, disk, credit_bytes, self.starts + 1);
    }

    pub(crate) fn node(&self) -> NodeId {
        node(&self.name)
    }

    pub(crate) fn feed(&self, lane: Lane) -> FeedId {
        FeedId { node: self.node(), audience: AudienceId::federation(&self.ctx.federation()), lane }
    }

    /// Appends records with bodies of this many bytes, commits, and publishes the new head.
    pub(crate) fn write(&mut self, lane: Lane, count: usize, body_len: usize) {
        let begin = self.disk.copy(self.feed(lane)).rows.len();
        let entries: Vec<Entry> = (begin..begin + count)
            .map(|number| {
                let mut body = format!("{} {number} ", self.name).into_bytes();
                body.resize(body_len.max(body.len()), b'.');
                entry(EntryKind(17), &body)
            })
            .collect();
        self.append(lane, &entries);
    }

    pub(crate) fn append(&mut self, lane: Lane, entries: &[Entry]) {
        disk_append(&mut self.disk, &self.name.clone(), self.ctx.chain(), lane, entries);
        let feed = self.feed(lane);
        self.ctx.feed_changed(self.disk.copy(feed).log(feed));
        self.read_identity(feed);
    }

    /// Writes a live list by which all entries so far are dead that `dead` names, and goes by it.
    pub(crate) fn sweep(&mut self, lane: Lane, dead: impl IntoIterator<Item = u64>) {
        let base = list_base(self.disk.copy(self.feed(lane)).rows.len() as u64);
        let list = LiveList::new(lane, base, LaneSizes::default(), dead).unwrap();
        let bodies = list.to_bodies().into_iter();
        self.append(lane, &bodies.map(|body| entry(EntryKind::LIVE_LIST, &body)).collect::<Vec<_>>());
        self.go_by_list(self.feed(lane));
    }

    /// Goes by the newest list of a feed. Its own feeds a city keeps whole.
    pub(crate) fn go_by_list(&mut self, feed: FeedId) {
        let Some(closed) = self.disk.copy(feed).list(feed.lane) else { return };
        self.disk.lists.insert(feed, closed.place);
        self.ctx.list_stored(feed, closed.place);
        if feed.node != self.node() {
            self.disk.copies.get_mut(&feed).unwrap().compact(&closed.list);
        }
    }

    /// Holds what another city signed.
    pub(crate) fn hold(&mut self, name: &str, lane: Lane, entries: &[Entry]) {
        let feed = FeedId { node: node(name), ..self.feed(lane) };
        if !self.disk.copies.contains_key(&feed) {
            disk_append(&mut self.disk, name, self.ctx.chain(), lane, entries);
        }
    }

    /// Learns another city's identity lane from a disk.
    pub(crate) fn meet(&mut self, other: &Self) {
        let feed = other.feed(Lane::Identity);
        self.disk.put(feed, other.disk.copy(feed));
        self.ctx.feed_changed(self.disk.copy(feed).log(feed));
        self.read_identity(feed);
    }

    pub(crate) fn take_roster(&mut self, note: SignedRoster) {
        let chain = self.ctx.chain().accept(note.clone()).unwrap();
        self.disk.rosters.push(note);
        self.ctx.roster_changed(chain);
    }

    pub(crate) fn begin(&mut self, now: Moment, role: Role, peer: &str) -> SessionId {
        self.nonces += 1;
        let mut nonce = Nonce([self.nonces; 16]);
        nonce.0[0] = self.node().0[0];
        let session = Session::new(&mut self.ctx, now, role, tls_key(peer), nonce);
        let id = session.id();
        self.sessions.insert(id, session);
        id
    }

    pub(crate) fn hear(&mut self, now: Moment, id: SessionId, mut frame: Frame) {
        if let Frame::IdentityLane(lane) = &mut frame {
            lane.tls_keys = tls_keys(&lane.entries);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.handle_frame(&mut self.ctx, now, frame);
        }
        self.gather();
    }

    /// The connection of a session is gone.
    pub(crate) fn lose(&mut self, id: SessionId) {
        if let Some(mut session) = self.sessions.remove(&id) {
            session.handle_disconnected(&mut self.ctx);
        }
        self.work.retain(|(owner, _)| *owner != id);
    }

    pub(crate) fn wake(&mut self, now: Moment) {
        for session in self.sessions.values_mut() {
            if session.poll_timeout().is_some_and(|at| at <= now) {
                session.handle_timeout(&mut self.ctx, now);
            }
        }
        self.gather();
    }

    /// Tells every session what has changed. True when something had.
    pub(crate) fn spread(&mut self, now: Moment) -> bool {
        self.follow();
        self.alarms.extend(self.ctx.take_alarms());
        self.echoes.extend(self.ctx.take_echoes());
        let Some(changes) = self.ctx.take_changes() else { return false };
        for session in self.sessions.values_mut() {
            session.handle_changes(&mut self.ctx, now, &changes);
        }
        self.gather();
        true
    }

    /// Does one piece of work. False when there is none.
    pub(crate) fn work(&mut self, now: Moment) -> bool {
        let Some((id, effect)) = self.work.pop_front() else { return false };
        let Some(session) = self.sessions.get_mut(&id) else { return true };
        let ctx = &mut self.ctx;
        match effect {
            Effect::Store(batch) if !self.disk.has_room(&batch) => {
                session.handle_stalled(ctx, &batch.into_receipt(), Usage { records: 10, bytes: 0 });
            }
            Effect::Store(batch) => {
                let saved = self.disk.apply(&batch);
                let receipt = batch.into_receipt();
                if saved {
                    session.handle_stored(ctx, now, &receipt);
                    self.read_identity(receipt.feed());
                } else {
                    session.handle_store_refused(ctx, &receipt);
                }
            }
            Effect::StoreRoster(chain, notes) => {
                self.disk.rosters.extend(notes);
                session.handle_roster_stored(ctx, *chain);
            }
            Effect::StoreFork(_) => self.disk.forks += 1,
            Effect::SaveCursors(peer, cursors) => {
                self.disk.save_cursors(peer, cursors);
                session.handle_cursors_saved(ctx, cursors);
            }
            Effect::ReadEntries { feed, from, until, leaves_from, bytes_max } => {
                session.handle_read(ctx, self.disk.entries(feed, from..until, leaves_from, bytes_max));
            }
            Effect::ReadIndex { feed, size } => session.handle_read(ctx, self.disk.index(feed, size)),
            Effect::ReadRoster { from } => session.handle_read(ctx, self.disk.rosters(from)),
            Effect::CheckCopy(feed) => ctx.copy_checked(feed, self.disk.check(feed)),
        }
        self.gather();
        true
    }

    pub(crate) fn head(&self, feed: FeedId) -> Option<SignedHead> {
        self.ctx.feeds().find(|log| log.feed() == feed).and_then(ReplicaLog::head).copied()
    }

    /// Everything that this city holds in full, feed by feed.
    pub(crate) fn heads(&self) -> Vec<SignedHead> {
        self.ctx.feeds().filter_map(ReplicaLog::head).copied().collect()
    }

    /// Nothing that is stored differs from what its hashes say, and what is announced is stored.
    pub(crate) fn assert_sound(&self) {
        for log in self.ctx.feeds() {
            let copy = self.disk.copy(log.feed());
            assert!(copy.rows.iter().all(|(entry, leaf)| entry.leaf_hash() == *leaf), "{}", self.name);
            assert!(
                copy.rows.len() as u64 >= log.frontier().size(),
                "{} announces what it has not",
                self.name
            );
        }
    }

    /// What the shell reads from a stored identity lane.
    fn read_identity(&mut self, feed: FeedId) {
        if feed.lane != Lane::Identity {
            return;
        }
        let entries: Vec<Entry> = self.disk.copy(feed).rows.into_iter().map(|(entry, _)| entry).collect();
        if let Ok(lane) = IdentityLane::replay(feed.node, &entries) {
            self.ctx.lane_changed(lane);
            self.ctx.tls_keys_changed(feed.node, tls_keys(&entries).into_iter().collect());
        }
    }

    pub(crate) fn gather(&mut self) {
        for (id, session) in &mut self.sessions {
            self.work.extend(std::iter::from_fn(|| session.poll_effect()).map(|effect| (*id, effect)));
        }
    }
}

fn disk_append(disk: &mut Disk, city: &str, chain: &RosterChain, lane: Lane, entries: &[Entry]) {
    let feed = FeedId { node: node(city), audience: AudienceId::federation(&chain.federation()), lane };
    let frontier = disk.copy(feed).log(feed).frontier().clone();
    let identity = disk.copy(FeedId { lane: Lane::Identity, ..feed });
    let before = identity.rows.iter().map(|(entry, _)| entry);
    let begins = |entry: &&Entry| entry.header().is_some_and(|header| header.kind == EntryKind::EPOCH_START);
    let is_second = before.chain(entries).any(|entry| begins(&entry));
    let (epoch, signer) = match is_second {
        true => (Epoch::FIRST.next(), format!("{city}, the next")),
        false => (Epoch::FIRST, city.to_owned()),
    };
    let origin = OriginLog::restore(chain.federation(), feed, epoch, frontier);
    let appended = origin.append(entries, &signing_key(&signer)).unwrap();
    disk.append(entries, *appended.heads.last().unwrap());
}
