//! The matcher's door: everybody who wants advice holds a handle and asks it for the newest.

use std::sync::Arc;
use std::time::Duration;

use quince_core::matching::Epoch;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::matcher::advice::Advice;
use crate::store::Progress;

/// How long a caller waits for a plan that knows everything written before the call. Then it gets the newest there is:
/// a plan says of which moment it is, and old advice is better than none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the matcher. Cheap to clone.
#[derive(Debug, Clone)]
pub struct MatcherHandle {
    pub(super) newest: watch::Receiver<Option<Arc<Advice>>>,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) demand: Arc<Notify>,
    pub(super) clock: Clock,
}

/// Why there is no advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MatcherError {
    /// The node has only just started.
    #[error("no plan has been computed since the node started, expected one within seconds; try again")]
    NotReady,
}

impl MatcherHandle {
    /// Advice that knows everything committed before this call, of the present epoch.
    ///
    /// # Errors
    /// [`MatcherError::NotReady`] when there is no plan at all yet.
    pub async fn advice(&self) -> Result<Arc<Advice>, MatcherError> {
        let changed = self.progress.borrow().changed;
        let epoch = Epoch::containing(self.clock.now());
        let mut newest = self.newest.clone();
        let fresh = |advice: &Option<Arc<Advice>>| {
            advice.as_ref().is_some_and(|advice| advice.changed >= changed && advice.plan.epoch == epoch)
        };
        self.demand.notify_one();
        // Too late or stopped: the newest is as good as it gets.
        let _ = timeout(PATIENCE, newest.wait_for(fresh)).await;
        self.newest.borrow().clone().ok_or(MatcherError::NotReady)
    }

    /// Follows the newest advice, for those who show it as it changes.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Advice>>> {
        self.newest.clone()
    }
}
