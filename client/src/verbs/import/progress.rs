//! How far an import is, for whoever waits: at once on a terminal, elsewhere once it takes long.

use std::io::{IsTerminal as _, stderr};

use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::context::Context;
use crate::failure::Failure;

/// What a person waits for without asking why, and how often they want to hear of it then.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// One of the two rounds over all records.
pub(super) struct Progress {
    /// What is done with each, in the past tense.
    did: &'static str,
    all: usize,
    /// When something was told last; `None` if it is to be told at once.
    told: Option<Timestamp>,
}

impl Progress {
    pub(super) fn start(did: &'static str, all: usize) -> Self {
        let told = if stderr().is_terminal() { None } else { Some(clock::now()) };
        Self { did, all, told }
    }

    /// Tells how many are done, if it is time to.
    pub(super) fn tell(&mut self, cx: &mut Context<'_>, done: usize) -> Result<(), Failure> {
        match self.sentence(done, clock::now()) {
            Some(sentence) => Ok(cx.print.say(&sentence)?),
            None => Ok(()),
        }
    }

    /// The last one needs no telling: the result is there.
    fn sentence(&mut self, done: usize, now: Timestamp) -> Option<String> {
        let due = self.told.is_none_or(|told| now.duration_since(told) >= PATIENCE);
        if !due || done >= self.all {
            return None;
        }
        self.told = Some(now);
        Some(format!("{} {done} of {} records", self.did, self.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn progress_is_told_every_second_and_at_once_on_a_terminal() {
        let mut elsewhere = Progress { did: "wrote", all: 9, told: Some(at(0)) };
        assert_eq!(elsewhere.sentence(1, at(999)), None);
        assert_eq!(elsewhere.sentence(2, at(1_000)).as_deref(), Some("wrote 2 of 9 records"));
        assert_eq!(elsewhere.sentence(3, at(1_999)), None);
        assert_eq!(elsewhere.sentence(9, at(5_000)), None, "the result is there");
        let mut terminal = Progress { told: None, ..elsewhere };
        assert_eq!(terminal.sentence(1, at(0)).as_deref(), Some("wrote 1 of 9 records"));
        assert_eq!(terminal.sentence(2, at(1)), None);
    }
}
