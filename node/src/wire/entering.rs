//! What the gate asks of what a city enters itself, beyond what makes a record valid. A copy that arrives from elsewhere is
//! never held to it: a record outlives its window, and a register of countries changes.

use celes::Country;
use quince_core::domain::field::Faults;
use quince_core::domain::offer::Recipient;
use quince_core::domain::place::{Area, Place};
use quince_core::domain::{Instant, Need, NeedLine, Offer, OfferLine, Quantity};

/// Checks a new need.
pub fn check_need(faults: &mut Faults, path: &str, now: Instant, need: &Need) {
    for (i, line) in need.lines.iter().enumerate() {
        check_need_line(faults, &format!("{path}.lines[{i}]"), now, line);
    }
}

fn check_need_line(faults: &mut Faults, path: &str, now: Instant, line: &NeedLine) {
    check_quantity(faults, path, &line.quantity);
    check_ahead(faults, &format!("{path}.needed.latest"), now, line.needed.latest());
    check_place(faults, &format!("{path}.deliver_to.country"), line.deliver_to.as_ref());
}

/// Checks a new offer.
pub fn check_offer(faults: &mut Faults, path: &str, now: Instant, offer: &Offer) {
    for (i, line) in offer.lines.iter().enumerate() {
        check_offer_line(faults, &format!("{path}.lines[{i}]"), now, line);
    }
    check_lanes(faults, &format!("{path}.lines"), offer.lines.iter());
}

/// Checks the lanes of an offer's lines, new or changed.
pub fn check_lanes<'a>(faults: &mut Faults, path: &str, lines: impl Iterator<Item = &'a OfferLine>) {
    for (i, line) in lines.enumerate() {
        faults.take(&format!("{path}[{i}]"), line.check_lane());
    }
}

fn check_offer_line(faults: &mut Faults, path: &str, now: Instant, line: &OfferLine) {
    check_quantity(faults, path, &line.quantity);
    check_ahead(faults, &format!("{path}.available.latest"), now, line.available.latest());
    check_ahead(faults, &format!("{path}.expires"), now, line.expires);
    check_place(faults, &format!("{path}.available_at.country"), line.available_at.as_ref());
    check_place(faults, &format!("{path}.deliver_to.country"), line.deliver_to.as_ref());
    for (list, recipients) in [("earmarked_for", &line.earmarked_for), ("excluded", &line.excluded)] {
        for (i, recipient) in recipients.iter().enumerate() {
            if let Recipient::Country(country) = recipient {
                check_country(faults, &format!("{path}.{list}[{i}]"), &country.to_string());
            }
        }
    }
}

/// Nothing asked for or offered is no line. A published line that is no longer wanted is set to nothing by an update.
fn check_quantity(faults: &mut Faults, path: &str, quantity: &Quantity) {
    let nothing = quantity.cap().is_some_and(|amount| amount.is_zero());
    let path = format!("{path}.quantity.amount");
    faults.require(!nothing, &path, 0, "at least 1, or the qualifier QUALIFIER_UNKNOWN");
}

fn check_ahead(faults: &mut Faults, path: &str, now: Instant, at: Option<Instant>) {
    if let Some(at) = at {
        faults.require(at >= now, path, at, &format!("{now} or later"));
    }
}

fn check_place(faults: &mut Faults, path: &str, place: Option<&Place>) {
    if let Some(Area::Country(country)) = place.map(|place| place.area) {
        check_country(faults, path, &country.to_string());
    }
}

fn check_country(faults: &mut Faults, path: &str, code: &str) {
    faults.require(Country::from_alpha2(code).is_ok(), path, code, "a country of ISO 3166-1, such as IR");
}

#[cfg(test)]
mod tests {
    use quince_proto::record::v1::{self as proto, Kind};

    use super::*;
    use crate::wire::record::from_proto::offer_lines;

    #[test]
    fn countries_are_those_of_the_register() {
        for (code, known) in
            [("IR", true), ("SL", true), ("NP", true), ("XX", false), ("UK", false), ("ZZ", false)]
        {
            let mut faults = Faults::default();
            check_country(&mut faults, "country", code);
            assert_eq!(faults.finish(Some(())).is_ok(), known, "{code}");
        }
    }

    #[test]
    fn only_transport_says_where_to() {
        let message = |kind: Kind| proto::OfferLine {
            line: 1,
            kind: kind.into(),
            item: "transport.air".to_owned(),
            quantity: Some(proto::Quantity {
                qualifier: 1,
                amount: 1,
                unit: "mission".to_owned(),
                pack: None,
            }),
            deliver_to: Some(proto::Place {
                name: "Luxembourg".to_owned(),
                country: "LU".to_owned(),
                ..<_>::default()
            }),
            ..<_>::default()
        };
        let told = |kind: Kind| {
            let lines = offer_lines(vec![message(kind)]).unwrap();
            let mut faults = Faults::default();
            check_lanes(&mut faults, "offer.record.lines", lines.iter());
            faults.finish(Some(())).map_err(|errors| errors.to_string())
        };
        assert_eq!(told(Kind::Transport), Ok(()));
        let expected = "offer.record.lines[0].deliver_to is \"Luxembourg\", expected nothing on a line of goods: only \
                        transport has a lane";
        assert_eq!(told(Kind::Goods), Err(expected.to_owned()));
    }

    #[test]
    fn what_is_over_is_refused_and_what_ends_now_is_not() {
        let now: Instant = "2027-03-01T08:00:00Z".parse().unwrap();
        for (at, fits) in
            [("2027-03-01T07:59:59Z", false), ("2027-03-01T08:00:00Z", true), ("2027-03-02T00:00:00Z", true)]
        {
            let mut faults = Faults::default();
            check_ahead(&mut faults, "needed.latest", now, Some(at.parse().unwrap()));
            assert_eq!(faults.finish(Some(())).is_ok(), fits, "{at}");
        }
    }
}
