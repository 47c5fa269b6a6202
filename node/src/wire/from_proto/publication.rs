//! Requests of `partnership.proto`, `call.proto`, `message.proto`, `knowledge.proto`, `report.proto` and
//! `history.proto`.

use quince_core::domain::call::CallState;
use quince_core::domain::field::Faults;
use quince_core::domain::handle::Handle;
use quince_core::domain::text::{Reason, Text};
use quince_core::domain::{
    Call, FieldError, Instant, Knowledge, Message, Partnership, RecordId, RecordKind, Report, Revision,
};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::need::stamp;
use super::{CHOICES_MAX, each, mandatory_reason, named, names, optional_reason, required, target};
use crate::office::request::Target;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary::Vocabulary;
use crate::wire::{Gate, contact};

/// Checks texts that a whole federation reads, unless somebody says that a contact in them is meant.
fn check<const MAX: usize, const LONG: usize>(
    faults: &mut Faults,
    path: &str,
    meant: bool,
    title: &[Text<MAX>],
    text: &[Text<LONG>],
) {
    if !meant {
        contact::check_texts(faults, &format!("{path}.title"), title);
        contact::check_texts(faults, &format!("{path}.text"), text);
    }
}

/// A partnership to publish.
pub fn create_partnership(now: Instant, request: api::CreatePartnershipRequest) -> Gate<Partnership> {
    const RECORD: &str = "partnership.record";
    let mut faults = Faults::default();
    let written = request.partnership.and_then(|partnership| partnership.record);
    let partnership = faults.take(RECORD, required(written, "a partnership")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::PartnershipState::Active.into();
        faults.take_all(RECORD, record::partnership(proto::Partnership { state, ..written }))
    });
    if let Some(one) = &partnership {
        let (title, text) = (one.title.as_slice(), one.description.as_slice());
        check(&mut faults, RECORD, request.public_contact, title, text);
    }
    Ok(faults.finish(partnership)?)
}

/// Which partnership.
pub fn get_partnership(request: &api::GetPartnershipRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Partnership, &request.name)?)
}

/// Whose partnerships, and which of them first.
pub fn list_partnerships(request: &api::ListPartnershipsRequest) -> Gate<(Option<Handle>, Page<RecordId>)> {
    Ok((parent(&request.parent)?, page(request)?))
}

/// active → ended.
pub fn end_partnership(request: api::EndPartnershipRequest) -> Gate<(Target, Reason)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Partnership, "", &request.name, &request.etag);
    let reason = mandatory_reason(&mut faults, request.reason);
    let built = || Some((target?, reason?));
    Ok(faults.finish(built())?)
}

/// A call to open.
pub fn create_call(now: Instant, request: api::CreateCallRequest) -> Gate<Call> {
    const RECORD: &str = "call.record";
    let mut faults = Faults::default();
    let written = request.call.and_then(|call| call.record);
    let call = faults.take(RECORD, required(written, "a call")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::CallState::Open.into();
        faults.take_all(RECORD, record::call(proto::Call { state, ..written }))
    });
    if let Some(one) = &call {
        let (title, text) = (one.title.as_slice(), one.description.as_slice());
        check(&mut faults, RECORD, request.public_contact, title, text);
    }
    Ok(faults.finish(call)?)
}

/// Which call.
pub fn get_call(request: &api::GetCallRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Call, &request.name)?)
}

/// Whose calls, in which states, and which of them first.
pub fn list_calls(
    request: api::ListCallsRequest,
) -> Gate<(Option<Handle>, Vec<&'static str>, Page<RecordId>)> {
    let page = page(&request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let word = |value| CallState::from_value(value).map(CallState::as_str);
    let states = faults.take_all("states", each(request.states, CHOICES_MAX, word));
    let built = || Some((owner?, states?, page));
    Ok(faults.finish(built())?)
}

/// open → closed.
pub fn close_call(request: api::CloseCallRequest) -> Gate<(Target, Option<Reason>)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Call, "", &request.name, &request.etag);
    let reason = optional_reason(&mut faults, request.reason);
    let built = || Some((target?, reason?));
    Ok(faults.finish(built())?)
}

/// A message to write, and whether it is to be published at once.
pub fn create_message(now: Instant, request: api::CreateMessageRequest) -> Gate<(Message, bool)> {
    const RECORD: &str = "message.record";
    let mut faults = Faults::default();
    let written = request.message.and_then(|message| message.record);
    let message = faults.take(RECORD, required(written, "a message")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::PublicationState::Draft.into();
        faults.take_all(RECORD, record::message(proto::Message { state, ..written }))
    });
    if let Some(one) = &message {
        check(&mut faults, RECORD, request.public_contact, one.title.as_slice(), one.text.as_slice());
    }
    Ok((faults.finish(message)?, !request.draft))
}

