//! Verifiers that know keys instead of authorities.
//!
//! A certificate is only the envelope of a key here: its names, dates and issuer say nothing and are not read. What
//! counts is that the other end signs the handshake with that key, which is verified by the provider's algorithms; a
//! pinned certificate without its private key is worth nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use quince_core::domain::profile::TlsKeyHash;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureScheme,
};

use super::key::tls_key_of;
use super::provider;

/// The keys that one dialled node may prove: more than one while it changes its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinSet(BTreeSet<TlsKeyHash>);

/// Whether a client may come without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientKey {
    /// Peers are their keys.
    Required,
    /// API callers may show a token instead.
    Optional,
}

/// Accepts any client that proves the key of its certificate.
#[derive(Debug)]
pub(super) struct ProvesPossession {
    client_key: ClientKey,
    proof: Proof,
}

/// Accepts a server that proves one of the pinned keys.
#[derive(Debug)]
pub(super) struct Pinned {
    pins: PinSet,
    proof: Proof,
}

/// The check of the handshake's signature, the same for both ends.
struct Proof(WebPkiSupportedAlgorithms);

impl PinSet {
    /// Whether the key is one of them.
    #[must_use]
    pub fn contains(&self, key: TlsKeyHash) -> bool {
        self.0.contains(&key)
    }
}

impl FromIterator<TlsKeyHash> for PinSet {
    fn from_iter<I: IntoIterator<Item = TlsKeyHash>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl From<TlsKeyHash> for PinSet {
    fn from(key: TlsKeyHash) -> Self {
        Self(BTreeSet::from([key]))
    }
}

impl ProvesPossession {
    pub(super) fn new(client_key: ClientKey) -> Arc<Self> {
        Arc::new(Self { client_key, proof: Proof::new() })
    }
}

impl Pinned {
    pub(super) fn new(pins: PinSet) -> Arc<Self> {
        Arc::new(Self { pins, proof: Proof::new() })
    }
}

impl Proof {
    fn new() -> Self {
        Self(provider().signature_verification_algorithms)
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

/// One certificate, and a key in it: a chain would be bytes that nobody reads.
fn sole_key(certificate: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) -> Result<TlsKeyHash, Error> {
    if !rest.is_empty() {
        return Err(CertificateError::UnknownIssuer.into());
    }
    tls_key_of(certificate).ok_or_else(|| CertificateError::BadEncoding.into())
}

fn tls12_is_off() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
}

impl ClientCertVerifier for ProvesPossession {
    fn client_auth_mandatory(&self) -> bool {
        self.client_key == ClientKey::Required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        sole_key(certificate, rest).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        tls12_is_off()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proof.verify(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.proof.0.supported_schemes()
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = sole_key(certificate, rest)?;
        if self.pins.contains(key) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        tls12_is_off()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proof.verify(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.proof.0.supported_schemes()
    }
}
