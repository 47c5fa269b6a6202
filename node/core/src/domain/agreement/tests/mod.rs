//! The rules of "who moves what", case by case, and every interleaving of two nodes. This file holds what they share:
//! two cities, and short names for records.

use crate::domain::agreement::delivery::Deliveries;
use crate::domain::agreement::stock::{Stock, Written};
use crate::domain::commitment::{Commitment, CommitmentState, ReasonCode};
use crate::domain::common::Common;
use crate::domain::freight::Freight;
use crate::domain::handle::Handle;
use crate::domain::id::{LineNumber, Number, RecordId, Revision};
use crate::domain::item::{Attributes, Catalogue};
use crate::domain::kind::Kind;
use crate::domain::lines::Lines;
use crate::domain::list::List;
use crate::domain::need::{Need, NeedLine, NeedState, Urgency};
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::quantity::{Amount, Measure, Positive, Quantity, Unit};
use crate::domain::requisition::{Requisition, RequisitionState};
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::terms::Terms;
use crate::domain::text::{Description, Reason, Title};
use crate::domain::time::{Instant, When};

mod audit;
mod budget;
mod bundle;
mod coverage;
mod exploration;
mod flood;
mod halves;
mod settle;
mod shipment;
mod stock;
mod todo;

/// The city that needs.
pub(in crate::domain) const NEEDY: &str = "isfahan";
/// The city that gives.
pub(in crate::domain) const GIVER: &str = "quanzhou";

/// Promises that nothing was sent of.
pub(in crate::domain) static NOTHING_SENT: Deliveries = Deliveries::none();

pub(in crate::domain) fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

/// Parsed once for all tests.
pub(in crate::domain) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(Catalogue::embedded);
    &CATALOGUE
}

pub(in crate::domain) fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

pub(in crate::domain) fn id(owner: &str, number: u64) -> RecordId {
    RecordId::new(handle(owner), Number::new(number).unwrap())
}

pub(in crate::domain) fn line(number: u64) -> LineNumber {
    LineNumber::new(number).unwrap()
}

pub(in crate::domain) fn some(amount: i64) -> Positive {
    Positive::new(amount).unwrap()
}

pub(in crate::domain) fn amount(amount: i64) -> Amount {
    Amount::new(amount).unwrap()
}

pub(in crate::domain) fn exactly(n: i64) -> Measure {
    Measure::Exact(amount(n))
}

pub(in crate::domain) fn because() -> Reason {
    Reason::new("because").unwrap()
}

pub(in crate::domain) fn snapshot<T>(id: RecordId, record: T) -> Snapshot<T> {
    Snapshot { id, revision: Revision::FIRST, audience: Audience::Federation, record }
}

/// An open need of the needy city for masks, in line 1.
pub(in crate::domain) fn need(number: u64, measure: Measure) -> Snapshot<Need> {
    let line = NeedLine {
        line: line(1),
        kind: Kind::Goods,
        item: "mask.surgical.iir".parse().unwrap(),
        attributes: Attributes::default(),
        quantity: Quantity { measure, unit: Unit::Piece, pack: None },
        urgency: Urgency::LIFE_SAVING,
        needed: When::default(),
        deliver_to: None,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: [].into(),
        note: None,
    };
    let need = Need {
        common: Common::new(now()),
        state: NeedState::Open,
        title: Title::default(),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
    };
    snapshot(id(NEEDY, number), need)
}

/// An open offer of the giving city of masks, in line 1.
pub(in crate::domain) fn offer(number: u64, measure: Measure) -> Snapshot<Offer> {
    let line = OfferLine {
        line: line(1),
        kind: Kind::Goods,
        item: "mask.surgical.iir".parse().unwrap(),
        attributes: Attributes::default(),
        quantity: Quantity { measure, unit: Unit::Piece, pack: None },
        available: When::default(),
        available_at: None,
        deliver_to: None,
        freight: Freight::default(),
        expires: None,
        min_lot: Amount::ZERO,
        earmarked_for: List::default(),
        excluded: List::default(),
        terms: Terms::default(),
        note: None,
    };
    let offer = Offer {
        common: Common::new(now()),
        state: OfferState::Open,
        title: Title::default(),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
        confirmed: now(),
    };
    snapshot(id(GIVER, number), offer)
}

