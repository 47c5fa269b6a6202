//! Patience: asks again until something is true, and says what it last saw when that takes too long.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Longer than anything here stands still on a loaded machine; a test that needs it all has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// The same for what moves on all the while, such as a count of what has arrived.
const PATIENCE_MOVING: Duration = Duration::from_mins(5);

/// Between two looks: short against what a person would notice, long against what a look costs.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until `look` gives something, and returns it. Patience begins anew whenever the reason why not is another one.
///
/// # Panics
/// When patience ends, with the last reason that `look` gave.
pub async fn eventually<T, E: Debug, F: Future<Output = Result<T, E>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let begin = Instant::now();
    let (mut last, mut moved) = (None, begin);
    loop {
        let end = (moved + PATIENCE).min(begin + PATIENCE_MOVING);
        match tokio::time::timeout_at(end, look()).await {
            Ok(Ok(found)) => return found,
            Ok(Err(reason)) => {
                let seen = Some(format!("{reason:?}"));
                if seen != last {
                    (last, moved) = (seen, Instant::now());
                }
            }
            Err(_) => panic!("gave up waiting for {what}; the last look saw {last:?}"),
        }
        assert!(Instant::now() < end, "gave up waiting for {what}; the last look saw {last:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