/// A piece of knowledge to write, and whether it is to be published at once.
pub fn create_knowledge(now: Instant, request: api::CreateKnowledgeRequest) -> Gate<(Knowledge, bool)> {
    const RECORD: &str = "knowledge.record";
    let mut faults = Faults::default();
    let written = request.knowledge.and_then(|knowledge| knowledge.record);
    let knowledge = faults.take(RECORD, required(written, "a piece of knowledge")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::PublicationState::Draft.into();
        faults.take_all(RECORD, record::knowledge(proto::Knowledge { state, ..written }))
    });
    if let Some(one) = &knowledge {
        let (title, text) = (one.title.as_slice(), one.description.as_slice());
        check(&mut faults, RECORD, request.public_contact, title, text);
    }
    Ok((faults.finish(knowledge)?, !request.draft))
}

/// A report to write, and whether it is to be published at once.
pub fn create_report(now: Instant, request: api::CreateReportRequest) -> Gate<(Report, bool)> {
    const RECORD: &str = "report.record";
    let mut faults = Faults::default();
    let written = request.report.and_then(|report| report.record);
    let report = faults.take(RECORD, required(written, "a report")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::PublicationState::Draft.into();
        faults.take_all(RECORD, record::report(proto::Report { state, ..written }))
    });
    if let Some(one) = &report {
        let nothing: &[Text<1>] = &[];
        check(&mut faults, RECORD, request.public_contact, nothing, one.statement.as_slice());
    }
    Ok((faults.finish(report)?, !request.draft))
}

/// The rest of what the three families of publications are asked.
macro_rules! publications {
    ($($kind:ident, $get:ident($get_request:ty), $list:ident($list_request:ty), $publish:ident($publish_request:ty),
        $retract:ident($retract_request:ty);)+) => {
        $(
            /// Which one.
            pub fn $get(request: &$get_request) -> Gate<RecordId> {
                Ok(named(RecordKind::$kind, &request.name)?)
            }

            /// Whose, and which of them first.
            pub fn $list(request: &$list_request) -> Gate<(Option<Handle>, Page<RecordId>)> {
                Ok((parent(&request.parent)?, page(request)?))
            }

            /// draft → published.
            pub fn $publish(request: &$publish_request) -> Gate<Target> {
                let mut faults = Faults::default();
                let target = target(&mut faults, RecordKind::$kind, "", &request.name, &request.etag);
                Ok(faults.finish(target)?)
            }

            /// published → retracted or superseded.
            pub fn $retract(request: $retract_request) -> Gate<(Target, Option<RecordId>, Reason)> {
                let mut faults = Faults::default();
                let target = target(&mut faults, RecordKind::$kind, "", &request.name, &request.etag);
                let by = names::parse_optional_record(RecordKind::$kind, &request.superseded_by);
                let by = faults.take("superseded_by", by);
                let reason = mandatory_reason(&mut faults, request.reason);
                let built = || Some((target?, by?, reason?));
                Ok(faults.finish(built())?)
            }
        )+
    };
}

publications! {
    Message, get_message(api::GetMessageRequest), list_messages(api::ListMessagesRequest),
        publish_message(api::PublishMessageRequest), retract_message(api::RetractMessageRequest);
    Knowledge, get_knowledge(api::GetKnowledgeRequest), list_knowledge(api::ListKnowledgeRequest),
        publish_knowledge(api::PublishKnowledgeRequest), retract_knowledge(api::RetractKnowledgeRequest);
    Report, get_report(api::GetReportRequest), list_reports(api::ListReportsRequest),
        publish_report(api::PublishReportRequest), retract_report(api::RetractReportRequest);
}

/// Whose history, and which of it first.
pub fn list_revisions(request: &api::ListRevisionsRequest) -> Gate<(RecordKind, RecordId, Page<Revision>)> {
    let found = RecordKind::ALL
        .iter()
        .find_map(|kind| Some((*kind, names::parse_record(*kind, &request.name).ok()?)));
    let fault = || FieldError::of(&request.name, "a record such as nodes/isfahan/consignments/17");
    let (kind, id) = found.ok_or_else(|| fault().under("name"))?;
    Ok((kind, id, page(request)?))
}

fn parent(name: &str) -> Result<Option<Handle>, FieldError> {
    names::parse_parent(name).map_err(|error| error.under("parent"))
}
