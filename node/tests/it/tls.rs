//! Handshakes of people who are not who they say, and of those who are.

use std::net::SocketAddr;
use std::sync::Arc;

use quince_node::clock::Clock;
use quince_node::listener::{Listener, Name, peer_server};
use quince_node::shutdown::Tasks;
use quince_node::tls::reach::Reach;
use quince_node::tls::{DialError, Dialled, Dialler, Handshake, PeerIdentity, PinSet, TlsIdentity};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;

use crate::connection::connect;
use crate::house::{House, stranger};

/// Shows one certificate and signs with a key, which may be another's.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl Shows {
    fn certificate_of(shown: &TlsIdentity, signed_by: &TlsIdentity) -> Arc<Self> {
        let provider = quince_node::tls::provider();
        let key = provider.key_provider.load_private_key(signed_by.key.clone_key()).unwrap();
        Arc::new(Self(Arc::new(CertifiedKey::new(shown.chain.clone(), key))))
    }
}

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _roots: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Believes every server: what is tested is what the server believes.
#[derive(Debug)]
struct Believes;

impl rustls::client::danger::ServerCertVerifier for Believes {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        unreachable!("TLS 1.2 is off")
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        quince_node::tls::provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A peer's client by hand: shows `shown`, signs as `signed_by`.
pub(crate) fn client(shown: &TlsIdentity, signed_by: &TlsIdentity) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(quince_node::tls::provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Believes));
    let mut config = builder.with_client_cert_resolver(Shows::certificate_of(shown, signed_by));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// A server that shows `shown` and signs as `signed_by`, and is dialled by somebody who pins `pinned`.
async fn dial_server(
    shown: &TlsIdentity,
    signed_by: &TlsIdentity,
    pinned: &TlsIdentity,
) -> Result<Dialled, DialError> {
    let builder = ServerConfig::builder_with_provider(quince_node::tls::provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
    let mut config =
        builder.with_no_client_auth().with_cert_resolver(Shows::certificate_of(shown, signed_by));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap().to_string().parse().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = tokio::spawn(async move {
        let (stream, _) = tcp.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            drop(stream.read_to_end(&mut Vec::new()).await);
        }
    });
    let dialled = Dialler::new(stranger(), Reach::Local).dial(&address, PinSet::from(pinned.tls_key())).await;
    server.abort();
    dialled
}

#[tokio::test]
async fn a_server_that_proves_the_pinned_key_is_accepted() {
    let isfahan = stranger();
    let dialled = dial_server(&isfahan, &isfahan, &isfahan).await.unwrap();
    assert_eq!(dialled.peer.tls_key, isfahan.tls_key());
}

#[tokio::test]
async fn a_server_with_the_pinned_certificate_but_another_private_key_is_refused() {
    let (isfahan, thief) = (stranger(), stranger());
    let error = dial_server(&isfahan, &thief, &isfahan).await.unwrap_err();
    assert!(matches!(error, DialError::Authentication { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_with_another_key_is_refused() {
    let (isfahan, other) = (stranger(), stranger());
    let error = dial_server(&other, &other, &isfahan).await.unwrap_err();
    assert!(matches!(error, DialError::Authentication { .. }), "{error:?}");
}

#[tokio::test]
async fn an_address_of_this_machine_is_not_dialled_unless_the_operator_said_so() {
    let pins = PinSet::from(stranger().tls_key());
    let error = Dialler::new(stranger(), Reach::Public).dial(&"localhost:1".parse().unwrap(), pins).await;
    assert!(matches!(error, Err(DialError::NotPublic { .. })), "{error:?}");
}

/// With TLS 1.3 a client learns after its own handshake whether the server believed it: by the first byte, or none.
async fn is_served(config: ClientConfig, address: SocketAddr) -> bool {
    let Ok(mut stream) = connect(config, address, "peer.invalid").await else { return false };
    stream.read(&mut [0; 1]).await.is_ok_and(|count| count == 1)
}

#[tokio::test]
async fn the_peer_listener_serves_whoever_proves_a_key_and_nobody_else() {
    let running = House::found(&["--peer-listen", "127.0.0.1:0"]).await.run().await;
    let peers = running.addresses.peer.unwrap();
    let (isfahan, thief) = (stranger(), stranger());
    assert!(is_served(client(&isfahan, &isfahan), peers).await);
    assert!(!is_served(client(&isfahan, &thief), peers).await);
    let mut nobody = crate::connection::ordinary(&running.house.root());
    nobody.dangerous().set_certificate_verifier(Arc::new(Believes));
    assert!(!is_served(nobody, peers).await);
}

#[tokio::test]
async fn a_connection_without_http2_is_refused() {
    let running = House::found(&["--peer-listen", "127.0.0.1:0"]).await.run().await;
    let isfahan = stranger();
    let mut config = client(&isfahan, &isfahan);
    config.alpn_protocols = Vec::new();
    assert!(!is_served(config, running.addresses.peer.unwrap()).await);
}

/// A ClientHello as TLS 1.2 clients send it: it names no supported_versions.
fn tls12_hello() -> Vec<u8> {
    let signature_algorithms = [0, 13, 0, 4, 0, 2, 4, 3];
    let after_randomness = [0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 8];
    let body = [&[3, 3][..], &[7; 32], &after_randomness, &signature_algorithms].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[tokio::test]
async fn tls_1_2_is_refused_on_both_listeners() {
    const ALERT: u8 = 21;
    const PROTOCOL_VERSION: u8 = 70;
    let running = House::found(&["--peer-listen", "127.0.0.1:0"]).await.run().await;
    for address in [running.addresses.api, running.addresses.peer.unwrap()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&tls12_hello()).await.unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!((answer[0], answer[6]), (ALERT, PROTOCOL_VERSION));
    }
}

#[tokio::test]
async fn both_ends_of_a_connection_know_the_same_secret_and_each_others_key() {
    let (isfahan, quanzhou) = (stranger(), stranger());
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap().to_string().parse().unwrap();
    let tasks = Tasks::new();
    let listener = Listener::new(Name::Peer, Handshake::peer(&quanzhou).unwrap(), Clock::system());
    let incoming = listener.accept_from(tcp, &tasks);
    let (seen, mut callers) = mpsc::unbounded_channel();
    let note = move |request: Request<()>| {
        seen.send(*request.extensions().get::<PeerIdentity>().unwrap()).unwrap();
        Ok::<_, Status>(request)
    };
    let health = HealthServer::new(HealthService::from_health_reporter(Default::default()));
    let server = peer_server().add_service(InterceptedService::new(health, note));
    tasks.spawn("server", server.serve_with_incoming(incoming));

    let dialler = Dialler::new(isfahan.clone(), Reach::Local);
    let mut exporters = Vec::new();
    for _ in 0..2 {
        let dialled = dialler.dial(&address, PinSet::from(quanzhou.tls_key())).await.unwrap();
        HealthClient::new(dialled.channel).check(HealthCheckRequest::default()).await.unwrap();
        let caller = callers.recv().await.unwrap();
        assert_eq!((caller.tls_key, dialled.peer.tls_key), (isfahan.tls_key(), quanzhou.tls_key()));
        assert_eq!(caller.exporter, dialled.peer.exporter);
        exporters.push(caller.exporter);
    }
    assert_ne!(exporters[0], exporters[1], "each connection has a secret of its own");
    tasks.cut().cancel();
}
