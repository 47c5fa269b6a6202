//! The records that tests write: short to say, complete to send.

use prost_types::Timestamp;
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;

/// The item that most tests move.
pub const MASKS: &str = "mask.surgical.iir";

/// A need for masks, life-saving.
#[must_use]
pub fn need(amount: i64) -> api::Need {
    let line = record::NeedLine {
        line: 1,
        kind: record::Kind::Goods.into(),
        item: MASKS.to_owned(),
        quantity: Some(pieces(amount)),
        urgency: 1,
        needed: Some(record::When { latest: Some(day(2_027)), ..Default::default() }),
        deliver_to: Some(place("Isfahan", "IR", 32_654_000, 51_668_000)),
        ..Default::default()
    };
    let record = record::Need { title: vec![text("masks wanted")], lines: vec![line], ..Default::default() };
    api::Need { record: Some(record), ..Default::default() }
}

/// An offer of masks.
#[must_use]
pub fn offer(amount: i64) -> api::Offer {
    let line = record::OfferLine {
        line: 1,
        kind: record::Kind::Goods.into(),
        item: MASKS.to_owned(),
        quantity: Some(pieces(amount)),
        available_at: Some(place("Quanzhou", "CN", 24_874_000, 118_676_000)),
        ..Default::default()
    };
    let record =
        record::Offer { title: vec![text("masks to give")], lines: vec![line], ..Default::default() };
    api::Offer { record: Some(record), ..Default::default() }
}

/// A requisition for the first lines of both, by the names of need and offer.
#[must_use]
pub fn requisition(need: &str, offer: &str, amount: i64) -> api::Requisition {
    let record = record::Requisition {
        need_line: Some(first_line(need)),
        offer_line: Some(first_line(offer)),
        amount,
        unit: "piece".to_owned(),
        ..Default::default()
    };
    api::Requisition { record: Some(record), ..Default::default() }
}

/// The requisition that takes a hold, whole.
///
/// # Panics
/// When the hold is incomplete.
#[must_use]
pub fn answer_to(hold: &api::Commitment) -> api::Requisition {
    let half = hold.record.clone().expect("a commitment has a record");
    let record = record::Requisition {
        need_line: half.need_line,
        offer_line: half.offer_line,
        amount: half.amount,
        unit: half.unit,
        hold: Some(reference(&hold.name)),
        ..Default::default()
    };
    api::Requisition { record: Some(record), ..Default::default() }
}

/// The first line of a record, by its resource name.
///
/// # Panics
/// When the name is none.
#[must_use]
pub fn first_line(name: &str) -> record::LineRef {
    let record::RecordRef { owner, number } = reference(name);
    record::LineRef { owner, number, line: 1 }
}

/// A text in English.
#[must_use]
pub fn text(text: &str) -> record::Text {
    record::Text {
        language: "en".to_owned(),
        text: text.to_owned(),
        origin: record::TextOrigin::Human.into(),
    }
}

/// The record that a name names.
///
/// # Panics
/// When it is no name of a record.
#[must_use]
pub fn reference(name: &str) -> record::RecordRef {
    let parts: Vec<&str> = name.split('/').collect();
    let [_, owner, _, number] = parts[..] else { panic!("{name} is no resource name") };
    record::RecordRef { owner: owner.to_owned(), number: number.parse().expect("a number") }
}

fn pieces(amount: i64) -> record::Quantity {
    record::Quantity {
        qualifier: record::Qualifier::Exact.into(),
        amount,
        unit: "piece".to_owned(),
        ..Default::default()
    }
}

fn place(name: &str, country: &str, latitude_e6: i32, longitude_e6: i32) -> record::Place {
    record::Place {
        name: name.to_owned(),
        country: country.to_owned(),
        point: Some(record::Point { latitude_e6, longitude_e6 }),
        ..Default::default()
    }
}

/// The first day of a year, near enough.
fn day(year: i64) -> Timestamp {
    Timestamp { seconds: (year - 1_970) * 31_557_600, nanos: 0 }
}
