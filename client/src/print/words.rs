//! Single values in words: quantities, places, instants, ages, texts. Everything that a partner may have written goes
//! through [`clean`].

use jiff::Timestamp;
use jiff::tz::TimeZone;
use prost_types::Timestamp as Instant;
use quince_proto::record::v1::{Money, Place, Qualifier, Quantity, Text, When};

use crate::input::money::figure;
use crate::print::clean::clean;

/// What stands where nothing is known.
pub(crate) const NOTHING: &str = "-";

/// `80000 piece`, `at least 80000 piece (box of 50)`, `unknown piece`.
pub(crate) fn quantity(quantity: Option<&Quantity>) -> String {
    let Some(quantity) = quantity else { return NOTHING.to_owned() };
    let amount = quantity.amount;
    let figure = match quantity.qualifier() {
        Qualifier::Exact | Qualifier::Unspecified => format!("{amount}"),
        Qualifier::AtLeast => format!("at least {amount}"),
        Qualifier::About => format!("about {amount}"),
        Qualifier::Unknown => "unknown".to_owned(),
    };
    let pack = match &quantity.pack {
        Some(pack) => format!(" ({} of {})", clean(&pack.name), pack.contains),
        None => String::new(),
    };
    format!("{figure} {}{pack}", clean(&quantity.unit))
}

/// `Isfahan, IR`, `Africa, region 002`.
pub(crate) fn place(place: Option<&Place>) -> String {
    let Some(place) = place else { return NOTHING.to_owned() };
    let name = clean(&place.name);
    match place.region.as_str() {
        "" => format!("{name}, {}", clean(&place.country)),
        region => format!("{name}, region {}", clean(region)),
    }
}

/// `mid-February (2027-02-10 to 2027-02-20)`, `by 2027-03-15`.
pub(crate) fn when(when: Option<&When>) -> String {
    let Some(when) = when else { return NOTHING.to_owned() };
    let window = match (&when.earliest, &when.latest) {
        (None, None) => String::new(),
        (Some(from), None) => format!("from {}", instant(Some(from))),
        (None, Some(to)) => format!("by {}", instant(Some(to))),
        (Some(from), Some(to)) => format!("{} to {}", instant(Some(from)), instant(Some(to))),
    };
    match (when.words.is_empty(), window.is_empty()) {
        (true, true) => NOTHING.to_owned(),
        (true, false) => window,
        (false, true) => clean(&when.words),
        (false, false) => format!("{} ({window})", clean(&when.words)),
    }
}

/// RFC 3339 in UTC; the first and the last second of a day print as the day, because that is how days are typed.
pub(crate) fn instant(instant: Option<&Instant>) -> String {
    let Some(timestamp) = instant.and_then(to_timestamp) else { return NOTHING.to_owned() };
    let civil = TimeZone::UTC.to_datetime(timestamp);
    match (civil.hour(), civil.minute(), civil.second()) {
        (0, 0, 0) | (23, 59, 59) => civil.date().to_string(),
        _ => timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// `3 minutes ago`, `in 2 hours`.
pub(crate) fn age(now: Timestamp, instant: Option<&Instant>) -> String {
    let Some(then) = instant.and_then(to_timestamp) else { return NOTHING.to_owned() };
    let seconds = now.as_second() - then.as_second();
    let span = span(seconds.abs());
    match seconds {
        -4..5 => "just now".to_owned(),
        5.. => format!("{span} ago"),
        _ => format!("in {span}"),
    }
}

/// `about 1500.00 EUR (2027-03-01)`.
pub(crate) fn money(money: &Money) -> String {
    let about = if money.approximate { "about " } else { "" };
    format!("{about}{} {} ({})", figure(money), clean(&money.currency), clean(&money.date))
}

/// The text in the wanted language, else the first, else nothing.
pub(crate) fn text(texts: &[Text], language: &str) -> String {
    let wanted = texts.iter().find(|text| text.language == language).or(texts.first());
    wanted.map_or(NOTHING.to_owned(), |text| clean(&text.text))
}

/// `-` where there is nothing.
pub(crate) fn or_nothing(text: &str) -> String {
    if text.is_empty() { NOTHING.to_owned() } else { clean(text) }
}

pub(crate) fn yes(flag: bool) -> String {
    if flag { "yes" } else { NOTHING }.to_owned()
}

/// `None` for an instant outside the years that a calendar can show.
fn to_timestamp(instant: &Instant) -> Option<Timestamp> {
    Timestamp::new(instant.seconds, instant.nanos).ok()
}

fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
