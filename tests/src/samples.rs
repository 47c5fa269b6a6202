//! Records of the domain: short to say, complete to store and to sign.

#![expect(clippy::unwrap_used, reason = "a sample that breaks a rule fails, wherever it is written")]

use std::collections::BTreeSet;

use quince_core::domain::common::Common;
use quince_core::domain::consignment::Carriage;
use quince_core::domain::freight::Freight;
use quince_core::domain::item::OwnItemState;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::message::MessageType;
use quince_core::domain::need::Urgency;
use quince_core::domain::receipt::{Count, ReceiptLine};
use quince_core::domain::requisition::RequisitionState;
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{Description, Names, Text, TextOrigin, Title};
use quince_core::domain::time::When;
use quince_core::domain::{
    Amount, Call, CallState, Commitment, CommitmentState, Consignment, ConsignmentLine, ConsignmentState,
    Instant, Kind, LineId, LineNumber, Message, Need, NeedLine, NeedState, Offer, OfferLine, OfferState,
    OwnItem, Positive, Publication, Quantity, Receipt, ReceiptState, Record, RecordId, Requisition, Revision,
    Unit,
};

/// The time in all of these tests.
#[must_use]
pub fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

/// Words in English.
#[must_use]
pub fn title(text: &str) -> Title {
    Title::new(vec![Text::new("en", text, TextOrigin::Human).unwrap()]).unwrap()
}

/// An amount.
#[must_use]
pub fn amount(amount: i64) -> Amount {
    Amount::new(amount).unwrap()
}

/// An open need of one line.
#[must_use]
pub fn need(words: &str, item: &str, tier: u32) -> Need {
    let line = NeedLine {
        line: LineNumber::new(1).unwrap(),
        kind: Kind::Goods,
        item: item.parse().unwrap(),
        attributes: Default::default(),
        quantity: Quantity::exact(amount(80_000), Unit::Piece),
        urgency: Urgency::new(tier).unwrap(),
        needed: When::default(),
        deliver_to: None,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: BTreeSet::new(),
        note: None,
    };
    Need {
        common: Common::new(now()),
        state: NeedState::Open,
        title: title(words),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
    }
}

