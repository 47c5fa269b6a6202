//! One connection: frames in, frames out, nothing understood.

use std::error::Error as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use quince_core::sync::{Frame, Role};
use quince_proto::sync::v1 as pb;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::owner::Event;
use crate::tls::PeerIdentity;
use crate::wire::sync_from_proto::{self, FrameError};
use crate::wire::sync_to_proto;

/// Frames made for a connection but not taken by it: two of the largest keep a fast link busy while the next are read.
const OUTGOING_FRAMES_MAX: usize = 2;

/// How long a connection may stay open after its session ended, so that the farewell is read.
const LINGER: Duration = Duration::from_secs(5);

/// Names a connection for as long as the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkId(pub(super) u64);

/// A new connection.
pub(super) struct Link {
    pub(super) role: Role,
    pub(super) peer: PeerIdentity,
    pub(super) outgoing: mpsc::Sender<Frame>,
    pub(super) incoming: Streaming<pb::Frame>,
}

impl Link {
    pub(super) const fn remote(&self) -> SocketAddr {
        self.peer.remote
    }
}

/// Frames on their way out, as the wire has them. Whenever the connection takes one, the owner is told to make the next.
pub(super) struct Outgoing {
    frames: mpsc::Receiver<Frame>,
    writable: Arc<Notify>,
}

/// The way out of a connection.
pub(super) fn outgoing(writable: Arc<Notify>) -> (mpsc::Sender<Frame>, Outgoing) {
    let (sender, frames) = mpsc::channel(OUTGOING_FRAMES_MAX);
    (sender, Outgoing { frames, writable })
}

impl Stream for Outgoing {
    type Item = pb::Frame;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<pb::Frame>> {
        let frame = ready!(self.frames.poll_recv(cx));
        self.writable.notify_one();
        Poll::Ready(frame.map(sync_to_proto::frame))
    }
}

/// Reads frames until the other end is done or the session is over.
pub(super) async fn read(
    id: LinkId,
    mut incoming: Streaming<pb::Frame>,
    events: mpsc::Sender<Event>,
    over: CancellationToken,
) {
    while let Some(Some(event)) = over.run_until_cancelled(next(id, &mut incoming)).await {
        if events.send(event).await.is_err() {
            return;
        }
    }
    let rest = async { while matches!(incoming.message().await, Ok(Some(_))) {} };
    if over.is_cancelled() {
        // What is still read is of no interest; but a connection cut now would take the farewell with it.
        drop(timeout(LINGER, rest).await);
    } else {
        drop(events.send(Event::Gone(id)).await);
    }
}

/// The next frame that means something here; `None` when the connection is gone.
async fn next(id: LinkId, incoming: &mut Streaming<pb::Frame>) -> Option<Event> {
    loop {
        let parsed: Result<Option<Frame>, FrameError> = match incoming.message().await {
            Ok(message) => sync_from_proto::frame(message?),
            Err(status) => Err(no_message(&status)?),
        };
        match parsed {
            Ok(Some(frame)) => return Some(Event::Heard(id, Box::new(frame))),
            Ok(None) => {}
            Err(error) => return Some(Event::Garbled(id, error)),
        }
    }
}

/// What was wrong with bytes that are no message. A status with a source tells of the connection, not of bytes.
fn no_message(status: &Status) -> Option<FrameError> {
    let found = status.message().to_owned();
    let expected = "a message of quince.sync.v1 within its limit".to_owned();
    status.source().is_none().then_some(FrameError { field: "frame", found, expected })
}
