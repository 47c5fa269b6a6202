//! A link between two offices that is long, thin or broken: a TCP proxy that passes bytes on later than they came.
//!
//! Each direction of each connection leaves at the link's rate, one byte after the other, and arrives after the link's delay.
//! What waits for its turn waits in a buffer, as in the router before a thin line; when that is full the sender has to wait.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Bytes that move together: a packet of Ethernet.
const PACKET: usize = 1_500;

/// Packets that wait in one direction of a connection: 384 KiB, as in home routers with far too large buffers.
const BUFFER: usize = 256;

/// How a link is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quality {
    /// From one end to the other.
    pub delay: Duration,
    /// `None`: as fast as the machine.
    pub bytes_per_s: Option<u64>,
    /// It carries nothing: connections end, and no new one begins.
    pub cut: bool,
}

/// A link. Dropped, it is gone.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    quality: watch::Sender<Quality>,
    _runs: JoinSet<()>,
}

impl Quality {
    /// A line of so many kilobits a second and with so long a round trip.
    #[must_use]
    pub const fn line(kbit_per_s: u64, round_trip: Duration) -> Self {
        Self { delay: half(round_trip), bytes_per_s: Some(kbit_per_s * 125), cut: false }
    }

    /// A fast line with so long a round trip.
    #[must_use]
    pub const fn distance(round_trip: Duration) -> Self {
        Self { delay: half(round_trip), bytes_per_s: None, cut: false }
    }

    /// No line.
    #[must_use]
    pub const fn cut() -> Self {
        Self { delay: Duration::ZERO, bytes_per_s: None, cut: true }
    }
}

const fn half(duration: Duration) -> Duration {
    Duration::from_micros(duration.as_micros() as u64 / 2)
}

impl Link {
    /// A link whose far end answers at this address, by a port of its own.
    ///
    /// # Panics
    /// When the port is taken.
    pub async fn at(port: u16, to: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (quality, seen) = watch::channel(Quality::default());
        let mut runs = JoinSet::new();
        runs.spawn(accept(listener, to, seen));
        Self { address, quality, _runs: runs }
    }

    /// Where its near end is.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// How it is from now on.
    pub fn becomes(&self, quality: Quality) {
        self.quality.send_replace(quality);
    }
}

async fn accept(listener: TcpListener, to: String, quality: watch::Receiver<Quality>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if !quality.borrow().cut {
            connections.spawn(connect(near, to.clone(), quality.clone()));
        }
    }
}

/// One connection, until an end closes it or the link is cut.
async fn connect(near: TcpStream, to: String, quality: watch::Receiver<Quality>) {
    let Ok(far) = TcpStream::connect(to).await else { return };
    // A packet is on its way when it was sent: the kernel must not wait for more.
    let ends = near.set_nodelay(true).and(far.set_nodelay(true));
    if ends.is_err() {
        return;
    }
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    let mut cut = quality.clone();
    tokio::select! {
        () = carry(from_near, to_far, quality.clone()) => {}
        () = carry(from_far, to_near, quality) => {}
        _ = cut.wait_for(|quality| quality.cut) => {}
    }
}

/// One direction.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    quality: watch::Receiver<Quality>,
) {
    let (sender, mut packets) = mpsc::channel::<(Instant, Vec<u8>)>(BUFFER);
    let read = async move {
        let mut clear = Instant::now();
        loop {
            let mut packet = vec![0; PACKET];
            let Ok(length @ 1..) = from.read(&mut packet).await else { return };
            packet.truncate(length);
            let Quality { delay, bytes_per_s, .. } = *quality.borrow();
            let takes = bytes_per_s.map_or(0, |rate| length as u64 * 1_000_000 / rate);
            clear = clear.max(Instant::now()) + Duration::from_micros(takes);
            if sender.send((clear + delay, packet)).await.is_err() {
                return;
            }
        }
    };
    let write = async move {
        while let Some((at, packet)) = packets.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&packet).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