pub(in crate::domain) fn offer_in(state: OfferState, n: i64) -> Snapshot<Offer> {
    let offer = offer(1, exactly(n));
    Snapshot { record: Offer { state, ..offer.record }, ..offer }
}

/// A requisition of the needy city for line 1 of its need 1, to line 1 of the giving city's offer 1.
pub(in crate::domain) fn requisition(number: u64, state: RequisitionState) -> Snapshot<Requisition> {
    let requisition = Requisition {
        common: Common::new(now()),
        state,
        need_line: id(NEEDY, 1).line(line(1)),
        offer_line: id(GIVER, 1).line(line(1)),
        unit: Unit::Piece,
        terms: Terms::default(),
        accept_short_dated: false,
    };
    snapshot(id(NEEDY, number), requisition)
}

/// A commitment of the giving city on the same lines.
pub(in crate::domain) fn commitment(number: u64, state: CommitmentState) -> Snapshot<Commitment> {
    let commitment = Commitment {
        common: Common::new(now()),
        state,
        need_line: id(NEEDY, 1).line(line(1)),
        offer_line: id(GIVER, 1).line(line(1)),
        unit: Unit::Piece,
        terms: Terms::default(),
        offer_revision: Revision::FIRST,
        line_amount: Amount::ZERO,
        reserved_after: Amount::ZERO,
    };
    snapshot(id(GIVER, number), commitment)
}

pub(in crate::domain) fn requested(n: i64) -> RequisitionState {
    RequisitionState::Requested { amount: some(n), hold: None }
}

pub(in crate::domain) fn answering(n: i64, hold: u64) -> RequisitionState {
    RequisitionState::Requested { amount: some(n), hold: Some(id(GIVER, hold)) }
}

pub(in crate::domain) fn refusing(hold: u64) -> RequisitionState {
    RequisitionState::Refused { hold: id(GIVER, hold) }
}

pub(in crate::domain) fn withdrawn(n: i64) -> RequisitionState {
    RequisitionState::Withdrawn { amount: some(n), hold: None, forced: false }
}

pub(in crate::domain) fn forced(n: i64) -> RequisitionState {
    RequisitionState::Withdrawn { amount: some(n), hold: None, forced: true }
}

pub(in crate::domain) fn held(n: i64) -> CommitmentState {
    CommitmentState::Held { amount: some(n), until: now().plus(super::stock::HOLD_DEFAULT) }
}

pub(in crate::domain) fn committed(n: i64, requisition: u64) -> CommitmentState {
    CommitmentState::Committed { requisition: id(NEEDY, requisition), amount: some(n), reduced: None }
}

pub(in crate::domain) fn declined(requisition: u64, reason: ReasonCode) -> CommitmentState {
    CommitmentState::Declined { requisition: id(NEEDY, requisition), reason }
}

pub(in crate::domain) fn released(requisition: Option<u64>, n: i64) -> CommitmentState {
    let requisition = requisition.map(|number| id(NEEDY, number));
    CommitmentState::Released { requisition, amount: amount(n), reason: ReasonCode::Other }
}

/// Numbers the states from 10 on, as the giving city's commitments on offer 1.
pub(in crate::domain) fn commitments(states: Vec<CommitmentState>) -> Vec<Snapshot<Commitment>> {
    (10..).zip(states).map(|(number, state)| commitment(number, state)).collect()
}

pub(in crate::domain) fn stock<'a>(
    offer: &'a Snapshot<Offer>,
    on_line: &'a [Snapshot<Commitment>],
) -> Stock<'a> {
    Stock::new(offer, line(1), on_line, &NOTHING_SENT).unwrap()
}

/// What was written, in short: `new committed 30`, `10 released 0 hold_ended`.
pub(in crate::domain) fn told(written: &Written) -> String {
    let (which, record) = match written {
        Written::New(record) => ("new".to_owned(), record),
        Written::Revised(id, record) => (id.number.to_string(), record),
    };
    let reason = record.reason_code().map(|reason| format!(" {reason}")).unwrap_or_default();
    format!("{which} {} {}{reason}", record.state.as_str(), record.amount())
}
