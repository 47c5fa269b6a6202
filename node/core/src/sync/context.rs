//! What all sessions of a node share: who it is, whom it knows, how much of each feed it has stored.
//!
//! It has two faces. The driver says what changed in the store and takes out what the sessions must hear and what people
//! must hear; those methods are public. Sessions look things up, claim upstreams and raise alarms; those are theirs alone.
//! What stands here is stored already, never merely verified.

mod upstream;

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

pub(super) use upstream::Claimed;
use upstream::Upstream;

use crate::feed::{
    AudienceId, FederationId, FeedId, ForkProof, Hash, Lane, ListPlace, NodeId, ReplicaLog, SignedHead,
    Verifier,
};
use crate::roster::{IdentityLane, RosterChain, StewardFork};
use crate::sync::cursor::{Mark, Numbers};
use crate::sync::dialling::FULL_MESH_MAX;
use crate::sync::echo::Echoes;
use crate::sync::limits::CREDIT_BYTES;
use crate::sync::message::Nonce;
use crate::sync::moment::Moment;
use crate::sync::quota::{Quotas, Usage};

/// Names a session inside its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// What the node says of itself to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// Its id.
    pub node: NodeId,
    /// Names its database.
    pub store_token: Nonce,
    /// Names its process.
    pub instance_nonce: Nonce,
    /// Bytes of data frames that it grants each peer; at least [`CREDIT_BYTES`] / 4.
    pub credit_bytes: u64,
}

/// What all sessions of a node share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    me: Me,
    chain: Arc<RosterChain>,
    lanes: BTreeMap<NodeId, IdentityLane>,
    tls_keys: BTreeMap<NodeId, BTreeSet<Hash>>,
    feeds: BTreeMap<FeedId, Held>,
    pub(super) lists: BTreeMap<FeedId, ListPlace>,
    peers: BTreeMap<SessionId, Link>,
    sessions_begun: u64,
    changes: Changes,
    alarms: Vec<Alarm>,
    pub(super) echoes: Echoes,
    pub(super) quotas: Quotas,
    pub(super) numbers: Numbers,
}

/// What the sessions of a node must hear, each by `handle_changes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Feeds that grew, shrank, froze or lost their upstream.
    pub feeds: BTreeSet<FeedId>,
    /// There is a new roster version.
    pub roster: bool,
    /// Forks to be told to everybody.
    pub forks: Vec<ForkProof>,
    /// Sessions that give way to another one with the same peer.
    pub ousted: BTreeSet<SessionId>,
    /// Sessions that bring nothing although others tell of more, and of which nothing is heard.
    pub doubted: BTreeSet<SessionId>,
    /// How far the context has come, if that has changed.
    pub mark: Option<Mark>,
}

/// What people must hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// A peer holds more of an own feed than this node, or something else, and this node's key signed it: the database
    /// is older than the node. It must sign nothing any more.
    OwnHeadAhead {
        /// The peer's head.
        held: Box<SignedHead>,
        /// Who holds it.
        peer: NodeId,
    },
    /// The stored copy of an own feed is damaged, and nobody else can mend it.
    OwnCopyDamaged(FeedId),
    /// A stored copy was damaged and has been cut back; the rest is fetched again.
    CopyDamaged {
        /// The feed.
        feed: FeedId,
        /// How many entries are left.
        size: u64,
    },
    /// A peer sent what the owner did not sign.
    Unverified {
        /// The peer.
        peer: NodeId,
        /// The feed.
        feed: FeedId,
        /// In what way.
        reason: String,
    },
    /// An owner signed two histories: the feed is frozen.
    Fork(Box<ForkProof>),
    /// Digests differ although all was told: something here or there was lost. It is fetched.
    Drift {
        /// The peer that holds what is lacking here.
        peer: NodeId,
        /// Of how many feeds.
        feeds: u64,
    },
    /// The stewards signed two rosters of one version: the chain has stopped.
    StewardFork(Box<StewardFork>),
}

/// A feed as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    log: ReplicaLog,
    fork: Option<Box<ForkProof>>,
    upstream: Option<Upstream>,
    checking: bool,
}

