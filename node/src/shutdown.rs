//! How a node ends. On the first signal it stops accepting and finishes what it has begun; on the second, or when the
//! time for that is over, it drops everything. A task that ends by itself before that takes the node with it.
//!
//! Whatever runs in the background is started by [`Tasks`], so that nothing outlives the node unseen.

use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

/// How long a node may finish what it has begun: as long as its slowest request.
pub const DRAIN_MAX: Duration = Duration::from_secs(30);

/// Why a node ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to, and everything was finished.
    Drained,
    /// It was asked to, and something was cut off.
    Cut,
    /// A task of its own ended by itself.
    Broken {
        /// Which.
        task: &'static str,
        /// What it said at the end.
        reason: String,
    },
}

/// The background tasks of one node. Cheap to clone; all clones are one set.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    cut: CancellationToken,
    broken: Arc<OnceLock<(&'static str, String)>>,
}

impl Tasks {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the node begins to stop: accept nothing new, end streams, finish the rest.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Counts tasks that others spawn and that the node waits for.
    #[must_use]
    pub fn tracker(&self) -> TaskTracker {
        self.tracker.clone()
    }

    /// Cancelled when the node drops everything.
    #[must_use]
    pub fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// Runs a task that lives as long as the node. When it ends before the node stops, fails or panics, the node ends
    /// as [`Ended::Broken`].
    pub fn spawn<E: Display + Send + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let tasks = self.clone();
        let mut running = tokio::spawn(task);
        self.tracker.spawn(async move {
            let reason = tokio::select! {
                ended = &mut running => match ended {
                    Ok(Ok(())) if tasks.stop.is_cancelled() => return,
                    Ok(Ok(())) => "it ended by itself".to_owned(),
                    Ok(Err(error)) => error.to_string(),
                    Err(panic) => panic.to_string(),
                },
                () = tasks.cut.cancelled() => return running.abort(),
            };
            error!(task = name, "the {name} broke: {reason}");
            tasks.broken.get_or_init(|| (name, reason));
            tasks.stop.cancel();
        });
    }

    /// Runs a task that cannot fail and lives as long as the node.
    pub fn spawn_worker(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn(name, async move {
            task.await;
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// Runs a short task, whose end means nothing. It is dropped with everything else.
    pub fn spawn_detached(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cut = self.cut.clone();
        self.tracker.spawn(async move { cut.run_until_cancelled_owned(task).await });
    }

    /// Waits for `signals` to say once that the node shall stop, and perhaps again that it shall not wait; then until
    /// all tasks have ended.
    pub async fn run(self, mut signals: impl Signals) -> Ended {
        tokio::select! {
            () = signals.next() => info!("stopping: finishing what is open; a second signal stops at once"),
            () = self.stop.cancelled() => {}
        }
        self.stop.cancel();
        self.tracker.close();
        let cut = tokio::select! {
            () = self.tracker.wait() => false,
            () = signals.next() => true,
            () = tokio::time::sleep(DRAIN_MAX) => true,
        };
        if cut {
            warn!("stopping at once: what is open is cut off");
            self.cut.cancel();
            self.tracker.wait().await;
        }
        match self.broken.get() {
            Some((task, reason)) => Ended::Broken { task, reason: reason.clone() },
            None if cut => Ended::Cut,
            None => Ended::Drained,
        }
    }
}

/// Reasons to stop, one after the other.
pub trait Signals: Send {
    /// Waits for the next.
    fn next(&mut self) -> impl Future<Output = ()> + Send;
}

/// SIGTERM and SIGINT.
#[derive(Debug)]
pub struct ProcessSignals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl ProcessSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }
}

impl Signals for ProcessSignals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Signals for tokio::sync::mpsc::Receiver<()> {
    /// A test's signals. Once the sender is gone there are no more.
    async fn next(&mut self) {
        if self.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::sync::{mpsc, oneshot};

    use super::*;

    #[tokio::test]
    async fn the_first_signal_lets_tasks_finish() {
        let tasks = Tasks::new();
        let (send, signals) = mpsc::channel(2);
        let stop = tasks.stop();
        tasks.spawn("worker", async move {
            stop.cancelled().await;
            Ok::<_, Infallible>(())
        });
        send.send(()).await.unwrap();
        assert_eq!(tasks.run(signals).await, Ended::Drained);
    }

    #[tokio::test]
    async fn the_second_signal_drops_what_does_not_finish() {
        let tasks = Tasks::new();
        let (send, signals) = mpsc::channel(2);
        let (held, dropped) = oneshot::channel::<()>();
        tasks.spawn_detached(async move {
            let _held = held;
            std::future::pending().await
        });
        tasks.spawn("worker", std::future::pending::<Result<(), Infallible>>());
        send.send(()).await.unwrap();
        send.send(()).await.unwrap();
        assert_eq!(tasks.run(signals).await, Ended::Cut);
        assert!(dropped.await.is_err());
    }

    #[tokio::test]
    async fn a_task_that_ends_by_itself_ends_the_node_and_is_named() {
        let broken = |reason: &str| Ended::Broken { task: "worker", reason: reason.to_owned() };
        let never = || mpsc::channel(1).1;

        let tasks = Tasks::new();
        tasks.spawn("worker", async { Err("disk full") });
        assert_eq!(tasks.run(never()).await, broken("disk full"));

        let tasks = Tasks::new();
        tasks.spawn("worker", async { Ok::<_, Infallible>(()) });
        assert_eq!(tasks.run(never()).await, broken("it ended by itself"));

        let tasks = Tasks::new();
        tasks.spawn("worker", async { if true { panic!("a bug") } else { Err("unreachable") } });
        assert!(matches!(tasks.run(never()).await, Ended::Broken { reason, .. } if reason.contains("a bug")));
    }
}
