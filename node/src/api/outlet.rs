//! The frame of a task behind one watcher: it ends with the node, the watcher, or the watcher's token, and holds no message in
//! memory that the watcher has not room for.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::api::Api;
use crate::office::{Error, ErrorKind, Office, TokenHash};

/// How often a quiet stream says that it lives, and how long a revoked token can still watch.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where the messages for one watcher go out.
pub(super) struct Outlet<M> {
    office: Office,
    token: TokenHash,
    sender: mpsc::Sender<Result<M, Status>>,
    hint: &'static str,
}

/// What a stream holds back and says at its end.
pub(super) struct Frame {
    /// Messages waiting for a slow watcher; behind them the task waits too.
    pub(super) queue_max: usize,
    /// What a watcher is to do when the node is shutting down.
    pub(super) hint: &'static str,
}

/// Starts the task that `follow` makes of an outlet.
pub(super) fn open<M, F>(
    api: &Api,
    token: TokenHash,
    frame: &Frame,
    follow: impl FnOnce(Outlet<M>) -> F,
) -> ReceiverStream<Result<M, Status>>
where
    M: Send + 'static,
    F: Future<Output = Result<Infallible, Error>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(frame.queue_max);
    let (hint, stop, last) = (frame.hint, api.stop.clone(), sender.clone());
    let following = follow(Outlet { office: api.office.clone(), token, sender, hint });
    api.tasks.spawn(async move {
        let error = tokio::select! {
            () = stop.cancelled() => closing(hint),
            () = last.closed() => return,
            Err(error) = following => error,
        };
        // If the queue is full, the watcher sees the stream end without a word, and watches again all the same.
        let _ = last.try_send(Err(error.into()));
    });
    ReceiverStream::new(receiver)
}

/// Ticks when a sign of life is due. After a stall there is one, and not one for each that was missed.
pub(super) fn pulse() -> Interval {
    let mut pulse = tokio::time::interval(HEARTBEAT);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pulse
}

impl<M> Outlet<M> {
    /// Fails when the watcher's token lives no more.
    pub(super) async fn check_token(&self) -> Result<(), Error> {
        match self.office.authenticate(&self.token).await? {
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorKind::Unauthenticated, "the token has expired or was revoked")),
        }
    }

    /// Waits for room. Fails when nobody listens any more, and then nobody reads the error either.
    pub(super) async fn send(&self, message: M) -> Result<(), Error> {
        self.sender.send(Ok(message)).await.map_err(|_| self.closing())
    }

    /// The node is shutting down.
    pub(super) fn closing(&self) -> Error {
        closing(self.hint)
    }
}

fn closing(hint: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, "the node is shutting down").hint(hint)
}
