//! Bodies of records: good ones, for tests to spoil.

use prost_types::Timestamp;
use quince_proto::record::v1 as record;

use crate::paper;

/// Kinds of entries, as the contract numbers them.
pub const PROFILE: u16 = 16;
/// A need.
pub const NEED: u16 = 18;
/// An offer.
pub const OFFER: u16 = 19;
/// A requisition.
pub const REQUISITION: u16 = 20;
/// A commitment.
pub const COMMITMENT: u16 = 21;
/// An own item.
pub const OWN_ITEM: u16 = 29;

/// When everything happens; nothing may depend on it.
const NOW: Timestamp = Timestamp { seconds: 1_790_000_000, nanos: 0 };

/// Long after any test.
const LATER: Timestamp = Timestamp { seconds: 1_990_000_000, nanos: 0 };

/// What every record carries.
#[must_use]
pub fn common() -> record::Common {
    record::Common { created: Some(NOW), updated: Some(NOW), ..Default::default() }
}

/// An open need of one line.
#[must_use]
pub fn need(item: &str, amount: i64, urgency: u32) -> record::Need {
    let mut need = paper::need(amount).record.expect("paper writes records");
    need.common = Some(common());
    need.state = record::NeedState::Open.into();
    need.lines[0].item = item.to_owned();
    need.lines[0].urgency = urgency;
    need
}

/// A hold for the first line of a need, on the first line of an own offer.
#[must_use]
pub fn hold(need: &record::LineRef, offer: &record::LineRef, amount: i64) -> record::Commitment {
    record::Commitment {
        common: Some(common()),
        state: record::CommitmentState::Held.into(),
        need_line: Some(need.clone()),
        offer_line: Some(offer.clone()),
        amount,
        unit: "piece".to_owned(),
        held_until: Some(LATER),
        offer_revision: 1,
        line_amount: amount,
        reserved_after: amount,
        ..Default::default()
    }
}

/// A promise to a requisition.
#[must_use]
pub fn promise(
    requisition: record::RecordRef,
    need: &record::LineRef,
    offer: &record::LineRef,
    amount: i64,
) -> record::Commitment {
    let state = record::CommitmentState::Committed.into();
    let requisition = Some(requisition);
    record::Commitment { state, requisition, held_until: None, ..hold(need, offer, amount) }
}

/// A request for the first line of an offer.
#[must_use]
pub fn requisition(need: &record::LineRef, offer: &record::LineRef, amount: i64) -> record::Requisition {
    record::Requisition {
        common: Some(common()),
        state: record::RequisitionState::Requested.into(),
        need_line: Some(need.clone()),
        offer_line: Some(offer.clone()),
        amount,
        unit: "piece".to_owned(),
        ..Default::default()
    }
}

/// A line by owner, record number and line number 1.
#[must_use]
pub fn line(owner: &str, number: u64) -> record::LineRef {
    record::LineRef { owner: owner.to_owned(), number, line: 1 }
}

/// A word on what a code means.
#[must_use]
pub fn own_item(code: &str) -> record::OwnItem {
    record::OwnItem {
        common: Some(common()),
        state: record::OwnItemState::Active.into(),
        code: code.to_owned(),
        terms: vec![paper::text("something else")],
        base_unit: "gram".to_owned(),
        ..Default::default()
    }
}
