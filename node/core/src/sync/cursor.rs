//! Where two nodes stand with each other, kept by both, so that their next session begins there.
//!
//! Every node numbers the changes of its heads (`change_no`), in the order in which they became durable. Of each peer it keeps
//! [`Cursors`]: `read`, the peer's change up to which this node holds everything, and `said`, its own change up to which it
//! told everything. A session that finds both sides' cursors fitting tells only what changed after the peer's `read`. In any
//! other case the [digest](crate::sync::Buckets) finds what differs.
//!
//! # Why a stale or lost cursor never leaves a gap
//!
//! **`read` = c means: every head that the peer announced in its changes up to c is covered by what is durable here.**
//! - The peer says HaveEnd(n) after it told each change up to n, by a Have or by the Batch or TileIndex of the head. Frames arrive
//!   in order, so all of them were heard before. A feed that is being sent, but whose head is not on the wire yet, is told by a
//!   Have first. Numbers rise in the order of commits, and n is what the session has heard of its own store, so no smaller
//!   change follows.
//! - This side keeps the set of announced heads that its stored copies do not cover, for whatever reason: on their way, stalled,
//!   of an owner that is not known yet. n becomes `read` when the set is empty, never before. So nothing that was announced needs
//!   to be remembered: a session that ends earlier has moved no cursor, and the peer announces it again.
//! - A session in which something failed verification moves no cursor.
//! - A copy that is cut back covers less: cursors carry the number of cut-backs (`mends`) under which they were saved, and
//!   count under no other. In the session that sees it, `read` falls to nothing until a digest has found what is missing.
//! - A head can become one to announce without any change, when its owner becomes a member: cursors carry the roster's version
//!   too, and a new version takes `said` back until all is said again.
//!
//! **`read` <= the peer's `said` means that the number is one of the peer's present history.** `said` is saved before HaveEnd is
//! sent. A peer whose database was restored has an older `said`, or none: a cursor beyond it does not fit, and one up to it speaks
//! of changes from before the copy was made. The nonce of the session in which both began tells one beginning from another.
//!
//! **A number alone does not say in which history.** A database may be put back to an old copy, go on, and be put back to a newer
//! copy of what it was at first: then change 5 has been two things. So a database keeps its [`Instance`]s, the starts of a node
//! on it, each with the change that was its newest then, and a cursor names the peer's instance that told it. Told by one that is
//! not among them, or beyond what that one has left to the next, it is of another history, and the owner of the numbers tells
//! everything. Two running copies of one database tell their histories apart in the same way; they are an alarm of their own.

use std::collections::BTreeMap;

use crate::feed::{FeedId, Hash, NodeId, SignedHead};
use crate::sync::context::Context;
use crate::sync::limits::{CHANGES_BEHIND_MAX, CURSORS_VERSION};
use crate::sync::message::{Hello, Nonce};
use crate::sync::moment::Moment;

/// How far this node and a peer have come with each other, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursors {
    /// The session in which both began to count; it must be the same at the peer.
    pub session: Nonce,
    /// The peer's change up to which this node holds all that was announced.
    pub read: u64,
    /// The peer's instance that told `read`; none if it was told before instances were kept.
    pub instance: Option<Nonce>,
    /// This node's change up to which all was told.
    pub said: u64,
    /// The roster version under which both count.
    pub roster: u64,
    /// The number of cut-backs under which both count.
    pub mends: u64,
}

/// A start of the node on its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Its name, which its Hellos say.
    pub nonce: Nonce,
    /// The newest change of the database at the start; its own come after.
    pub began: u64,
}

/// How far a session has heard of what its context knows. Cursors rest on this, for the context may be ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub(super) change_no: u64,
    pub(super) roster: u64,
    pub(super) mends: u64,
}

/// The numbers that cursors are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    /// The last change of each head; none while the store has not told it.
    changes: BTreeMap<FeedId, u64>,
    newest: u64,
    mends: u64,
    cursors: BTreeMap<NodeId, Cursors>,
    /// As they followed each other; the present one is last.
    instances: Vec<Instance>,
    compared: BTreeMap<NodeId, Moment>,
}

/// What one side's Hello says of cursors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    nonce: Nonce,
    instance: Nonce,
    resumes: bool,
    cursors: Option<(Nonce, u64, u64)>,
    /// The other side's instance that told what this side has read.
    told_by: Option<Nonce>,
    roster: (u64, Hash),
}

impl Context {
    /// The store's number of a feed's last change, which the context was told before; in ascending order.
    pub fn numbered(&mut self, feed: FeedId, change_no: u64) {
        self.numbers.changes.insert(feed, change_no);
        self.numbers.newest = self.numbers.newest.max(change_no);
        self.note_mark();
    }

