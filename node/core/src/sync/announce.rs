//! Telling the peer what is held here: handles, heads, forks.
//!
//! Only names of feeds wait here; the head is looked up when the frame is made. So a peer that reads slowly hears less often,
//! and never of what is past.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use crate::feed::{Epoch, FeedId, ForkProof, Lane, NodeId, SignedHead};
use crate::sync::context::Context;
use crate::sync::limits::BINDS_MAX;
use crate::sync::message::{BareHead, FeedHandle, Frame};
use crate::sync::moment::Moment;
use crate::sync::serve::Serving;
use crate::sync::session::Fault;

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Announcing {
    peer: Option<NodeId>,
    feeds: BTreeMap<FeedHandle, FeedId>,
    told: BTreeMap<FeedId, Told>,
    due: BTreeMap<(Lane, FeedId), Cause>,
    /// Feeds that have changed and are due a little later, all of them when the first is.
    held: BTreeSet<FeedId>,
    held_until: Option<Moment>,
    forks: VecDeque<Frame>,
    /// A feed could not be named, for there were too many.
    full: bool,
}

/// A feed that has a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    handle: FeedHandle,
    head: Option<(Epoch, u64)>,
}

/// Why a feed is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// It has changed.
    Changed,
    /// It lies where digests differ.
    Compared,
    /// It is being sent, but its head is not on the wire yet, and all is about to be said to be told.
    Unsent,
}

impl Announcing {
    /// Nothing is told to a node of its own feeds, for Hello did that; but see [`Announcing::echo`].
    pub(super) fn begin(&mut self, peer: NodeId) {
        self.peer = Some(peer);
    }

    /// The feed has changed.
    pub(super) fn due(&mut self, feed: FeedId) {
        if self.peer.is_some_and(|peer| feed.node != peer) {
            let cause = self.due.entry(feed.priority()).or_insert(Cause::Changed);
            if *cause == Cause::Compared {
                *cause = Cause::Changed;
            }
        }
    }

    /// The peer is to hear how much is held of its own identity lane, so that it can ask for what it has forgotten.
    pub(super) fn echo(&mut self, lane: FeedId) {
        self.due.insert(lane.priority(), Cause::Changed);
    }

    /// The feed has changed, and is to be told by then.
    pub(super) fn due_by(&mut self, feed: FeedId, at: Moment) {
        self.held.insert(feed);
        self.held_until.get_or_insert(at);
    }

    /// When feeds that are held become due.
    pub(super) const fn held_until(&self) -> Option<Moment> {
        self.held_until
    }

    /// Whatever is held is due now.
    pub(super) fn tell_held(&mut self) {
        self.held_until = None;
        mem::take(&mut self.held).into_iter().for_each(|feed| self.due(feed));
    }

    /// The feed lies where the peer's digest differs.
    pub(super) fn compared(&mut self, feed: FeedId) {
        if self.peer.is_some_and(|peer| feed.node != peer) {
            self.due.entry(feed.priority()).or_insert(Cause::Compared);
        }
    }

    /// Feeds that are being sent, and of whose heads the peer does not know yet, are to be told.
    pub(super) fn untold(&mut self, ctx: &Context, serving: &Serving) {
        for feed in serving.unsent(ctx, |handle| self.feeds.get(&handle).copied()) {
            let head = ctx.head(feed).map(place);
            if self.told.get(&feed).is_none_or(|told| told.head < head) {
                self.due.insert(feed.priority(), Cause::Unsent);
            }
        }
    }

    /// Nothing waits to be told.
    pub(super) fn is_told(&self) -> bool {
        self.due.is_empty() && self.held.is_empty() && self.forks.is_empty()
    }

    /// There are more feeds than can be told.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn tell_fork(&mut self, proof: &ForkProof) {
        let (left, right) = proof.heads();
        let (feed, left, right) = (left.head.feed, left.into(), right.into());
        self.forks.push_back(Frame::ForkProof { feed, left, right });
    }

    /// The feed that a handle of this side names.
    pub(super) fn feed(&self, handle: FeedHandle) -> Result<FeedId, Fault> {
        self.feeds.get(&handle).copied().ok_or_else(|| unknown(handle))
    }

    /// The handle of a feed, if it was ever announced.
    pub(super) fn handle(&self, feed: FeedId) -> Option<FeedHandle> {
        self.told.get(&feed).map(|told| told.handle)
    }

    /// The next thing to tell. A feed that the peer is being sent needs no Have: its entries say more.
    pub(super) fn next(&mut self, ctx: &Context, serving: &Serving) -> Option<Frame> {
        if let Some(fork) = self.forks.pop_front() {
            return Some(fork);
        }
        while let Some(((lane, feed), cause)) = self.due.pop_first() {
            let sent = cause != Cause::Unsent && serving.serves(feed);
            let Some(head) = ctx.head(feed).filter(|_| ctx.is_shared(feed) && !sent) else { continue };
            let Some(told) = self.told.get_mut(&feed) else {
                if let Some(bind) = self.bind(feed) {
                    self.due.insert((lane, feed), cause);
                    return Some(bind);
                }
                continue;
            };
            told.head = Some(place(head));
            let (handle, head) = (told.handle, BareHead::from(head));
            return Some(Frame::Have { handle, head, compared: cause == Cause::Compared });
        }
        None
    }

    fn bind(&mut self, feed: FeedId) -> Option<Frame> {
        if self.told.len() >= BINDS_MAX {
            self.full = true;
            return None;
        }
        let handle = FeedHandle(u32::try_from(self.told.len() + 1).expect("fewer binds than fit"));
        self.told.insert(feed, Told { handle, head: None });
        self.feeds.insert(handle, feed);
        Some(Frame::Bind { handle, feed })
    }
}

const fn place(signed: &SignedHead) -> (Epoch, u64) {
    (signed.head.epoch, signed.head.size)
}

/// The peer used a handle that was never bound.
pub(super) fn unknown(handle: FeedHandle) -> Fault {
    Fault::malformed(format!("handle {} is not bound", handle.0))
}
