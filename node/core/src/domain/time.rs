//! Instants, days and vague times. The core never asks what time it is: `now` is always an argument.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{DateTime, date};
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Span};

use crate::domain::field::FieldError;
use crate::domain::text::Words;

/// The longest "words as given" of a vague time, in characters.
pub const WHEN_CHARS_MAX: usize = 200;

const MICROS_PER_SECOND: i64 = 1_000_000;
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);
const EXPECTED: &str = "an instant in the years 1 to 9999 such as 2027-03-15T08:00:00Z";

/// A point in time in microseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A calendar day in the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// A time that may be vague: the window in which it must lie, and the words as they were given. Without any of
/// them nothing is known, and every time fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    earliest: Option<Instant>,
    latest: Option<Instant>,
    words: Option<Words<WHEN_CHARS_MAX>>,
}

impl Instant {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800 * MICROS_PER_SECOND);
    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_800 * MICROS_PER_SECOND - 1);

    /// Checks the bounds.
    pub fn from_micros(micros: i64) -> Result<Self, FieldError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&micros) {
            return Ok(Self(micros));
        }
        Err(FieldError::of(format!("{micros} µs"), EXPECTED))
    }

    /// From seconds and nanoseconds, as on the wire; what is below a microsecond is cut off.
    pub fn from_parts(seconds: i64, nanos: i32) -> Result<Self, FieldError> {
        let fault = || FieldError::of(format!("{seconds} s {nanos} ns"), EXPECTED);
        if !(0..1_000_000_000).contains(&nanos) {
            return Err(fault());
        }
        let micros =
            seconds.checked_mul(MICROS_PER_SECOND).and_then(|m| m.checked_add(i64::from(nanos / 1_000)));
        Self::from_micros(micros.ok_or_else(fault)?).map_err(|_| fault())
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Seconds and nanoseconds, as on the wire.
    #[must_use]
    pub fn to_parts(self) -> (i64, i32) {
        let nanos = self.0.rem_euclid(MICROS_PER_SECOND) * 1_000;
        (self.0.div_euclid(MICROS_PER_SECOND), i32::try_from(nanos).expect("less than a second"))
    }

    /// Later by this much, at most [`Instant::MAX`].
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros).min(Self::MAX.0))
    }

    /// So much earlier, at least [`Instant::MIN`].
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros).max(Self::MIN.0))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, with as many decimals as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = EPOCH
            .checked_add(Span::new().microseconds(self.0))
            .expect("an instant is in the years 1 to 9999");
        write!(f, "{civil}Z")
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = FieldError;

    /// Reads RFC 3339 with any offset; what is below a microsecond is cut off.
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parsed = Pieces::parse(text).ok().and_then(|pieces| {
            let offset = SignedDuration::from_secs(i64::from(pieces.to_numeric_offset()?.seconds()));
            let utc = pieces.date().to_datetime(pieces.time()?).duration_since(EPOCH).checked_sub(offset)?;
            let (seconds, nanos) = (utc.as_secs(), utc.subsec_nanos());
            Self::from_parts(seconds - i64::from(nanos < 0), nanos.rem_euclid(1_000_000_000)).ok()
        });
        parsed.ok_or_else(|| FieldError::of(text, EXPECTED))
    }
}

impl FromStr for Date {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parsed = text.parse::<jiff::civil::Date>().ok();
        // The reading must give the same text, because jiff also takes 20270315 and years below 1.
        let same = parsed.filter(|d| d.year() >= 1 && d.to_string() == text);
        same.map(Self).ok_or_else(|| FieldError::of(text, "a day as YYYY-MM-DD"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl When {
    /// Checks that the window is not upside down.
    pub fn new(
        earliest: Option<Instant>,
        latest: Option<Instant>,
        words: Option<Words<WHEN_CHARS_MAX>>,
    ) -> Result<Self, FieldError> {
        match (earliest, latest) {
            (Some(from), Some(to)) if from > to => {
                Err(FieldError::of(to, format!("not before {from}")).under("latest"))
            }
            _ => Ok(Self { earliest, latest, words }),
        }
    }

    /// Not before this.
    #[must_use]
    pub fn earliest(&self) -> Option<Instant> {
        self.earliest
    }

    /// Not after this.
    #[must_use]
    pub fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// As it was given, such as "mid-February".
    #[must_use]
    pub fn words(&self) -> Option<&Words<WHEN_CHARS_MAX>> {
        self.words.as_ref()
    }
}

#[cfg(test)]
mod tests;
