//! The Merkle tree of RFC 6962 over SHA-256, held as its frontier: what an appender and a verifier need, and no more.
//!
//! It deliberately keeps no leaves: those are the store's.

use thiserror::Error;

use crate::feed::hash::{HASH_LEN, Hash};
use crate::feed::id::INTEGER_MAX;
use crate::feed::tile::{TILE_LEAVES, TILE_LEVEL};

const LEAF_PREFIX: &[u8] = &[0];
const NODE_PREFIX: &[u8] = &[1];

/// Bytes of the size in an encoded frontier.
const SIZE_LEN: usize = 8;

/// Hash of a leaf whose input is the parts, one after the other.
#[must_use]
pub fn leaf_hash(input: &[&[u8]]) -> Hash {
    let mut parts = vec![LEAF_PREFIX];
    parts.extend_from_slice(input);
    Hash::of(&parts)
}

/// Hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[NODE_PREFIX, &left.0, &right.0])
}

/// Root of the tree over these leaf hashes.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    leaves.iter().copied().collect::<Frontier>().root()
}

/// The right edge of a tree: the roots of the complete subtrees it consists of, the largest first.
///
/// There is one for every bit set in the size, at most 64. It is all that is needed to append and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// A frontier that cannot be read, or a subtree that does not fit its end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrontierError {
    /// The size is beyond every feed.
    #[error("frontier has size {0}, expected at most {INTEGER_MAX}")]
    TooLarge(u64),
    /// The number of bytes does not fit the size.
    #[error("frontier has {found} bytes, expected {expected}")]
    Length {
        /// Bytes given.
        found: usize,
        /// Bytes that a frontier of this size has.
        expected: usize,
    },
    /// A tile can only follow whole tiles.
    #[error("a tile cannot follow {0} leaves, expected a multiple of {TILE_LEAVES}")]
    Unaligned(u64),
}

impl Frontier {
    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Appends a whole tile by its root.
    ///
    /// # Errors
    /// When the size is not a multiple of [`TILE_LEAVES`].
    pub fn push_tile(&mut self, tile: Hash) -> Result<(), FrontierError> {
        if !self.size.is_multiple_of(TILE_LEAVES) {
            return Err(FrontierError::Unaligned(self.size));
        }
        self.push_subtree(TILE_LEVEL, tile);
        Ok(())
    }

    /// The root of the tree; of the empty tree, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let smallest_first = self.peaks.iter().rev().copied();
        smallest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| Hash::of(&[]))
    }

    /// The frontier as it was when the last whole tile ended: what a catch-up by tiles builds upon.
    #[must_use]
    pub fn tile_base(&self) -> Self {
        let size = self.size - self.size % TILE_LEAVES;
        Self { size, peaks: self.peaks[..peaks_count(size)].to_vec() }
    }

    /// The frontier's bytes: size, big-endian, then the hashes, the largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(&peak.0));
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are not exactly one frontier.
    pub fn parse(bytes: &[u8]) -> Result<Self, FrontierError> {
        let Some((size, hashes)) = bytes.split_first_chunk::<SIZE_LEN>() else {
            return Err(FrontierError::Length { found: bytes.len(), expected: SIZE_LEN });
        };
        let size = u64::from_be_bytes(*size);
        if size > INTEGER_MAX {
            return Err(FrontierError::TooLarge(size));
        }
        let expected = SIZE_LEN + peaks_count(size) * HASH_LEN;
        if bytes.len() != expected {
            return Err(FrontierError::Length { found: bytes.len(), expected });
        }
        let (peaks, _) = hashes.as_chunks::<HASH_LEN>();
        Ok(Self { size, peaks: peaks.iter().copied().map(Hash).collect() })
    }

    /// Appends a complete subtree of 2^level leaves; the size is a multiple of that.
    fn push_subtree(&mut self, level: u32, mut subtree: Hash) {
        let mut trailing = self.size >> level;
        // Like carrying in binary addition: every complete subtree of equal size on the left merges with the new one.
        while trailing & 1 == 1 {
            let left = self.peaks.pop().expect("a peak for every bit of the size");
            subtree = node_hash(&left, &subtree);
            trailing >>= 1;
        }
        self.peaks.push(subtree);
        self.size += 1 << level;
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::default();
        frontier.extend(leaves);
        frontier
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

const fn peaks_count(size: u64) -> usize {
    size.count_ones() as usize
}

#[cfg(test)]
mod tests;
