//! What a session asks its driver to do with the store, and what comes back.

use crate::feed::{Entry, Extended, FeedId, ForkProof, Hash, NodeId, ReplicaLog};
use crate::roster::{IdentityLane, RosterChain, SignedRoster};
use crate::sync::context::Context;
use crate::sync::cursor::Cursors;
use crate::sync::message::FeedHandle;

/// Work for the driver, to be done in the order given. It answers each, or ends the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Save verified entries, fold them, and answer with `handle_stored`.
    Store(Box<VerifiedBatch>),
    /// Save roster versions and answer with `handle_roster_stored`.
    StoreRoster(Box<RosterChain>, Vec<SignedRoster>),
    /// Save the proof of a fork. Needs no answer.
    StoreFork(Box<ForkProof>),
    /// Save how far this node and a peer have come, and answer with `handle_cursors_saved`.
    SaveCursors(NodeId, Cursors),
    /// Read entries and answer with [`Rows::Entries`].
    ReadEntries {
        /// The feed.
        feed: FeedId,
        /// Index of the first entry.
        from: u64,
        /// Index after the last entry; in the same tile.
        until: u64,
        /// Index of the first leaf hash to read: [`Effect::ReadEntries::from`], or the beginning of its tile.
        leaves_from: u64,
        /// Stop before the entries' bytes, as [`Entry::len_bytes`] counts them, exceed this; but read at least one.
        bytes_max: usize,
    },
    /// Read tile roots and edge leaves, and answer with [`Rows::Index`].
    ReadIndex {
        /// The feed.
        feed: FeedId,
        /// Number of entries of the tree.
        size: u64,
    },
    /// Read roster versions from this one on and answer with [`Rows::Roster`].
    ReadRoster {
        /// The first version.
        from: u64,
    },
    /// Check the stored copy of a feed against its hashes, cut it back to the last good tile if it is damaged, and
    /// tell the context: `copy_checked`.
    CheckCopy(FeedId),
}

/// Rows read for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Answer to [`Effect::ReadEntries`].
    Entries {
        /// The entries as stored, computed anew from their bytes.
        entries: Vec<Entry>,
        /// The leaf hashes as stored, from `leaves_from` up to `until`.
        leaves: Vec<Hash>,
    },
    /// Answer to [`Effect::ReadIndex`].
    Index {
        /// Roots of the whole tiles, from the first.
        tiles: Vec<Hash>,
        /// Leaf hashes after the last whole tile.
        edge: Vec<Hash>,
    },
    /// Answer to [`Effect::ReadRoster`].
    Roster(Vec<SignedRoster>),
    /// What was asked for cannot be read as it was stored.
    Damaged,
}

/// Entries that their owner signed, and the copy they lead to. Only a session makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBatch {
    pub(super) extended: Extended,
    pub(super) entries: Vec<Entry>,
    pub(super) lane: Option<IdentityLane>,
    pub(super) handle: Option<FeedHandle>,
    pub(super) bytes: u64,
}

/// What the session needs to hear when a batch is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub(super) log: ReplicaLog,
    pub(super) lane: Option<IdentityLane>,
    pub(super) handle: Option<FeedHandle>,
    pub(super) bytes: u64,
}

impl VerifiedBatch {
    /// What the entries lead to: the copy with its head and target, and which of the entries are new.
    #[must_use]
    pub const fn extended(&self) -> &Extended {
        &self.extended
    }

    /// The entries. There may be none, when only a head is new.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Bytes of the frames that brought it.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// To be given back when the batch is saved.
    #[must_use]
    pub fn into_receipt(self) -> Receipt {
        let Self { extended, lane, handle, bytes, .. } = self;
        Receipt { log: extended.log, lane, handle, bytes }
    }
}

impl Context {
    /// A batch is saved whose session is over by now. What is held must be known all the same: who asked for it once more from where
    /// it was would be refused by the store for ever.
    pub fn stored_for_nobody(&mut self, receipt: &Receipt) {
        self.feed_changed(receipt.log.clone());
        let held = |lane: &IdentityLane| self.lane(lane.node()).map_or(0, IdentityLane::size);
        if let Some(lane) = receipt.lane.as_ref().filter(|lane| held(lane) < lane.size()) {
            self.lane_changed(lane.clone());
        }
    }
}

impl Receipt {
    /// Whether something is missing of the copy, by a live list.
    #[must_use]
    pub const fn is_sparse(&self) -> bool {
        self.log.sparse_until() > 0
    }

    /// Which feed.
    #[must_use]
    pub const fn feed(&self) -> FeedId {
        self.log.feed()
    }
}
