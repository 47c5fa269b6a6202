//! Fork proofs: two heads of one feed, epoch and size with different roots, both signed by the owner.
//!
//! A proof stands alone: it needs no tree, no history and no trust in whoever brings it.

use thiserror::Error;

use crate::feed::head::{HeadError, SignedHead, Verifier};

/// Two heads that no honest owner signs both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkProof {
    first: SignedHead,
    second: SignedHead,
}

/// Two heads that prove no fork.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForkError {
    /// Feed, epoch or size differ, so both may be true.
    #[error("the heads are not of one feed, epoch and size")]
    Apart,
    /// The roots are equal.
    #[error("the heads have the same root")]
    SameRoot,
    /// One of them does not count.
    #[error("a head of the proof does not count")]
    Head(#[from] HeadError),
}

impl ForkProof {
    /// Checks the heads and keeps them in the order of their roots, so that everybody holds the same proof.
    ///
    /// # Errors
    /// When the heads do not contradict each other, or are not both signed by the owner's key.
    pub fn new(a: SignedHead, b: SignedHead, owner: &Verifier) -> Result<Self, ForkError> {
        let place = |signed: &SignedHead| (signed.head.feed, signed.head.epoch, signed.head.size);
        if place(&a) != place(&b) {
            return Err(ForkError::Apart);
        }
        if a.head.root == b.head.root {
            return Err(ForkError::SameRoot);
        }
        owner.check(&a)?;
        owner.check(&b)?;
        let (first, second) = if a.head.root < b.head.root { (a, b) } else { (b, a) };
        Ok(Self { first, second })
    }

    /// The two heads, the smaller root first.
    #[must_use]
    pub const fn heads(&self) -> (&SignedHead, &SignedHead) {
        (&self.first, &self.second)
    }
}

#[cfg(test)]
mod tests;
