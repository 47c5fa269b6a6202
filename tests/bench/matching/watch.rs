//! What planning takes: time that passes, and time of this thread on a processor, which moves far less with what else
//! the machine does.

use std::time::Instant;

use serde::Serialize;

use crate::stopwatch;

/// What the kernel counts for this thread: nanoseconds on a processor come first.
const COUNTED: &str = "/proc/thread-self/schedstat";

/// Begins to measure; `spent` tells.
pub(crate) struct Watch {
    begin: Instant,
    cpu_ns: Option<u64>,
}

/// What something took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spent {
    pub(crate) seconds: f64,
    /// `None` where the kernel does not tell.
    pub(crate) cpu_seconds: Option<f64>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let cpu_ns = cpu_ns();
        Self { begin: stopwatch::start(), cpu_ns }
    }

    pub(crate) fn spent(&self) -> Spent {
        let seconds = self.begin.elapsed().as_secs_f64();
        let cpu_ns = self.cpu_ns.zip(cpu_ns()).map(|(before, after)| after.saturating_sub(before));
        Spent { seconds, cpu_seconds: cpu_ns.map(|ns| ns as f64 / 1e9) }
    }
}

impl Spent {
    /// Seconds on a processor, or seconds that passed where the kernel does not tell.
    pub(crate) fn cpu(self) -> f64 {
        self.cpu_seconds.unwrap_or(self.seconds)
    }

    pub(crate) fn and(self, more: Self) -> Self {
        let cpu_seconds = self.cpu_seconds.zip(more.cpu_seconds).map(|(one, other)| one + other);
        Self { seconds: self.seconds + more.seconds, cpu_seconds }
    }
}

fn cpu_ns() -> Option<u64> {
    // The kernel brings the count up to date when the thread gives way, otherwise only at its next tick.
    std::thread::yield_now();
    std::fs::read_to_string(COUNTED).ok()?.split_whitespace().next()?.parse().ok()
}
