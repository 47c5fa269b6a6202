//! Times as people type them: a day, an instant, a window, with the words that were given in front:
//! `2027-03-15`, `2027-03-15T12:00:00Z`, `2027-03-01..2027-03-15`, `mid-February 2027-02-10..2027-02-20`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use prost_types::Timestamp as Instant;
use quince_proto::record::v1::When;

/// What was expected, as error messages say it.
const EXPECTED: &str = "2027-03-15, 2027-03-15T12:00:00Z, 2027-03-01..2027-03-15, or words before one of them: \
                        mid-February 2027-02-10..2027-02-20";

/// Which end of the window a single day means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Needed by that day.
    Latest,
    /// Available from that day on.
    Earliest,
}

/// Reads a time that may be vague; the error says what was expected.
pub fn parse(text: &str, single: Means) -> Result<When, String> {
    let text = text.trim();
    let (words, window) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    let (earliest, latest) = match (window.split_once(".."), single) {
        (Some((earliest, latest)), _) => (optional(earliest, start)?, optional(latest, end)?),
        (None, Means::Latest) => (None, Some(end(window)?)),
        (None, Means::Earliest) => (Some(start(window)?), None),
    };
    if earliest.is_none() && latest.is_none() || earliest.zip(latest).is_some_and(|(from, to)| from > to) {
        return Err(EXPECTED.to_owned());
    }
    Ok(When {
        earliest: earliest.map(to_instant),
        latest: latest.map(to_instant),
        words: words.trim().to_owned(),
    })
}

/// Reads an instant or a day, of which it is the last second.
pub fn parse_end(text: &str) -> Result<Instant, String> {
    end(text.trim())
        .map(to_instant)
        .map_err(|_| "a day or an instant: 2027-03-15 or 2027-03-15T12:00:00Z".to_owned())
}

/// Reads an instant or a day, of which it is the first second.
pub fn parse_start(text: &str) -> Result<Instant, String> {
    start(text.trim())
        .map(to_instant)
        .map_err(|_| "a day or an instant: 2027-03-15 or 2027-03-15T12:00:00Z".to_owned())
}

/// Reads a time at which something happened: a day is the whole day.
pub fn parse_past(text: &str) -> Result<When, String> {
    let text = text.trim();
    let (words, window) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    if window.contains("..") {
        return parse(text, Means::Latest);
    }
    let (earliest, latest) = (start(window)?, end(window)?);
    Ok(When {
        earliest: Some(to_instant(earliest)),
        latest: Some(to_instant(latest)),
        words: words.trim().to_owned(),
    })
}

/// The contract's form of an instant.
#[must_use]
pub fn to_instant(timestamp: Timestamp) -> Instant {
    Instant { seconds: timestamp.as_second(), nanos: timestamp.subsec_nanosecond() }
}

fn optional(
    text: &str,
    parse: impl Fn(&str) -> Result<Timestamp, String>,
) -> Result<Option<Timestamp>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn start(text: &str) -> Result<Timestamp, String> {
    instant_or(text, |day| TimeZone::UTC.to_timestamp(day.into()).ok())
}

/// The last second of a day, in UTC because cities of many zones read it.
fn end(text: &str) -> Result<Timestamp, String> {
    instant_or(text, |day| {
        let next = TimeZone::UTC.to_timestamp(day.tomorrow().ok()?.into()).ok()?;
        next.checked_sub(1.second()).ok()
    })
}

fn instant_or(text: &str, day: impl Fn(Date) -> Option<Timestamp>) -> Result<Timestamp, String> {
    // A bare day is tried first: parsing it as an instant fails, parsing an instant as a day would drop its time.
    let is_day = text.len() == "2027-03-15".len();
    let parsed = if is_day { text.parse().ok().and_then(day) } else { text.parse().ok() };
    parsed.ok_or_else(|| EXPECTED.to_owned())
}
