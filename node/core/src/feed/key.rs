//! Ed25519 keys and signatures. Verification is strict and single: batch verification can accept what single
//! verification refuses, and two rules would split the network.

use std::fmt;

use ed25519_dalek::{Signer as _, VerifyingKey};
use thiserror::Error;

use crate::feed::hash::bytes32;

/// Bytes in a signature.
pub const SIGNATURE_LEN: usize = 64;

bytes32! {
    /// The bytes of an Ed25519 public key. Bytes that are no key verify nothing; see [`PublicKey::check`].
    PublicKey, "public key"
}

/// An Ed25519 signature, not yet verified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; SIGNATURE_LEN]);

/// Bytes that no honest signer has as a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not a point of the curve.
    #[error("public key {0} is not a point of Ed25519")]
    NoPoint(PublicKey),
    /// A key of small order, under which one signature fits many texts.
    #[error("public key {0} is a point of small order")]
    Weak(PublicKey),
}

/// Who can sign: the node's key of its epoch, or a steward's key. The bytes may live elsewhere than in this process.
pub trait Sign {
    /// The key under which the signatures verify.
    fn public_key(&self) -> PublicKey;

    /// Signs the bytes.
    fn sign(&self, message: &[u8]) -> Signature;
}

/// A signing key held in memory and wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl PublicKey {
    /// The key itself, if the bytes are one that a signature may count under.
    ///
    /// # Errors
    /// When the bytes are no point of the curve, or one of small order.
    pub fn check(self) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| KeyError::NoPoint(self))?;
        if key.is_weak() { Err(KeyError::Weak(self)) } else { Ok(self) }
    }

    /// Whether `signature` is this key's signature of `message`, by the strict rule.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl SigningKey {
    /// The key made from 32 random bytes, which the caller draws.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }
}

impl Sign for SigningKey {
    fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public_key())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        crate::feed::hash::show_hex(&self.0[..4], f)?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests;
