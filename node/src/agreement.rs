//! What follows by itself from what other cities write: holds that were answered become promises, withdrawn and
//! refused stock comes back, what the rules leave only a no gets that no, and holds end at their time.
//!
//! Wakes with each change of the store and at the end of each own hold. What is to be written is decided by the core's
//! `settle`, which gives nothing the second time, so waking too often is harmless. How far the changes were read is
//! saved in the transaction that acts on them. Nothing of another city's is ever ended here.

use std::collections::BTreeSet;
use std::time::Duration;

use quince_core::domain::RecordId;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::office::{Error, ErrorKind, Office, Result};

/// Changes read at once: small enough that nobody waits long for the turn to write.
const BATCH_MAX: u32 = 256;

/// How long the worker waits after a failure of the database before it tries again.
const RETRY: Duration = Duration::from_secs(1);

/// The worker's name among the readers of changes.
const CONSUMER: &str = "agreement";

/// In whose name it writes: the node itself.
const HOLDER: &str = "quince-node";

/// Runs until `stop`. A failure of one record is logged and passed by; a failure of the database is tried again.
pub async fn run(office: Office, stop: CancellationToken) {
    let mut progress = office.store().progress();
    while !stop.is_cancelled() {
        progress.mark_unchanged();
        let wake = match catch_up(&office).await {
            Ok(()) => next_wake(&office, &mut progress),
            Err(error) => todo_wait(error),
        };
    }
}
