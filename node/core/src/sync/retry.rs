//! When to dial again after a session ended or a dial failed.

use std::time::Duration;

/// The first pause after a failure.
pub const PAUSE_MIN: Duration = Duration::from_millis(250);

/// The longest pause between two dials of a peer that is merely away.
pub const PAUSE_MAX: Duration = Duration::from_secs(20);

/// The pause after an endpoint failed authentication: it is somebody else's, and will be for a while.
pub const PAUSE_STRANGER: Duration = Duration::from_hours(1);

/// How often a peer has been dialled in vain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// The pause before the next dial: doubled with each failure, and of that between a half and all, so that a thousand
    /// peers of a node that was away do not come back at once. `dice` is a random number.
    #[must_use]
    pub fn pause(&mut self, dice: u64) -> Duration {
        let doubled = PAUSE_MIN.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = (self.failures + 1).min(u32::BITS);
        let longest = doubled.min(PAUSE_MAX);
        let half = longest / 2;
        let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(dice % (millis + 1))
    }

    /// A session came about: the next failure is the first again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_session() {
        let mut retry = Retry::default();
        let pauses: Vec<Duration> = (0..100).map(|_| retry.pause(u64::MAX)).collect();
        assert!(pauses[0] <= PAUSE_MIN && pauses.iter().all(|pause| *pause <= PAUSE_MAX));
        assert!(pauses[20..].iter().all(|pause| *pause >= PAUSE_MAX / 2));
        retry.reset();
        assert!(retry.pause(0) <= PAUSE_MIN);
    }

    #[test]
    fn the_dice_spread_a_pause_over_its_upper_half() {
        for dice in 0..1000 {
            let pause = Retry { failures: 3 }.pause(dice);
            assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&pause), "{pause:?}");
        }
    }
}
