//! What a node forgets in time: answers that no retry asks for any more, and tokens that ended long ago. Records are never
//! forgotten here.

use std::error::Error as StdError;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::office::Office;

/// How often: what is kept is measured in days.
const EVERY: Duration = Duration::from_hours(24);

/// Runs until `stop`: at once after a start, then every day. A failure is logged and waits for the next day.
pub async fn run(office: Office, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match office.forget().await {
            Ok(0) => {}
            Ok(forgotten) => info!(forgotten, "forgot {forgotten} old answers and tokens"),
            Err(cause) => error!(cause = &cause as &dyn StdError, "cannot forget old answers and tokens"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
