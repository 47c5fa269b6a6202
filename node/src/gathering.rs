//! Workers that look after what changed, and for whom nobody waits, let changes gather a little: those who wrote them, and those
//! who wait to hear of them, have the processor and the store first.

use std::time::Duration;

use tokio::sync::watch::Receiver;

use crate::store::Progress;

/// Longer than a change is on its way to another node next door; nobody notices that something follows from it so much later.
const GATHERING: Duration = Duration::from_millis(20);

/// Waits for changes of the store, and a little for more of them. False when there will be none.
pub(crate) async fn changed(progress: &mut Receiver<Progress>) -> bool {
    let changed = progress.changed().await.is_ok();
    tokio::time::sleep(GATHERING).await;
    changed
}
