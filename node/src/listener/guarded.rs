//! A connection with its place, its end and its cut.
//!
//! The server below asks a connection to end when it is old or the node stops; whoever does not is cut here: reads
//! and writes fail from the moment the lifetime is over or the node drops everything. The place is free again when
//! the server lets go of the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use metrics::gauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

use super::accept::Name;
use super::slots::Slot;

/// A stream that ends in time, and who is at its other end.
pub struct Guarded<Io, Who> {
    io: Io,
    who: Who,
    name: Name,
    lifetime: Pin<Box<Sleep>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _slot: Slot,
}

impl<Io, Who> Guarded<Io, Who> {
    /// Guards a stream until its lifetime is over or it is cut.
    pub(super) fn new(
        io: Io,
        who: Who,
        name: Name,
        slot: Slot,
        lifetime: Duration,
        cut: CancellationToken,
    ) -> Self {
        gauge!("quince_connections", "listener" => name.as_str()).increment(1);
        let lifetime = Box::pin(tokio::time::sleep(lifetime));
        Self { io, who, name, lifetime, cut: Box::pin(cut.cancelled_owned()), _slot: slot }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the node stops"));
        }
        if self.lifetime.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the connection is too old"));
        }
        Ok(())
    }
}

impl<Io, Who> Drop for Guarded<Io, Who> {
    fn drop(&mut self) {
        gauge!("quince_connections", "listener" => self.name.as_str()).decrement(1);
    }
}

impl<Io: Unpin, Who: Clone + Send + Sync + Unpin + 'static> Connected for Guarded<Io, Who> {
    type ConnectInfo = Who;

    fn connect_info(&self) -> Who {
        self.who.clone()
    }
}

impl<Io: AsyncRead + Unpin, Who: Unpin> AsyncRead for Guarded<Io, Who> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<Io: AsyncWrite + Unpin, Who: Unpin> AsyncWrite for Guarded<Io, Who> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
