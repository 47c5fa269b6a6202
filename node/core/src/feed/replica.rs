//! The reader's side of a feed: a copy that grows only by what its owner signed.
//!
//! Two ways lead forward. A **batch** brings entries and the head they lead to ([`ReplicaLog::extend`]). A **catch-up**
//! ([`ReplicaLog::catch_up`]) checks one head and its tile index, and then takes the entries in pieces of any size
//! ([`ReplicaLog::extend_run`]). Pure: every step returns the next state or an error, and never half of one.
//!
//! A copy has every entry whole, but for those that a live list of the feed says are dead ([`ReplicaLog::extend_dead_tiles`]).
//! Until it has grown past that list it counts as no head: nobody could be shown why something is missing.

use thiserror::Error;

use crate::feed::entry::Entry;
use crate::feed::fork::ForkProof;
use crate::feed::hash::Hash;
use crate::feed::head::{HeadError, SignedHead, Verifier};
use crate::feed::id::{Epoch, FeedId};
use crate::feed::live_list::ClosedList;
use crate::feed::tile::{LeafRun, TILE_LEAVES, TileError, TileIndex, VerifiedIndex};
use crate::feed::tree::Frontier;

/// A copy of a feed: whole verified tiles and a verified right edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaLog {
    feed: FeedId,
    frontier: Frontier,
    head: Option<SignedHead>,
    target: Option<SignedHead>,
    sparse_until: u64,
}

/// What a step forward gives the store: all of it is one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// The copy afterwards.
    pub log: ReplicaLog,
    /// How many of the given entries, from the front, were held already and are to be passed by.
    pub held: usize,
    /// Index of the first new entry.
    pub first: u64,
    /// Leaf hashes of the new entries, in order.
    pub leaves: Vec<Hash>,
    /// Roots of whole dead tiles, from the one on in which the copy ended, and no entries.
    pub dead_tiles: Vec<Hash>,
}

/// The beginning of a catch-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchUp {
    /// The copy, which now remembers the head it is on the way to.
    pub log: ReplicaLog,
    /// What that head consists of.
    pub index: VerifiedIndex,
}

/// Why the copy stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExtendError {
    /// The head is of another feed.
    #[error("head is of another feed, {0}")]
    Feed(FeedId),
    /// The head is of an epoch that has ended.
    #[error("head is of epoch {found}, but epoch {held} has begun")]
    Epoch {
        /// The head's epoch.
        found: Epoch,
        /// The newest epoch seen in this feed.
        held: Epoch,
    },
    /// The head itself does not count.
    #[error("head does not count")]
    Head(#[from] HeadError),
    /// The head is older than what is held.
    #[error("head has size {size}, but {held} entries are held")]
    Behind {
        /// The head's size.
        size: u64,
        /// Entries held.
        held: u64,
    },
    /// There is nothing to catch up with.
    #[error("all {held} entries of the head are held, expected a larger head")]
    Complete {
        /// Entries held.
        held: u64,
    },
    /// The entries begin after the end of what is held.
    #[error("entries begin at {from}, but only {held} are held")]
    Gap {
        /// Index of the first entry given.
        from: u64,
        /// Entries held.
        held: u64,
    },
    /// The entries do not end where they should.
    #[error("entries end at {end}, expected {expected}")]
    End {
        /// Index after the last entry given.
        end: u64,
        /// The head's size, or the end of the run.
        expected: u64,
    },
    /// A batch reaches from one tile into the next.
    #[error("batch from {from} to {end} crosses a tile of {TILE_LEAVES} entries")]
    CrossesTile {
        /// Index of the first new entry.
        from: u64,
        /// Index after the last.
        end: u64,
    },
    /// The entries are not those the head covers.
    #[error("entries lead to root {found}, the head has {expected}")]
    Root {
        /// The root they lead to.
        found: Hash,
        /// The head's root.
        expected: Hash,
    },
    /// One entry is not the one the run has in its place.
    #[error("entry {index} has leaf hash {found}, expected {expected}")]
    Leaf {
        /// Its index in the feed.
        index: u64,
        /// Its leaf hash.
        found: Hash,
        /// The leaf hash in the run.
        expected: Hash,
    },
    /// Something is missing, and no live list lets it go.
    #[error("entry {0} is missing its body, and no live list says that it is dead")]
    Hole(u64),
    /// Tiles are left out that do not follow, or that no live list lets go.
    #[error(
        "tiles {first} to {end} are left out where {held} entries are held, or a live list says that some of them count"
    )]
    HoleTiles {
        /// The first tile left out.
        first: u64,
        /// The tile after the last.
        end: u64,
        /// Entries held.
        held: u64,
    },
    /// The entries held are not those of the run.
    #[error("the {held} entries held are not the beginning of what the head covers")]
    Diverged {
        /// Entries held.
        held: u64,
    },
    /// The tile index does not lead to the head.
    #[error("tile index does not lead to the head")]
    Tile(#[from] TileError),
    /// The owner signed two histories.
    #[error("the owner signed two different heads at size {}", .0.heads().0.head.size)]
    Fork(Box<ForkProof>),
}

