//! What people do at an office's desk once something is promised: send, count, tell.

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use tonic::{Response, Status};

use crate::acts::Answer;
use crate::city::Desk;
use crate::paper;

/// Plans a consignment of one own commitment, with a packing list that is required and not ready.
///
/// # Errors
/// What the office answers instead.
pub async fn plan(desk: &Desk, commitment: &str, amount: i64) -> Answer<api::Consignment> {
    let line = record::ConsignmentLine {
        line: 1,
        commitment: paper::reference(commitment).number,
        amount,
        ..Default::default()
    };
    let document = document(record::DocumentState::Required);
    let record = record::Consignment {
        common: Some(record::Common::default()),
        lines: vec![line],
        documents: vec![document],
        ..Default::default()
    };
    let consignment = Some(api::Consignment { record: Some(record), ..Default::default() });
    let request = api::PlanConsignmentRequest { consignment, ..Default::default() };
    desk.consignments.clone().plan_consignment(request).await.map(Response::into_inner)
}

/// Says that the papers of a consignment are ready.
///
/// # Errors
/// What the office answers instead.
pub async fn papers_ready(desk: &Desk, consignment: &api::Consignment) -> Answer<api::Consignment> {
    let mut consignment = consignment.clone();
    consignment.record.get_or_insert_default().documents = vec![document(record::DocumentState::Ready)];
    correct(desk, consignment, "documents", "").await
}

/// Writes the lines of a consignment anew.
///
/// # Errors
/// What the office answers instead.
pub async fn recount(
    desk: &Desk,
    consignment: &api::Consignment,
    amount: i64,
    reason: &str,
) -> Answer<api::Consignment> {
    let mut consignment = consignment.clone();
    consignment.record.get_or_insert_default().lines[0].amount = amount;
    correct(desk, consignment, "lines", reason).await
}

async fn correct(
    desk: &Desk,
    consignment: api::Consignment,
    path: &str,
    reason: &str,
) -> Answer<api::Consignment> {
    let request = api::CorrectConsignmentRequest {
        consignment: Some(consignment),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        reason: reason.to_owned(),
        ..Default::default()
    };
    desk.consignments.clone().correct_consignment(request).await.map(Response::into_inner)
}

fn document(state: record::DocumentState) -> record::Document {
    record::Document {
        r#type: record::DocumentType::PackingList.into(),
        state: state.into(),
        ..Default::default()
    }
}

/// Sends a planned consignment.
///
/// # Errors
/// What the office answers instead.
pub async fn dispatch(desk: &Desk, consignment: &str) -> Answer<api::Consignment> {
    let request = api::DispatchConsignmentRequest { name: consignment.to_owned(), ..Default::default() };
    desk.consignments.clone().dispatch_consignment(request).await.map(Response::into_inner)
}

/// Plans and sends in one go.
///
/// # Errors
/// What the office answers instead.
pub async fn send(desk: &Desk, commitment: &str, amount: i64) -> Answer<api::Consignment> {
    let planned = plan(desk, commitment, amount).await?;
    papers_ready(desk, &planned).await?;
    dispatch(desk, &planned.name).await
}

/// Adds a fact to a consignment.
///
/// # Errors
/// What the office answers instead.
pub async fn event(desk: &Desk, consignment: &str, event: record::EventType) -> Answer<api::Consignment> {
    let event = record::ConsignmentEvent { r#type: event.into(), ..Default::default() };
    let request = api::AddConsignmentEventRequest {
        name: consignment.to_owned(),
        event: Some(event),
        ..Default::default()
    };
    desk.consignments.clone().add_consignment_event(request).await.map(Response::into_inner)
}

/// Cancels a planned consignment.
///
/// # Errors
/// What the office answers instead.
pub async fn cancel(desk: &Desk, consignment: &str) -> Answer<api::Consignment> {
    let request = api::CancelConsignmentRequest {
        name: consignment.to_owned(),
        reason: "the flight was cancelled".to_owned(),
        ..Default::default()
    };
    desk.consignments.clone().cancel_consignment(request).await.map(Response::into_inner)
}

/// Counts the first line of a consignment, for good.
///
/// # Errors
/// What the office answers instead.
pub async fn count(
    desk: &Desk,
    consignment: &str,
    good: i64,
    damaged: i64,
    missing: i64,
) -> Answer<api::Receipt> {
    let line = record::ReceiptLine { line: 1, good, damaged, missing, ..Default::default() };
    let record = record::Receipt {
        common: Some(record::Common::default()),
        consignment: Some(paper::reference(consignment)),
        lines: vec![line],
        ..Default::default()
    };
    let receipt = Some(api::Receipt { record: Some(record), ..Default::default() });
    let request = api::RecordReceiptRequest { receipt, complete: true, ..Default::default() };
    desk.receipts.clone().record_receipt(request).await.map(Response::into_inner)
}

/// Gives thanks for a record.
///
/// # Errors
/// What the office answers instead.
pub async fn thank(desk: &Desk, about: &str) -> Answer<api::Message> {
    let record = record::Message {
        common: Some(record::Common::default()),
        r#type: record::MessageType::Thanks.into(),
        title: vec![paper::text("Thank you")],
        about: vec![paper::reference(about)],
        ..Default::default()
    };
    let message = Some(api::Message { record: Some(record), ..Default::default() });
    let request = api::CreateMessageRequest { message, ..Default::default() };
    desk.messages.clone().create_message(request).await.map(Response::into_inner)
}

/// Reads a consignment, as every office tells it.
///
/// # Errors
/// What the office answers instead.
pub async fn consignment_at(desk: &Desk, name: &str) -> Answer<api::Consignment> {
    let request = api::GetConsignmentRequest { name: name.to_owned() };
    let answer = desk.consignments.clone().get_consignment(request).await?;
    Ok(api::Consignment { provenance: None, ..answer.into_inner() })
}

/// The states and reasons of a record's revisions, oldest first.
///
/// # Errors
/// What the office answers instead.
pub async fn history(desk: &Desk, name: &str) -> Answer<Vec<(String, String)>> {
    let request = api::ListRevisionsRequest { name: name.to_owned(), ..Default::default() };
    let revisions = desk.history.clone().list_revisions(request).await?.into_inner().revisions;
    Ok(revisions.into_iter().rev().map(|one| (one.state, one.reason)).collect())
}

/// How far the first line of a need is, once it is as expected.
///
/// # Errors
/// When it is not, or the office does not answer.
pub async fn covered(
    desk: &Desk,
    need: &str,
    expected: impl Fn(&api::Coverage) -> bool,
) -> Answer<api::Coverage> {
    let coverage = crate::acts::need_at(desk, need).await?.coverage;
    let found = coverage.first().cloned().unwrap_or_default();
    if expected(&found) { Ok(found) } else { Err(Status::not_found(format!("it stands at {found:?}"))) }
}
