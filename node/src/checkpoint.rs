//! Moves the database's write-ahead log into its file now and then, so that no caller waits for that.

use std::error::Error as StdError;

use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::store::{Progress, Store};

/// Changes of records after which it is time: some 32 MiB of log when they come in thousands.
const RECORDS: u64 = 20_000;

/// Changes of heads after which it is time: each is a transaction of its own if changes come one by one, and then writes a dozen
/// pages, some 48 MiB.
const HEADS: u64 = 1_000;

/// Runs until `stop`. A failure is told once and tried again when it is time again.
pub(crate) async fn run(store: Store, stop: CancellationToken) {
    let mut progress = store.progress();
    let (mut done, mut told) = (*progress.borrow(), None);
    while let Some(Ok(())) = stop.run_until_cancelled(progress.changed()).await {
        let now = *progress.borrow_and_update();
        if !is_due(done, now) {
            continue;
        }
        done = now;
        let failure = store.checkpoint().await.err();
        let text = failure.as_ref().map(ToString::to_string);
        if let (Some(cause), true) = (&failure, text != told) {
            error!(cause = cause as &dyn StdError, "cannot move the write-ahead log; trying again");
        }
        told = text;
    }
}

const fn is_due(done: Progress, now: Progress) -> bool {
    now.changed - done.changed >= RECORDS || now.change_no - done.change_no >= HEADS
}
