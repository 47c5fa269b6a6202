//! A listener without TLS, for collectors of metrics on the node's own machine: few connections, and short ones.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::accept::Name;
use super::guarded::Guarded;
use super::limits;
use super::slots::Slots;

/// A listener with its limits, for axum.
pub struct Plain {
    tcp: TcpListener,
    slots: Slots,
    cut: CancellationToken,
}

impl Plain {
    /// Listens until dropped; connections are cut by `cut`.
    #[must_use]
    pub fn new(tcp: TcpListener, cut: CancellationToken) -> Self {
        let max = limits::METRICS_CONNECTIONS_MAX;
        Self { tcp, slots: Slots::new(max, max), cut }
    }
}

impl axum::serve::Listener for Plain {
    type Io = Guarded<TcpStream, SocketAddr>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            match self.tcp.accept().await {
                Ok((stream, remote)) => {
                    let Ok(slot) = self.slots.take(remote.ip()) else { continue };
                    let (lifetime, cut) = (limits::METRICS_CONNECTION_AGE_MAX, self.cut.clone());
                    return (Guarded::new(stream, remote, Name::Metrics, slot, lifetime, cut), remote);
                }
                Err(error) => {
                    debug!(%error, "cannot accept a connection for metrics");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
