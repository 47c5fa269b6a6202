//! The worker behind the handle: one task that reads changes, and one thread at a time that computes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::Handle;
use quince_core::domain::item::Catalogue;
use quince_core::matching::Epoch;
use quince_core::matching::view::EPOCH;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::clock::Clock;
use crate::matcher::advice::{Advice, Home};
use crate::matcher::handle::MatcherHandle;
use crate::matcher::pool::Pool;
use crate::store::{Progress, Store, StoreError};

/// How long the worker waits after a failure before it tries again.
const RETRY: Duration = Duration::from_secs(1);

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
    newest: watch::Sender<Option<Arc<Advice>>>,
}

/// Why a plan was not computed.
#[derive(Debug, Error)]
enum Failure {
    #[error("matching cannot read the records")]
    Store(#[from] StoreError),
    #[error("matching stopped in the middle of a plan")]
    Broken(#[from] JoinError),
}

impl Matcher {
    /// A matcher for the node `home`, and the handle by which others ask it.
    #[must_use]
    pub fn new(store: Store, clock: Clock, home: Handle, catalogue: Arc<Catalogue>) -> (Self, MatcherHandle) {
        let (newest, follow) = watch::channel(None);
        let (demand, progress) = (Arc::new(Notify::new()), store.progress());
        let handle = MatcherHandle {
            newest: follow,
            progress: progress.clone(),
            demand: demand.clone(),
            clock: clock.clone(),
        };
        (Self { store, clock, home, catalogue, pool: None, progress, demand, newest }, handle)
    }

    /// Runs until `stop`. A failure is logged and tried again; the last plan stays in view meanwhile.
    pub async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.turn()).await.is_some() {}
    }

    /// One plan if there is reason for one, then rest until there is.
    async fn turn(&mut self) {
        let began = self.clock.elapsed();
        if let Err(failure) = self.compute().await {
            error!(error = &failure as &dyn std::error::Error, "{failure}");
            metrics::counter!("quince_matching_failures_total").increment(1);
            tokio::time::sleep(RETRY).await;
            return;
        }
        // Rest as long as the work took, so that a stream of changes never takes more than half of one processor;
        // whoever asks is served at once.
        let rest = self.clock.elapsed().saturating_sub(began);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = self.demand.notified() => return,
        }
        let next_epoch = Epoch::containing(self.clock.now()).begin().plus(EPOCH);
        tokio::select! {
            changed = self.progress.changed() => debug_assert!(changed.is_ok(), "the store outlives its readers"),
            () = self.clock.sleep_until(next_epoch) => {}
            () = self.demand.notified() => {}
        }
    }

    /// Computes a plan and shows it, unless the newest one knows as much.
    async fn compute(&mut self) -> Result<(), Failure> {
        let announced = self.progress.borrow_and_update().changed;
        let epoch = Epoch::containing(self.clock.now());
        let mut pool = match self.pool.take() {
            Some(pool) => pool,
            None => Pool::new(self.home.clone(), epoch, self.catalogue.clone()),
        };
        pool.catch_up(&self.store).await?;
        let changed = pool.cursor().max(announced);
        let before = self.newest.borrow().clone();
        if before.as_ref().is_some_and(|advice| (advice.plan.epoch, advice.changed) == (epoch, changed)) {
            self.pool = Some(pool);
            return Ok(());
        }
        let began = self.clock.elapsed();
        let (home, catalogue) = (self.home.clone(), self.catalogue.clone());
        let computed = spawn_blocking(move || {
            let plan = pool.plan(epoch);
            let office = pool.office(&home).cloned();
            (pool, Advice::new(plan, before.as_deref(), changed, Home { handle: home, office }, catalogue))
        });
        let (pool, advice) = computed.await?;
        self.pool = Some(pool);
        self.tell(advice, self.clock.elapsed().saturating_sub(began));
        Ok(())
    }

    fn tell(&self, advice: Advice, took: Duration) {
        let suggestions = advice.shown.suggestions().len();
        metrics::histogram!("quince_matching_plan_seconds").record(took);
        metrics::gauge!("quince_matching_suggestions").set(suggestions as f64);
        metrics::gauge!("quince_matching_changes_planned").set(advice.changed as f64);
        debug!(
            matching.suggestions = suggestions,
            matching.digest = %advice.plan.digest,
            matching.input_digest = %advice.plan.input_digest,
            "planned {suggestions} suggestions in {took:?}"
        );
        self.newest.send_replace(Some(Arc::new(advice)));
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").field("home", &self.home).finish_non_exhaustive()
    }
}
