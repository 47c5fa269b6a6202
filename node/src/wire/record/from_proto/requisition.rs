//! Requisitions, in the order of `requisition.proto`.

use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::{Positive, RecordId, Requisition, RequisitionState};
use quince_proto::record::v1 as proto;

use super::common::{common, record_ref, required_line, terms};
use super::required;

const STATES: &str = "REQUISITION_STATE_REQUESTED, REQUISITION_STATE_REFUSED, REQUISITION_STATE_WITHDRAWN";

/// A requisition.
pub fn requisition(requisition: proto::Requisition) -> Result<Requisition, FieldErrors> {
    let mut faults = Faults::default();
    let hold = faults.take_all("hold", requisition.hold.clone().map(record_ref).transpose());
    let state = hold.and_then(|hold| state(&mut faults, &requisition, hold));
    let common = faults.take_all("common", common(requisition.common));
    let need_line = faults.take_all("need_line", required_line(requisition.need_line));
    let offer_line = faults.take_all("offer_line", required_line(requisition.offer_line));
    let unit = faults.take("unit", requisition.unit.parse());
    let terms = faults.take_all("terms", terms(requisition.terms));
    let built = || {
        Some(Requisition {
            common: common?,
            state: state?,
            need_line: need_line?,
            offer_line: offer_line?,
            unit: unit?,
            terms: terms?,
            accept_short_dated: requisition.accept_short_dated,
        })
    };
    faults.finish(built())
}

fn state(
    faults: &mut Faults,
    requisition: &proto::Requisition,
    hold: Option<RecordId>,
) -> Option<RequisitionState> {
    let (amount, forced) = (requisition.amount, requisition.forced);
    let state = proto::RequisitionState::try_from(requisition.state);
    if state != Ok(proto::RequisitionState::Withdrawn) {
        faults.require(!forced, "forced", forced, "false unless withdrawn");
    }
    match state {
        Ok(proto::RequisitionState::Requested) => {
            let amount = faults.take("amount", Positive::new(amount))?;
            Some(RequisitionState::Requested { amount, hold })
        }
        Ok(proto::RequisitionState::Withdrawn) => {
            let amount = faults.take("amount", Positive::new(amount))?;
            Some(RequisitionState::Withdrawn { amount, hold, forced })
        }
        Ok(proto::RequisitionState::Refused) => {
            faults.require(amount == 0, "amount", amount, "0 in a refusal");
            let hold = faults.take("hold", required(hold, "the hold that is refused"))?;
            Some(RequisitionState::Refused { hold })
        }
        _ => faults.take("state", Err(FieldError::of(requisition.state, STATES))),
    }
}
