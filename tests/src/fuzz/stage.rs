//! Two members of a federation, each a session core with feeds in memory, so that frames of a real peer can be had and spoiled.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use quince_core::feed::tree::root;
use quince_core::feed::{
    AudienceId, Entry, Epoch, FederationId, FeedId, Frontier, Hash, Lane, NodeId, OriginLog, ReplicaLog,
    TILE_LEAVES,
};
use quince_core::roster::IdentityLane;
use quince_core::sync::{
    CREDIT_BYTES, Context, Effect, Frame, Me, Moment, Nonce, Role, Rows, Session, VerifiedBatch,
};

use crate::sim::members;

/// Members of the federation.
pub(super) const MEMBERS: usize = 3;

/// Entries of each member's feed; more than a tile, so that an index is needed.
const ENTRIES: u64 = TILE_LEAVES + 9;

/// Leaves of a tile, as a number of things in memory.
const TILE: usize = TILE_LEAVES as usize;

/// Time between two frames.
const STEP: Duration = Duration::from_millis(10);

/// The longest time between two frames, in milliseconds: long enough for everything that waits to be over.
const PAUSE_MAX_MS: u64 = 200_000;

/// Rounds of a session after one frame; one that goes on for longer never ends.
const ROUNDS_MAX: usize = 10_000;

/// One side of a link.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) ctx: Context,
    pub(super) session: Session,
    feeds: BTreeMap<FeedId, Held>,
    now: Moment,
}

/// Whether a member knew the other before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

/// What is held of a feed: entries, and in the place of whole dead tiles nothing but their roots.
#[derive(Debug, Clone, Default)]
struct Held {
    entries: Vec<Entry>,
    dead_tiles: BTreeMap<u64, Hash>,
}

/// The feeds of a member as it holds them at first: its own, and everybody's identity lane.
fn feeds_of(member: usize) -> BTreeMap<FeedId, Vec<Entry>> {
    let mut feeds: BTreeMap<_, _> = (0..MEMBERS)
        .map(|other| {
            let name = members::name(other);
            (feed_of(&name, Lane::Identity), members::first_entries(&name))
        })
        .collect();
    let name = members::name(member);
    let body = |number: u64| format!("{name} writes {number}").into_bytes();
    let entry = |number| members::entry(members::RECORD, members::START_S, &body(number));
    feeds.insert(feed_of(&name, Lane::Normal), (0..ENTRIES).map(entry).collect());
    feeds.insert(feed_of(&name, Lane::Urgent), (0..3).map(|number| entry(number + ENTRIES)).collect());
    feeds
}

pub(super) fn federation() -> FederationId {
    super::federation()
}

pub(super) fn node(member: usize) -> NodeId {
    static NODES: OnceLock<[NodeId; MEMBERS]> = OnceLock::new();
    NODES.get_or_init(|| std::array::from_fn(|member| members::node(&members::name(member))))[member]
}

pub(super) fn feed_of(name: &str, lane: Lane) -> FeedId {
    FeedId { node: members::node(name), audience: AudienceId::federation(&federation()), lane }
}

/// The copy of a feed that its owner signed.
fn signed(member: usize, feed: FeedId, entries: &[Entry]) -> ReplicaLog {
    let key = members::signing_key(&members::name(member), Epoch::FIRST);
    let log = OriginLog::new(federation(), feed, Epoch::FIRST);
    let appended = log.append(entries, &key).expect("entries to append");
    ReplicaLog::restore(feed, appended.log.frontier().clone(), appended.heads.last().copied(), None)
}

/// The feeds of all members, signed and hashed once.
fn signed_feeds() -> &'static [BTreeMap<FeedId, Vec<Entry>>] {
    static FEEDS: OnceLock<Vec<BTreeMap<FeedId, Vec<Entry>>>> = OnceLock::new();
    FEEDS.get_or_init(|| (0..MEMBERS).map(feeds_of).collect())
}

impl Side {
    /// The first member, which the second has dialled. Made once, and copied for every input.
    pub(super) fn accepting() -> Self {
        static FIRST: OnceLock<Side> = OnceLock::new();
        FIRST.get_or_init(|| Self::new(0, 1, |_| Role::Accepted, Known::Yes)).clone()
    }

