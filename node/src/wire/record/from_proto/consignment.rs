//! Consignments, in the order of `consignment.proto`.

use quince_core::domain::consignment::{
    CONSIGNEES_MAX, Carriage, Consignee, ConsignmentState, DOCUMENTS_MAX, Document, DocumentState,
    DocumentType, EVENTS_MAX, Event, EventType, LOTS_MAX, Lot,
};
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::text::Words;
use quince_core::domain::{Consignment, ConsignmentLine, LineNumber, Number, Positive};
use quince_proto::record::v1 as proto;

use super::common::{common, instant, place, record_ref, required_line, texts, when};
use super::{each, unless_empty};
use crate::wire::vocabulary::{self, Vocabulary};

/// A consignment.
pub fn consignment(consignment: proto::Consignment) -> Result<Consignment, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(consignment.common));
    let state = faults.take("state", ConsignmentState::from_value(consignment.state));
    let title = faults.take_all("title", texts(consignment.title));
    let description = faults.take_all("description", texts(consignment.description));
    let lines = each(consignment.lines, LINE_MAX.into(), line).and_then(|lines| Ok(Lines::new(lines)?));
    let lines = faults.take_all("lines", lines);
    let carriage = faults.take_all("carriage", carriage(consignment.carriage));
    let documents = faults.take_all("documents", documents(consignment.documents));
    let waived = unless_empty(consignment.documents_waived, Words::new);
    let waived = faults.take("documents_waived", waived);
    let events = each(consignment.events, EVENTS_MAX, event).and_then(|events| Ok(List::new(events)?));
    let events = faults.take_all("events", events);
    let built = || {
        Some(Consignment {
            common: common?,
            state: state?,
            title: title?,
            description: description?,
            lines: lines?,
            carriage: carriage?,
            documents: documents?,
            documents_waived: waived?,
            events: events?,
        })
    };
    faults.finish(built())
}

fn line(line: proto::ConsignmentLine) -> Result<ConsignmentLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let commitment = faults.take("commitment", Number::new(line.commitment));
    let need_line = faults.take_all("need_line", required_line(line.need_line));
    let offer_line = faults.take_all("offer_line", required_line(line.offer_line));
    let amount = faults.take("amount", Positive::new(line.amount));
    let unit = faults.take("unit", line.unit.parse());
    let lots = faults.take_all("lots", lots(line.lots));
    let consignees = faults.take_all("consignees", consignees(line.consignees));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let built = || {
        Some(ConsignmentLine {
            line: number?,
            commitment: commitment?,
            need_line: need_line?,
            offer_line: offer_line?,
            amount: amount?,
            unit: unit?,
            lots: lots?,
            consignees: consignees?,
            note: note?,
        })
    };
    let line = faults.finish(built())?;
    line.check()?;
    Ok(line)
}

/// The lots of a line.
pub fn lots(lots: Vec<proto::Lot>) -> Result<List<Lot, 0, LOTS_MAX>, FieldErrors> {
    Ok(List::new(each(lots, LOTS_MAX, lot)?)?)
}

fn lot(lot: proto::Lot) -> Result<Lot, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("number", unless_empty(lot.number, Words::new));
    let expires = faults.take("expires", lot.expires.map(instant).transpose());
    let amount = faults.take("amount", unless_zero(lot.amount));
    let built = || Some(Lot { number: number?, expires: expires?, amount: amount? });
    faults.finish(built())
}

/// Who gets the goods of a line.
pub fn consignees(
    consignees: Vec<proto::Consignee>,
) -> Result<List<Consignee, 0, CONSIGNEES_MAX>, FieldErrors> {
    Ok(List::new(each(consignees, CONSIGNEES_MAX, consignee)?)?)
}

fn consignee(consignee: proto::Consignee) -> Result<Consignee, FieldErrors> {
    let mut faults = Faults::default();
    let name = faults.take("name", Words::new(consignee.name));
    let place = faults.take_all("place", consignee.place.map(place).transpose());
    let amount = faults.take("amount", unless_zero(consignee.amount));
    let built = || Some(Consignee { name: name?, place: place?, amount: amount? });
    faults.finish(built())
}

/// An amount that may be 0 for "unknown".
pub(in crate::wire) fn unless_zero(amount: i64) -> Result<Option<Positive>, FieldError> {
    (amount != 0).then(|| Positive::new(amount)).transpose()
}

/// How it travels; nothing at all says nothing.
pub fn carriage(carriage: Option<proto::Carriage>) -> Result<Carriage, FieldErrors> {
    let Some(carriage) = carriage else { return Ok(Carriage::default()) };
    let mut faults = Faults::default();
    let mode = faults.take("mode", vocabulary::optional(carriage.mode));
    let carrier = (carriage.carrier != 0).then(|| Number::new(carriage.carrier)).transpose();
    let carrier = faults.take("carrier", carrier);
    let waybill = faults.take("waybill", unless_empty(carriage.waybill, Words::new));
    let transport = faults.take_all("transport", carriage.transport.map(record_ref).transpose());
    let from = faults.take_all("from", carriage.from.map(place).transpose());
    let to = faults.take_all("to", carriage.to.map(place).transpose());
    let departs = faults.take_all("departs", when(carriage.departs));
    let arrives = faults.take_all("arrives", when(carriage.arrives));
    let built = || {
        Some(Carriage {
            mode: mode?,
            carrier: carrier?,
            waybill: waybill?,
            transport: transport?,
            from: from?,
            to: to?,
            departs: departs?,
            arrives: arrives?,
        })
    };
    faults.finish(built())
}

/// The document checklist.
pub fn documents(documents: Vec<proto::Document>) -> Result<List<Document, 0, DOCUMENTS_MAX>, FieldErrors> {
    Ok(List::new(each(documents, DOCUMENTS_MAX, document)?)?)
}

fn document(document: proto::Document) -> Result<Document, FieldErrors> {
    let mut faults = Faults::default();
    let document_type = faults.take("type", DocumentType::from_value(document.r#type));
    let state = faults.take("state", DocumentState::from_value(document.state));
    let reference = faults.take("reference", unless_empty(document.reference, Words::new));
    let note = faults.take("note", unless_empty(document.note, Words::new));
    let built = || {
        Some(Document { document_type: document_type?, state: state?, reference: reference?, note: note? })
    };
    faults.finish(built())
}

/// A fact.
pub fn event(event: proto::ConsignmentEvent) -> Result<Event, FieldErrors> {
    let mut faults = Faults::default();
    let event_type = faults.take("type", EventType::from_value(event.r#type));
    let when = faults.take_all("when", when(event.when));
    let place = faults.take_all("place", event.place.map(place).transpose());
    let note = faults.take("note", unless_empty(event.note, Words::new));
    let built = || Some(Event { event_type: event_type?, when: when?, place: place?, note: note? });
    faults.finish(built())
}
