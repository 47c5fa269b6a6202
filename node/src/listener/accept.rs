//! The accept loop: takes a place, performs the handshake in time, hands the connection on.
//!
//! Handshakes run beside each other, so a slow one delays nobody. When all are busy the loop stops accepting, and the
//! kernel's queue holds the rest.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use metrics::counter;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::guarded::Guarded;
use super::limits;
use super::slots::{Slot, Slots};
use super::throttle::Throttle;
use crate::clock::Clock;
use crate::shutdown::Tasks;
use crate::tls::Handshake;
use crate::tls::accept::HandshakeError;

/// Which listener, in logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// For API callers.
    Api,
    /// For peers.
    Peer,
    /// For collectors.
    Metrics,
}

/// A connection ready to be served.
pub type Ready<Who> = Guarded<TlsStream<TcpStream>, Who>;

/// A TLS listener with its limits.
pub struct Listener<Who> {
    name: Name,
    handshake: Handshake<Who>,
    slots: Slots,
    handshakes: Arc<Semaphore>,
    throttle: Throttle,
    clock: Clock,
    cut: CancellationToken,
}

impl Name {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Peer => "peer",
            Self::Metrics => "metrics",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<Who: Send + 'static> Listener<Who> {
    /// A listener with the limits of [`limits`].
    #[must_use]
    pub fn new(name: Name, handshake: Handshake<Who>, clock: Clock) -> Self {
        Self {
            name,
            handshake,
            slots: Slots::new(limits::CONNECTIONS_MAX, limits::CONNECTIONS_PER_ADDRESS_MAX),
            handshakes: Arc::new(Semaphore::new(limits::HANDSHAKES_MAX)),
            throttle: Throttle::default(),
            clock,
            cut: CancellationToken::new(),
        }
    }

    /// Accepts until the node stops. The stream ends then; connections are cut when the node drops everything.
    #[must_use]
    pub fn accept_from(mut self, tcp: TcpListener, tasks: &Tasks) -> ReceiverStream<io::Result<Ready<Who>>> {
        // One slot is enough: the server takes connections as fast as they come.
        let (ready, incoming) = mpsc::channel(1);
        self.cut = tasks.cut();
        let stop = tasks.stop();
        let listener = Arc::new(self);
        let each = tasks.clone();
        tasks.spawn("accept loop", async move {
            stop.run_until_cancelled(listener.run(&tcp, &ready, &each)).await;
            Ok::<(), io::Error>(())
        });
        ReceiverStream::new(incoming)
    }

    async fn run(
        self: &Arc<Self>,
        tcp: &TcpListener,
        ready: &mpsc::Sender<io::Result<Ready<Who>>>,
        tasks: &Tasks,
    ) {
        loop {
            let turn = self.handshakes.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (stream, remote) = match tcp.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    debug!(listener = %self.name, %error, "cannot accept a connection");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                    continue;
                }
            };
            match self.slots.take(remote.ip()) {
                Ok(slot) => {
                    let (listener, ready) = (self.clone(), ready.clone());
                    tasks.spawn_detached(
                        async move { listener.greet(stream, remote, slot, turn, ready).await },
                    );
                }
                Err(full) => self.refused(remote, "full", &full),
            }
        }
    }

    async fn greet(
        &self,
        stream: TcpStream,
        remote: SocketAddr,
        slot: Slot,
        turn: OwnedSemaphorePermit,
        ready: mpsc::Sender<io::Result<Ready<Who>>>,
    ) {
        let done = timeout(limits::HANDSHAKE_MAX, self.shake(stream, remote)).await;
        drop(turn);
        match done {
            Ok(Ok((stream, who))) => {
                let lifetime = limits::CONNECTION_AGE_MAX + limits::CONNECTION_AGE_GRACE;
                let guarded = Guarded::new(stream, who, self.name, slot, lifetime, self.cut.clone());
                // Nobody takes it any more when the node stops: the connection is dropped.
                drop(ready.send(Ok(guarded)).await);
            }
            Ok(Err(error)) => self.refused(remote, "handshake", &error),
            Err(late) => self.refused(remote, "slow", &late),
        }
    }

    async fn shake(
        &self,
        stream: TcpStream,
        remote: SocketAddr,
    ) -> Result<(TlsStream<TcpStream>, Who), HandshakeError> {
        stream.set_nodelay(true)?;
        self.handshake.accept(stream, remote).await
    }

    fn refused(&self, remote: SocketAddr, reason: &'static str, error: &dyn std::error::Error) {
        counter!("quince_connections_refused_total", "listener" => self.name.as_str(), "reason" => reason)
            .increment(1);
        let Some(left_out) = self.throttle.note(self.clock.elapsed(), remote.ip()) else { return };
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        warn!(listener = %self.name, %remote, reason, cause, left_out, "refused a connection of {remote}: {error}");
    }
}

impl<Who> Drop for Listener<Who> {
    fn drop(&mut self) {
        info!(listener = %self.name, "the {} listener is closed", self.name);
    }
}
