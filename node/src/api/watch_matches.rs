//! The task behind one watcher of suggestions: sends all of them, then what changes. It keeps the plan that its watcher has
//! seen, and ends with the node, the watcher, or the watcher's token.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use quince_core::matching::{Change, Match, Plan};
use quince_proto::api::v1 as proto;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::api::{Api, matching};
use crate::matcher::Advice;
use crate::office::{Error, ErrorKind, Office, TokenHash};
use crate::wire::to_proto;

/// How often a quiet stream says that it lives, and how long a revoked token can still watch.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Changes in one message: some 200 KiB.
const CHANGES_MAX: usize = 500;

/// Of how many suggestions that are gone a message says why: each is looked up in the whole plan.
const OBSTACLES_MAX: usize = 50;

/// Messages waiting for a slow watcher; behind it the task waits too.
const QUEUE_MAX: usize = 4;

type Message = Result<proto::WatchMatchesResponse, Status>;

/// Begins to watch.
pub(super) fn open(api: &Api, token: TokenHash, mine_only: bool) -> ReceiverStream<Message> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let newest = api.matcher.follow();
    let watcher = Watcher { office: api.office.clone(), newest, token, mine_only, seen: None, sender };
    api.tasks.spawn(watcher.run(api.stop.clone()));
    ReceiverStream::new(receiver)
}

struct Watcher {
    office: Office,
    newest: watch::Receiver<Option<Arc<Advice>>>,
    token: TokenHash,
    mine_only: bool,
    /// What the watcher was shown last.
    seen: Option<Plan>,
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
        // If the queue is full, the watcher sees the stream end without a word, and watches again all the same.
        let _ = sender.try_send(Err(error.into()));
    }

    async fn follow(&mut self) -> Result<Infallible, Error> {
        let mut pulse = tokio::time::interval(HEARTBEAT);
        loop {
            if self.office.authenticate(&self.token).await?.is_none() {
                return Err(Error::new(ErrorKind::Unauthenticated, "the token has expired or was revoked"));
            }
            let advice = self.newest.borrow_and_update().clone();
            if let Some(advice) = advice {
                self.show(&advice).await?;
            }
            tokio::select! {
                told = self.newest.changed() => told.map_err(|_| closing())?,
                _ = pulse.tick() => {}
            }
        }
    }

    /// Sends how what is shown differs from what was sent, or that nothing does.
    async fn show(&mut self, advice: &Advice) -> Result<(), Error> {
        let changes = match &self.seen {
            Some(seen) => advice.shown.changes_since(seen),
            None => advice.shown.suggestions().iter().cloned().map(Change::Added).collect(),
        };
        let mut explained = 0;
        let wanted = changes.iter().filter(|change| !self.mine_only || advice.is_mine(of(change)));
        let changes: Vec<_> =
            wanted.map(|change| told(advice, self.seen.as_ref(), change, &mut explained)).collect();
        let mut pages = changes.chunks(CHANGES_MAX);
        let first = pages.next().unwrap_or_default();
        for page in std::iter::once(first).chain(pages) {
            let message = to_proto::watch_matches(page.to_vec(), &advice.plan);
            self.sender.send(Ok(message)).await.map_err(|_| closing())?;
        }
        self.seen = Some(advice.shown.clone());
        Ok(())
    }
}

fn told(advice: &Advice, seen: Option<&Plan>, change: &Change, explained: &mut usize) -> proto::MatchChange {
    let blocks = match change {
        Change::Removed(gone) if *explained < OBSTACLES_MAX => {
            *explained += 1;
            advice.obstacles(gone)
        }
        _ => Vec::new(),
    };
    let plan = match change {
        Change::Removed(_) => seen.unwrap_or(&advice.shown),
        _ => &advice.shown,
    };
    to_proto::match_change(change, |one| matching::sent(&advice.suggestion_of(plan, one)), &blocks)
}

fn of(change: &Change) -> &Match {
    match change {
        Change::Added(one) | Change::Removed(one) | Change::Amount { now: one, .. } => one,
    }
}

fn closing() -> Error {
    Error::new(ErrorKind::Unavailable, "the node is shutting down").hint("watch again")
}
