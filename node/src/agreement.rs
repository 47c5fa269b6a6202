//! What follows by itself from what other cities write: holds that were answered become promises, withdrawn and
//! refused stock comes back, what the rules leave only a no gets that no, holds end at their time, and of a bundle that
//! failed in one half the other half is withdrawn.
//!
//! Wakes with each change of the store and at the end of each own hold. What is to be written is decided by the
//! core's `settle` and `bundle`, which give nothing the second time, so waking too often is harmless. How far the changes were read
//! is saved in the transaction that acts on them, and of those that concern nobody here now and then. Nothing of another city's is
//! ever ended here.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::future::pending;
use std::time::Duration;

use quince_core::domain::{Instant, RecordId};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::gathering;
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{StoreError, WriteTx};

/// Changes read at once: small enough that nobody waits long for the turn to write.
const BATCH_MAX: u32 = 256;

/// Changes that concern nobody here are read again after a start, up to so many: to save each time how far they were read would
/// cost more than to read them.
const UNSAVED_MAX: u64 = 10_000;

/// How long the worker waits after a failure of the whole store before it tries again.
const RETRY: Duration = Duration::from_secs(10);

/// The worker's name among the readers of changes.
const CONSUMER: &str = "agreement";

/// In whose name it writes: the node itself.
const HOLDER: &str = "quince-node";

/// How far the changes were read.
struct Cursor {
    read: u64,
    saved: u64,
}

/// Runs until `stop`, which it obeys between two transactions. An offer that cannot be settled is logged and passed
/// by; after a failure of the whole store the same is tried again.
pub async fn run(office: Office, stop: CancellationToken) {
    let mut progress = office.store().progress();
    let (mut told, mut cursor) = (None, None);
    while !stop.is_cancelled() {
        // Marked before reading, so that what is committed meanwhile wakes again.
        progress.mark_unchanged();
        let next_due = settle_until(&office, &mut cursor, office.now(), &stop).await;
        let failure = next_due.as_ref().err().map(ToString::to_string);
        // A store that stays as it is, such as one that signs nothing, is told of once and not with every try.
        if let (Err(cause), true) = (&next_due, failure != told) {
            error!(cause = cause as &dyn StdError, "the agreement cannot go on; trying again");
        }
        told = failure;
        tokio::select! {
            () = stop.cancelled() => {}
            changed = gathering::changed(&mut progress), if next_due.is_ok() => if !changed { return },
            () = rest(&office, &next_due) => {}
        }
    }
}

/// Settles all that waits now. What [`run`] does whenever it wakes.
///
/// # Errors
/// When the store fails; what was committed before stays.
pub async fn catch_up(office: &Office) -> Result<()> {
    settle_until(office, &mut None, office.now(), &CancellationToken::new()).await.map(drop)
}

/// Settles all that waits, and tells when the next hold ends. Both look at the same `now`, so that none is missed.
async fn settle_until(
    office: &Office,
    cursor: &mut Option<Cursor>,
    now: Instant,
    stop: &CancellationToken,
) -> Result<Option<Instant>> {
    while settle_batch(office, cursor, now).await? && !stop.is_cancelled() {}
    Ok(office.store().view().await?.next_due(office.handle(), now).await?)
}

/// Waits until the next hold ends, or for another try.
async fn rest(office: &Office, next_due: &Result<Option<Instant>>) {
    match next_due {
        Ok(Some(due)) => office.clock().sleep_until(*due).await,
        Ok(None) => pending().await,
        Err(_) => tokio::time::sleep(RETRY).await,
    }
}

/// Reads some changes and acts on them in one transaction; tells whether there may be more.
async fn settle_batch(office: &Office, cursor: &mut Option<Cursor>, now: Instant) -> Result<bool> {
    let mut view = office.store().view().await?;
    // After a failure it begins where it was saved.
    let Cursor { read, saved } = match cursor.take() {
        Some(cursor) => cursor,
        None => view.consumer(CONSUMER).await.map(|saved| Cursor { read: saved, saved })?,
    };
    let touched = view.touched(office.handle(), read, BATCH_MAX).await?;
    let due = view.due_offers(office.handle(), now).await?;
    drop(view);
    let nothing = touched.offers.is_empty() && touched.requisitions.is_empty() && due.is_empty();
    if nothing && touched.cursor - saved < UNSAVED_MAX {
        *cursor = Some(Cursor { read: touched.cursor, saved });
        return Ok(touched.more);
    }
    let offers: BTreeSet<RecordId> = touched.offers.into_iter().chain(due).collect();
    let mut tx = office.store().begin_write().await?;
    for offer in &offers {
        match office.settle(&mut tx, offer, HOLDER).await {
            Ok(settled) if settled.is_empty() => {}
            Ok(settled) => info!(%offer, commitments = settled.len(), "settled an offer"),
            Err(cause) if concerns_one_record(&cause) => {
                error!(cause = &cause as &dyn StdError, %offer, "cannot settle an offer; going on with the others");
            }
            Err(cause) => return Err(cause),
        }
    }
    withdraw_with_failed(office, &mut tx, &touched.requisitions).await?;
    tx.put_consumer(CONSUMER, touched.cursor).await?;
    tx.commit().await?;
    *cursor = Some(Cursor { read: touched.cursor, saved: touched.cursor });
    Ok(touched.more)
}

/// Withdraws what lost its other half, for each requisition that something happened to. One is looked at once, also where
/// several of its bundle were touched.
async fn withdraw_with_failed(office: &Office, tx: &mut WriteTx, touched: &BTreeSet<RecordId>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for requisition in touched {
        if seen.contains(requisition) {
            continue;
        }
        match office.withdraw_with_failed(tx, requisition, HOLDER).await {
            Ok(swept) => {
                if swept.withdrawn > 0 {
                    info!(%requisition, withdrawn = swept.withdrawn, "withdrew what is of no use without its other half");
                }
                seen.extend(swept.bundle);
            }
            Err(cause) if concerns_one_record(&cause) => {
                error!(cause = &cause as &dyn StdError, %requisition, "cannot look after a bundle; going on with the others");
            }
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Whether a failure says something about one record and leaves the transaction whole.
fn concerns_one_record(error: &Error) -> bool {
    let cause = error.source.as_deref().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(StoreError::Corrupt { .. }))
        || matches!(error.kind, ErrorKind::State | ErrorKind::Limit)
}
