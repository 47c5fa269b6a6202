//! Requests of `requisition.proto`.

use quince_core::domain::field::Faults;
use quince_core::domain::text::Reason;
use quince_core::domain::{Positive, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::{mandatory_reason, named, names, required, target};
use crate::office::request::{NewRequisition, RequisitionFilter, Target, Withdrawal};
use crate::wire::Gate;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary;

/// A requisition to write; state, unit and everything common are the office's.
pub fn create_requisition(request: api::CreateRequisitionRequest) -> Gate<NewRequisition> {
    let mut faults = Faults::default();
    let written = request.requisition.and_then(|requisition| requisition.record);
    let written = faults.take("requisition.record", required(written, "a requisition")).unwrap_or_default();
    let need_line = record::required_line(written.need_line);
    let need_line = faults.take_all("requisition.record.need_line", need_line);
    let offer_line = record::required_line(written.offer_line);
    let offer_line = faults.take_all("requisition.record.offer_line", offer_line);
    let amount = faults.take("requisition.record.amount", Positive::new(written.amount));
    let hold = written.hold.map(record::record_ref).transpose();
    let hold = faults.take_all("requisition.record.hold", hold);
    let terms = faults.take_all("requisition.record.terms", record::terms(written.terms));
    let built = || {
        Some(NewRequisition {
            need_line: need_line?,
            offer_line: offer_line?,
            amount: amount?,
            hold: hold?,
            terms: terms?,
            accept_short_dated: written.accept_short_dated,
        })
    };
    Ok(faults.finish(built())?)
}

/// Which requisition.
pub fn get_requisition(request: &api::GetRequisitionRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Requisition, &request.name)?)
}

/// Which requisitions, and which of them first.
pub fn list_requisitions(
    request: &api::ListRequisitionsRequest,
) -> Gate<(RequisitionFilter, Page<RecordId>)> {
    let page = page(request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let need = names::parse_optional_record(RecordKind::Need, &request.need);
    let need = faults.take("need", need);
    let offer = names::parse_optional_record(RecordKind::Offer, &request.offer);
    let offer = faults.take("offer", offer);
    let answer = faults.take("answer", vocabulary::optional(request.answer));
    let built = || Some(RequisitionFilter { owner: owner?, need: need?, offer: offer?, answer: answer? });
    Ok((faults.finish(built())?, page))
}

/// Which requisition to withdraw, and why.
pub fn withdraw_requisition(request: api::WithdrawRequisitionRequest) -> Gate<(Target, Withdrawal)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Requisition, "", &request.name, &request.etag);
    let reason = mandatory_reason(&mut faults, request.reason);
    let built = || Some((target?, Withdrawal { reason: reason?, force: request.force }));
    Ok(faults.finish(built())?)
}

/// Which hold to refuse, and why.
pub fn refuse_hold(request: api::RefuseHoldRequest) -> Gate<(RecordId, Reason)> {
    let mut faults = Faults::default();
    let hold = names::parse_record(RecordKind::Commitment, &request.commitment);
    let hold = faults.take("commitment", hold);
    let reason = mandatory_reason(&mut faults, request.reason);
    let built = || Some((hold?, reason?));
    Ok(faults.finish(built())?)
}
