//! Heads: what an owner signs about a feed. A head is a transparency-log checkpoint by the public C2SP specification,
//! with origin, size and root and nothing else, so that any log auditor or witness can use it.
//!
//! The origin, which is also the key's name, is `<federation id>/<node id>/<audience id>/<lane>/<epoch>`: ids in
//! lower-case hexadecimal, lane and epoch in decimal. It deliberately carries no time: the larger size wins, never the clock.

use data_encoding::BASE64;
use thiserror::Error;

use crate::feed::hash::Hash;
use crate::feed::id::{Epoch, FederationId, FeedId, INTEGER_MAX};
use crate::feed::key::{PublicKey, Sign, Signature};
use crate::feed::note::{Note, NoteError, NoteSignature};

/// The state of a feed: how many entries, and the root of the tree over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// Which feed.
    pub feed: FeedId,
    /// The epoch whose key signs.
    pub epoch: Epoch,
    /// Number of entries, at most 2^53 − 1.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

/// A head and a signature, believed only after [`Verifier::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedHead {
    /// What is signed.
    pub head: Head,
    /// The owner's signature of the head's text.
    pub signature: Signature,
}

/// Whose signature counts: one epoch's key of one node in one federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verifier {
    /// The federation, part of every signed origin.
    pub federation: FederationId,
    /// The epoch of the key.
    pub epoch: Epoch,
    /// The key.
    pub key: PublicKey,
}

/// A head that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The head is of another epoch than the key.
    #[error("head is of epoch {found}, the key is of epoch {expected}")]
    Epoch {
        /// The head's epoch.
        found: Epoch,
        /// The key's epoch.
        expected: Epoch,
    },
    /// The size is beyond every feed.
    #[error("head has size {0}, expected at most {INTEGER_MAX}")]
    Size(u64),
    /// The signature is not by this key over this head.
    #[error("signature of the head of {feed} at size {size} does not verify")]
    Signature {
        /// The feed.
        feed: FeedId,
        /// The head's size.
        size: u64,
    },
    /// The text is no signed note.
    #[error("head is not a signed note")]
    Note(#[from] NoteError),
    /// The note is not exactly the one this head has.
    #[error("note is not the canonical text of a head of this federation, epoch and key")]
    NotCanonical,
}

impl Head {
    /// The origin: which log of which federation this is.
    #[must_use]
    pub fn origin(&self, federation: &FederationId) -> String {
        format!("{federation}/{}/{}", self.feed, self.epoch)
    }

    /// The text that is signed: origin, size, root, each on a line.
    #[must_use]
    pub fn text(&self, federation: &FederationId) -> String {
        format!("{}\n{}\n{}\n", self.origin(federation), self.size, BASE64.encode(&self.root.0))
    }

    /// Signs the head.
    #[must_use]
    pub fn sign(self, federation: &FederationId, signer: &dyn Sign) -> SignedHead {
        SignedHead { head: self, signature: signer.sign(self.text(federation).as_bytes()) }
    }
}

impl Verifier {
    /// Checks a head's bounds, epoch and signature.
    ///
    /// # Errors
    /// When the head is of another epoch, out of bounds, or not signed by this key.
    pub fn check(&self, signed: &SignedHead) -> Result<(), HeadError> {
        let Head { feed, epoch, size, .. } = signed.head;
        if epoch != self.epoch {
            return Err(HeadError::Epoch { found: epoch, expected: self.epoch });
        }
        if size > INTEGER_MAX {
            return Err(HeadError::Size(size));
        }
        let text = signed.head.text(&self.federation);
        if !self.key.verifies(text.as_bytes(), &signed.signature) {
            return Err(HeadError::Signature { feed, size });
        }
        Ok(())
    }

    /// The signed note of a head: a function of the head, the signature and the key alone.
    #[must_use]
    pub fn to_note(&self, signed: &SignedHead) -> String {
        let origin = signed.head.origin(&self.federation);
        let line = NoteSignature::from_parts(&origin, &self.key, &signed.signature);
        Note::new(signed.head.text(&self.federation), vec![line]).to_string()
    }

    /// Reads the signed note of a head of `feed` and checks it.
    ///
    /// # Errors
    /// When the note is not, byte for byte, what [`Verifier::to_note`] writes for a head that counts.
    pub fn parse_note(&self, feed: FeedId, text: &str) -> Result<SignedHead, HeadError> {
        let note = Note::parse(text)?;
        let signed = read_parts(feed, self.epoch, &note).ok_or(HeadError::NotCanonical)?;
        if self.to_note(&signed) != text {
            return Err(HeadError::NotCanonical);
        }
        self.check(&signed)?;
        Ok(signed)
    }
}

/// Size, root and signature of a note. That everything else is as it should be shows when the note is written again.
fn read_parts(feed: FeedId, epoch: Epoch, note: &Note) -> Option<SignedHead> {
    let mut lines = note.text().lines().skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = BASE64.decode(lines.next()?.as_bytes()).ok()?;
    let root = Hash::try_from(root.as_slice()).ok()?;
    let signature = note.signatures().first()?.ed25519()?;
    Some(SignedHead { head: Head { feed, epoch, size, root }, signature })
}

#[cfg(test)]
mod tests;
