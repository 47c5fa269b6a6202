//! What one watcher of suggestions is sent: a step that is the whole list, and then a step for each change of what is shown. A
//! step is made page by page, each when there is room for it.

use std::convert::Infallible;
use std::sync::Arc;

use quince_core::matching::{Change, Match};
use quince_proto::api::v1 as proto;
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::api::Api;
use crate::api::matching::{plan_of, sent};
use crate::api::outlet::{self, Frame, Outlet};
use crate::matcher::{Advice, MatcherHandle, Newest};
use crate::office::{Error, TokenHash};
use crate::wire::page::Fill;
use crate::wire::to_proto;

/// Changes in one message, unless its bytes end it earlier.
const CHANGES_MAX: usize = 500;

/// Of how many suggestions that are gone a step says why: each is looked up in the whole plan.
const OBSTACLES_MAX: usize = 50;

const FRAME: Frame = Frame { queue_max: 4, hint: "watch again" };

/// Begins to watch.
pub(super) fn open(
    api: &Api,
    token: TokenHash,
    mine_only: bool,
) -> ReceiverStream<Result<proto::WatchMatchesResponse, Status>> {
    let (matcher, newest) = (api.matcher.clone(), api.matcher.follow());
    outlet::open(api, token, &FRAME, |outlet| {
        Watcher { matcher, newest, mine_only, seen: None, outlet }.follow()
    })
}

struct Watcher {
    matcher: MatcherHandle,
    newest: watch::Receiver<Newest>,
    mine_only: bool,
    /// The advice that the watcher was shown last.
    seen: Option<Arc<Advice>>,
    outlet: Outlet<proto::WatchMatchesResponse>,
}

/// From what a watcher was shown to what is shown now.
struct Step {
    /// Nothing for the whole list.
    seen: Option<Arc<Advice>>,
    advice: Arc<Advice>,
    mine_only: bool,
    /// Since what was seen.
    changes: Vec<Change>,
    /// How many of the changes, or of all suggestions, have been told.
    told: usize,
    explained: usize,
}

impl Watcher {
    async fn follow(mut self) -> Result<Infallible, Error> {
        let mut pulse = outlet::pulse();
        // The first tick is at once, and the first step says as much.
        pulse.tick().await;
        self.show_newest().await?;
        if self.seen.is_none() {
            self.beat().await?;
        }
        loop {
            tokio::select! {
                told = self.newest.changed() => {
                    told.map_err(|_| self.outlet.closing())?;
                    self.show_newest().await?;
                }
                _ = pulse.tick() => self.beat().await?,
            }
        }
    }

    /// Says that the node lives, and of which plan it has told everything.
    async fn beat(&self) -> Result<(), Error> {
        self.outlet.check_token().await?;
        let plan = self.seen.as_ref().map(|advice| plan_of(&self.matcher, advice, &advice.shown));
        let complete = plan.is_some();
        let alive = proto::WatchMatchesResponse { plan, complete, ..proto::WatchMatchesResponse::default() };
        self.outlet.send(alive).await
    }

    /// Tells how what is shown differs from what was told, if there is other advice than then.
    async fn show_newest(&mut self) -> Result<(), Error> {
        let Some(advice) = self.newest.borrow_and_update().advice.clone() else { return Ok(()) };
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &advice)) {
            return Ok(());
        }
        let (seen, mine_only) = (self.seen.clone(), self.mine_only);
        let (begun, snapshot) = (Arc::clone(&advice), seen.is_none());
        let mut step = self.matcher.work(move || Step::new(seen, begun, mine_only)).await?;
        loop {
            self.outlet.check_token().await?;
            let (page, complete);
            (step, page, complete) = self.matcher.work(move || step.page()).await?;
            let plan = Some(plan_of(&self.matcher, &advice, &advice.shown));
            let message = proto::WatchMatchesResponse { changes: page, plan, snapshot, complete };
            self.outlet.send(message).await?;
            if complete {
                self.seen = Some(advice);
                return Ok(());
            }
        }
    }
}

impl Step {
    fn new(seen: Option<Arc<Advice>>, advice: Arc<Advice>, mine_only: bool) -> Self {
        let changes = seen.as_ref().map(|seen| advice.shown.changes_since(&seen.shown)).unwrap_or_default();
        Self { seen, advice, mine_only, changes, told: 0, explained: 0 }
    }

    /// The next changes as they are sent, and whether they are the last.
    fn page(mut self) -> (Self, Vec<proto::MatchChange>, bool) {
        let mut page = Fill::new(CHANGES_MAX);
        while let Some(change) = self.next() {
            if !self.mine_only || self.advice.is_mine(of(&change)) {
                let message = self.told(&change);
                if !page.push(message) {
                    return (self, page.into_messages(), false);
                }
            }
            self.told += 1;
        }
        (self, page.into_messages(), true)
    }

    fn next(&self) -> Option<Change> {
        match self.seen {
            Some(_) => self.changes.get(self.told).cloned(),
            None => self.advice.shown.suggestions().get(self.told).cloned().map(Change::Added),
        }
    }

    fn told(&mut self, change: &Change) -> proto::MatchChange {
        let (blocks, plan) = match (change, &self.seen) {
            (Change::Removed(gone), Some(seen)) => {
                self.explained += 1;
                let is_told = self.explained <= OBSTACLES_MAX;
                (if is_told { self.advice.obstacles(gone) } else { Vec::new() }, &seen.shown)
            }
            _ => (Vec::new(), &self.advice.shown),
        };
        to_proto::match_change(change, |one| sent(&self.advice.suggestion_of(plan, one)), &blocks)
    }
}

fn of(change: &Change) -> &Match {
    match change {
        Change::Added(one) | Change::Removed(one) | Change::Updated { now: one, .. } => one,
    }
}