impl ReplicaLog {
    /// A copy of which nothing is held yet.
    #[must_use]
    pub fn new(feed: FeedId) -> Self {
        Self::restore(feed, Frontier::default(), None, None)
    }

    /// A copy as the store holds it: the tree, the last head whose entries are all held, and the larger head
    /// that a catch-up was on the way to.
    #[must_use]
    pub const fn restore(
        feed: FeedId,
        frontier: Frontier,
        head: Option<SignedHead>,
        target: Option<SignedHead>,
    ) -> Self {
        Self { feed, frontier, head, target, sparse_until: 0 }
    }

    /// The same copy, in which something is missing that live lists let go, of which the last ends at this index.
    #[must_use]
    pub fn sparse(self, until: u64) -> Self {
        Self { sparse_until: until, ..self }
    }

    /// Which feed.
    #[must_use]
    pub const fn feed(&self) -> FeedId {
        self.feed
    }

    /// The tree so far; its size is the index of the next entry wanted.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The last head whose entries are all held: what may be announced to others.
    #[must_use]
    pub const fn head(&self) -> Option<&SignedHead> {
        self.head.as_ref()
    }

    /// Where the last live list ends that let something go which is missing here; 0 while nothing is. No new head below it
    /// counts.
    #[must_use]
    pub const fn sparse_until(&self) -> u64 {
        self.sparse_until
    }

    /// The head that a catch-up is on the way to.
    #[must_use]
    pub const fn target(&self) -> Option<&SignedHead> {
        self.target.as_ref()
    }

    /// Takes a batch: entries from index `from` on that lead exactly to `head`.
    ///
    /// Entries in front that are held already are passed by unread; a batch may also hold none, when only the head is new.
    ///
    /// # Errors
    /// When the head does not count or is older than what is held, when the entries leave a gap, cross a tile or
    /// lead elsewhere, and with a [`ForkProof`] when the head contradicts the one held.
    pub fn extend(
        &self,
        from: u64,
        entries: &[Entry],
        head: &SignedHead,
        owner: &Verifier,
    ) -> Result<Extended, ExtendError> {
        self.check_head(head, owner)?;
        let held = self.held_of(from, entries)?;
        let (first, end) = (self.frontier.size(), from + entries.len() as u64);
        if end != head.head.size {
            return Err(ExtendError::End { end, expected: head.head.size });
        }
        if first < end && first / TILE_LEAVES != (end - 1) / TILE_LEAVES {
            return Err(ExtendError::CrossesTile { from: first, end });
        }
        check_whole(from, entries, held, None)?;
        let leaves: Vec<Hash> = entries[held..].iter().map(Entry::leaf_hash).collect();
        let mut log = self.clone();
        log.frontier.extend(leaves.iter().copied());
        let found = log.frontier.root();
        if found != head.head.root {
            return Err(ExtendError::Root { found, expected: head.head.root });
        }
        log.reach(*head);
        Ok(Extended { log, held, first, leaves, dead_tiles: Vec::new() })
    }

    /// Begins a catch-up to `head`. The index starts at the tile in which the copy ends.
    ///
    /// # Errors
    /// When the head does not count or is older than what is held, or the index does not rebuild it upon what is held.
    pub fn catch_up(
        &self,
        index: TileIndex,
        head: &SignedHead,
        owner: &Verifier,
    ) -> Result<CatchUp, ExtendError> {
        self.check_head(head, owner)?;
        let held = self.frontier.size();
        if head.head.size == held {
            return Err(ExtendError::Complete { held });
        }
        let index = index.verify(&self.frontier.tile_base(), &head.head)?;
        let mut log = self.clone();
        log.target = Some(*head);
        Ok(CatchUp { log, index })
    }

