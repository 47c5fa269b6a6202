//! An entry: one line of a feed, in the form in which it is held: whole, without its body, or only as a leaf hash.
//!
//! Body hash = SHA-256(`quince/body/v1\n` ‖ body). Leaf input = `quince/leaf/v1\n` ‖ header ‖ body hash, always with
//! the hash, also where the wire leaves it out. Leaf hash = SHA-256(0x00 ‖ leaf input), as RFC 6962 has it.
//! It deliberately knows nothing of what a body means.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use thiserror::Error;

use crate::feed::hash::Hash;
use crate::feed::header::{Flags, HEADER_LEN, Header};
use crate::feed::tree;

const BODY_LABEL: &[u8] = b"quince/body/v1\n";
const LEAF_LABEL: &[u8] = b"quince/leaf/v1\n";

/// Bytes exactly as their owner signed them. Shared and read-only, so that nobody encodes them a second time. They may be a part of
/// the frame that brought them, which then lives as long.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Raw(Bytes);

impl Raw {
    /// The same bytes, shared.
    #[must_use]
    pub fn shared(&self) -> Bytes {
        self.0.clone()
    }
}

impl Deref for Raw {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Raw {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Raw {
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl From<Bytes> for Raw {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.len())
    }
}

/// What is held of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Everything.
    Full {
        /// The header.
        header: Header,
        /// The body, as long as the header says.
        body: Raw,
    },
    /// The body was left out or erased; its hash still proves what it was.
    Pruned {
        /// The header.
        header: Header,
        /// Hash of the missing body.
        body_hash: Hash,
    },
    /// Only the leaf hash is left.
    Dead,
}

/// An entry whose form agrees with its header, and its leaf hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    content: Content,
    leaf_hash: Hash,
}

/// A body that is not the one its header announces.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryError {
    /// The lengths differ.
    #[error("body has {len} bytes, its header announces {announced}")]
    BodyLength {
        /// Bytes given.
        len: usize,
        /// Bytes announced.
        announced: u32,
    },
}

/// Hash of a body, as it enters the leaf.
#[must_use]
pub fn body_hash(body: &[u8]) -> Hash {
    Hash::of(&[BODY_LABEL, body])
}

impl Entry {
    /// An entry with header and body.
    ///
    /// # Errors
    /// When the body is not as long as the header says.
    pub fn full(header: Header, body: Raw) -> Result<Self, EntryError> {
        if u32::try_from(body.len()) != Ok(header.body_len) {
            return Err(EntryError::BodyLength { len: body.len(), announced: header.body_len });
        }
        let leaf_hash = leaf_hash(&header, &body_hash(&body));
        Ok(Self { content: Content::Full { header, body }, leaf_hash })
    }

    /// An entry whose body is not held.
    #[must_use]
    pub fn pruned(header: Header, body_hash: Hash) -> Self {
        let leaf_hash = leaf_hash(&header, &body_hash);
        Self { content: Content::Pruned { header, body_hash }, leaf_hash }
    }

    /// An entry of which only the leaf hash is held.
    #[must_use]
    pub const fn dead(leaf_hash: Hash) -> Self {
        Self { content: Content::Dead, leaf_hash }
    }

    /// What is held of the entry.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// The entry's leaf in the feed's tree; the same in all three forms.
    #[must_use]
    pub const fn leaf_hash(&self) -> Hash {
        self.leaf_hash
    }

    /// The header, unless the entry is dead.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        match &self.content {
            Content::Full { header, .. } | Content::Pruned { header, .. } => Some(header),
            Content::Dead => None,
        }
    }

    /// The body, if held.
    #[must_use]
    pub const fn body(&self) -> Option<&Raw> {
        match &self.content {
            Content::Full { body, .. } => Some(body),
            Content::Pruned { .. } | Content::Dead => None,
        }
    }

    /// Bytes that header, body and hashes occupy, without framing: what limits and quotas count.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        match &self.content {
            Content::Full { body, .. } => HEADER_LEN + body.len(),
            Content::Pruned { body_hash, .. } => HEADER_LEN + body_hash.0.len(),
            Content::Dead => self.leaf_hash.0.len(),
        }
    }

    /// Whether something is missing that only its owner's word lets go: all of it, or the body of one that is not erasable.
    #[must_use]
    pub fn is_hole(&self) -> bool {
        match &self.content {
            Content::Full { .. } => false,
            Content::Pruned { header, .. } => !header.flags.contains(Flags::ERASABLE),
            Content::Dead => true,
        }
    }

    /// The same entry without its body.
    #[must_use]
    pub fn prune(&self) -> Self {
        match &self.content {
            Content::Full { header, body } => Self::pruned(*header, body_hash(body)),
            Content::Pruned { .. } | Content::Dead => self.clone(),
        }
    }

    /// The same entry as nothing but its leaf hash.
    #[must_use]
    pub const fn bury(&self) -> Self {
        Self::dead(self.leaf_hash)
    }
}

fn leaf_hash(header: &Header, body_hash: &Hash) -> Hash {
    tree::leaf_hash(&[LEAF_LABEL, &header.to_bytes(), &body_hash.0])
}

#[cfg(test)]
mod tests;
