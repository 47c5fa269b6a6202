//! Patience: asks again until something is true, and says what it last saw when that takes too long.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

/// Longer than anything here takes on a loaded machine; a test that needs it all has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks: short against what a person would notice, long against what a look costs.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until `look` gives something, and returns it.
///
/// # Panics
/// When patience ends, with the last reason that `look` gave.
pub async fn eventually<T, E: Debug, F: Future<Output = Result<T, E>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let mut last = None;
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            match look().await {
                Ok(found) => return found,
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
    .await;
    found.unwrap_or_else(|_| panic!("gave up waiting for {what}; the last look saw {last:?}"))
}
