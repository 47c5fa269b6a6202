//! Chance: SplitMix64, small, and the same on every machine and with every version of every library.

use std::ops::Range;
use std::time::Duration;

/// A source of chance that only its seed decides.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of a range that is not empty.
    pub(super) const fn of(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// An index into something of this length.
    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.of(0..len as u64)).expect("an index fits")
    }

    /// True so many times in a hundred.
    pub(super) const fn percent(&mut self, percent: u64) -> bool {
        self.of(0..100) < percent
    }

    /// A time span, in milliseconds of the range.
    pub(super) const fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_micros(self.of(range.start * 1000..range.end * 1000))
    }

    /// A time span around a mean, between nothing and twice that.
    pub(super) fn around(&mut self, mean: Duration) -> Duration {
        let mean = u64::try_from(mean.as_micros()).expect("a span of a simulation fits");
        Duration::from_micros(self.of(0..2 * mean + 1))
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }
}
