//! The dialling side: one connection to one member, known by its key before a byte of the protocol is spoken.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use quince_core::roster::Address;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};

use super::certificate::TlsIdentity;
use super::key::PeerIdentity;
use super::pinning::{PinSet, Pinned};
use super::reach::Reach;
use super::{ALPN_H2, VERSIONS, provider};
use crate::listener::limits;

/// How long one address may take until its handshake is done; a cut link shows as nothing at all.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Addresses tried of those a name resolves to: more would be a way to make a node knock at many doors.
const RESOLVED_MAX: usize = 4;

/// Stands where TLS wants a name. It is not sent, and peers are known by their keys.
const NO_NAME: &str = "peer.quince.invalid";

/// Dials peers with this node's own key. Cheap to clone.
#[derive(Clone)]
pub struct Dialler {
    identity: Arc<TlsIdentity>,
    reach: Reach,
}

/// A connection that was dialled.
#[derive(Debug)]
pub struct Dialled {
    /// Speaks gRPC over this one connection; when it breaks, calls fail and nobody dials again by himself.
    pub channel: Channel,
    /// The other end, as it proved itself.
    pub peer: PeerIdentity,
}

/// A peer cannot be reached.
#[derive(Debug, Error)]
pub enum DialError {
    /// The name means nothing.
    #[error("{address} does not resolve")]
    Resolve {
        /// What was dialled.
        address: Address,
        /// What the resolver said.
        source: std::io::Error,
    },
    /// The name means nothing that may be dialled.
    #[error("{address} resolves to no public address, expected one, as --peer-allow-local is off")]
    NotPublic {
        /// What was dialled.
        address: Address,
    },
    /// Nobody answers.
    #[error("{remote} does not answer")]
    Connect {
        /// The last address that was tried.
        remote: SocketAddr,
        /// What went wrong.
        source: std::io::Error,
    },
    /// Somebody answers, but does not prove the pinned key.
    #[error("{remote} does not prove the pinned key")]
    Authentication {
        /// The address.
        remote: SocketAddr,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The key is right, but no gRPC is spoken.
    #[error("{remote} does not speak HTTP/2")]
    Http2 {
        /// The address.
        remote: SocketAddr,
        /// What went wrong.
        source: tonic::transport::Error,
    },
}

impl Dialler {
    /// Dials with this key, as far as `reach` goes.
    #[must_use]
    pub fn new(identity: Arc<TlsIdentity>, reach: Reach) -> Self {
        Self { identity, reach }
    }

    /// Connects to whoever proves one of the pinned keys at this address.
    ///
    /// # Errors
    /// The error of the last address tried; one that answers with another key ends the search, because it is no
    /// question of weather.
    pub async fn dial(&self, address: &Address, pins: PinSet) -> Result<Dialled, DialError> {
        let connector = self.connector(pins);
        let mut last = DialError::NotPublic { address: address.clone() };
        for remote in self.resolve(address).await? {
            match connect(&connector, remote).await {
                Ok((stream, peer)) => return channel(stream, peer).await,
                Err(error @ DialError::Authentication { .. }) => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn resolve(&self, address: &Address) -> Result<Vec<SocketAddr>, DialError> {
        let found = lookup_host((address.host(), address.port())).await;
        let found = found.map_err(|source| DialError::Resolve { address: address.clone(), source })?;
        Ok(found.filter(|remote| self.reach.allows(remote.ip())).take(RESOLVED_MAX).collect())
    }

    fn connector(&self, pins: PinSet) -> TlsConnector {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(VERSIONS)
            .expect("the provider speaks TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Pinned::new(pins))
            .with_client_auth_cert(self.identity.chain.clone(), self.identity.key.clone_key())
            .expect("an identity's key and certificate belong together");
        config.alpn_protocols = vec![ALPN_H2.to_vec()];
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        config.enable_sni = false;
        TlsConnector::from(Arc::new(config))
    }
}

type Connected = (TlsStream<TcpStream>, PeerIdentity);

async fn connect(connector: &TlsConnector, remote: SocketAddr) -> Result<Connected, DialError> {
    let attempt = async {
        let refused = |source| DialError::Connect { remote, source };
        let tcp = TcpStream::connect(remote).await.map_err(refused)?;
        tcp.set_nodelay(true).map_err(refused)?;
        let name = ServerName::try_from(NO_NAME).expect("a constant host name");
        let stream = connector.connect(name, tcp).await.map_err(|source| failed(remote, source))?;
        let peer =
            PeerIdentity::of(stream.get_ref().1, remote).expect("a pinned server showed its certificate");
        Ok((stream, peer))
    };
    let late = |_| DialError::Connect { remote, source: std::io::ErrorKind::TimedOut.into() };
    timeout(CONNECT_MAX, attempt).await.map_err(late)?
}

/// Tells a wrong key, which tomorrow will still be wrong, from a connection that broke.
fn failed(remote: SocketAddr, source: std::io::Error) -> DialError {
    let tls = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(_)) => DialError::Authentication { remote, source },
        _ => DialError::Connect { remote, source },
    }
}

async fn channel(stream: TlsStream<TcpStream>, peer: PeerIdentity) -> Result<Dialled, DialError> {
    let once = Mutex::new(Some(TokioIo::new(stream)));
    let connector = tower::service_fn(move |_: Uri| {
        let stream = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move { stream.ok_or(std::io::Error::from(std::io::ErrorKind::NotConnected)) }
    });
    let endpoint = Endpoint::from_static("http://peer.quince.invalid")
        .timeout(limits::REQUEST_MAX)
        .initial_stream_window_size(limits::PEER_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::PEER_CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(limits::HEADER_LIST_BYTES_MAX)
        .http2_max_local_error_reset_streams(limits::LOCAL_RESETS_MAX)
        .http2_keep_alive_interval(limits::KEEP_ALIVE)
        .keep_alive_timeout(limits::KEEP_ALIVE_ANSWER_MAX)
        .keep_alive_while_idle(true);
    let channel = endpoint.connect_with_connector(connector).await;
    let channel = channel.map_err(|source| DialError::Http2 { remote: peer.remote, source })?;
    Ok(Dialled { channel, peer })
}
