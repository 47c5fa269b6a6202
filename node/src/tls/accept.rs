//! The accepting side: what a listener demands of a handshake, and what it learns from it.

use std::net::SocketAddr;
use std::sync::Arc;

use quince_core::domain::profile::TlsKeyHash;
use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::TlsIdentity;
use super::key::{PeerIdentity, tls_key_of};
use super::pinning::{ClientKey, ProvesPossession};
use super::{ALPN_H2, VERSIONS, provider};

/// The other end of an API connection, in the extensions of each of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiClient {
    /// Where it is.
    pub remote: SocketAddr,
    /// The key it proved, if it showed a certificate. Whose key that is, is the gate's to say.
    pub tls_key: Option<TlsKeyHash>,
}

/// A listener's side of handshakes, giving `Who` of each.
pub struct Handshake<Who> {
    acceptor: TlsAcceptor,
    who: fn(&rustls::ServerConnection, SocketAddr) -> Option<Who>,
}

/// A handshake that did not end in a connection.
#[derive(Debug, Error)]
pub enum HandshakeError {
    /// The other end broke off, or offered or proved what is not accepted.
    #[error("TLS handshake failed")]
    Tls(#[from] std::io::Error),
    /// The handshake ended without HTTP/2: the other end does not negotiate it.
    #[error("the other end did not offer HTTP/2 (ALPN h2)")]
    NoHttp2,
    /// The handshake ended without a key.
    #[error("the other end showed no certificate")]
    NoKey,
}

impl Handshake<ApiClient> {
    /// For API callers: with a certificate or without.
    ///
    /// # Errors
    /// When key and certificate do not fit the provider.
    pub fn api(identity: &TlsIdentity) -> Result<Self, rustls::Error> {
        let who = |connection: &rustls::ServerConnection, remote| {
            let certificate = connection.peer_certificates().and_then(|chain| chain.first());
            Some(ApiClient { remote, tls_key: certificate.and_then(tls_key_of) })
        };
        Ok(Self { acceptor: acceptor(identity, ClientKey::Optional)?, who })
    }
}

impl Handshake<PeerIdentity> {
    /// For peers: whoever proves a key.
    ///
    /// # Errors
    /// When key and certificate do not fit the provider.
    pub fn peer(identity: &TlsIdentity) -> Result<Self, rustls::Error> {
        let who = |connection: &rustls::ServerConnection, remote| PeerIdentity::of(connection, remote);
        Ok(Self { acceptor: acceptor(identity, ClientKey::Required)?, who })
    }
}

impl<Who> Handshake<Who> {
    /// Performs a handshake. It has no time limit of its own: the listener sets it.
    ///
    /// # Errors
    /// When the other end breaks off or is refused.
    pub async fn accept<Io>(&self, io: Io, remote: SocketAddr) -> Result<(TlsStream<Io>, Who), HandshakeError>
    where
        Io: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(io).await?;
        let (_, connection) = stream.get_ref();
        if connection.alpn_protocol() != Some(ALPN_H2) {
            return Err(HandshakeError::NoHttp2);
        }
        let who = (self.who)(connection, remote).ok_or(HandshakeError::NoKey)?;
        Ok((stream, who))
    }
}

fn acceptor(identity: &TlsIdentity, client_key: ClientKey) -> Result<TlsAcceptor, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)?
        .with_client_cert_verifier(ProvesPossession::new(client_key))
        .with_single_cert(identity.chain.clone(), identity.key.clone_key())?;
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    // No resumption and no early data: every connection proves its key anew, and nothing can be replayed.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
