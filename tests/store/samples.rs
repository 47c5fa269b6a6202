//! Records to store.

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
    OwnItem, Positive, Publication, Quantity, Receipt, ReceiptState, RecordId, Requisition, Revision, Unit,
};

/// The time in all of these tests.
pub(crate) fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::new(vec![Text::new("en", text, TextOrigin::Human).unwrap()]).unwrap()
}

pub(crate) fn amount(amount: i64) -> Amount {
    Amount::new(amount).unwrap()
}

/// An open need of one line.
pub(crate) fn need(words: &str, item: &str, tier: u32) -> Need {
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
pub(crate) fn offer(words: &str, item: &str, pieces: i64) -> Offer {
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

pub(crate) fn requisition(need_line: LineId, offer_line: LineId, pieces: i64) -> Requisition {
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
pub(crate) fn hold(need_line: LineId, offer_line: LineId, pieces: i64, day: u32) -> Commitment {
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
pub(crate) fn promise(asked: &RecordId, need_line: LineId, offer_line: LineId, pieces: i64) -> Commitment {
    let amount = Positive::new(pieces).unwrap();
    let state = CommitmentState::Committed { requisition: asked.clone(), amount, reduced: None };
    Commitment { state, ..hold(need_line, offer_line, pieces, 1) }
}

pub(crate) fn line(record: &str) -> LineId {
    record.parse::<RecordId>().unwrap().line(LineNumber::new(1).unwrap())
}

/// A consignment of one line of a commitment at this owner.
pub(crate) fn consignment(
    commitment: &RecordId,
    need_line: LineId,
    offer_line: LineId,
    pieces: i64,
) -> Consignment {
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
pub(crate) fn receipt(consignment: &RecordId, need_line: LineId, good: i64) -> Receipt {
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
pub(crate) fn thanks(about: &RecordId) -> Message {
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
pub(crate) fn call(words: &str) -> Call {
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
pub(crate) fn own_item(code: &str, terms: &[(&str, &str)]) -> OwnItem {
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
