//! How long a request may take: what the caller says, and at most what the node grants.

use std::time::Duration;

use http::HeaderMap;

/// A request that takes longer is stuck, and would hold its place among the concurrent ones.
pub(super) const DEADLINE_MAX: Duration = Duration::from_secs(30);

/// Eight digits are what the protocol allows.
const DIGITS_MAX: usize = 8;

/// The time that this request has. A header that does not parse says nothing.
pub(super) fn of(headers: &HeaderMap) -> Duration {
    let stated = headers.get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?));
    stated.map_or(DEADLINE_MAX, |stated| stated.min(DEADLINE_MAX))
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let plain = digits.len() <= DIGITS_MAX && digits.bytes().all(|b| b.is_ascii_digit());
    let value: u64 = digits.parse().ok().filter(|_| plain)?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3_600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_callers_but_never_longer_than_the_nodes() {
        let table = [
            ("5S", Duration::from_secs(5)),
            ("250m", Duration::from_millis(250)),
            ("0S", Duration::ZERO),
            ("1H", DEADLINE_MAX),
            ("99999999H", DEADLINE_MAX),
        ];
        for (text, expected) in table {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                text.parse().unwrap(),
            )]);
            assert_eq!(of(&headers), expected, "{text}");
        }
    }

    #[test]
    fn a_deadline_that_does_not_parse_is_the_nodes() {
        for text in ["", "5", "S", "-1S", "+1S", "5s", "123456789S", "é"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(of(&HeaderMap::new()), DEADLINE_MAX);
    }
}
