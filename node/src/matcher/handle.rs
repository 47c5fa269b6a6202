//! The matcher's door: everybody who wants advice holds a handle and asks it for the newest.

use std::sync::Arc;
use std::time::Duration;

use quince_core::matching::Epoch;
use thiserror::Error;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::matcher::advice::Advice;
use crate::store::Progress;

/// How long a caller waits for a plan that knows everything written before the call. Then it gets the newest there is:
/// a plan says of which moment it is, and old advice is better than none.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Questions that are worked on at once. Each may take a processor for a good part of a second; the others wait for their turn,
/// and a caller who is gone meanwhile has none.
const QUESTIONS_MAX: usize = 2;

/// Asks the matcher. Cheap to clone.
#[derive(Debug, Clone)]
pub struct MatcherHandle {
    pub(super) newest: watch::Receiver<Newest>,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) demand: Arc<Notify>,
    pub(super) clock: Clock,
    turns: Arc<Semaphore>,
}

/// How far the matcher has come.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    /// The newest advice; nothing before the first plan.
    pub advice: Option<Arc<Advice>>,
    /// Why there is no newer one, if the last attempt failed.
    pub failure: Option<String>,
}

/// Why there is no advice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MatcherError {
    /// The node has only just started.
    #[error("no plan has been computed since the node started, expected one within seconds; try again")]
    NotReady,
    /// It has tried and failed ever since it started.
    #[error(
        "no plan could be computed since the node started: {0}; its log says more, and it goes on trying"
    )]
    Failing(String),
    /// A question came to no end.
    #[error("the matcher stopped in the middle of an answer; the node's log says more")]
    Broken,
}

impl MatcherHandle {
    pub(super) fn new(
        newest: watch::Receiver<Newest>,
        progress: watch::Receiver<Progress>,
        demand: Arc<Notify>,
        clock: Clock,
    ) -> Self {
        Self { newest, progress, demand, clock, turns: Arc::new(Semaphore::new(QUESTIONS_MAX)) }
    }

    /// Advice that knows everything committed before this call, of the present epoch; the newest there is when that takes too
    /// long or fails.
    ///
    /// # Errors
    /// [`MatcherError::NotReady`] or [`MatcherError::Failing`] when there is no plan at all yet.
    pub async fn advice(&self) -> Result<Arc<Advice>, MatcherError> {
        let changed = self.progress.borrow().changed;
        let epoch = Epoch::containing(self.clock.now());
        let mut newest = self.newest.clone();
        let fresh = |newest: &Newest| {
            newest.advice.as_ref().is_some_and(|one| one.changed >= changed && one.plan.epoch == epoch)
        };
        if !fresh(&newest.borrow()) {
            self.demand.notify_one();
            // Too late, failed or stopped: the newest is as good as it gets.
            let _ =
                timeout(PATIENCE, newest.wait_for(|newest| newest.failure.is_some() || fresh(newest))).await;
        }
        let Newest { advice, failure } = self.newest.borrow().clone();
        advice.ok_or_else(|| failure.map_or(MatcherError::NotReady, MatcherError::Failing))
    }

    /// Asks the newest advice something that takes a while.
    ///
    /// # Errors
    /// As for [`MatcherHandle::advice`], and [`MatcherError::Broken`] when there is no end to it.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Advice) -> T + Send + 'static,
    ) -> Result<T, MatcherError> {
        let advice = self.advice().await?;
        self.work(move || question(&advice)).await
    }

    /// Does work about advice where nothing waits for it.
    ///
    /// # Errors
    /// [`MatcherError::Broken`] when it panics.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, MatcherError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("nobody closes the semaphore");
        let done = spawn_blocking(move || {
            // The turn ends with the work, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| MatcherError::Broken)
    }

    /// The newest advice as it stands, without waiting for any.
    #[must_use]
    pub fn newest(&self) -> Newest {
        self.newest.borrow().clone()
    }

    /// Follows the newest advice, for those who show it as it changes.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Newest> {
        self.newest.clone()
    }
}
