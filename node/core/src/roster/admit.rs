//! How a newcomer proves that it holds an invitation, without ever sending its secret.
//!
//! Proof = HMAC-SHA-256(secret, TLS exporter ‖ inception hash ‖ hash of the newcomer's TLS key). The exporter ties it to one
//! connection, so that nobody between the two can pass it on. A newcomer that joins by a file has no connection: in the
//! exporter's place stands a hash of the identity lane that the file brings, so that nobody can put another one beside it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use thiserror::Error;

use crate::feed::hash::{HASH_LEN, Hash};
use crate::feed::id::{FederationId, NodeId};
use crate::roster::invitation::Invitation;

/// Bytes taken from the TLS exporter.
pub const EXPORTER_LEN: usize = 32;

/// Wrong proofs after which an invitation is void.
pub const FAILURES_MAX: u32 = 5;

/// The shortest life of an invitation: time to read it out on the telephone.
pub const LIFETIME_MIN: SignedDuration = SignedDuration::from_mins(15);

/// The longest life of an invitation: time for a letter to be answered.
pub const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the newcomer claims on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinClaim {
    /// Keying material exported from the TLS connection; equal at both ends and nowhere else.
    pub exporter: [u8; EXPORTER_LEN],
    /// The newcomer: the hash of its inception.
    pub node: NodeId,
    /// SHA-256 of the newcomer's TLS key (SPKI), as the connection shows it.
    pub tls_key: Hash,
}

/// The newcomer's proof. Compared only in constant time, so it has no equality.
#[derive(Clone, Copy)]
pub struct JoinProof(pub [u8; HASH_LEN]);

/// Why a newcomer is not let in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JoinError {
    /// Too many wrong proofs.
    #[error("invitation is void after {0} wrong proofs")]
    Void(u32),
    /// Too late.
    #[error("invitation expired at {expires}, it is {now}")]
    Expired {
        /// When it ended.
        expires: Timestamp,
        /// The steward's clock.
        now: Timestamp,
    },
    /// Not the secret, the node, the key or the connection of the proof.
    #[error("proof does not match the invitation on this connection")]
    Proof,
}

impl JoinClaim {
    /// What a newcomer claims in a request file that brings its identity lane with this root.
    #[must_use]
    pub fn by_file(federation: &FederationId, node: NodeId, tls_key: Hash, lane_root: &Hash) -> Self {
        let Hash(exporter) = Hash::of(&[b"quince/join-by-file/v1\n", &federation.0, &lane_root.0]);
        Self { exporter, node, tls_key }
    }
}

impl Invitation {
    /// The newcomer's proof for its claim.
    #[must_use]
    pub fn prove(&self, claim: &JoinClaim) -> JoinProof {
        JoinProof(self.mac(claim).finalize().into_bytes().into())
    }

    /// The steward's check, after `failures` wrong proofs so far. A wrong proof is for the caller to count.
    ///
    /// # Errors
    /// When the invitation is void or expired, or the proof is wrong.
    pub fn check(
        &self,
        claim: &JoinClaim,
        proof: &JoinProof,
        failures: u32,
        now: Timestamp,
    ) -> Result<(), JoinError> {
        if failures >= FAILURES_MAX {
            return Err(JoinError::Void(failures));
        }
        if now >= self.expires {
            return Err(JoinError::Expired { expires: self.expires, now });
        }
        self.verify(claim, proof)
    }

    /// Whether the claim comes from whoever holds the secret, whatever has become of the invitation: a newcomer that
    /// redeemed it in time asks for its admission as long as a steward takes.
    ///
    /// # Errors
    /// When the proof is wrong.
    pub fn verify(&self, claim: &JoinClaim, proof: &JoinProof) -> Result<(), JoinError> {
        self.mac(claim).verify_slice(&proof.0).map_err(|_| JoinError::Proof)
    }

    fn mac(&self, claim: &JoinClaim) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret.0).expect("any length is a key");
        mac.chain_update(claim.exporter).chain_update(claim.node.0).chain_update(claim.tls_key.0)
    }
}

impl fmt::Debug for JoinProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinProof(hidden)")
    }
}

#[cfg(test)]
mod tests;
