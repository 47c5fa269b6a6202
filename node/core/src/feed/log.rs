//! The owner's side of a feed: appending entries and signing the heads that cover them.
//!
//! Pure: an append returns the next state. The shell saves state, entries and heads in one transaction and publishes
//! only what it saved. The reader's side is in `replica`.

use thiserror::Error;

use crate::feed::entry::{Content, Entry};
use crate::feed::hash::Hash;
use crate::feed::head::{Head, SignedHead};
use crate::feed::header::{BODY_LEN_MAX, HEADER_LEN};
use crate::feed::id::{Epoch, FederationId, FeedId, INTEGER_MAX};
use crate::feed::key::Sign;
use crate::feed::tile::TILE_LEAVES;
use crate::feed::tree::Frontier;

/// The most bytes of headers and bodies between two heads, so that a batch with its head fits a frame of 256 KiB
/// and a thin link verifies something every few seconds.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;

const _: () = assert!(HEADER_LEN + BODY_LEN_MAX as usize <= BATCH_BYTES_MAX, "one entry fits a batch");

/// A feed as its owner holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginLog {
    federation: FederationId,
    feed: FeedId,
    epoch: Epoch,
    frontier: Frontier,
}

/// What one append gives the store: all of it is one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The feed afterwards.
    pub log: OriginLog,
    /// Index of the first new entry.
    pub first: u64,
    /// Leaf hashes of the new entries, in order.
    pub leaves: Vec<Hash>,
    /// New heads, in order; the last covers everything.
    pub heads: Vec<SignedHead>,
}

/// Why nothing was appended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Nothing to append.
    #[error("no entries to append")]
    Empty,
    /// Owners append whole entries only.
    #[error("entry {0} of the append has no body")]
    NoBody(usize),
    /// The feed is full.
    #[error("feed has {size} entries and cannot take {added} more, expected at most {INTEGER_MAX}")]
    Full {
        /// Entries before.
        size: u64,
        /// Entries to be added.
        added: usize,
    },
}

impl OriginLog {
    /// A feed with no entries yet.
    #[must_use]
    pub fn new(federation: FederationId, feed: FeedId, epoch: Epoch) -> Self {
        Self::restore(federation, feed, epoch, Frontier::default())
    }

    /// A feed as the store holds it.
    #[must_use]
    pub const fn restore(federation: FederationId, feed: FeedId, epoch: Epoch, frontier: Frontier) -> Self {
        Self { federation, feed, epoch, frontier }
    }

    /// Which feed.
    #[must_use]
    pub const fn feed(&self) -> FeedId {
        self.feed
    }

    /// The tree so far; its size is the index of the next entry.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The feed's state now, unsigned.
    #[must_use]
    pub fn head(&self) -> Head {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        Head { feed: self.feed, epoch: self.epoch, size, root }
    }

    /// Appends whole entries and signs a head at each tile boundary, before a batch would exceed
    /// [`BATCH_BYTES_MAX`], and at the end.
    ///
    /// # Errors
    /// When there is nothing to append, an entry has no body, or the feed is full.
    pub fn append(&self, entries: &[Entry], signer: &dyn Sign) -> Result<Appended, AppendError> {
        self.check(entries)?;
        let first = self.frontier.size();
        let mut log = self.clone();
        let mut heads = Vec::new();
        let mut batch_bytes = 0;
        for entry in entries {
            let at_boundary = log.frontier.size().is_multiple_of(TILE_LEAVES);
            if batch_bytes > 0 && (at_boundary || batch_bytes + entry.len_bytes() > BATCH_BYTES_MAX) {
                heads.push(log.head().sign(&log.federation, signer));
                batch_bytes = 0;
            }
            batch_bytes += entry.len_bytes();
            log.frontier.push(entry.leaf_hash());
        }
        heads.push(log.head().sign(&log.federation, signer));
        Ok(Appended { log, first, leaves: entries.iter().map(Entry::leaf_hash).collect(), heads })
    }

    fn check(&self, entries: &[Entry]) -> Result<(), AppendError> {
        if entries.is_empty() {
            return Err(AppendError::Empty);
        }
        let whole = |entry: &Entry| matches!(entry.content(), Content::Full { .. });
        if let Some(place) = entries.iter().position(|entry| !whole(entry)) {
            return Err(AppendError::NoBody(place));
        }
        let size = self.frontier.size();
        if size + entries.len() as u64 > INTEGER_MAX {
            return Err(AppendError::Full { size, added: entries.len() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
