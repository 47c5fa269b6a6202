//! Telling the peer what is held here: handles, heads, forks.
//!
//! Only names of feeds wait here; the head is looked up when the frame is made. So a peer that reads slowly hears less often,
//! and never of what is past.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::feed::{FeedId, ForkProof, Lane, NodeId};
use crate::sync::context::Context;
use crate::sync::limits::BINDS_MAX;
use crate::sync::message::{BareHead, FeedHandle, Frame};
use crate::sync::serve::Serving;
use crate::sync::session::Fault;

/// The cursor of a node that does not number its changes for its peers yet: everything is said on each connect.
const NO_CURSOR: u64 = 0;

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Announcing {
    peer: Option<NodeId>,
    feeds: BTreeMap<FeedHandle, FeedId>,
    handles: BTreeMap<FeedId, FeedHandle>,
    due: BTreeSet<(Lane, FeedId)>,
    forks: VecDeque<Frame>,
    end_due: bool,
}

impl Announcing {
    /// Everything that is held is to be told, but nothing to a node of its own feeds: Hello did that.
    pub(super) fn begin(&mut self, ctx: &Context, peer: NodeId) {
        self.peer = Some(peer);
        self.end_due = true;
        ctx.feeds().for_each(|log| self.due(log.feed()));
    }

    /// The feed has changed.
    pub(super) fn due(&mut self, feed: FeedId) {
        if self.peer.is_some_and(|peer| feed.node != peer) {
            self.due.insert(feed.priority());
        }
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
        self.handles.get(&feed).copied()
    }

    /// The next thing to tell. A feed that the peer is being sent needs no Have: its entries say more.
    pub(super) fn next(&mut self, ctx: &Context, serving: &Serving) -> Option<Frame> {
        if let Some(fork) = self.forks.pop_front() {
            return Some(fork);
        }
        while let Some((lane, feed)) = self.due.pop_first() {
            let Some(head) = ctx.head(feed).filter(|_| ctx.is_shared(feed) && !serving.serves(feed)) else {
                continue;
            };
            let Some(handle) = self.handle(feed) else {
                if let Some(bind) = self.bind(feed) {
                    self.due.insert((lane, feed));
                    return Some(bind);
                }
                continue;
            };
            return Some(Frame::Have { handle, head: BareHead::from(head) });
        }
        std::mem::take(&mut self.end_due).then_some(Frame::HaveEnd { cursor: NO_CURSOR })
    }

    fn bind(&mut self, feed: FeedId) -> Option<Frame> {
        if self.handles.len() >= BINDS_MAX {
            return None;
        }
        let handle = FeedHandle(u32::try_from(self.handles.len() + 1).expect("fewer binds than fit"));
        self.handles.insert(feed, handle);
        self.feeds.insert(handle, feed);
        Some(Frame::Bind { handle, feed })
    }
}

/// The peer used a handle that was never bound.
pub(super) fn unknown(handle: FeedHandle) -> Fault {
    Fault::malformed(format!("handle {} is not bound", handle.0))
}
