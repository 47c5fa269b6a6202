//! A file on its way to the node, part by part, no faster than the node takes it.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_stream::Stream;

use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;

/// Bytes of a part: a quarter of the longest request.
const PART_LEN: usize = 256 * 1024;

/// Parts that wait for the connection.
const PARTS_MAX: usize = 2;

/// What a person waits for without asking why, and how often they want to hear of it then.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// The messages that bring a file.
pub(super) struct Parts<M> {
    messages: mpsc::Receiver<M>,
    read: Count,
    whole: u64,
}

/// Bytes read so far.
#[derive(Clone, Default)]
pub(super) struct Count(Arc<AtomicU64>);

/// Tells when it is time to say how far something is.
pub(super) struct Tick {
    told: Timestamp,
}

impl<M: Send + 'static> Parts<M> {
    /// The first message, if there is one, and one for each part of the file, if there is one.
    pub(super) fn of(
        path: Option<PathBuf>,
        first: Option<M>,
        message: impl Fn(Bytes) -> M + Send + 'static,
    ) -> Result<Self, Failure> {
        let file = path.map(|path| {
            let unread =
                |error| Failure::new(Exit::Usage, format!("{} cannot be read: {error}", path.display()));
            let file = File::open(&path).map_err(unread)?;
            let whole = file.metadata().map_err(unread)?.len();
            Ok::<_, Failure>((file, whole))
        });
        let (file, whole) = file.transpose()?.map_or((None, 0), |(file, whole)| (Some(file), whole));
        let (sender, messages) = mpsc::channel(PARTS_MAX);
        let read = Count::default();
        let count = read.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(first) = first
                && sender.blocking_send(first).is_err()
            {
                return;
            }
            let Some(mut file) = file else { return };
            let mut part = vec![0; PART_LEN];
            // A stick that fails in the middle ends the file there: the node says that it is cut short.
            while let Ok(len @ 1..) = file.read(&mut part) {
                count.0.fetch_add(len as u64, Ordering::Relaxed);
                if sender.blocking_send(message(Bytes::copy_from_slice(&part[..len]))).is_err() {
                    return;
                }
            }
        });
        Ok(Self { messages, read, whole })
    }

    /// How much has been read, and how much there is.
    pub(super) fn progress(&self) -> (Count, u64) {
        (self.read.clone(), self.whole)
    }
}

impl<M> Stream for Parts<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        self.messages.poll_recv(cx)
    }
}

impl Count {
    pub(super) fn percent_of(&self, whole: u64) -> u64 {
        self.0.load(Ordering::Relaxed).saturating_mul(100).checked_div(whole).unwrap_or(100)
    }
}

impl Tick {
    pub(super) fn start() -> Self {
        Self { told: clock::now() }
    }

    pub(super) fn is_due(&mut self) -> bool {
        let now = clock::now();
        let due = now.duration_since(self.told) >= PATIENCE;
        if due {
            self.told = now;
        }
        due
    }
}
