//! The only place that knows the time and draws randomness. Everything else takes `now` and random bytes as arguments.
//!
//! Business time ([`Clock::now`]) can be set, for drills, demonstrations and tests. Certificates and tokens follow the
//! real time ([`Clock::real_now`]) always. Keys of TLS are drawn by the TLS provider itself, not from here.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use quince_core::domain::Instant;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};
use tokio::sync::watch;

/// The longest sleep at once: a laptop that was closed meanwhile finds out within this time.
const SLEEP_MAX: Duration = Duration::from_mins(1);

/// The clock of a node. Cheap to clone; all clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    machine: bool,
    started: tokio::time::Instant,
    /// With a machine's clock, what to add to it; with a stopped one, the time itself. In microseconds.
    setting: watch::Sender<i64>,
}

/// Where random bytes come from. Cheap to clone; all clones draw from one source.
#[derive(Clone)]
pub struct Entropy(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::new(true, 0)
    }

    /// A clock that stands still until it is set, for tests: its real time stands still with it.
    #[must_use]
    pub fn stopped_at(now: Instant) -> Self {
        Self::new(false, now.micros())
    }

    /// What time it is in the office's business.
    #[must_use]
    pub fn now(&self) -> Instant {
        let setting = *self.setting.borrow();
        let base = if self.machine { system_now().micros() } else { 0 };
        let micros = base.saturating_add(setting).clamp(Instant::MIN.micros(), Instant::MAX.micros());
        Instant::from_micros(micros).expect("clamped to the years 1 to 9999")
    }

    /// What time it is in the world: certificates and tokens end by it, whatever the office plays.
    #[must_use]
    pub fn real_now(&self) -> Instant {
        if self.machine { system_now() } else { self.now() }
    }

    /// Time since this clock was made, which never jumps: for time-outs and rates.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Sets the business time. The machine's clock goes on from there, a stopped one stands there.
    pub fn set(&self, now: Instant) {
        let base = if self.machine { system_now().micros() } else { 0 };
        self.setting.send_replace(now.micros().saturating_sub(base));
    }

    /// Waits until the business time is `at` or later, also when it is set meanwhile.
    pub async fn sleep_until(&self, at: Instant) {
        let mut setting = self.setting.subscribe();
        while self.now() < at {
            let span = if self.machine { at.since(self.now()).min(SLEEP_MAX) } else { SLEEP_MAX };
            tokio::select! {
                () = tokio::time::sleep(span) => {}
                changed = setting.changed() => debug_assert!(changed.is_ok(), "this clock keeps its own sender"),
            }
        }
    }

    fn new(machine: bool, setting: i64) -> Self {
        Self { machine, started: tokio::time::Instant::now(), setting: watch::Sender::new(setting) }
    }
}

impl Entropy {
    /// The operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Bytes that follow from a seed, for tests only: whoever knows the seed knows every key.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// Draws `N` bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness: no key may be made without.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => SysRng.try_fill_bytes(&mut bytes).expect("the operating system has randomness"),
            Source::Seeded(rng) => {
                rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
            }
        }
        bytes
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
fn system_now() -> Instant {
    let micros =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros());
    i64::try_from(micros).ok().and_then(|micros| Instant::from_micros(micros).ok()).unwrap_or(Instant::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn setting_the_business_time_leaves_the_real_time_alone() {
        let clock = Clock::system();
        let before = clock.real_now();
        clock.set(at("2031-01-01T00:00:00Z"));
        assert!(clock.now() >= at("2031-01-01T00:00:00Z") && clock.now() < at("2031-01-01T01:00:00Z"));
        assert!(clock.real_now().since(before) < Duration::from_hours(1));
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_set_past_its_hour() {
        let clock = Clock::stopped_at(at("2027-01-01T00:00:00Z"));
        let sleeper = {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep_until(at("2027-01-02T00:00:00Z")).await })
        };
        tokio::task::yield_now().await;
        clock.set(at("2027-01-01T23:59:59Z"));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.set(at("2027-01-02T00:00:00Z"));
        sleeper.await.unwrap();
    }

    #[test]
    fn one_seed_gives_one_sequence_and_the_system_never_the_same() {
        let draw = |entropy: Entropy| (entropy.bytes::<16>(), entropy.clone().bytes::<16>());
        assert_eq!(draw(Entropy::seeded(7)), draw(Entropy::seeded(7)));
        assert_ne!(draw(Entropy::seeded(7)), draw(Entropy::seeded(8)));
        assert_ne!(draw(Entropy::system()), draw(Entropy::system()));
    }
}