/// An open offer of one line.
#[must_use]
pub fn offer(words: &str, item: &str, pieces: i64) -> Offer {
    let line = OfferLine {
        line: LineNumber::new(1).unwrap(),
        kind: Kind::Goods,
        item: item.parse().unwrap(),
        attributes: Default::default(),
        quantity: Quantity::exact(amount(pieces), Unit::Piece),
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
    Offer {
        common: Common::new(now()),
        state: OfferState::Open,
        title: title(words),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
        confirmed: now(),
    }
}

/// A request for a line of an offer.
#[must_use]
pub fn requisition(need_line: LineId, offer_line: LineId, pieces: i64) -> Requisition {
    Requisition {
        common: Common::new(now()),
        state: RequisitionState::Requested { amount: Positive::new(pieces).unwrap(), hold: None },
        need_line,
        offer_line,
        unit: Unit::Piece,
        terms: Terms::default(),
        accept_short_dated: false,
    }
}

/// A hold until a day of March.
#[must_use]
pub fn hold(need_line: LineId, offer_line: LineId, pieces: i64, day: u32) -> Commitment {
    let until = format!("2027-03-{day:02}T08:00:00Z").parse().unwrap();
    Commitment {
        common: Common::new(now()),
        state: CommitmentState::Held { amount: Positive::new(pieces).unwrap(), until },
        need_line,
        offer_line,
        unit: Unit::Piece,
        terms: Terms::default(),
        offer_revision: Revision::FIRST,
        line_amount: amount(pieces),
        reserved_after: amount(pieces),
    }
}

/// A commitment that answers a requisition.
#[must_use]
pub fn promise(asked: &RecordId, need_line: LineId, offer_line: LineId, pieces: i64) -> Commitment {
    let amount = Positive::new(pieces).unwrap();
    let state = CommitmentState::Committed { requisition: asked.clone(), amount, reduced: None };
    Commitment { state, ..hold(need_line, offer_line, pieces, 1) }
}

/// The first line of a record.
#[must_use]
pub fn line(record: &str) -> LineId {
    record.parse::<RecordId>().unwrap().line(LineNumber::new(1).unwrap())
}

/// A consignment of one line of a commitment at this owner.
#[must_use]
pub fn consignment(commitment: &RecordId, need_line: LineId, offer_line: LineId, pieces: i64) -> Consignment {
    let line = ConsignmentLine {
        line: LineNumber::new(1).unwrap(),
        commitment: commitment.number,
        need_line,
        offer_line,
        amount: Positive::new(pieces).unwrap(),
        unit: Unit::Piece,
        lots: List::default(),
        consignees: List::default(),
        note: None,
    };
    Consignment {
        common: Common::new(now()),
        state: ConsignmentState::Dispatched,
        title: Title::default(),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
        carriage: Carriage::default(),
        documents: List::default(),
        documents_waived: None,
        events: List::default(),
    }
}

/// A complete receipt of a consignment of one line.
#[must_use]
pub fn receipt(consignment: &RecordId, need_line: LineId, good: i64) -> Receipt {
    let count = Count { good: amount(good), ..Count::default() };
    let line =
        ReceiptLine { line: LineNumber::new(1).unwrap(), need_line, unit: Unit::Piece, count, note: None };
    Receipt {
        common: Common::new(now()),
        state: ReceiptState::Complete,
        consignment: consignment.clone(),
        lines: Lines::new(vec![line]).unwrap(),
        received: When::default(),
        received_at: None,
        note: None,
    }
}

/// Published thanks for a record.
#[must_use]
pub fn thanks(about: &RecordId) -> Message {
    Message {
        common: Common::new(now()),
        state: Publication::Published,
        message_type: MessageType::Thanks,
        title: Names::new(title("thank you")).unwrap(),
        text: Description::default(),
        addressees: List::default(),
        about: List::new(vec![about.clone()]).unwrap(),
        said: When::default(),
        locator: None,
        languages: List::default(),
    }
}

/// An open call for anything.
#[must_use]
pub fn call(words: &str) -> Call {
    Call {
        common: Common::new(now()),
        state: CallState::Open,
        title: Names::new(title(words)).unwrap(),
        description: Description::default(),
        for_place: None,
        open: When::default(),
        items: List::default(),
    }
}

/// An own item counted in pieces, with a name in each of these languages.
#[must_use]
pub fn own_item(code: &str, terms: &[(&str, &str)]) -> OwnItem {
    let text = |(language, text): &(&str, &str)| Text::new(language, *text, TextOrigin::Human).unwrap();
    OwnItem {
        common: Common::new(now()),
        state: OwnItemState::Active,
        code: code.parse().unwrap(),
        terms: Names::new(Title::new(terms.iter().map(text).collect()).unwrap()).unwrap(),
        base_unit: Unit::Piece,
        packs: List::default(),
        hs6: None,
        hs_note: None,
        description: Description::default(),
    }
}

/// One of each kind that is here.
#[must_use]
pub fn one_of_each() -> Vec<Record> {
    let (need_line, offer_line) = (line("isfahan/2"), line("quanzhou/3"));
    let id = |id: &str| id.parse::<RecordId>().unwrap();
    vec![
        need("masks wanted", "mask.surgical.iir", 1).into(),
        offer("masks to give", "mask.surgical.iir", 80_000).into(),
        requisition(need_line.clone(), offer_line.clone(), 500).into(),
        hold(need_line.clone(), offer_line.clone(), 500, 20).into(),
        promise(&id("isfahan/4"), need_line.clone(), offer_line.clone(), 500).into(),
        consignment(&id("quanzhou/5"), need_line.clone(), offer_line, 500).into(),
        receipt(&id("quanzhou/6"), need_line, 480).into(),
        thanks(&id("quanzhou/6")).into(),
        call("masks for the hospitals").into(),
        own_item("isfahan:hood.padded", &[("en", "padded hood"), ("de", "gepolsterte Haube")]).into(),
    ]
}