/// An admitted session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    peer: NodeId,
    dialled_by: NodeId,
    /// When anything was heard last.
    heard: Moment,
}

impl Context {
    /// The context of a node as its store holds it. Feeds, lanes and keys follow by the methods below.
    #[must_use]
    pub fn new(me: Me, chain: impl Into<Arc<RosterChain>>) -> Self {
        Self {
            me,
            chain: chain.into(),
            lanes: BTreeMap::new(),
            tls_keys: BTreeMap::new(),
            feeds: BTreeMap::new(),
            lists: BTreeMap::new(),
            peers: BTreeMap::new(),
            sessions_begun: 0,
            changes: Changes::default(),
            alarms: Vec::new(),
            echoes: Echoes::default(),
            quotas: Quotas::default(),
            numbers: Numbers::default(),
        }
    }

    /// A feed grew in the store: an own commit, or another process of this node.
    pub fn feed_changed(&mut self, log: ReplicaLog) {
        let feed = log.feed();
        let held = self.held_mut(feed);
        if place(&log) > place(&held.log) {
            held.log = log;
            self.changes.feeds.insert(feed);
            self.unnumber(feed);
        }
    }

    /// Keys of a node, folded from its stored identity lane.
    pub fn lane_changed(&mut self, lane: IdentityLane) {
        let node = lane.node();
        self.lanes.insert(node, lane);
        self.changes.feeds.extend(self.feeds.range(feeds_of(node)).map(|(feed, _)| *feed));
        self.changes.feeds.insert(self.identity_feed(node));
    }

    /// The TLS keys that a node's stored profile names.
    pub fn tls_keys_changed(&mut self, node: NodeId, keys: BTreeSet<Hash>) {
        self.tls_keys.insert(node, keys);
    }

    /// A newer roster is stored.
    pub fn roster_changed(&mut self, chain: RosterChain) {
        if chain.roster().version > self.chain.roster().version || chain.fork().is_some() {
            let before = mem::replace(&mut self.chain, Arc::new(chain));
            self.announce_newcomers(&before);
            self.changes.roster = true;
            self.note_mark();
            self.quotas.resume_all();
        }
    }

    /// What a node has in use, as the store counts it. Feeds that were stalled go on when it is less.
    pub fn usage_changed(&mut self, node: NodeId, usage: Usage) {
        self.changes.feeds.extend(self.quotas.resume(node, usage));
    }

    /// The stored proof of a fork, at start. One that does not count is passed by.
    pub fn fork_stored(&mut self, first: SignedHead, second: SignedHead) {
        let proof = self.verifier(&first).and_then(|owner| ForkProof::new(first, second, &owner).ok());
        self.held_mut(first.head.feed).fork = proof.map(Box::new);
    }

    /// Answers [`crate::sync::Effect::CheckCopy`]: the copy was found damaged and is now this, or it was whole.
    pub fn copy_checked(&mut self, feed: FeedId, mended: Option<ReplicaLog>) {
        let own = self.is_own(feed);
        let held = self.held_mut(feed);
        held.checking = false;
        let Some(log) = mended else { return };
        if own {
            self.alarms.push(Alarm::OwnCopyDamaged(feed));
            return;
        }
        held.upstream = None;
        let size = log.frontier().size();
        held.log = log;
        self.changes.feeds.insert(feed);
        self.count_mend(feed);
        self.alarms.push(Alarm::CopyDamaged { feed, size });
    }

    /// What has changed since the last call, for all sessions to hear; `None` when nothing has.
    pub fn take_changes(&mut self) -> Option<Changes> {
        let changes = mem::take(&mut self.changes);
        (changes != Changes::default()).then_some(changes)
    }

    /// What people must hear since the last call.
    pub fn take_alarms(&mut self) -> Vec<Alarm> {
        mem::take(&mut self.alarms)
    }

    /// Who this node is.
    #[must_use]
    pub const fn me(&self) -> &Me {
        &self.me
    }

    /// The federation.
    #[must_use]
    pub fn federation(&self) -> FederationId {
        self.chain.federation()
    }

    /// The stored roster chain.
    #[must_use]
    pub fn chain(&self) -> &RosterChain {
        &self.chain
    }

