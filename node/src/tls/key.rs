//! Who is at the other end of a connection: a key, not a name.

use std::fmt;
use std::net::SocketAddr;

use quince_core::domain::profile::TlsKeyHash;
use quince_core::feed::Hash;
use quince_core::roster::admit::EXPORTER_LEN;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Binds a proof to one TLS connection, so that it is worth nothing in any other; RFC 5705 labels begin so.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-quince-join";

/// The other end of a peer connection, in the extensions of each of its requests. It has proven that it holds the key;
/// whether that key belongs to a member is the roster's to say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The key it proved.
    pub tls_key: TlsKeyHash,
    /// Bytes that only the two ends of this one connection know.
    pub exporter: [u8; EXPORTER_LEN],
    /// Where it is.
    pub remote: SocketAddr,
}

/// The key hash of a certificate, by which peers are pinned; it survives a renewed certificate. `None` when the bytes
/// are no certificate.
#[must_use]
pub fn tls_key_of(certificate: &CertificateDer<'_>) -> Option<TlsKeyHash> {
    let (rest, parsed) = X509Certificate::from_der(certificate).ok()?;
    let Hash(hash) = Hash::of(&[parsed.public_key().raw]);
    rest.is_empty().then_some(TlsKeyHash(hash))
}

impl PeerIdentity {
    /// The other end of a finished handshake; `None` when it showed no certificate.
    pub(super) fn of<Data>(connection: &rustls::ConnectionCommon<Data>, remote: SocketAddr) -> Option<Self> {
        let tls_key = tls_key_of(connection.peer_certificates()?.first()?)?;
        let exporter = connection
            .export_keying_material([0; EXPORTER_LEN], EXPORTER_LABEL, None)
            .expect("a finished TLS 1.3 handshake exports keying material");
        Some(Self { tls_key, exporter, remote })
    }
}

impl fmt::Debug for PeerIdentity {
    /// The exporter stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerIdentity({:?} at {})", self.tls_key, self.remote)
    }
}
