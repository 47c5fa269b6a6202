//! The identity lane, folded: which key a node signs with, and since which epoch.
//!
//! Entries are folded in order from the inception on. The lane's own head is checked with the key in force after its
//! last entry; every other feed with the key of its head's epoch. Profile, endpoints and TLS keys are opaque here.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::feed::entry::{Content, Entry};
use crate::feed::hash::Hash;
use crate::feed::head::Verifier;
use crate::feed::header::EntryKind;
use crate::feed::id::{Epoch, FederationId, NodeId};
use crate::feed::key::PublicKey;
use crate::roster::inception::{EpochStart, Inception, InceptionError, next_key_hash};

/// A node's keys after some entries of its identity lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLane {
    node: NodeId,
    size: u64,
    epoch: Epoch,
    keys: BTreeMap<Epoch, PublicKey>,
    next_key_hash: Hash,
}

/// An entry that cannot stand at its place in an identity lane. The lane ends before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// The lane does not begin with an inception.
    #[error("identity lane of {0} does not begin with an inception and its body")]
    NoInception(NodeId),
    /// The inception is another node's.
    #[error("inception belongs to node {found}, expected {expected}")]
    OtherNode {
        /// The node it makes.
        found: NodeId,
        /// The node of this lane.
        expected: NodeId,
    },
    /// A node begins once.
    #[error("entry {0} of the identity lane is a second inception")]
    SecondInception(u64),
    /// Key changes are never left out.
    #[error("entry {0} of the identity lane starts an epoch, but its body is missing")]
    NoBody(u64),
    /// Epochs follow each other.
    #[error("entry {index} of the identity lane starts epoch {found}, expected {expected}")]
    Epoch {
        /// Index of the entry.
        index: u64,
        /// The epoch it starts.
        found: Epoch,
        /// The next epoch.
        expected: Epoch,
    },
    /// The key is not the one committed to.
    #[error("entry {0} of the identity lane reveals a key to which the epoch before did not commit")]
    NotCommitted(u64),
    /// The body cannot be read.
    #[error("entry {index} of the identity lane cannot be read")]
    Body {
        /// Index of the entry.
        index: u64,
        /// Why.
        source: InceptionError,
    },
}

impl IdentityLane {
    /// The lane after its first entry, which must be the inception of `node`.
    ///
    /// # Errors
    /// When the entry is no inception, or another node's.
    pub fn begin(node: NodeId, entry: &Entry) -> Result<Self, IdentityError> {
        let (Some(EntryKind::INCEPTION), Some(body)) = (kind_of(entry), entry.body()) else {
            return Err(IdentityError::NoInception(node));
        };
        let inception = Inception::parse(body).map_err(|source| IdentityError::Body { index: 0, source })?;
        let found = inception.node_id();
        if found != node {
            return Err(IdentityError::OtherNode { found, expected: node });
        }
        Ok(Self {
            node,
            size: 1,
            epoch: Epoch::FIRST,
            keys: BTreeMap::from([(Epoch::FIRST, inception.signing_key)]),
            next_key_hash: inception.next_key_hash,
        })
    }

    /// The lane after one more entry. Kinds that the core does not read, and entries of which only a hash is left,
    /// change no key: had one hidden a key change, the head behind it would not verify.
    ///
    /// # Errors
    /// When the entry is a second inception or an epoch start that does not follow.
    pub fn fold(&self, entry: &Entry) -> Result<Self, IdentityError> {
        let mut lane = self.clone();
        match kind_of(entry) {
            Some(EntryKind::INCEPTION) => return Err(IdentityError::SecondInception(self.size)),
            Some(EntryKind::EPOCH_START) => lane.start_epoch(entry)?,
            _ => {}
        }
        lane.size += 1;
        Ok(lane)
    }

    /// Folds entries from the first one on.
    ///
    /// # Errors
    /// As for [`IdentityLane::begin`] and [`IdentityLane::fold`]; also when there are no entries.
    pub fn replay<'a>(
        node: NodeId,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Self, IdentityError> {
        let mut entries = entries.into_iter();
        let first = entries.next().ok_or(IdentityError::NoInception(node))?;
        entries.try_fold(Self::begin(node, first)?, |lane, entry| lane.fold(entry))
    }

    /// Whose lane it is.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Number of entries folded.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The epoch in force after the last entry.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The commitment to the next epoch's key.
    #[must_use]
    pub const fn next_key_hash(&self) -> Hash {
        self.next_key_hash
    }

    /// Who signs the identity lane's head over exactly these entries.
    #[must_use]
    pub fn current(&self, federation: FederationId) -> Verifier {
        self.of_epoch(federation, self.epoch).expect("the epoch in force has a key")
    }

    /// Who signs heads of `epoch` in every other lane; `None` while the lane has not reached that epoch.
    #[must_use]
    pub fn of_epoch(&self, federation: FederationId, epoch: Epoch) -> Option<Verifier> {
        self.keys.get(&epoch).map(|key| Verifier { federation, epoch, key: *key })
    }

    fn start_epoch(&mut self, entry: &Entry) -> Result<(), IdentityError> {
        let index = self.size;
        let body = entry.body().ok_or(IdentityError::NoBody(index))?;
        let start = EpochStart::parse(body).map_err(|source| IdentityError::Body { index, source })?;
        let expected = self.epoch.next();
        if start.epoch != expected {
            return Err(IdentityError::Epoch { index, found: start.epoch, expected });
        }
        if next_key_hash(&start.signing_key) != self.next_key_hash {
            return Err(IdentityError::NotCommitted(index));
        }
        self.epoch = start.epoch;
        self.keys.insert(start.epoch, start.signing_key);
        self.next_key_hash = start.next_key_hash;
        Ok(())
    }
}

fn kind_of(entry: &Entry) -> Option<EntryKind> {
    match entry.content() {
        Content::Full { header, .. } | Content::Pruned { header, .. } => Some(header.kind),
        Content::Dead => None,
    }
}

#[cfg(test)]
mod tests;
