//! The two bodies of an identity lane that the core reads: who a node is, and how its key changes.
//!
//! All integers are big-endian. **Inception**, 81 bytes: version 1 (1 byte), first signing key (32), hash of the next
//! signing key (32), salt (16). **Epoch start**, 105 bytes: version 1 (1), epoch (8), the signing key now revealed (32),
//! hash of the key after it (32), hash of the list of feed bases (32). Hash of a key = SHA-256(`quince/next-key/v1\n` ‖ key).
//! A node's id = SHA-256(`quince/node/v1\n` ‖ inception). It deliberately holds no names and no addresses: those may change.

use thiserror::Error;

use crate::feed::hash::Hash;
use crate::feed::id::{Epoch, INTEGER_MAX, NodeId};
use crate::feed::key::{KeyError, PublicKey};

/// Bytes of an inception.
pub const INCEPTION_LEN: usize = 1 + 32 + 32 + SALT_LEN;

/// Bytes of an epoch start.
pub const EPOCH_START_LEN: usize = 1 + 8 + 32 + 32 + 32;

/// Random bytes in an inception: two nodes with one key are still two nodes.
const SALT_LEN: usize = 16;

const VERSION: u8 = 1;

/// Who a node is, fixed for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inception {
    /// The key of the first epoch.
    pub signing_key: PublicKey,
    /// Hash of the key of the second epoch, which so far exists only in the recovery file.
    pub next_key_hash: Hash,
    /// Random bytes, drawn once.
    pub salt: [u8; SALT_LEN],
}

/// The beginning of an epoch after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochStart {
    /// The epoch that begins.
    pub epoch: Epoch,
    /// Its key, to which the epoch before committed.
    pub signing_key: PublicKey,
    /// Hash of the key of the epoch after it.
    pub next_key_hash: Hash,
    /// Hash of the list of (feed, base size, base root) from which every feed goes on.
    pub bases_hash: Hash,
}

/// Bytes that are no inception or epoch start.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InceptionError {
    /// Wrong number of bytes.
    #[error("{what} has {found} bytes, expected {expected}")]
    Length {
        /// Which of the two.
        what: &'static str,
        /// Bytes given.
        found: usize,
        /// Bytes of the layout.
        expected: usize,
    },
    /// A layout of the future.
    #[error("{what} has version {found}, expected {VERSION}")]
    Version {
        /// Which of the two.
        what: &'static str,
        /// The version given.
        found: u8,
    },
    /// The epoch is beyond every node.
    #[error("epoch start has epoch {0}, expected 2 to {INTEGER_MAX}")]
    Epoch(u64),
    /// The signing key is none.
    #[error("signing key does not count")]
    Key(#[from] KeyError),
}

/// The commitment to a key that is not yet revealed.
#[must_use]
pub fn next_key_hash(key: &PublicKey) -> Hash {
    Hash::of(&[b"quince/next-key/v1\n", &key.0])
}

impl Inception {
    /// The node's id.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        Hash::of(&[b"quince/node/v1\n", &self.to_bytes()]).into()
    }

    /// The layout above.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; INCEPTION_LEN] {
        let mut bytes = [VERSION; INCEPTION_LEN];
        bytes[1..33].copy_from_slice(&self.signing_key.0);
        bytes[33..65].copy_from_slice(&self.next_key_hash.0);
        bytes[65..81].copy_from_slice(&self.salt);
        bytes
    }

    /// Reads the layout above.
    ///
    /// # Errors
    /// When the bytes are not exactly one inception with a usable key.
    pub fn parse(bytes: &[u8]) -> Result<Self, InceptionError> {
        let bytes = fixed::<INCEPTION_LEN>("inception", bytes)?;
        Ok(Self {
            signing_key: PublicKey(at(bytes, 1)).check()?,
            next_key_hash: Hash(at(bytes, 33)),
            salt: at(bytes, 65),
        })
    }
}

impl EpochStart {
    /// The layout above.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; EPOCH_START_LEN] {
        let mut bytes = [VERSION; EPOCH_START_LEN];
        bytes[1..9].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[9..41].copy_from_slice(&self.signing_key.0);
        bytes[41..73].copy_from_slice(&self.next_key_hash.0);
        bytes[73..105].copy_from_slice(&self.bases_hash.0);
        bytes
    }

    /// Reads the layout above.
    ///
    /// # Errors
    /// When the bytes are not exactly one epoch start with a usable key.
    pub fn parse(bytes: &[u8]) -> Result<Self, InceptionError> {
        let bytes = fixed::<EPOCH_START_LEN>("epoch start", bytes)?;
        let epoch = u64::from_be_bytes(at(bytes, 1));
        if epoch <= Epoch::FIRST.0 || epoch > INTEGER_MAX {
            return Err(InceptionError::Epoch(epoch));
        }
        Ok(Self {
            epoch: Epoch(epoch),
            signing_key: PublicKey(at(bytes, 9)).check()?,
            next_key_hash: Hash(at(bytes, 41)),
            bases_hash: Hash(at(bytes, 73)),
        })
    }
}

fn fixed<'a, const LEN: usize>(what: &'static str, bytes: &'a [u8]) -> Result<&'a [u8; LEN], InceptionError> {
    let length = InceptionError::Length { what, found: bytes.len(), expected: LEN };
    let bytes: &[u8; LEN] = bytes.try_into().map_err(|_| length)?;
    match bytes[0] {
        VERSION => Ok(bytes),
        found => Err(InceptionError::Version { what, found }),
    }
}

fn at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    bytes[offset..offset + N].try_into().expect("the layout's offsets lie inside its length")
}

#[cfg(test)]
mod tests;
