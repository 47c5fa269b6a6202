//! Two members of a federation, each a session core with feeds in memory, so that frames of a real peer can be had and spoiled.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use quince_core::feed::tree::root;
use quince_core::feed::{
    AudienceId, Entry, Epoch, FederationId, FeedId, Hash, Lane, NodeId, OriginLog, ReplicaLog, TILE_LEAVES,
};
use quince_core::roster::{IdentityLane, RosterChain};
use quince_core::sync::{
    CREDIT_BYTES, Context, Effect, Frame, Me, Moment, Nonce, Role, Rows, Session, VerifiedBatch,
};

use crate::sim::members;

/// Members of the federation.
const MEMBERS: usize = 3;

/// Entries of each member's feed; more than a tile, so that an index is needed.
const ENTRIES: u64 = TILE_LEAVES + 9;

/// Time between two frames.
const STEP: Duration = Duration::from_millis(10);

/// Rounds of a session after one frame; one that goes on for longer never ends.
const ROUNDS_MAX: usize = 10_000;

/// One side of a link.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) ctx: Context,
    pub(super) session: Session,
    feeds: BTreeMap<FeedId, Vec<Entry>>,
    now: Moment,
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
    members::node(&members::name(member))
}

fn feed_of(name: &str, lane: Lane) -> FeedId {
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
        FIRST.get_or_init(|| Self::new(0, 1, |_| Role::Accepted)).clone()
    }

    /// A member with a new session with another.
    pub(super) fn new(member: usize, other: usize, role: fn(NodeId) -> Role) -> Self {
        let named = |place: u8| Nonce([place + u8::try_from(member).expect("few members"); 16]);
        let me = Me {
            node: node(member),
            store_token: named(1),
            instance_nonce: named(11),
            credit_bytes: CREDIT_BYTES,
        };
        let first = members::roster(MEMBERS);
        let chain = RosterChain::begin(federation(), first).expect("a roster begins the chain");
        let mut ctx = Context::new(me, chain);
        let feeds = signed_feeds()[member].clone();
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
        Self { ctx, session, feeds, now }
    }

    /// Hears a frame and does all that follows. Yields what it sends.
    pub(super) fn hear(&mut self, frame: Frame) -> Vec<Frame> {
        self.now = self.now.plus(STEP);
        self.session.handle_frame(&mut self.ctx, self.now, frame);
        if self.session.poll_timeout().is_some_and(|at| at <= self.now) {
            self.session.handle_timeout(&mut self.ctx, self.now);
        }
        self.settle()
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
        assert_eq!(held.len() as u64, extended.first, "a batch begins where the copy ends");
        held.extend_from_slice(&batch.entries()[extended.held.min(batch.entries().len())..]);
        assert_eq!(held.len() as u64, extended.log.frontier().size(), "a batch ends where it says");
        if feed.lane == Lane::Identity {
            self.ctx.tls_keys_changed(feed.node, members::tls_keys(held));
        }
    }

    /// What a session or a file wants to read.
    pub(super) fn rows(&self, effect: &Effect) -> Rows {
        let range = |feed, from: u64, until: u64| {
            let held: &Vec<Entry> = self.feeds.get(feed)?;
            held.get(usize::try_from(from).ok()?..usize::try_from(until).ok()?)
        };
        let rows = || match effect {
            Effect::ReadEntries { feed, from, until, leaves_from, .. } => {
                let entries = range(feed, *from, *until)?.to_vec();
                let leaves = range(feed, *leaves_from, *until)?;
                Some(Rows::Entries { entries, leaves: leaves.iter().map(Entry::leaf_hash).collect() })
            }
            Effect::ReadIndex { feed, size } => {
                let leaves: Vec<Hash> = range(feed, 0, *size)?.iter().map(Entry::leaf_hash).collect();
                let whole = usize::try_from(size - size % TILE_LEAVES).ok()?;
                let tile = usize::try_from(TILE_LEAVES).ok()?;
                let tiles = leaves[..whole].chunks(tile).map(root).collect();
                Some(Rows::Index { tiles, edge: leaves[whole..].to_vec() })
            }
            Effect::ReadRoster { .. } => Some(Rows::Roster(vec![members::roster(MEMBERS)])),
            _ => None,
        };
        rows().unwrap_or(Rows::Damaged)
    }

    /// Nothing is held that its owner did not sign.
    pub(super) fn check(&self) {
        for (feed, entries) in &self.feeds {
            let owner = (0..MEMBERS).find(|member| node(*member) == feed.node);
            let owner = owner.expect("nobody else's feed is held");
            let signed = signed_feeds()[owner].get(feed).map(Vec::as_slice).unwrap_or_default();
            assert!(signed.starts_with(entries), "feed {feed} holds what its owner did not sign");
        }
    }
}

fn lane(feed: FeedId, entries: &[Entry]) -> Option<IdentityLane> {
    if feed.lane != Lane::Identity {
        return None;
    }
    IdentityLane::replay(feed.node, entries).ok()
}
