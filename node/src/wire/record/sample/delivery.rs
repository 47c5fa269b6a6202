//! Arbitrary consignments and receipts.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use quince_core::domain::consignment::{
    Carriage, Consignee, ConsignmentState, Document, DocumentState, DocumentType, Event, EventType, Lot,
    TransportMode,
};
use quince_core::domain::list::List;
use quince_core::domain::receipt::{Count, ReceiptLine, ReceiptState};
use quince_core::domain::{Consignment, ConsignmentLine, LineNumber, Positive, Receipt};

use super::{
    amount, common, instant, line_id, lines, number, one_of, place, positive, record_id, texts, unit, when,
    words,
};

fn line() -> impl Strategy<Value = ConsignmentLine> {
    let lot =
        (of(words()), of(instant())).prop_map(|(number, expires)| Lot { number, expires, amount: None });
    let consignee = (words(), of(place())).prop_map(|(name, place)| {
        let amount = Positive::new(1).ok();
        Consignee { name, place, amount }
    });
    let goods = (number(), line_id(), line_id(), positive(), unit());
    (goods, vec(lot, 0..3), of(consignee), of(words()))
        .prop_map(|((commitment, need_line, offer_line, amount, unit), lots, consignee, note)| {
            ConsignmentLine {
                line: LineNumber::new(1).unwrap(),
                commitment,
                need_line,
                offer_line,
                amount,
                unit,
                lots: List::new(lots).unwrap(),
                consignees: List::new(consignee.into_iter().collect()).unwrap(),
                note,
            }
        })
        .boxed()
}

fn carriage() -> impl Strategy<Value = Carriage> {
    let who = (of(one_of(TransportMode::ALL)), of(number()), of(words()), of(record_id()));
    (who, of(place()), of(place()), when(), when())
        .prop_map(|((mode, carrier, waybill, transport), from, to, departs, arrives)| Carriage {
            mode,
            carrier,
            waybill,
            transport,
            from,
            to,
            departs,
            arrives,
        })
        .boxed()
}

pub(super) fn consignment() -> impl Strategy<Value = Consignment> {
    let document =
        (one_of(DocumentType::ALL), one_of(DocumentState::ALL), of(words()), of(words())).prop_map(
            |(document_type, state, reference, note)| Document { document_type, state, reference, note },
        );
    let event = (one_of(EventType::ALL), when(), of(place()), of(words()))
        .prop_map(|(event_type, when, place, note)| Event { event_type, when, place, note });
    let what = (common(), one_of(ConsignmentState::ALL), texts(), texts());
    let lines = lines(line(), |line, number| ConsignmentLine { line: number, ..line });
    (what, lines, carriage(), vec(document, 0..3), of(words()), vec(event, 0..3))
        .prop_map(|((common, state, title, description), lines, carriage, documents, waived, events)| {
            Consignment {
                common,
                state,
                title,
                description,
                lines,
                carriage,
                documents: List::new(documents).unwrap(),
                documents_waived: waived,
                events: List::new(events).unwrap(),
            }
        })
        .boxed()
}

pub(super) fn receipt() -> impl Strategy<Value = Receipt> {
    let count = (amount(), amount(), amount(), amount(), amount()).prop_map(
        |(good, damaged, missing, refused, surplus)| Count { good, damaged, missing, refused, surplus },
    );
    let line = (line_id(), unit(), count, of(words())).prop_map(|(need_line, unit, count, note)| {
        ReceiptLine { line: LineNumber::new(1).unwrap(), need_line, unit, count, note }
    });
    let lines = lines(line, |line, number| ReceiptLine { line: number, ..line });
    let what = (common(), one_of(ReceiptState::ALL), record_id());
    (what, lines, when(), of(place()), of(words()))
        .prop_map(|((common, state, consignment), lines, received, received_at, note)| Receipt {
            common,
            state,
            consignment,
            lines,
            received,
            received_at,
            note,
        })
        .boxed()
}
