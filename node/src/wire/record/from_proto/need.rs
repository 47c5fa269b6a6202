//! Needs, in the order of `need.proto`.

use std::collections::BTreeSet;

use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::need::{ShelfLife, Urgency};
use quince_core::domain::terms::Basis;
use quince_core::domain::text::Words;
use quince_core::domain::{Amount, Kind, LineNumber, Need, NeedLine, NeedState, RecordId};
use quince_proto::record::v1 as proto;

use super::common::{attributes, common, place, quantity, record_ref, texts, when};
use super::{each, required, unless_empty};
use crate::wire::vocabulary::Vocabulary;

const STATES: &str = "NEED_STATE_DRAFT, NEED_STATE_SUBMITTED, NEED_STATE_OPEN, NEED_STATE_ON_HOLD, \
    NEED_STATE_FULFILLED, NEED_STATE_WITHDRAWN, NEED_STATE_EXPIRED, NEED_STATE_DUPLICATE";

/// A need.
pub fn need(need: proto::Need) -> Result<Need, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(need.common));
    let of = faults.take_all("duplicate_of", need.duplicate_of.map(record_ref).transpose());
    let state = of.and_then(|of| faults.take("state", state(need.state, of)));
    let title = faults.take_all("title", texts(need.title));
    let description = faults.take_all("description", texts(need.description));
    let lines = faults.take_all("lines", need_lines(need.lines));
    let built = || {
        Some(Need { common: common?, state: state?, title: title?, description: description?, lines: lines? })
    };
    faults.finish(built())
}

/// The word of a state, such as `on_hold`, for filters.
pub fn need_state_word(value: i32) -> Result<&'static str, FieldError> {
    match proto::NeedState::try_from(value) {
        Ok(proto::NeedState::Duplicate) => Ok("duplicate"),
        _ => state(value, None).map(|state| state.as_str()),
    }
}

fn state(value: i32, duplicate_of: Option<RecordId>) -> Result<NeedState, FieldError> {
    let state = match (proto::NeedState::try_from(value), duplicate_of) {
        (Ok(proto::NeedState::Duplicate), Some(of)) => return Ok(NeedState::Duplicate { of }),
        (Ok(proto::NeedState::Duplicate), None) => {
            return Err(FieldError::of("NEED_STATE_DUPLICATE", "duplicate_of to name the need that stays"));
        }
        (Ok(state), Some(_)) => {
            let expected = "NEED_STATE_DUPLICATE, because duplicate_of is set";
            return Err(FieldError::of(state.as_str_name(), expected));
        }
        (state, _) => state,
    };
    match state {
        Ok(proto::NeedState::Draft) => Ok(NeedState::Draft),
        Ok(proto::NeedState::Submitted) => Ok(NeedState::Submitted),
        Ok(proto::NeedState::Open) => Ok(NeedState::Open),
        Ok(proto::NeedState::OnHold) => Ok(NeedState::OnHold),
        Ok(proto::NeedState::Fulfilled) => Ok(NeedState::Fulfilled),
        Ok(proto::NeedState::Withdrawn) => Ok(NeedState::Withdrawn),
        Ok(proto::NeedState::Expired) => Ok(NeedState::Expired),
        _ => Err(FieldError::of(value, STATES)),
    }
}

/// The lines of a need.
pub fn need_lines(lines: Vec<proto::NeedLine>) -> Result<Lines<NeedLine>, FieldErrors> {
    Ok(Lines::new(each(lines, LINE_MAX.into(), need_line)?)?)
}

fn need_line(line: proto::NeedLine) -> Result<NeedLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let kind = faults.take("kind", Kind::from_value(line.kind));
    let item = faults.take("item", line.item.parse());
    let attributes = faults.take_all("attributes", attributes(line.attributes));
    let quantity = required(line.quantity, "a quantity").map_err(Into::into).and_then(quantity);
    let quantity = faults.take_all("quantity", quantity);
    let urgency = faults.take("urgency", Urgency::new(line.urgency));
    let needed = faults.take_all("needed", when(line.needed));
    let deliver_to = faults.take_all("deliver_to", line.deliver_to.map(place).transpose());
    let days = line.min_shelf_life_days;
    let min_shelf_life = (days != 0).then(|| ShelfLife::new(days)).transpose();
    let min_shelf_life = faults.take("min_shelf_life_days", min_shelf_life);
    let min_lot = faults.take("min_lot", Amount::new(line.min_lot));
    let bases = faults.take_all("acceptable_bases", bases(line.acceptable_bases));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let built = || {
        Some(NeedLine {
            line: number?,
            kind: kind?,
            item: item?,
            attributes: attributes?,
            quantity: quantity?,
            urgency: urgency?,
            needed: needed?,
            deliver_to: deliver_to?,
            min_shelf_life: min_shelf_life?,
            min_lot: min_lot?,
            accept_lower_grade: line.accept_lower_grade,
            acceptable_bases: bases?,
            note: note?,
        })
    };
    faults.finish(built())
}

fn bases(values: Vec<i32>) -> Result<BTreeSet<Basis>, FieldErrors> {
    Ok(each(values, Basis::ALL.len(), Basis::from_value)?.into_iter().collect())
}