    /// How many copies were ever cut back, at start.
    pub fn mends_stored(&mut self, mends: u64) {
        self.numbers.mends = mends;
        self.note_mark();
    }

    /// The stored cursors of a peer, at start.
    pub fn cursors_stored(&mut self, peer: NodeId, cursors: Cursors) {
        self.numbers.cursors.insert(peer, cursors);
    }

    /// The instances of the stored database, at start: as they followed each other, with this one at the end.
    pub fn instances_stored(&mut self, instances: Vec<Instance>) {
        self.numbers.instances = instances;
    }

    /// Whether this change, told by that instance, is one of this database's history.
    pub(super) fn has_told(&self, instance: Nonce, change_no: u64) -> bool {
        let mut later = self.numbers.instances.iter().skip_while(|it| it.nonce != instance);
        later.next().is_some() && later.next().is_none_or(|next| change_no <= next.began)
    }

    pub(super) fn mark(&self) -> Mark {
        let Numbers { newest, mends, .. } = self.numbers;
        Mark { change_no: newest, roster: self.chain().roster().version, mends }
    }

    /// The cursors of a peer, if they count by now.
    pub(super) fn cursors(&self, peer: NodeId) -> Option<Cursors> {
        let Mark { roster, mends, .. } = self.mark();
        let cursors = self.numbers.cursors.get(&peer).copied();
        cursors.filter(|cursors| (cursors.roster, cursors.mends) == (roster, mends))
    }

    /// A head has changed, and its number is not known yet.
    pub(super) fn unnumber(&mut self, feed: FeedId) {
        self.numbers.changes.remove(&feed);
    }

    /// A copy was cut back.
    pub(super) fn count_mend(&mut self, feed: FeedId) {
        self.unnumber(feed);
        self.numbers.mends += 1;
        self.note_mark();
    }

    /// Feeds whose heads changed after this number.
    pub(super) fn changed_since(&self, change_no: u64) -> Vec<FeedId> {
        let is_newer = |feed: &FeedId| self.numbers.changes.get(feed).is_none_or(|last| *last > change_no);
        self.feeds().map(crate::feed::ReplicaLog::feed).filter(is_newer).collect()
    }

    /// Heads that may be announced.
    pub(super) fn shared_heads(&self) -> impl Iterator<Item = &SignedHead> {
        let feeds = self.feeds().map(crate::feed::ReplicaLog::feed).filter(|feed| self.is_shared(*feed));
        feeds.filter_map(|feed| self.head(feed))
    }

    /// When this node last asked a peer by a digest; the start of the clock if it never did.
    pub(super) fn compared_at(&self, peer: NodeId) -> Moment {
        self.numbers.compared.get(&peer).copied().unwrap_or_default()
    }

    pub(super) fn compares(&mut self, peer: NodeId, now: Moment) {
        self.numbers.compared.insert(peer, now);
    }
}

impl Claim {
    pub(super) fn of(hello: &Hello) -> Self {
        Self {
            nonce: hello.session_nonce,
            instance: hello.instance_nonce,
            resumes: hello.versions.iter().any(|version| *version >= CURSORS_VERSION),
            cursors: hello.last_session.map(|session| (session, hello.cursor, hello.said)),
            told_by: hello.cursor_instance,
            roster: (hello.roster_version, hello.roster_hash),
        }
    }

    /// The side's present instance.
    pub(super) const fn instance(&self) -> Nonce {
        self.instance
    }

    /// The other side's instance that told what this side has read.
    pub(super) const fn told_by(&self) -> Option<Nonce> {
        self.told_by
    }

    /// Whether this side speaks the version that has cursors and digests.
    pub(super) const fn resumes(&self) -> bool {
        self.resumes
    }

    pub(super) const fn roster_version(&self) -> u64 {
        self.roster.0
    }

    /// The peer's change up to which this side has read, if both claims fit each other. Both sides come to the same result.
    pub(super) fn since(&self, other: &Self) -> Option<u64> {
        let ((session, read, said), (session_there, read_there, said_there)) =
            (self.cursors?, other.cursors?);
        let near = |read: u64, said: u64| said.checked_sub(read).is_some_and(|it| it <= CHANGES_BEHIND_MAX);
        let fits = self.resumes
            && other.resumes
            && session == session_there
            && self.roster == other.roster
            && near(read, said_there)
            && near(read_there, said);
        fits.then_some(read)
    }

    /// The name of the session, made of what both drew: `self` dialled.
    pub(super) fn name(&self, accepted: &Self) -> Nonce {
        let Hash(hash) = Hash::of(&[b"quince/session/v1\n", &self.nonce.0, &accepted.nonce.0]);
        let mut name = Nonce::default();
        name.0.copy_from_slice(&hash[..size_of::<Nonce>()]);
        name
    }
}