    /// The same, but nothing is held of the second member, not even its keys.
    pub(super) fn accepting_stranger() -> Self {
        static FIRST: OnceLock<Side> = OnceLock::new();
        FIRST.get_or_init(|| Self::new(0, 1, |_| Role::Accepted, Known::No)).clone()
    }

    /// A member with a new session with another.
    pub(super) fn new(member: usize, other: usize, role: fn(NodeId) -> Role, known: Known) -> Self {
        let named = |place: u8| Nonce([place + u8::try_from(member).expect("few members"); 16]);
        let me = Me {
            node: node(member),
            store_token: named(1),
            instance_nonce: named(11),
            credit_bytes: CREDIT_BYTES,
        };
        let mut ctx = Context::new(me, super::founded().clone());
        let mut feeds = signed_feeds()[member].clone();
        feeds.retain(|feed, _| known == Known::Yes || feed.node != node(other));
        for (feed, entries) in &feeds {
            let owner = (0..MEMBERS).find(|other| node(*other) == feed.node).expect("a member");
            ctx.feed_changed(signed(owner, *feed, entries));
            if let Some(lane) = lane(*feed, entries) {
                ctx.lane_changed(lane);
                ctx.tls_keys_changed(feed.node, members::tls_keys(entries));
            }
        }
        drop(ctx.take_changes());
        let tls_key = members::tls_key(&members::name(other));
        let now = Moment(Duration::from_secs(1));
        let session = Session::new(&mut ctx, now, role(node(other)), tls_key, named(21));
        let held = |entries| Held { entries, dead_tiles: BTreeMap::new() };
        let feeds = feeds.into_iter().map(|(feed, entries)| (feed, held(entries))).collect();
        Self { ctx, session, feeds, now }
    }

    /// Hears a frame and does all that follows. Yields what it sends. Time goes on by a little, and before a sign of life by as much
    /// as that says.
    pub(super) fn hear(&mut self, frame: Frame) -> Vec<Frame> {
        let pause = match &frame {
            Frame::Ping { nonce } => Duration::from_millis(nonce % PAUSE_MAX_MS),
            _ => Duration::ZERO,
        };
        self.now = self.now.plus(STEP).plus(pause);
        self.time_out();
        self.session.handle_frame(&mut self.ctx, self.now, frame);
        self.time_out();
        self.settle()
    }

    fn time_out(&mut self) {
        if self.session.poll_timeout().is_some_and(|at| at <= self.now) {
            self.session.handle_timeout(&mut self.ctx, self.now);
        }
    }

    /// Hears bytes that are no frame.
    pub(super) fn hear_garbage(&mut self) {
        self.session.handle_malformed(&mut self.ctx, "bytes that are no frame");
        self.settle();
    }

