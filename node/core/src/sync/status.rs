//! What operators see of a session: who it is with, what it carries, and where this node lags behind.

use crate::feed::{FeedId, NodeId};
use crate::sync::context::Context;
use crate::sync::moment::Moment;
use crate::sync::session::Session;

/// What an operator may see of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The peer, once it said who it is.
    pub peer: Option<NodeId>,
    /// It is admitted and replicates.
    pub open: bool,
    /// Feeds of which the peer announced entries that this node does not hold.
    pub lacking: Vec<Lacking>,
    /// Feeds that the peer is sent as they grow.
    pub serving: usize,
    /// Of these, feeds of which something was sent that the peer has not confirmed to have saved.
    pub unsaved: usize,
    /// Times that its data did not verify.
    pub failures: u32,
    /// Feeds that were found to differ although all was told; 0 is expected.
    pub drifted: u64,
}

/// A feed of which a peer holds more than this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lacking {
    /// The feed.
    pub feed: FeedId,
    /// How many entries more.
    pub entries: u64,
    /// When the copy here was last level with what the peer had announced.
    pub since: Moment,
}

impl Session {
    /// What an operator may see.
    #[must_use]
    pub fn status(&self, ctx: &Context) -> Status {
        Status {
            peer: self.peer(),
            open: self.is_open(),
            lacking: self.receiving.lacking(ctx).collect(),
            serving: self.serving.len(),
            unsaved: self.serving.unsaved(),
            failures: self.receiving.failures,
            drifted: self.resume.drifted(),
        }
    }
}

impl Status {
    /// Entries of all feeds that the peer announced and this node does not hold.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.lacking.iter().map(|lacking| lacking.entries).fold(0, u64::saturating_add)
    }
}
