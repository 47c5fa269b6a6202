//! Tiles: complete subtrees of 256 leaves, by which a long catch-up is verified, stored and resumed.
//!
//! A [`TileIndex`] lists what a head consists of from some tile on. Once it has rebuilt the head's root, each tile
//! and each leaf of the right edge is checked alone. It deliberately knows no frames and no sessions.

use thiserror::Error;

use crate::feed::entry::Entry;
use crate::feed::hash::Hash;
use crate::feed::head::Head;
use crate::feed::tree::{self, Frontier};

/// Leaves in a tile: large enough that its hash is noise beside its entries, small enough to resume often.
pub const TILE_LEAVES: u64 = 1 << TILE_LEVEL;

/// The height of a tile in the tree.
pub(crate) const TILE_LEVEL: u32 = 8;

/// What a head consists of from a tile on, as sent and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileIndex {
    /// The number of the first tile listed; all before it are held.
    pub first_tile: u64,
    /// Roots of the complete tiles.
    pub tiles: Vec<Hash>,
    /// Leaf hashes of the right edge, fewer than a tile's.
    pub edge: Vec<Hash>,
}

/// A tile index that rebuilt its head: every hash in it is what the owner signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedIndex {
    index: TileIndex,
}

/// Consecutive leaf hashes that a verified index vouches for, inside one tile or on the right edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRun {
    first: u64,
    leaves: Vec<Hash>,
}

/// An index, tile or leaf that is not what the owner signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TileError {
    /// The index begins elsewhere than the base.
    #[error("tile index begins at tile {first_tile}, expected {expected}")]
    Start {
        /// The first tile listed.
        first_tile: u64,
        /// The first tile not held.
        expected: u64,
    },
    /// The head is smaller than what is held.
    #[error("head has size {size}, but {held} leaves lie before the tile index")]
    Behind {
        /// Size of the head.
        size: u64,
        /// Leaves before the index.
        held: u64,
    },
    /// The index lists too much or too little.
    #[error(
        "tile index lists {tiles} tiles and {edge} edge leaves, expected {tiles_expected} and {edge_expected}"
    )]
    Shape {
        /// Tiles listed.
        tiles: usize,
        /// Tiles the head has after the base.
        tiles_expected: u64,
        /// Edge leaves listed.
        edge: usize,
        /// Edge leaves the head has.
        edge_expected: u64,
    },
    /// The index belongs to another tree.
    #[error("tile index rebuilds root {found}, the head has {expected}")]
    Root {
        /// The root the index leads to.
        found: Hash,
        /// The head's root.
        expected: Hash,
    },
    /// There is no such tile in the index.
    #[error("tile {0} is not in the index")]
    NoTile(u64),
    /// A tile has a fixed number of leaves.
    #[error("tile {tile} has {found} leaves, expected {TILE_LEAVES}")]
    TileLength {
        /// Number of the tile.
        tile: u64,
        /// Leaves given.
        found: usize,
    },
    /// The leaves are not those of the tile.
    #[error("tile {tile} has root {found}, expected {expected}")]
    TileRoot {
        /// Number of the tile.
        tile: u64,
        /// Root of the leaves given.
        found: Hash,
        /// Root in the index.
        expected: Hash,
    },
}

impl TileIndex {
    /// The index of a tree from `first_tile` on: the roots of its whole tiles in order, then its edge leaves.
    /// It is the sender's half; the receiver's is [`TileIndex::verify`].
    #[must_use]
    pub const fn new(first_tile: u64, tiles: Vec<Hash>, edge: Vec<Hash>) -> Self {
        Self { first_tile, tiles, edge }
    }

    /// Checks that base and index together rebuild the head's root. The head's signature is the caller's to check.
    ///
    /// # Errors
    /// When the index does not start where `base` ends, does not have the head's shape, or leads to another root.
    pub fn verify(self, base: &Frontier, head: &Head) -> Result<VerifiedIndex, TileError> {
        self.check_shape(base, head)?;
        let mut frontier = base.clone();
        for tile in &self.tiles {
            frontier.push_tile(*tile).expect("the base ends with a whole tile");
        }
        frontier.extend(self.edge.iter().copied());
        let found = frontier.root();
        if found != head.root {
            return Err(TileError::Root { found, expected: head.root });
        }
        Ok(VerifiedIndex { index: self })
    }

    fn check_shape(&self, base: &Frontier, head: &Head) -> Result<(), TileError> {
        let held = base.size();
        let expected = held / TILE_LEAVES;
        if self.first_tile != expected || !held.is_multiple_of(TILE_LEAVES) {
            return Err(TileError::Start { first_tile: self.first_tile, expected });
        }
        if head.size < held {
            return Err(TileError::Behind { size: head.size, held });
        }
        let (tiles_expected, edge_expected) = (head.size / TILE_LEAVES - expected, head.size % TILE_LEAVES);
        let (tiles, edge) = (self.tiles.len(), self.edge.len());
        if tiles as u64 != tiles_expected || edge as u64 != edge_expected {
            return Err(TileError::Shape { tiles, tiles_expected, edge, edge_expected });
        }
        Ok(())
    }
}

impl VerifiedIndex {
    /// The numbers of the complete tiles in the index.
    #[must_use]
    pub fn tiles(&self) -> std::ops::Range<u64> {
        self.index.first_tile..self.index.first_tile + self.index.tiles.len() as u64
    }

    /// The leaves after the last complete tile.
    #[must_use]
    pub fn edge(&self) -> LeafRun {
        LeafRun { first: self.tiles().end * TILE_LEAVES, leaves: self.index.edge.clone() }
    }

    /// The root of a tile, if it is in the index.
    #[must_use]
    pub fn root_of(&self, tile: u64) -> Option<Hash> {
        let place = usize::try_from(tile.checked_sub(self.index.first_tile)?).ok()?;
        self.index.tiles.get(place).copied()
    }

    /// Checks the leaf hashes of one tile, sent ahead when its entries do not fit one frame.
    ///
    /// # Errors
    /// When the tile is not in the index or the leaves are not its own.
    pub fn tile(&self, tile: u64, leaves: Vec<Hash>) -> Result<LeafRun, TileError> {
        let expected = self.root_of(tile).ok_or(TileError::NoTile(tile))?;
        if leaves.len() as u64 != TILE_LEAVES {
            return Err(TileError::TileLength { tile, found: leaves.len() });
        }
        let found = tree::root(&leaves);
        if found != expected {
            return Err(TileError::TileRoot { tile, found, expected });
        }
        Ok(LeafRun { first: tile * TILE_LEAVES, leaves })
    }

    /// Checks one whole tile by its entries.
    ///
    /// # Errors
    /// As for [`VerifiedIndex::tile`].
    pub fn tile_of(&self, tile: u64, entries: &[Entry]) -> Result<LeafRun, TileError> {
        self.tile(tile, entries.iter().map(Entry::leaf_hash).collect())
    }
}

impl LeafRun {
    /// Index of the first leaf in its feed.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Index after the last leaf.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.first + self.leaves.len() as u64
    }

    /// The leaf hash at an index of the feed, if it lies inside.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<Hash> {
        let place = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.leaves.get(place).copied()
    }

    /// All leaf hashes in order.
    #[must_use]
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }
}

#[cfg(test)]
mod tests;
