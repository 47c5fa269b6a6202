//! The worker behind the handle: one task that reads changes, and one thread at a time that computes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::Handle;
use quince_core::domain::item::Catalogue;
use quince_core::matching::Epoch;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::clock::Clock;
use crate::matcher::advice::{Advice, Home};
use crate::matcher::aside::{AsideError, aside};
use crate::matcher::handle::{MatcherHandle, Newest};
use crate::matcher::pool::{Planned, Pool};
use crate::store::{Progress, Store, StoreError};

/// How long the worker waits after a failure before it tries again.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Waits double up to this: what fails again and again needs a person, and not all of a processor.
const RETRY_LAST: Duration = Duration::from_secs(64);

/// How many times as long as a plan took nobody's changes wait for the next one: while records stream in, plans that nobody asked
/// for take no more than a tenth of one processor.
const REST: u32 = 9;

/// They wait no longer than this, however long a plan takes: whoever watches sees what saves lives within seconds.
const REST_MAX: Duration = Duration::from_secs(10);

/// How long it must be calm before changes that nobody asks about are planned: longer than a slow disk takes for a transaction of
/// what streams in, and a person hardly notices it. Whoever waits for a change itself does not wait for the plan.
const CALM: Duration = Duration::from_millis(500);

/// They are planned after so long although it is not calm: a first catch-up is mostly over by then, and a plan of half of what
/// comes is of little use.
const GATHERING_MAX: Duration = Duration::from_secs(5);

/// Computes plans for one node until it is stopped.
pub struct Matcher {
    store: Store,
    clock: Clock,
    home: Handle,
    catalogue: Arc<Catalogue>,
    /// Nothing before the first plan.
    pool: Option<Pool>,
    progress: watch::Receiver<Progress>,
    demand: Arc<Notify>,
    newest: watch::Sender<Newest>,
    /// How often it failed in a row.
    failures: u32,
    /// Until when changes that nobody asks about wait, by the clock's elapsed time.
    rest_ends: Duration,
}

/// What a turn came to.
struct Computed {
    epoch: Epoch,
    /// There was reason for a plan.
    is_new: bool,
}

/// Why a plan was not computed.
#[derive(Debug, Error)]
enum Failure {
    #[error("matching cannot read the records")]
    Store(#[from] StoreError),
    #[error("matching stopped in the middle of a plan")]
    Broken(#[from] AsideError),
}

impl Matcher {
    /// A matcher for the node `home`, and the handle by which others ask it.
    #[must_use]
    pub fn new(store: Store, clock: Clock, home: Handle, catalogue: Arc<Catalogue>) -> (Self, MatcherHandle) {
        let (newest, follow) = watch::channel(Newest::default());
        let (demand, progress) = (Arc::new(Notify::new()), store.progress());
        let handle = MatcherHandle::new(follow, progress.clone(), Arc::clone(&demand), clock.clone());
        let matcher = Self {
            store,
            clock,
            home,
            catalogue,
            pool: None,
            progress,
            demand,
            newest,
            failures: 0,
            rest_ends: Duration::ZERO,
        };
        (matcher, handle)
    }

    /// Runs until `stop`. A failure is told and tried again; the last plan stays in view meanwhile.
    pub async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.turn()).await.is_some() {}
    }

    /// One plan if there is reason for one, then rest until there is.
    async fn turn(&mut self) {
        let began = self.clock.elapsed();
        let computed = match self.compute().await {
            Ok(computed) => computed,
            Err(failure) => {
                let wait = self.fail(&failure);
                return tokio::time::sleep(wait).await;
            }
        };
        let took = self.clock.elapsed().saturating_sub(began);
        if computed.is_new {
            self.rest_ends = self.clock.elapsed() + rest_after(took);
        }
        // Whoever asks, planning never takes more than half of one processor.
        tokio::time::sleep(took).await;
        let rest = self.rest_ends.saturating_sub(self.clock.elapsed());
        tokio::select! {
            () = self.demand.notified() => {}
            () = self.clock.sleep_until(computed.epoch.end()) => {}
            () = changes(&mut self.progress, rest) => {}
        }
    }

