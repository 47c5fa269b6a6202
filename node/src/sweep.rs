//! Sweeps the own feeds when more in them is dead than lives, so that those who come later need not fetch it.
//!
//! Wakes with each change of the store, and looks closely only when enough was written that a sweep can be due.

use std::error::Error as StdError;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::office::Office;
use crate::store::StoreError;

/// How long to rest after each look: a sweep is never urgent.
const REST: Duration = Duration::from_secs(10);

/// Runs until `stop`. A failure is told once and tried again.
pub async fn run(office: Office, stop: CancellationToken) {
    let mut progress = office.store().progress();
    let (mut due_at, mut told) = (0, None);
    while !stop.is_cancelled() {
        // Marked before looking, so that what is committed meanwhile wakes again.
        progress.mark_unchanged();
        let swept = sweep_from(&office, due_at).await;
        let failure = swept.as_ref().err().map(ToString::to_string);
        if let (Err(cause), true) = (&swept, failure != told) {
            error!(cause = cause as &dyn StdError, "cannot sweep the own feeds; trying again");
        }
        (due_at, told) = (swept.unwrap_or(due_at), failure);
        let next = async {
            tokio::time::sleep(REST).await;
            progress.changed().await.is_ok()
        };
        if stop.run_until_cancelled(next).await != Some(true) {
            return;
        }
    }
}

/// Sweeps if that is due. What [`run`] does whenever it wakes.
///
/// # Errors
/// When the store fails, or signs nothing.
pub async fn catch_up(office: &Office) -> Result<(), StoreError> {
    sweep_from(office, 0).await.map(drop)
}

/// Sweeps if there are this many entries and that is due. Tells from how many on it can be due again.
async fn sweep_from(office: &Office, due_at: u64) -> Result<u64, StoreError> {
    let size = office.store().view().await?.swept_size().await?;
    if size == 0 || size < due_at {
        return Ok(due_at);
    }
    let mut tx = office.store().begin_write().await?;
    let next = tx.sweep(office.now()).await?;
    let heads = tx.commit().await?.heads;
    if !heads.is_empty() {
        info!(lanes = heads.len(), "swept the own feeds: what does not count any more need not be fetched");
    }
    Ok(next)
}
