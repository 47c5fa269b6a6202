//! Waits at the steward's door: while this node has redeemed an invitation and is no member yet, it asks again and again,
//! ever more seldom. Knows nothing of sockets; the office asks through its network.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::gathering;
use crate::office::Office;
use crate::store::Progress;

/// The first pause: two people on the telephone are waiting for each other.
const PAUSE_MIN: Duration = Duration::from_millis(500);

/// The longest pause: a steward may take a day, and a newcomer should not notice much later.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Runs until `stop`. Sleeps while there is nothing to wait for.
pub async fn run(office: Office, stop: CancellationToken) {
    let mut progress = office.store().progress();
    let mut pause = PAUSE_MIN;
    while !stop.is_cancelled() {
        progress.mark_unchanged();
        // A question that is dropped wrote all or nothing.
        let Some(answer) = stop.run_until_cancelled(office.ask_for_admission()).await else { return };
        let over = match answer {
            Ok(over) => over,
            Err(error) => {
                warn!(error = %error, "the steward's node does not say whether this one has been admitted");
                false
            }
        };
        pause = if over { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        tokio::select! {
            () = stop.cancelled() => {}
            () = rest(&mut progress, over, pause) => {}
        }
    }
}

/// Until something is written that may be a new wait, or until the next question.
async fn rest(progress: &mut watch::Receiver<Progress>, over: bool, pause: Duration) {
    if !over {
        tokio::time::sleep(pause).await;
    } else if !gathering::changed(progress).await {
        std::future::pending::<()>().await;
    }
}