    /// Saves, tells, reads and sends until there is nothing to do.
    pub(super) fn settle(&mut self) -> Vec<Frame> {
        let mut sent = Vec::new();
        for _ in 0..ROUNDS_MAX {
            if let Some(effect) = self.session.poll_effect() {
                self.carry_out(effect);
            } else if let Some(changes) = self.ctx.take_changes() {
                self.session.handle_changes(&mut self.ctx, self.now, &changes);
            } else if let Some(frame) = self.session.poll_frame(&self.ctx, self.now) {
                sent.push(frame);
            } else {
                drop(self.ctx.take_alarms());
                return sent;
            }
        }
        panic!("the session does not come to rest");
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Store(batch) => {
                self.store(&batch);
                self.session.handle_stored(&mut self.ctx, self.now, &batch.into_receipt());
            }
            Effect::StoreRoster(chain, _) => self.session.handle_roster_stored(&mut self.ctx, *chain),
            Effect::StoreFork(_) => {}
            Effect::SaveCursors(_, cursors) => self.session.handle_cursors_saved(&mut self.ctx, cursors),
            Effect::CheckCopy(feed) => self.ctx.copy_checked(feed, None),
            read => {
                let rows = self.rows(&read);
                self.session.handle_read(&mut self.ctx, rows);
            }
        }
    }

    /// Takes verified entries as a store does.
    pub(super) fn store(&mut self, batch: &VerifiedBatch) {
        let extended = batch.extended();
        let feed = extended.log.feed();
        let held = self.feeds.entry(feed).or_default();
        assert_eq!(held.entries.len() as u64, extended.first, "a batch begins where the copy ends");
        held.entries.extend_from_slice(&batch.entries()[extended.held.min(batch.entries().len())..]);
        held.let_go(&extended.dead_tiles);
        assert_eq!(held.entries.len() as u64, extended.log.frontier().size(), "a batch ends where it says");
        if feed.lane == Lane::Identity {
            self.ctx.tls_keys_changed(feed.node, members::tls_keys(&held.entries));
        }
    }

    /// What a session or a file wants to read.
    pub(super) fn rows(&self, effect: &Effect) -> Rows {
        let rows = match effect {
            Effect::ReadEntries { feed, from, until, leaves_from, .. } => {
                self.feeds.get(feed).and_then(|held| held.rows(*from, *until, *leaves_from))
            }
            Effect::ReadIndex { feed, size } => self.feeds.get(feed).and_then(|held| held.index(*size)),
            Effect::ReadRoster { .. } => Some(Rows::Roster(vec![self.ctx.chain().signed().clone()])),
            _ => None,
        };
        rows.unwrap_or(Rows::Damaged)
    }

    /// What is held leads to the copy that is announced, and nothing is held that its owner did not sign.
    pub(super) fn check(&self) {
        self.check_but_of(None);
    }

    /// The same, but one member signs what it likes.
    pub(super) fn check_but_of(&self, liar: Option<NodeId>) {
        for (feed, held) in &self.feeds {
            let known = self.ctx.feeds().find(|log| log.feed() == *feed).expect("what is held is known");
            assert_eq!(held.frontier(), *known.frontier(), "feed {feed} is not held as it is announced");
            if Some(feed.node) == liar {
                continue;
            }
            let owner = (0..MEMBERS).find(|member| node(*member) == feed.node);
            let owner = owner.expect("nobody else's feed is held");
            let signed = signed_feeds()[owner].get(feed).map(Vec::as_slice).unwrap_or_default();
            assert!(signed.starts_with(&held.entries), "feed {feed} holds what its owner did not sign");
        }
    }
}

impl Held {
    /// Puts roots in the place of the last tile, as far as it is held, and of those after it.
    fn let_go(&mut self, roots: &[Hash]) {
        for root in roots {
            let tile = self.entries.len() as u64 / TILE_LEAVES;
            self.entries.truncate(place(tile * TILE_LEAVES));
            self.entries.resize(place((tile + 1) * TILE_LEAVES), Entry::dead(Hash([0; 32])));
            self.dead_tiles.insert(tile, *root);
        }
    }

    fn rows(&self, from: u64, until: u64, leaves_from: u64) -> Option<Rows> {
        if self.dead_tiles.contains_key(&(from / TILE_LEAVES)) {
            return None;
        }
        let entries = self.entries.get(place(from)..place(until))?.to_vec();
        let leaves = self.entries.get(place(leaves_from)..place(until))?;
        Some(Rows::Entries { entries, leaves: leaves.iter().map(Entry::leaf_hash).collect() })
    }

    fn index(&self, size: u64) -> Option<Rows> {
        let (whole, edge) = self.entries.get(..place(size))?.as_chunks::<TILE>();
        let tiles = (0..).zip(whole).map(|(tile, entries)| self.root_of(tile, entries)).collect();
        Some(Rows::Index { tiles, edge: edge.iter().map(Entry::leaf_hash).collect() })
    }

    fn root_of(&self, tile: u64, entries: &[Entry]) -> Hash {
        let leaves = || entries.iter().map(Entry::leaf_hash).collect::<Vec<_>>();
        self.dead_tiles.get(&tile).copied().unwrap_or_else(|| root(&leaves()))
    }

    fn frontier(&self) -> Frontier {
        let mut frontier = Frontier::default();
        let (whole, edge) = self.entries.as_chunks::<TILE>();
        for (tile, entries) in (0..).zip(whole) {
            frontier.push_tile(self.root_of(tile, entries)).expect("whole tiles follow whole tiles");
        }
        frontier.extend(edge.iter().map(Entry::leaf_hash));
        frontier
    }
}

/// An index as a place in memory; far outside when it is none.
fn place(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn lane(feed: FeedId, entries: &[Entry]) -> Option<IdentityLane> {
    if feed.lane != Lane::Identity {
        return None;
    }
    IdentityLane::replay(feed.node, entries).ok()
}
