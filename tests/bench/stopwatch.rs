//! The one look at the clock: a benchmark measures real time, and nothing else here may.

use std::time::Instant;

/// Begins to measure; `elapsed` tells.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