    /// Every feed that is known here, as stored.
    pub fn feeds(&self) -> impl Iterator<Item = &ReplicaLog> {
        self.feeds.values().map(|held| &held.log)
    }

    /// A node's keys, if its identity lane is held.
    #[must_use]
    pub fn lane(&self, node: NodeId) -> Option<&IdentityLane> {
        self.lanes.get(&node)
    }

    /// Whether two histories of a feed are known.
    #[must_use]
    pub fn is_frozen(&self, feed: FeedId) -> bool {
        self.feeds.get(&feed).is_some_and(|held| held.fork.is_some())
    }

    /// What a node may have in use; `None` for one that is no member.
    #[must_use]
    pub fn allowed(&self, node: NodeId) -> Option<Usage> {
        let roster = self.chain.roster();
        roster.handle_of(&node).and_then(|handle| roster.members.get(handle)).map(Usage::allowed)
    }

    /// Whether the stored profile of anybody here names this TLS key.
    #[must_use]
    pub fn knows_tls_key(&self, key: Hash) -> bool {
        self.tls_keys.values().any(|keys| keys.contains(&key))
    }

    /// Peers with an admitted session.
    #[must_use]
    pub fn peers(&self) -> BTreeSet<NodeId> {
        self.peers.values().map(|link| link.peer).collect()
    }

    /// How far the context has come: sessions count on what they have heard of it.
    pub(super) fn note_mark(&mut self) {
        self.changes.mark = Some(self.mark());
    }

    /// What is held of nodes that have become members may be announced from now on.
    fn announce_newcomers(&mut self, before: &RosterChain) {
        let is_new = |feed: &&FeedId| {
            before.roster().handle_of(&feed.node).is_none()
                && self.chain.roster().handle_of(&feed.node).is_some()
        };
        self.changes.feeds.extend(self.feeds.keys().filter(is_new));
    }

    fn held_mut(&mut self, feed: FeedId) -> &mut Held {
        self.feeds.entry(feed).or_insert_with(|| Held {
            log: ReplicaLog::new(feed),
            fork: None,
            upstream: None,
            checking: false,
        })
    }
}

/// For sessions.
impl Context {
    pub(super) const fn begin_session(&mut self) -> SessionId {
        self.sessions_begun += 1;
        SessionId(self.sessions_begun)
    }

    /// Admits a session. Of two with the same peer, the one dialled by the smaller node id stays; of two dialled by the
    /// same, the newer, for the older one is dead without knowing it. False when this one is to give way.
    pub(super) fn enter(
        &mut self,
        session: SessionId,
        peer: NodeId,
        dialled_by: NodeId,
        heard: Moment,
    ) -> bool {
        let twin = self.peers.iter().find(|(_, link)| link.peer == peer).map(|(id, link)| (*id, *link));
        if let Some((other, link)) = twin {
            if link.dialled_by < dialled_by {
                return false;
            }
            self.leave(other);
            self.changes.ousted.insert(other);
        }
        self.peers.insert(session, Link { peer, dialled_by, heard });
        true
    }

    /// Something was heard in a session.
    pub(super) fn hear(&mut self, session: SessionId, now: Moment) {
        if let Some(link) = self.peers.get_mut(&session) {
            link.heard = now;
        }
    }

    /// Whether there are more members than dial each other.
    pub(super) fn is_large(&self) -> bool {
        self.chain.roster().members.len() > FULL_MESH_MAX
    }

    /// Forgets a session and frees the feeds it was the upstream of.
    pub(super) fn leave(&mut self, session: SessionId) {
        self.peers.remove(&session);
        for (feed, held) in &mut self.feeds {
            if held.upstream.is_some_and(|upstream| upstream.session == session) {
                held.upstream = None;
                self.changes.feeds.insert(*feed);
            }
        }
    }

    pub(super) fn is_own(&self, feed: FeedId) -> bool {
        feed.node == self.me.node
    }

    pub(super) fn identity_feed(&self, node: NodeId) -> FeedId {
        FeedId { node, audience: AudienceId::federation(&self.chain.federation()), lane: Lane::Identity }
    }

    pub(super) fn has_tls_key(&self, node: NodeId, key: Hash) -> bool {
        self.tls_keys.get(&node).is_some_and(|keys| keys.contains(&key))
    }

