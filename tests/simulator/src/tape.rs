//! What happened, in order: a running hash of every event, and the events themselves when somebody wants to read them.

use std::fmt::{self, Write as _};
use std::time::Duration;

use quince_core::feed::Hash;

/// The record of a run.
#[derive(Debug)]
pub(super) struct Tape {
    digest: Hash,
    events: u64,
    line: String,
    kept: Option<Vec<String>>,
}

impl Tape {
    pub(super) fn new(keep: bool) -> Self {
        let digest = Hash::of(&[b"quince/simulation/v1\n"]);
        Self { digest, events: 0, line: String::new(), kept: keep.then(Vec::new) }
    }

    /// Writes one event down.
    pub(super) fn write(&mut self, now: Duration, event: fmt::Arguments<'_>) {
        self.line.clear();
        write!(self.line, "{:>12} {event}", now.as_micros()).expect("writing to a string cannot fail");
        self.digest = Hash::of(&[&self.digest.0, self.line.as_bytes()]);
        self.events += 1;
        if let Some(kept) = &mut self.kept {
            kept.push(self.line.clone());
        }
    }

    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    pub(super) const fn digest(&self) -> Hash {
        self.digest
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.kept.unwrap_or_default()
    }
}
