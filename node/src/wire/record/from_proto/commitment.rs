//! Commitments, in the order of `commitment.proto`.

use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::{Amount, Commitment, CommitmentState, Positive, ReasonCode, RecordId, Revision};
use quince_proto::record::v1 as proto;

use super::common::{common, record_ref, required_instant, required_line, terms};
use super::required;
use crate::wire::vocabulary;

const STATES: &str = "COMMITMENT_STATE_HELD, COMMITMENT_STATE_COMMITTED, COMMITMENT_STATE_DECLINED, \
    COMMITMENT_STATE_RELEASED";
const ANSWERED: &str = "the requisition that it answers";

/// A commitment.
pub fn commitment(commitment: proto::Commitment) -> Result<Commitment, FieldErrors> {
    let mut faults = Faults::default();
    let state = state(&mut faults, &commitment);
    let common = faults.take_all("common", common(commitment.common));
    let need_line = faults.take_all("need_line", required_line(commitment.need_line));
    let offer_line = faults.take_all("offer_line", required_line(commitment.offer_line));
    let unit = faults.take("unit", commitment.unit.parse());
    let terms = faults.take_all("terms", terms(commitment.terms));
    let offer_revision = faults.take("offer_revision", Revision::new(commitment.offer_revision));
    let line_amount = faults.take("line_amount", Amount::new(commitment.line_amount));
    let reserved_after = faults.take("reserved_after", Amount::new(commitment.reserved_after));
    let built = || {
        Some(Commitment {
            common: common?,
            state: state?,
            need_line: need_line?,
            offer_line: offer_line?,
            unit: unit?,
            terms: terms?,
            offer_revision: offer_revision?,
            line_amount: line_amount?,
            reserved_after: reserved_after?,
        })
    };
    faults.finish(built())
}

/// The word of a state, such as `held`, for filters.
pub fn commitment_state_word(value: i32) -> Result<&'static str, FieldError> {
    match proto::CommitmentState::try_from(value) {
        Ok(proto::CommitmentState::Held) => Ok("held"),
        Ok(proto::CommitmentState::Committed) => Ok("committed"),
        Ok(proto::CommitmentState::Declined) => Ok("declined"),
        Ok(proto::CommitmentState::Released) => Ok("released"),
        _ => Err(FieldError::of(value, STATES)),
    }
}

/// The state with its fields. What belongs to another state must be absent, so that a record has one body.
fn state(faults: &mut Faults, commitment: &proto::Commitment) -> Option<CommitmentState> {
    let requisition = commitment.requisition.clone().map(record_ref).transpose();
    let requisition = faults.take_all("requisition", requisition)?;
    let reason = faults.take("reason_code", vocabulary::optional(commitment.reason_code))?;
    let state = proto::CommitmentState::try_from(commitment.state);
    if state != Ok(proto::CommitmentState::Held) {
        let until = if commitment.held_until.is_some() { "an instant" } else { "absent" };
        faults.require(until == "absent", "held_until", until, "absent unless held");
    }
    match state {
        Ok(proto::CommitmentState::Held) => held(faults, commitment, requisition.as_ref(), reason),
        Ok(proto::CommitmentState::Committed) => {
            let requisition = faults.take("requisition", required(requisition, ANSWERED));
            let amount = faults.take("amount", Positive::new(commitment.amount));
            let (requisition, amount) = (requisition?, amount?);
            Some(CommitmentState::Committed { requisition, amount, reduced: reason })
        }
        Ok(proto::CommitmentState::Declined) => {
            faults.require(commitment.amount == 0, "amount", commitment.amount, "0 when declined");
            let requisition = faults.take("requisition", required(requisition, ANSWERED));
            let reason = faults.take("reason_code", required(reason, "why it was declined"));
            Some(CommitmentState::Declined { requisition: requisition?, reason: reason? })
        }
        Ok(proto::CommitmentState::Released) => {
            let amount = faults.take("amount", Amount::new(commitment.amount));
            let reason = faults.take("reason_code", required(reason, "why it was released"));
            Some(CommitmentState::Released { requisition, amount: amount?, reason: reason? })
        }
        _ => faults.take("state", Err(FieldError::of(commitment.state, STATES))),
    }
}

fn held(
    faults: &mut Faults,
    commitment: &proto::Commitment,
    requisition: Option<&RecordId>,
    reason: Option<ReasonCode>,
) -> Option<CommitmentState> {
    if let Some(requisition) = requisition {
        faults.require(false, "requisition", requisition, "absent in a hold");
    }
    if let Some(reason) = reason {
        faults.require(false, "reason_code", reason, "absent in a hold");
    }
    let amount = faults.take("amount", Positive::new(commitment.amount));
    let until = faults.take("held_until", required_instant(commitment.held_until));
    Some(CommitmentState::Held { amount: amount?, until: until? })
}