    /// Takes entries from index `from` on whose leaf hashes a verified index vouches for: a whole tile, a part of one, or
    /// a part of the right edge. Entries in front that are held already must be the same. `list`, one of this feed, tells which
    /// may be dead.
    ///
    /// # Errors
    /// When the entries leave a gap, reach beyond the run or differ from it, or what is held differs from it, and when
    /// something is missing that should not be.
    pub fn extend_run(
        &self,
        run: &LeafRun,
        from: u64,
        entries: &[Entry],
        list: Option<&ClosedList>,
    ) -> Result<Extended, ExtendError> {
        let held = self.held_of(from, entries)?;
        let (first, end) = (self.frontier.size(), from + entries.len() as u64);
        if from < run.first() || end > run.end() {
            return Err(ExtendError::End { end, expected: run.end() });
        }
        for (index, entry) in (from..).zip(entries) {
            let (found, expected) =
                (entry.leaf_hash(), run.at(index).expect("inside the run, checked above"));
            if found != expected {
                return Err(ExtendError::Leaf { index, found, expected });
            }
        }
        let is_sparse = check_whole(from, entries, held, list)?;
        let leaves: Vec<Hash> = entries[held..].iter().map(Entry::leaf_hash).collect();
        let (mut log, dead_tiles) = (self.clone(), Vec::new());
        if leaves.is_empty() {
            return Ok(Extended { log, held, first, leaves, dead_tiles });
        }
        self.check_beginning(run)?;
        log.frontier.extend(leaves.iter().copied());
        if let Some(list) = list.filter(|_| is_sparse) {
            log.sparse_until = log.sparse_until.max(list.place.end);
        }
        if let Some(target) = log.target.filter(|target| target.head.size == log.frontier.size()) {
            log.reach(target);
        }
        Ok(Extended { log, held, first, leaves, dead_tiles })
    }

    /// Passes by whole tiles of which `list`, one of this feed, says that no leaf counts: their roots are all that is held of
    /// them. What was held of the first of them counts no more either, and is not compared.
    ///
    /// # Errors
    /// When the tiles do not begin with the one in which the copy ends, are not in the index, or are not all dead.
    pub fn extend_dead_tiles(
        &self,
        index: &VerifiedIndex,
        tiles: std::ops::Range<u64>,
        list: &ClosedList,
    ) -> Result<Extended, ExtendError> {
        let held = self.frontier.size();
        let (first, end) = (tiles.start, tiles.end);
        let follows = first == held / TILE_LEAVES && first < end && end <= index.tiles().end;
        if !follows || !tiles.clone().all(|tile| list.list.is_dead_tile(tile)) {
            return Err(ExtendError::HoleTiles { first, end, held });
        }
        let mut log = self.clone();
        log.frontier = self.frontier.tile_base();
        let mut dead_tiles = Vec::new();
        for tile in tiles {
            let root = index.root_of(tile).ok_or(TileError::NoTile(tile))?;
            log.frontier.push_tile(root).expect("whole tiles follow whole tiles");
            dead_tiles.push(root);
        }
        log.sparse_until = log.sparse_until.max(list.place.end);
        Ok(Extended { log, held: 0, first: held, leaves: Vec::new(), dead_tiles })
    }

    fn check_head(&self, signed: &SignedHead, owner: &Verifier) -> Result<(), ExtendError> {
        let head = &signed.head;
        if head.feed != self.feed {
            return Err(ExtendError::Feed(head.feed));
        }
        owner.check(signed)?;
        for known in [&self.head, &self.target].into_iter().flatten() {
            if head.epoch < known.head.epoch {
                return Err(ExtendError::Epoch { found: head.epoch, held: known.head.epoch });
            }
            if let Ok(proof) = ForkProof::new(*known, *signed, owner) {
                return Err(ExtendError::Fork(Box::new(proof)));
            }
        }
        let held = self.frontier.size();
        if head.size < held {
            return Err(ExtendError::Behind { size: head.size, held });
        }
        Ok(())
    }

    /// How many of the entries are held already.
    fn held_of(&self, from: u64, entries: &[Entry]) -> Result<usize, ExtendError> {
        let held = self.frontier.size();
        let overlap = held.checked_sub(from).ok_or(ExtendError::Gap { from, held })?;
        Ok(usize::try_from(overlap).unwrap_or(usize::MAX).min(entries.len()))
    }

    /// What is held of the tile must be what the run says, or new entries would stand on another history.
    fn check_beginning(&self, run: &LeafRun) -> Result<(), ExtendError> {
        let held = self.frontier.size();
        let mut base = self.frontier.tile_base();
        base.extend((base.size()..held).map_while(|index| run.at(index)));
        if base == self.frontier { Ok(()) } else { Err(ExtendError::Diverged { held }) }
    }

    fn reach(&mut self, head: SignedHead) {
        self.target = self.target.filter(|target| target.head.size > head.head.size);
        if head.head.size >= self.sparse_until {
            self.head = Some(head);
        }
    }
}

/// Whether something is missing of the new entries that the list lets go.
fn check_whole(
    from: u64,
    entries: &[Entry],
    held: usize,
    list: Option<&ClosedList>,
) -> Result<bool, ExtendError> {
    let mut is_sparse = false;
    for (index, _) in (from..).zip(entries).skip(held).filter(|(_, entry)| entry.is_hole()) {
        if list.is_none_or(|closed| closed.list.is_live(index)) {
            return Err(ExtendError::Hole(index));
        }
        is_sparse = true;
    }
    Ok(is_sparse)
}

#[cfg(test)]
mod tests;