    /// Whether the feed may be held here: everybody may read it, and its owner is a member.
    pub(super) fn is_shared(&self, feed: FeedId) -> bool {
        feed.audience == AudienceId::federation(&self.chain.federation())
            && self.chain.roster().handle_of(&feed.node).is_some()
    }

    /// The stored copy; an empty one of a feed that is not held.
    pub(super) fn log(&self, feed: FeedId) -> ReplicaLog {
        self.held(feed).cloned().unwrap_or_else(|| ReplicaLog::new(feed))
    }

    /// The stored copy, if anything of the feed is known.
    pub(super) fn held(&self, feed: FeedId) -> Option<&ReplicaLog> {
        self.feeds.get(&feed).map(|held| &held.log)
    }

    /// How many entries are stored.
    pub(super) fn size(&self, feed: FeedId) -> u64 {
        self.held(feed).map_or(0, |log| log.frontier().size())
    }

    /// The head that may be announced and served.
    pub(super) fn head(&self, feed: FeedId) -> Option<&SignedHead> {
        self.feeds.get(&feed).filter(|held| held.fork.is_none())?.log.head()
    }

    /// Own feeds as `peer`, their owner, has them from this node's point of view.
    pub(super) fn heads_of(&self, peer: NodeId) -> Vec<&SignedHead> {
        self.feeds.range(feeds_of(peer)).filter_map(|(_, held)| held.log.head()).collect()
    }

    /// Whose signature counts under this head, if its owner's identity lane reaches that epoch.
    pub(super) fn verifier(&self, signed: &SignedHead) -> Option<Verifier> {
        let lane = self.lanes.get(&signed.head.feed.node)?;
        lane.of_epoch(self.federation(), signed.head.epoch)
    }

    /// Entries are saved. A copy never goes back here: that takes [`Context::copy_checked`].
    pub(super) fn advance(
        &mut self,
        log: &ReplicaLog,
        lane: Option<IdentityLane>,
        session: SessionId,
        now: Moment,
    ) {
        let feed = log.feed();
        self.feed_changed(log.clone());
        if let Some(upstream) = &mut self.held_mut(feed).upstream
            && upstream.session == session
        {
            upstream.heard = now;
        }
        if let Some(lane) =
            lane.filter(|lane| self.lane(feed.node).is_none_or(|held| held.size() < lane.size()))
        {
            self.lane_changed(lane);
        }
    }

    /// Freezes a feed. True the first time, when the proof is to be saved and told.
    pub(super) fn freeze(&mut self, proof: &ForkProof) -> bool {
        let feed = proof.heads().0.head.feed;
        let held = self.held_mut(feed);
        if held.fork.is_some() {
            return false;
        }
        held.fork = Some(Box::new(proof.clone()));
        held.upstream = None;
        self.changes.feeds.insert(feed);
        self.changes.forks.push(proof.clone());
        self.alarms.push(Alarm::Fork(Box::new(proof.clone())));
        true
    }

    /// True when a check of the copy should begin: something of it is held, and none is under way.
    pub(super) fn begin_check(&mut self, feed: FeedId) -> bool {
        let held = self.held_mut(feed);
        let due = !held.checking && held.log.frontier().size() > 0;
        held.checking |= due;
        due
    }

    pub(super) fn raise(&mut self, alarm: Alarm) {
        self.alarms.push(alarm);
    }
}

/// How far a copy is: entries first, then the head over them.
fn place(log: &ReplicaLog) -> (u64, Option<(crate::feed::Epoch, u64)>) {
    (log.frontier().size(), log.head().map(|signed| (signed.head.epoch, signed.head.size)))
}

/// All feeds of a node, in the order of feeds.
pub(super) fn feeds_of(node: NodeId) -> std::ops::RangeInclusive<FeedId> {
    FeedId { node, audience: AudienceId([0; 32]), lane: Lane::Identity }..=FeedId {
        node,
        audience: AudienceId([0xff; 32]),
        lane: Lane::Bulk,
    }
}

const _: () = assert!(CREDIT_BYTES / 4 >= crate::sync::limits::FRAME_LEN_MAX as u64);