    /// Computes a plan and shows it, unless the newest one knows as much.
    async fn compute(&mut self) -> Result<Computed, Failure> {
        let announced = self.progress.borrow_and_update().changed;
        let epoch = Epoch::containing(self.clock.now());
        // What was read stays read when reading fails.
        let new = || Pool::new(self.home.clone(), epoch, Arc::clone(&self.catalogue));
        let pool = self.pool.get_or_insert_with(new);
        while !pool.catch_up(&self.store).await? {
            *pool = new();
        }
        let changed = pool.cursor().max(announced);
        let is_known = |advice: &Arc<Advice>| (advice.plan.epoch, advice.changed) == (epoch, changed);
        let is_new = !self.newest.borrow().advice.as_ref().is_some_and(is_known);
        if is_new {
            self.plan(epoch, changed).await?;
        }
        self.failures = 0;
        self.newest.send_if_modified(|newest| newest.failure.take().is_some());
        Ok(Computed { epoch, is_new })
    }

    /// Plans on a thread of its own. A pool in which that breaks off is not used again.
    async fn plan(&mut self, epoch: Epoch, changed: u64) -> Result<(), Failure> {
        let Some(mut pool) = self.pool.take() else { return Ok(()) };
        let (began, computed) = (self.clock.elapsed(), self.clock.now());
        let (home, catalogue) = (self.home.clone(), Arc::clone(&self.catalogue));
        let planned = aside(move || {
            let Planned { plan, shown } = pool.plan(epoch);
            let office = pool.office(&home).cloned();
            let home = Home { handle: home, office };
            (pool, Advice { plan, shown, changed, computed, home, catalogue })
        });
        let (pool, advice) = planned.await?;
        metrics::gauge!("quince_matching_damaged_records").set(pool.damaged() as f64);
        self.pool = Some(pool);
        let last = self.tell(advice, self.clock.elapsed().saturating_sub(began));
        // A plan is hundreds of thousands of small pieces.
        aside(move || drop(last)).await?;
        Ok(())
    }

    /// Shows a plan, and answers the one that was shown.
    fn tell(&self, advice: Advice, took: Duration) -> Option<Arc<Advice>> {
        let (plan, suggestions) = (&advice.plan, advice.shown.suggestions().len());
        metrics::histogram!("quince_matching_plan_seconds").record(took);
        metrics::gauge!("quince_matching_suggestions").set(suggestions as f64);
        metrics::gauge!("quince_matching_changes_planned").set(advice.changed as f64);
        metrics::gauge!("quince_matching_families_cut_short").set(plan.cut_short().count() as f64);
        metrics::gauge!("quince_matching_failing").set(0.0);
        debug!(
            matching.suggestions = suggestions,
            matching.digest = %plan.digest,
            matching.input_digest = %plan.input_digest,
            "planned {suggestions} suggestions in {took:?}"
        );
        let mut last = None;
        self.newest.send_modify(|newest| last = newest.advice.replace(Arc::new(advice)));
        last
    }

    /// Tells of a failure, and says how long to wait.
    fn fail(&mut self, failure: &Failure) -> Duration {
        error!(error = failure as &dyn std::error::Error, "{failure}");
        metrics::counter!("quince_matching_failures_total").increment(1);
        metrics::gauge!("quince_matching_failing").set(1.0);
        self.newest.send_modify(|newest| newest.failure = Some(failure.to_string()));
        self.failures = self.failures.saturating_add(1);
        wait_after(self.failures)
    }
}

/// Until records have changed, after a rest, and the changes have gathered.
async fn changes(progress: &mut watch::Receiver<Progress>, rest: Duration) {
    tokio::time::sleep(rest).await;
    let changed = progress.changed().await;
    debug_assert!(changed.is_ok(), "the store outlives its readers");
    let calm = async { while let Ok(Ok(())) = timeout(CALM, progress.changed()).await {} };
    // Either way it is time.
    drop(timeout(GATHERING_MAX, calm).await);
}

/// How long changes that nobody asks about wait after a plan that took so long.
fn rest_after(took: Duration) -> Duration {
    took.saturating_mul(REST).min(REST_MAX)
}

/// How long to wait after so many failures in a row.
pub(super) fn wait_after(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    RETRY_FIRST.saturating_mul(doubled).min(RETRY_LAST)
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").field("home", &self.home).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_nobody_asks_for_take_a_tenth_of_a_processor_until_they_would_wait_too_long() {
        assert_eq!(rest_after(Duration::from_millis(100)), Duration::from_millis(900));
        assert_eq!(rest_after(Duration::from_secs(4)), REST_MAX);
    }
}
