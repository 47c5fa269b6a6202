//! What people do at an office's desk, one call each. A request id makes a call safe to repeat; an empty one is none.

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use tonic::{Response, Status};

use crate::city::Desk;
use crate::paper;

/// What an office answers.
pub type Answer<T> = Result<T, Status>;

/// Opens a need for masks.
///
/// # Errors
/// What the office answers instead.
pub async fn ask(desk: &Desk, amount: i64, request_id: &str) -> Answer<api::Need> {
    let need = Some(paper::need(amount));
    let request = api::CreateNeedRequest { need, request_id: request_id.to_owned(), ..Default::default() };
    desk.needs.clone().create_need(request).await.map(Response::into_inner)
}

/// Opens an offer of masks.
///
/// # Errors
/// What the office answers instead.
pub async fn offer(desk: &Desk, amount: i64, request_id: &str) -> Answer<api::Offer> {
    let offer = Some(paper::offer(amount));
    let request = api::CreateOfferRequest { offer, request_id: request_id.to_owned(), ..Default::default() };
    desk.offers.clone().create_offer(request).await.map(Response::into_inner)
}

/// Asks for stock of the first line of an offer, for the first line of a need.
///
/// # Errors
/// What the office answers instead.
pub async fn request(
    desk: &Desk,
    need: &str,
    offer: &str,
    amount: i64,
    request_id: &str,
) -> Answer<api::Requisition> {
    let requisition = paper::requisition(need, offer, amount);
    send_requisition(desk, requisition, request_id).await
}

/// Takes a hold: asks for what a supplier has reserved already.
///
/// # Errors
/// What the office answers instead.
pub async fn take_hold(desk: &Desk, hold: &api::Commitment, request_id: &str) -> Answer<api::Requisition> {
    send_requisition(desk, paper::answer_to(hold), request_id).await
}

/// Says no to a hold.
///
/// # Errors
/// What the office answers instead.
pub async fn refuse_hold(desk: &Desk, hold: &str, request_id: &str) -> Answer<api::Requisition> {
    let request = api::RefuseHoldRequest {
        commitment: hold.to_owned(),
        request_id: request_id.to_owned(),
        reason: "another city was quicker".to_owned(),
    };
    desk.requisitions.clone().refuse_hold(request).await.map(Response::into_inner)
}

/// Takes a requisition back.
///
/// # Errors
/// What the office answers instead.
pub async fn withdraw(desk: &Desk, requisition: &str, request_id: &str) -> Answer<api::Requisition> {
    let request = api::WithdrawRequisitionRequest {
        name: requisition.to_owned(),
        request_id: request_id.to_owned(),
        reason: "counted again".to_owned(),
        ..Default::default()
    };
    desk.requisitions.clone().withdraw_requisition(request).await.map(Response::into_inner)
}

/// Reserves stock of an offer's first line before anybody asked.
///
/// # Errors
/// What the office answers instead.
pub async fn hold(
    desk: &Desk,
    need: &str,
    offer: &str,
    amount: i64,
    request_id: &str,
) -> Answer<api::Commitment> {
    let request = api::HoldStockRequest {
        offer_line: format!("{offer}/lines/1"),
        need_line: format!("{need}/lines/1"),
        amount,
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.commitments.clone().hold_stock(request).await.map(Response::into_inner)
}

/// Answers a requisition with yes, for all that was asked when the amount is 0.
///
/// # Errors
/// What the office answers instead.
pub async fn commit(
    desk: &Desk,
    requisition: &str,
    amount: i64,
    request_id: &str,
) -> Answer<api::Commitment> {
    let request = api::CommitStockRequest {
        requisition: requisition.to_owned(),
        amount,
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.commitments.clone().commit_stock(request).await.map(Response::into_inner)
}

/// Answers a requisition with no.
///
/// # Errors
/// What the office answers instead.
pub async fn decline(desk: &Desk, requisition: &str, request_id: &str) -> Answer<api::Commitment> {
    let request = api::DeclineRequisitionRequest {
        requisition: requisition.to_owned(),
        reason_code: record::ReasonCode::NoTransport.into(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.commitments.clone().decline_requisition(request).await.map(Response::into_inner)
}

/// Gives stock back, all but what is kept.
///
/// # Errors
/// What the office answers instead.
pub async fn release(desk: &Desk, commitment: &str, keep: i64, request_id: &str) -> Answer<api::Commitment> {
    let request = api::ReleaseCommitmentRequest {
        name: commitment.to_owned(),
        keep_amount: keep,
        reason_code: record::ReasonCode::StockLost.into(),
        reason: "a roof leaked".to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.commitments.clone().release_commitment(request).await.map(Response::into_inner)
}

/// Gives a need another title.
///
/// # Errors
/// What the office answers instead.
pub async fn retitle(desk: &Desk, need: &api::Need, title: &str, request_id: &str) -> Answer<api::Need> {
    let mut need = need.clone();
    need.record.get_or_insert_default().title = vec![paper::text(title)];
    let request = api::UpdateNeedRequest {
        need: Some(need),
        update_mask: Some(prost_types::FieldMask { paths: vec!["title".to_owned()] }),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.needs.clone().update_need(request).await.map(Response::into_inner)
}

/// Reads a need, as every office tells it.
///
/// # Errors
/// What the office answers instead.
pub async fn need_at(desk: &Desk, name: &str) -> Answer<api::Need> {
    let answer = desk.needs.clone().get_need(api::GetNeedRequest { name: name.to_owned() }).await?;
    Ok(api::Need { provenance: None, ..answer.into_inner() })
}

/// Reads an offer, as every office tells it.
///
/// # Errors
/// What the office answers instead.
pub async fn offer_at(desk: &Desk, name: &str) -> Answer<api::Offer> {
    let answer = desk.offers.clone().get_offer(api::GetOfferRequest { name: name.to_owned() }).await?;
    Ok(api::Offer { provenance: None, ..answer.into_inner() })
}

/// Reads a requisition, as every office tells it.
///
/// # Errors
/// What the office answers instead.
pub async fn requisition_at(desk: &Desk, name: &str) -> Answer<api::Requisition> {
    let request = api::GetRequisitionRequest { name: name.to_owned() };
    let answer = desk.requisitions.clone().get_requisition(request).await?;
    Ok(api::Requisition { provenance: None, ..answer.into_inner() })
}

/// Reads a commitment, as every office tells it.
///
/// # Errors
/// What the office answers instead.
pub async fn commitment_at(desk: &Desk, name: &str) -> Answer<api::Commitment> {
    let request = api::GetCommitmentRequest { name: name.to_owned() };
    let answer = desk.commitments.clone().get_commitment(request).await?;
    Ok(api::Commitment { provenance: None, ..answer.into_inner() })
}

/// Reads a requisition, once it has this answer.
///
/// # Errors
/// What the office answers instead.
pub async fn answered(desk: &Desk, name: &str, answer: api::Answer) -> Answer<api::Requisition> {
    let found = requisition_at(desk, name).await?;
    if found.answer() == answer {
        return Ok(found);
    }
    Err(Status::not_found(format!("{name} has the answer {:?}, expected {answer:?}", found.answer())))
}

async fn send_requisition(
    desk: &Desk,
    requisition: api::Requisition,
    request_id: &str,
) -> Answer<api::Requisition> {
    let request = api::CreateRequisitionRequest {
        requisition: Some(requisition),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    desk.requisitions.clone().create_requisition(request).await.map(Response::into_inner)
}
