//! The line to a victim: TLS with whatever certificate and key, from whatever address of this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use hyper_util::rt::TokioIo;
use quince_core::roster::admit::EXPORTER_LEN;
use quince_proto::sync::v1::sync_service_client::SyncServiceClient;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme};
use tokio::net::TcpSocket;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::transport::{Channel, Endpoint, Uri};

use crate::attacker::mask::TlsKey;

/// What both ends put into a proof of joining, by its label.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-quince-join";

/// Honest offices of a test are on 127.0.0.1; the attacker comes from elsewhere, so that limits by address are its own.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// One connection to a victim.
#[derive(Debug, Clone)]
pub struct Line {
    /// For calls and sessions.
    pub channel: Channel,
    /// What only the two ends know.
    pub exporter: [u8; EXPORTER_LEN],
    /// The certificate that the victim showed.
    pub certificate: CertificateDer<'static>,
}

impl Line {
    /// The victim's service.
    #[must_use]
    pub fn client(&self) -> SyncServiceClient<Channel> {
        SyncServiceClient::new(self.channel.clone())
    }
}

/// Connects to a victim as the owner of this key.
///
/// # Errors
/// When the connection or the handshake fails at this end; the victim may still refuse what it was shown.
///
/// # Panics
/// When the address is none.
pub async fn dial(address: &str, tls: &TlsKey) -> io::Result<Line> {
    dial_from(address, tls, ELSEWHERE).await
}

/// The same from another address of this machine.
///
/// # Errors
/// As for [`dial`].
///
/// # Panics
/// When the address is none.
pub async fn dial_from(address: &str, tls: &TlsKey, from: Ipv4Addr) -> io::Result<Line> {
    let stream = handshake(address, tls, from).await?;
    let (_, connection) = stream.get_ref();
    let exporter = connection
        .export_keying_material([0; EXPORTER_LEN], EXPORTER_LABEL, None)
        .map_err(io::Error::other)?;
    let certificate =
        connection.peer_certificates().expect("a server shows a certificate")[0].clone().into_owned();
    let once = Mutex::new(Some(TokioIo::new(stream)));
    let connector = tower::service_fn(move |_: Uri| {
        let stream = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move { stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)) }
    });
    let endpoint = Endpoint::from_static("http://peer.quince.invalid");
    let channel = endpoint.connect_with_connector(connector).await.map_err(io::Error::other)?;
    Ok(Line { channel, exporter, certificate })
}

/// A TLS connection and nothing more.
///
/// # Errors
/// As for [`dial`].
///
/// # Panics
/// When the address is none.
pub async fn handshake(
    address: &str,
    tls: &TlsKey,
    from: Ipv4Addr,
) -> io::Result<TlsStream<tokio::net::TcpStream>> {
    let tcp = connect(address, from).await?;
    let name = ServerName::try_from("peer.quince.invalid").expect("a constant host name");
    TlsConnector::from(Arc::new(client_config(tls))).connect(name, tcp).await
}

/// A bare connection, on which nothing has been said.
///
/// # Errors
/// When nobody takes it.
///
/// # Panics
/// When the address is none.
pub async fn connect(address: &str, from: Ipv4Addr) -> io::Result<tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    socket.connect(address.parse().expect("an address and a port")).await
}

/// What waits for others to dial it, showing this certificate over this key.
///
/// # Panics
/// When the provider does not know the key.
#[must_use]
pub fn acceptor(tls: &TlsKey) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("the provider speaks TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shown::of(tls)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

fn client_config(tls: &TlsKey) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("the provider speaks TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer))
        .with_client_cert_resolver(Arc::new(Shown::of(tls)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.enable_sni = false;
    config
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Shows a certificate over a key without asking whether they belong together.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl Shown {
    fn of(tls: &TlsKey) -> Self {
        let key = aws_lc_rs::sign::any_supported_type(&tls.key).expect("a key of the provider");
        Self(Arc::new(CertifiedKey::new(vec![tls.certificate.clone()], key)))
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// Accepts every server: the attacker does not mind whom it meets.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
