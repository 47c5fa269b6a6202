//! Requests of `requisition.proto`.

use quince_core::domain::common::RELATED_MAX;
use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::list::List;
use quince_core::domain::text::Reason;
use quince_core::domain::{Positive, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::{each, mandatory_reason, named, names, required, target};
use crate::office::request::{
    NewBundle, NewRequisition, NewTransport, RequisitionFilter, Target, Withdrawal,
};
use crate::wire::Gate;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary;

/// A requisition to write; state, unit and everything common are the office's.
pub fn create_requisition(request: api::CreateRequisitionRequest) -> Gate<NewRequisition> {
    let mut faults = Faults::default();
    let new = request.requisition.unwrap_or_default();
    let new = faults.take_all("requisition", required_wish(new));
    Ok(faults.finish(new)?)
}

/// Requisitions to write together; transport need not name its need line.
pub fn create_bundle(request: api::CreateBundleRequest) -> Gate<NewBundle> {
    let mut faults = Faults::default();
    let goods = each(request.goods, RELATED_MAX, required_wish).and_then(|all| Ok(List::new(all)?));
    let goods = faults.take_all("goods", goods);
    let transport = each(request.transport, RELATED_MAX, transport).and_then(|all| Ok(List::new(all)?));
    let transport = faults.take_all("transport", transport);
    let built = || Some(NewBundle { goods: goods?, transport: transport? });
    Ok(faults.finish(built())?)
}

fn required_wish(written: api::Requisition) -> Result<NewRequisition, FieldErrors> {
    let mut faults = Faults::default();
    let need_line = written.record.clone().unwrap_or_default().need_line;
    let need_line = faults.take_all("record.need_line", record::required_line(need_line));
    let (wish, accept_short_dated) = wish(&mut faults, written);
    let built = || {
        let NewTransport { offer_line, amount, hold, terms, .. } = wish?;
        Some(NewRequisition { need_line: need_line?, offer_line, amount, hold, terms, accept_short_dated })
    };
    faults.finish(built())
}

fn transport(written: api::Requisition) -> Result<NewTransport, FieldErrors> {
    let mut faults = Faults::default();
    let need_line = written.record.as_ref().and_then(|record| record.need_line.clone());
    let need_line = need_line.map(|line| record::required_line(Some(line))).transpose();
    let need_line = faults.take_all("record.need_line", need_line);
    let (wish, _) = wish(&mut faults, written);
    let built = || Some(NewTransport { need_line: need_line?, ..wish? });
    faults.finish(built())
}

/// What is asked of whom, without what for; and whether less shelf life is accepted.
fn wish(faults: &mut Faults, written: api::Requisition) -> (Option<NewTransport>, bool) {
    let written = faults.take("record", required(written.record, "a requisition")).unwrap_or_default();
    let offer_line = faults.take_all("record.offer_line", record::required_line(written.offer_line));
    let amount = faults.take("record.amount", Positive::new(written.amount));
    let hold = written.hold.map(record::record_ref).transpose();
    let hold = faults.take_all("record.hold", hold);
    let terms = faults.take_all("record.terms", record::terms(written.terms));
    let built = || {
        let (offer_line, amount) = (offer_line?, amount?);
        Some(NewTransport { need_line: None, offer_line, amount, hold: hold?, terms: terms? })
    };
    (built(), written.accept_short_dated)
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
