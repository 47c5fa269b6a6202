//! What a node holds, as its have file says: where an export for it begins.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::feed::{FeedId, Hash, NodeId, SignedHead};
use crate::sync::context::Context;
use crate::sync::limits::BINDS_MAX;
use crate::sync::message::{BareHead, FeedHandle, Frame};

/// What one node holds. Empty when nothing is known of it: then it is given everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holding {
    /// Its roster version, 0 when it has none.
    pub(super) roster_version: u64,
    /// Hash of that version's text.
    pub(super) roster_hash: Option<Hash>,
    bound: BTreeMap<FeedHandle, FeedId>,
    heads: BTreeMap<FeedId, BareHead>,
}

/// A have file that says what none says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoldingError {
    /// A frame that no have file has.
    #[error("a have file holds a frame {0}, expected bind, have or have_end")]
    Frame(&'static str),
    /// A head of no feed.
    #[error("a have file names a head of handle {0}, which it did not bind before")]
    Unbound(u32),
    /// More than anybody holds.
    #[error("a have file names more than {BINDS_MAX} feeds")]
    TooLong,
}

impl Holding {
    /// What this node holds and may show to any member.
    #[must_use]
    pub fn of(ctx: &Context) -> Self {
        let heads = ctx.feeds().filter(|log| ctx.is_shared(log.feed()));
        let heads = heads.filter_map(|log| Some((log.feed(), BareHead::from(log.head()?))));
        Self {
            roster_version: ctx.chain().roster().version,
            roster_hash: Some(ctx.chain().roster().hash()),
            bound: BTreeMap::new(),
            heads: heads.collect(),
        }
    }

    /// The same, under a roster.
    #[must_use]
    pub fn under(self, roster_version: u64, roster_hash: Hash) -> Self {
        Self { roster_version, roster_hash: Some(roster_hash), ..self }
    }

    /// The frames that say so.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        let numbered = (1..).map(FeedHandle).zip(&self.heads);
        let frames = numbered.flat_map(|(handle, (feed, head))| {
            [Frame::Bind { handle, feed: *feed }, Frame::Have { handle, head: *head, compared: false }]
        });
        frames.chain([Frame::HaveEnd { cursor: 0, digests: 0 }]).collect()
    }

    /// Takes one frame of a have file. Nothing in it is believed: what it overstates is merely not sent.
    ///
    /// # Errors
    /// When no have file has such a frame.
    pub fn take(&mut self, frame: &Frame) -> Result<(), HoldingError> {
        match frame {
            Frame::Bind { .. } if self.bound.len() >= BINDS_MAX => return Err(HoldingError::TooLong),
            Frame::Bind { handle, feed } => {
                self.bound.insert(*handle, *feed);
            }
            Frame::Have { handle, head, .. } => {
                let feed = self.bound.get(handle).ok_or(HoldingError::Unbound(handle.0))?;
                self.heads.insert(*feed, *head);
            }
            Frame::HaveEnd { .. } => {}
            other => return Err(HoldingError::Frame(other.name())),
        }
        Ok(())
    }

    /// The heads of one node's feeds, as they are held there.
    pub fn heads_of(&self, node: NodeId) -> impl Iterator<Item = SignedHead> {
        self.heads.iter().filter(move |(feed, _)| feed.node == node).map(|(feed, head)| head.of(*feed))
    }

    /// How many entries of a feed are held there.
    #[must_use]
    pub fn size(&self, feed: FeedId) -> u64 {
        self.heads.get(&feed).map_or(0, |head| head.size)
    }

    /// Whether this head, or one over as many entries, is held there.
    pub(super) fn has(&self, signed: &SignedHead) -> bool {
        let place = |head: &BareHead| (head.size, head.epoch);
        self.heads.get(&signed.head.feed).is_some_and(|held| place(held) >= place(&BareHead::from(signed)))
    }
}
