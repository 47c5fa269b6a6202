//! The task behind one watcher: reads what changed, sends it, waits for more. It holds no change in memory that the
//! watcher has not room for, and it ends with the node, the watcher, or the watcher's token.

use std::convert::Infallible;
use std::time::Duration;

use quince_proto::api::v1 as proto;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::api::Api;
use crate::office::view::ChangeNo;
use crate::office::{Error, ErrorKind, Office, TokenHash};
use crate::wire::from_proto::Watch;
use crate::wire::to_proto;

/// How often a quiet stream says that it lives, and how long a revoked token can still watch.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Changes read at once: one short read of the store, and at most 3 MiB of records.
const READ_MAX: u32 = 100;

/// Messages waiting for a slow watcher; behind it the task waits too.
const QUEUE_MAX: usize = 16;

type Message = Result<proto::WatchResponse, Status>;

/// Begins to watch.
///
/// # Errors
/// When it resumes from a change that has not happened here: the cursor is another node's, or this one was restored.
pub(super) fn open(api: &Api, token: TokenHash, watch: Watch) -> Result<ReceiverStream<Message>, Error> {
    let latest = ChangeNo(api.office.latest_change().borrow().changed);
    let after = watch.after.unwrap_or(latest);
    if after > latest {
        let message = format!("cursor {} is beyond the newest change, {}", after.0, latest.0);
        return Err(Error::new(ErrorKind::OutOfRange, message)
            .hint("it is another node's, or this node was restored: begin with the cursor 0, which repeats what you have"));
    }
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let watcher = Watcher { office: api.office.clone(), token, watch, after, sender };
    api.tasks.spawn(watcher.run(api.stop.clone()));
    Ok(ReceiverStream::new(receiver))
}

struct Watcher {
    office: Office,
    token: TokenHash,
    watch: Watch,
    after: ChangeNo,
    sender: mpsc::Sender<Message>,
}

impl Watcher {
    async fn run(mut self, stop: CancellationToken) {
        let sender = self.sender.clone();
        let error = tokio::select! {
            () = stop.cancelled() => closing(),
            () = sender.closed() => return,
            Err(error) = self.follow() => error,
        };
        // If the queue is full, the watcher sees the stream end without a word, and resumes all the same.
        let _ = sender.try_send(Err(error.into()));
    }

    /// Sends what changed until something ends it.
    async fn follow(&mut self) -> Result<Infallible, Error> {
        let mut bell = self.office.latest_change();
        let mut pulse = tokio::time::interval(HEARTBEAT);
        loop {
            bell.mark_unchanged();
            self.catch_up().await?;
            tokio::select! {
                rung = bell.changed() => rung.map_err(|_| closing())?,
                _ = pulse.tick() => {
                    self.send(to_proto::heartbeat(self.after, self.office.now())).await?;
                }
            }
        }
    }

    /// Sends everything up to now, as long as the token lives.
    async fn catch_up(&mut self) -> Result<(), Error> {
        loop {
            if self.office.authenticate(&self.token).await?.is_none() {
                return Err(Error::new(ErrorKind::Unauthenticated, "the token has expired or was revoked"));
            }
            let (listing, read) = self.office.changes(self.after, &self.watch.kinds, READ_MAX).await?;
            for change in &listing.items {
                self.send(to_proto::change(change)).await?;
            }
            self.after = read;
            if !listing.more {
                return Ok(());
            }
        }
    }

    /// Waits for room. Fails when nobody listens any more, and then nobody reads the error either.
    async fn send(&self, message: proto::WatchResponse) -> Result<(), Error> {
        self.sender.send(Ok(message)).await.map_err(|_| closing())
    }
}

fn closing() -> Error {
    Error::new(ErrorKind::Unavailable, "the node is shutting down").hint("resume with the last cursor")
}
