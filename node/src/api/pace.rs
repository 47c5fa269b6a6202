//! How fast an integrator may go: a machine that calls without end keeps nobody else from being served.
//!
//! Each integrator's token has a bucket of its own. What is left in it is kept in memory only: a restart fills it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quince_core::domain::Instant;

use crate::office::{Error, ErrorKind, TokenHash};

/// Calls a minute for long: ten a second, far above what a partner's form or nightly import needs.
pub(super) const CALLS_PER_MINUTE: u32 = 600;

/// Calls at once after a pause: a minute's worth.
pub(super) const BURST: u32 = CALLS_PER_MINUTE;

/// Tokens whose pace is remembered. Each is this node's own, and an office has a handful; beyond it the fullest is forgotten.
const TOKENS_MAX: usize = 10_000;

/// What one call costs: the time in which it is earned.
const COST: Duration = Duration::from_millis(60_000 / CALLS_PER_MINUTE as u64);

/// The pace of every integrator.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<BTreeMap<TokenHash, Instant>>);

impl Paces {
    /// Counts a call, or refuses it and says when to try again.
    pub(super) fn call(&self, token: TokenHash, now: Instant) -> Result<(), Error> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What stands there is the instant up to which the calls so far have used up what is earned.
        let used = paces.get(&token).copied().unwrap_or(now).max(now);
        let ahead = used.since(now);
        let room = COST * BURST;
        if ahead + COST > room {
            return Err(refusal(ahead + COST - room));
        }
        if paces.len() >= TOKENS_MAX && !paces.contains_key(&token) {
            paces.retain(|_, used| *used > now);
        }
        paces.insert(token, used.plus(COST));
        Ok(())
    }
}

fn refusal(wait: Duration) -> Error {
    let message = format!("this token has used up its {CALLS_PER_MINUTE} calls a minute");
    Error {
        retry_after: Some(wait),
        ..Error::new(ErrorKind::Limit, message).hint("call less often, or ask for many records in one page")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        "2027-03-01T08:00:00Z".parse::<Instant>().unwrap().plus(Duration::from_millis(millis))
    }

    fn token(name: &str) -> TokenHash {
        TokenHash::of(name)
    }

    #[test]
    fn a_burst_passes_and_the_next_call_waits_as_long_as_it_takes_to_earn_it() {
        for (calls, refused) in [(BURST, 0), (BURST + 1, 1), (10 * BURST, 9 * BURST)] {
            let paces = Paces::default();
            let answers: Vec<_> = (0..calls).map(|_| paces.call(token("one"), at(0))).collect();
            assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), refused as usize, "{calls}");
            if let Some(Err(error)) = answers.last() {
                assert_eq!((error.kind, error.retry_after), (ErrorKind::Limit, Some(COST)), "{calls}");
            }
        }
    }

    #[test]
    fn what_is_earned_meanwhile_can_be_used_and_no_more() {
        let paces = Paces::default();
        for _ in 0..BURST {
            paces.call(token("one"), at(0)).unwrap();
        }
        let later = at(1_000);
        let earned = (0..100).filter(|_| paces.call(token("one"), later).is_ok()).count();
        assert_eq!(earned, 10);
        let rested = (0..2 * BURST).filter(|_| paces.call(token("one"), at(3_600_000)).is_ok()).count();
        assert_eq!(rested, BURST as usize, "a long pause earns one burst");
    }

    #[test]
    fn one_integrator_does_not_use_up_what_another_has() {
        let paces = Paces::default();
        while paces.call(token("greedy"), at(0)).is_ok() {}
        assert!(paces.call(token("modest"), at(0)).is_ok());
    }
}
