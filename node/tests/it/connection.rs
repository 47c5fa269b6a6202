//! Connections made by hand, without any of the node's own client code.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};

/// What ordinary clients do: the file from `init` as their only root, and the name by which they call.
pub(crate) fn ordinary(root: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(quince_node::tls::provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

pub(crate) async fn connect(
    config: ClientConfig,
    to: SocketAddr,
    name: &str,
) -> io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(to).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name.to_owned()).unwrap(), tcp).await
}

/// gRPC over a connection that was made by hand.
pub(crate) async fn channel(stream: TlsStream<TcpStream>) -> Channel {
    let once = Mutex::new(Some(TokioIo::new(stream)));
    let connector = tower::service_fn(move |_: Uri| {
        let stream = once.lock().unwrap().take();
        async move { stream.ok_or(io::Error::from(io::ErrorKind::NotConnected)) }
    });
    Endpoint::from_static("http://node.invalid").connect_with_connector(connector).await.unwrap()
}

/// The settings in the first frame that the server sends (RFC 9113, 6.5): pairs of a number and a value.
pub(crate) async fn settings(stream: &mut TlsStream<TcpStream>) -> Vec<(u16, u32)> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const NO_SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    stream.write_all(&[PREFACE, NO_SETTINGS].concat()).await.unwrap();
    let mut header = [0; 9];
    stream.read_exact(&mut header).await.unwrap();
    let [high, middle, low, kind, ..] = header;
    assert_eq!(kind, 4, "the first frame is SETTINGS");
    let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
    stream.read_exact(&mut payload).await.unwrap();
    let pair = |pair: &[u8]| {
        let (number, value) = pair.split_at(2);
        (u16::from_be_bytes(number.try_into().unwrap()), u32::from_be_bytes(value.try_into().unwrap()))
    };
    payload.chunks_exact(6).map(pair).collect()
}
