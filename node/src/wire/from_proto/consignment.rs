//! Requests of `consignment.proto`.

use quince_core::domain::agreement::shipment::{Plan, PlanLine};
use quince_core::domain::consignment::{ConsignmentState, Event};
use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::text::{Reason, Words};
use quince_core::domain::{Instant, LineNumber, Number, RecordId, RecordKind};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::need::stamp;
use super::{
    CHOICES_MAX, each, mandatory_reason, mask, named, names, optional_reason, required, target, unless_empty,
};
use crate::office::request::{ConsignmentFilter, ConsignmentPatch, Target};
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary::Vocabulary;
use crate::wire::{Gate, contact};

const MASK: [&str; 5] = ["title", "description", "lines", "carriage", "documents"];
const RECORD: &str = "consignment.record";

/// A consignment to plan.
pub fn plan_consignment(now: Instant, request: api::PlanConsignmentRequest) -> Gate<Plan> {
    let mut faults = Faults::default();
    let written = request.consignment.and_then(|consignment| consignment.record);
    let plan = faults.take(RECORD, required(written, "a consignment")).and_then(|mut written| {
        stamp(now, &mut written.common);
        faults.take_all(RECORD, plan(written))
    });
    if let Some(plan) = plan.as_ref().filter(|_| !request.public_contact) {
        contact::check_texts(&mut faults, &format!("{RECORD}.title"), plan.title.as_slice());
        contact::check_texts(&mut faults, &format!("{RECORD}.description"), plan.description.as_slice());
        check_notes(&mut faults, &plan.lines);
    }
    Ok(faults.finish(plan)?)
}

fn plan(written: proto::Consignment) -> Result<Plan, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", record::common(written.common));
    let title = faults.take_all("title", record::texts(written.title));
    let description = faults.take_all("description", record::texts(written.description));
    let lines = faults.take_all("lines", plan_lines(written.lines));
    let carriage = faults.take_all("carriage", record::carriage(written.carriage));
    let documents = faults.take_all("documents", record::documents(written.documents));
    let built = || {
        Some(Plan {
            common: common?,
            title: title?,
            description: description?,
            lines: lines?,
            carriage: carriage?,
            documents: documents?,
        })
    };
    faults.finish(built())
}

fn plan_lines(lines: Vec<proto::ConsignmentLine>) -> Result<Vec<PlanLine>, FieldErrors> {
    let mut faults = Faults::default();
    faults.require(!lines.is_empty(), "", "nothing", "at least one line");
    let lines = faults.take_all("", each(lines, LINE_MAX.into(), plan_line));
    faults.finish(lines)
}

fn plan_line(line: proto::ConsignmentLine) -> Result<PlanLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let commitment = faults.take("commitment", Number::new(line.commitment));
    let amount = faults.take("amount", record::unless_zero(line.amount));
    let lots = faults.take_all("lots", record::lots(line.lots));
    let consignees = faults.take_all("consignees", record::consignees(line.consignees));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let built = || {
        Some(PlanLine {
            line: number?,
            commitment: commitment?,
            amount: amount?,
            lots: lots?,
            consignees: consignees?,
            note: note?,
        })
    };
    faults.finish(built())
}

fn check_notes(faults: &mut Faults, lines: &[PlanLine]) {
    contact::check_notes(faults, &format!("{RECORD}.lines"), lines.iter().map(|line| line.note.as_ref()));
}

/// Which consignment leaves, when and where, and why without a document.
pub fn dispatch_consignment(
    request: api::DispatchConsignmentRequest,
) -> Gate<(Target, Event, Option<Reason>)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Consignment, "", &request.name, &request.etag);
    let event = request.event.unwrap_or_default();
    let event = proto::ConsignmentEvent { r#type: proto::EventType::Dispatched.into(), ..event };
    let event = faults.take_all("event", record::event(event));
    let waive = faults.take("waive_documents", unless_empty(request.waive_documents, Words::new));
    let built = || Some((target?, event?, waive?));
    Ok(faults.finish(built())?)
}

/// What happened to which consignment.
pub fn add_consignment_event(request: api::AddConsignmentEventRequest) -> Gate<(Target, Event)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Consignment, "", &request.name, &request.etag);
    let event = required(request.event, "what happened").map_err(Into::into).and_then(record::event);
    let event = faults.take_all("event", event);
    let built = || Some((target?, event?));
    Ok(faults.finish(built())?)
}

/// planned → cancelled.
pub fn cancel_consignment(request: api::CancelConsignmentRequest) -> Gate<(Target, Reason)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Consignment, "", &request.name, &request.etag);
    let reason = mandatory_reason(&mut faults, request.reason);
    let built = || Some((target?, reason?));
    Ok(faults.finish(built())?)
}

/// What to write anew of which consignment.
pub fn correct_consignment(
    request: api::CorrectConsignmentRequest,
) -> Gate<(Target, ConsignmentPatch, Option<Reason>)> {
    let mut faults = Faults::default();
    let mask = faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK));
    let consignment = request.consignment.unwrap_or_default();
    let target =
        target(&mut faults, RecordKind::Consignment, "consignment", &consignment.name, &consignment.etag);
    let written = faults.take(RECORD, required(consignment.record, "a consignment")).unwrap_or_default();
    let masked = |path| mask.as_ref().is_some_and(|mask| mask.contains(path));
    let title = masked("title").then(|| record::texts(written.title)).transpose();
    let description = masked("description").then(|| record::texts(written.description)).transpose();
    let lines = masked("lines").then(|| plan_lines(written.lines)).transpose();
    let carriage = masked("carriage").then(|| record::carriage(written.carriage)).transpose();
    let documents = masked("documents").then(|| record::documents(written.documents)).transpose();
    let title = faults.take_all("consignment.record.title", title);
    let description = faults.take_all("consignment.record.description", description);
    let lines = faults.take_all("consignment.record.lines", lines);
    let carriage = faults.take_all("consignment.record.carriage", carriage);
    let documents = faults.take_all("consignment.record.documents", documents);
    let reason = optional_reason(&mut faults, request.reason);
    let built = || {
        Some(ConsignmentPatch {
            title: title?,
            description: description?,
            lines: lines?,
            carriage: carriage?,
            documents: documents?,
        })
    };
    let patch = built();
    if let Some(lines) = patch.as_ref().filter(|_| !request.public_contact).and_then(|p| p.lines.as_ref()) {
        check_notes(&mut faults, lines);
    }
    let built = || Some((target?, patch?, reason?));
    Ok(faults.finish(built())?)
}

/// Which consignment.
pub fn get_consignment(request: &api::GetConsignmentRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Consignment, &request.name)?)
}

/// Which consignments, and which of them first.
pub fn list_consignments(request: api::ListConsignmentsRequest) -> Gate<(ConsignmentFilter, Page<RecordId>)> {
    let page = page(&request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let need = faults.take("need", names::parse_optional_record(RecordKind::Need, &request.need));
    let commitment = names::parse_optional_record(RecordKind::Commitment, &request.commitment);
    let commitment = faults.take("commitment", commitment);
    let word = |value| ConsignmentState::from_value(value).map(ConsignmentState::as_str);
    let states = faults.take_all("states", each(request.states, CHOICES_MAX, word));
    let built = || {
        let states = states?.into_iter().collect();
        Some(ConsignmentFilter { owner: owner?, need: need?, commitment: commitment?, states })
    };
    Ok((faults.finish(built())?, page))
}
