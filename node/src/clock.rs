//! The only place that knows what time it is. Business time can be set, for drills and demonstrations; what guards a
//! connection does not come from here.

use std::time::{Duration, SystemTime};

use quince_core::domain::Instant;
use tokio::sync::watch;

/// The longest sleep at once: a laptop that was closed meanwhile finds out within this time.
const SLEEP_MAX: Duration = Duration::from_mins(1);

/// The business clock. Cheap to clone; all clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(watch::Sender<Instant>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is set.
    #[must_use]
    pub fn stopped_at(now: Instant) -> Self {
        Self(Source::Set(watch::Sender::new(now)))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Source::System => system_now(),
            Source::Set(time) => *time.borrow(),
        }
    }

    /// Sets a stopped clock; the machine's own cannot be set from here and stays as it is.
    pub fn set(&self, now: Instant) {
        if let Source::Set(time) = &self.0 {
            time.send_replace(now);
        }
    }

    /// Waits until it is `at` or later.
    pub async fn sleep_until(&self, at: Instant) {
        match &self.0 {
            Source::System => {
                while self.now() < at {
                    tokio::time::sleep(at.since(self.now()).min(SLEEP_MAX)).await;
                }
            }
            Source::Set(time) => {
                let reached = time.subscribe().wait_for(|now| *now >= at).await.is_ok();
                debug_assert!(reached, "this clock keeps its own sender");
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
fn system_now() -> Instant {
    let micros = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros());
    i64::try_from(micros).ok().and_then(|micros| Instant::from_micros(micros).ok()).unwrap_or(Instant::MAX)
}
