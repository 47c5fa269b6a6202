//! Requests of `commitment.proto`.

use quince_core::domain::field::Faults;
use quince_core::domain::handle::Handle;
use quince_core::domain::{Amount, Positive, ReasonCode, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::{CHOICES_MAX, each, named, names, optional_reason, target};
use crate::office::request::{CommitmentFilter, Grounds, NewCommitment, NewHold, Release, Target};
use crate::wire::Gate;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary::Vocabulary;

/// Stock to reserve before it is asked for.
pub fn hold_stock(request: api::HoldStockRequest) -> Gate<NewHold> {
    let mut faults = Faults::default();
    let line = names::parse_line(RecordKind::Offer, &request.offer_line);
    let offer_line = faults.take("offer_line", line);
    let line = names::parse_line(RecordKind::Need, &request.need_line);
    let need_line = faults.take("need_line", line);
    let amount = faults.take("amount", Positive::new(request.amount));
    let until = faults.take("held_until", request.held_until.map(record::instant).transpose());
    let terms = faults.take_all("terms", record::terms(request.terms));
    let built = || {
        Some(NewHold {
            offer_line: offer_line?,
            need_line: need_line?,
            amount: amount?,
            until: until?,
            terms: terms?,
        })
    };
    Ok(faults.finish(built())?)
}

/// A yes to a requisition.
pub fn commit_stock(request: api::CommitStockRequest) -> Gate<NewCommitment> {
    let mut faults = Faults::default();
    let requisition = names::parse_record(RecordKind::Requisition, &request.requisition);
    let requisition = faults.take("requisition", requisition);
    let amount = (request.amount != 0).then(|| Positive::new(request.amount)).transpose();
    let amount = faults.take("amount", amount);
    let terms = request.terms.map(|terms| record::terms(Some(terms))).transpose();
    let terms = faults.take_all("terms", terms);
    let built = || Some(NewCommitment { requisition: requisition?, amount: amount?, terms: terms? });
    Ok(faults.finish(built())?)
}

/// A no to a requisition.
pub fn decline_requisition(request: api::DeclineRequisitionRequest) -> Gate<(RecordId, Grounds)> {
    let mut faults = Faults::default();
    let requisition = names::parse_record(RecordKind::Requisition, &request.requisition);
    let requisition = faults.take("requisition", requisition);
    let grounds = grounds(&mut faults, request.reason_code, request.reason);
    let built = || Some((requisition?, grounds?));
    Ok(faults.finish(built())?)
}

/// A no to everything that one city asks.
pub fn decline_all_requisitions(request: api::DeclineAllRequisitionsRequest) -> Gate<(Handle, Grounds)> {
    let mut faults = Faults::default();
    let requester = faults.take("requester", names::parse_node(&request.requester));
    let grounds = grounds(&mut faults, request.reason_code, request.reason);
    let built = || Some((requester?, grounds?));
    Ok(faults.finish(built())?)
}

/// Which commitment to release, how far, and why.
pub fn release_commitment(request: api::ReleaseCommitmentRequest) -> Gate<(Target, Release)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Commitment, "", &request.name, &request.etag);
    let keep = faults.take("keep_amount", Amount::new(request.keep_amount));
    let grounds = grounds(&mut faults, request.reason_code, request.reason);
    let built = || Some((target?, Release { keep: keep?, grounds: grounds? }));
    Ok(faults.finish(built())?)
}

/// Which commitment.
pub fn get_commitment(request: &api::GetCommitmentRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Commitment, &request.name)?)
}

/// Which commitments, and which of them first.
pub fn list_commitments(request: api::ListCommitmentsRequest) -> Gate<(CommitmentFilter, Page<RecordId>)> {
    let page = page(&request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let need = names::parse_optional_record(RecordKind::Need, &request.need);
    let need = faults.take("need", need);
    let offer = names::parse_optional_record(RecordKind::Offer, &request.offer);
    let offer = faults.take("offer", offer);
    let states = each(request.states, CHOICES_MAX, record::commitment_state_word);
    let states = faults.take_all("states", states);
    let built = || {
        let states = states?.into_iter().collect();
        Some(CommitmentFilter { owner: owner?, need: need?, offer: offer?, states })
    };
    Ok((faults.finish(built())?, page))
}

fn grounds(faults: &mut Faults, code: i32, reason: String) -> Option<Grounds> {
    let code = faults.take("reason_code", ReasonCode::from_value(code));
    let reason = optional_reason(faults, reason);
    Some(Grounds { code: code?, reason: reason? })
}
