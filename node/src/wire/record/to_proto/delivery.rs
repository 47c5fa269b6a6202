//! Consignments and receipts, in the order of the contract.

use quince_core::domain::consignment::{Carriage, Consignee, Document, Event, Lot};
use quince_core::domain::receipt::ReceiptLine;
use quince_core::domain::{Consignment, ConsignmentLine, Number, Positive, Receipt};
use quince_proto::record::v1 as proto;

use super::{common, instant, line_ref, place, record_ref, texts, when, words};
use crate::wire::vocabulary::{Vocabulary, value_or_unspecified};

fn amount(amount: Option<Positive>) -> i64 {
    amount.map_or(0, Positive::get)
}

/// A consignment.
pub fn consignment(consignment: &Consignment) -> proto::Consignment {
    let carriage = (consignment.carriage != Carriage::default()).then(|| carriage(&consignment.carriage));
    proto::Consignment {
        common: Some(common(&consignment.common)),
        state: consignment.state.value(),
        title: texts(consignment.title.as_slice()),
        description: texts(consignment.description.as_slice()),
        lines: consignment.lines.iter().map(consignment_line).collect(),
        carriage,
        documents: consignment.documents.iter().map(document).collect(),
        documents_waived: words(consignment.documents_waived.as_ref()),
        events: consignment.events.iter().map(event).collect(),
    }
}

fn consignment_line(line: &ConsignmentLine) -> proto::ConsignmentLine {
    proto::ConsignmentLine {
        line: line.line.get().into(),
        commitment: line.commitment.get(),
        need_line: Some(line_ref(&line.need_line)),
        offer_line: Some(line_ref(&line.offer_line)),
        amount: line.amount.get(),
        unit: line.unit.to_string(),
        lots: line.lots.iter().map(lot).collect(),
        consignees: line.consignees.iter().map(consignee).collect(),
        note: words(line.note.as_ref()),
    }
}

fn lot(lot: &Lot) -> proto::Lot {
    proto::Lot {
        number: words(lot.number.as_ref()),
        expires: lot.expires.map(instant),
        amount: amount(lot.amount),
    }
}

fn consignee(consignee: &Consignee) -> proto::Consignee {
    proto::Consignee {
        name: consignee.name.to_string(),
        place: consignee.place.as_ref().map(place),
        amount: amount(consignee.amount),
    }
}

fn carriage(carriage: &Carriage) -> proto::Carriage {
    proto::Carriage {
        mode: value_or_unspecified(carriage.mode),
        carrier: carriage.carrier.map_or(0, Number::get),
        waybill: words(carriage.waybill.as_ref()),
        transport: carriage.transport.as_ref().map(record_ref),
        from: carriage.from.as_ref().map(place),
        to: carriage.to.as_ref().map(place),
        departs: when(&carriage.departs),
        arrives: when(&carriage.arrives),
    }
}

fn document(document: &Document) -> proto::Document {
    proto::Document {
        r#type: document.document_type.value(),
        state: document.state.value(),
        reference: words(document.reference.as_ref()),
        note: words(document.note.as_ref()),
    }
}

fn event(event: &Event) -> proto::ConsignmentEvent {
    proto::ConsignmentEvent {
        r#type: event.event_type.value(),
        when: when(&event.when),
        place: event.place.as_ref().map(place),
        note: words(event.note.as_ref()),
    }
}

/// A receipt.
pub fn receipt(receipt: &Receipt) -> proto::Receipt {
    proto::Receipt {
        common: Some(common(&receipt.common)),
        state: receipt.state.value(),
        consignment: Some(record_ref(&receipt.consignment)),
        lines: receipt.lines.iter().map(receipt_line).collect(),
        received: when(&receipt.received),
        received_at: receipt.received_at.as_ref().map(place),
        note: words(receipt.note.as_ref()),
    }
}

fn receipt_line(line: &ReceiptLine) -> proto::ReceiptLine {
    proto::ReceiptLine {
        line: line.line.get().into(),
        need_line: Some(line_ref(&line.need_line)),
        unit: line.unit.to_string(),
        good: line.count.good.get(),
        damaged: line.count.damaged.get(),
        missing: line.count.missing.get(),
        refused: line.count.refused.get(),
        surplus: line.count.surplus.get(),
        note: words(line.note.as_ref()),
    }
}
