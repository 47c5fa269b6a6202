//! Requests of `need.proto`.

use prost_types::Timestamp;
use quince_core::domain::field::Faults;
use quince_core::domain::lines::Lines;
use quince_core::domain::need::Urgency;
use quince_core::domain::text::{Description, Title};
use quince_core::domain::{Instant, Need, NeedLine, RecordId, RecordKind, Revision};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::{
    CHOICES_MAX, each, mandatory_reason, mask, named, names, optional_reason, required, target, unless_empty,
};
use crate::office::request::{NeedFilter, NeedPatch, NeedStep, Target};
use crate::wire::page::{Page, page};
use crate::wire::record::{from_proto as record, to_proto};
use crate::wire::{Gate, contact, entering};

const MASK: [&str; 4] = ["title", "description", "lines", "common.parties"];
const MASK_DEFAULT: [&str; 3] = ["title", "description", "lines"];
const RECORD: &str = "need.record";

/// A draft to write, and whether it is to be published at once.
pub fn create_need(now: Instant, request: api::CreateNeedRequest) -> Gate<(Need, bool)> {
    let mut faults = Faults::default();
    let need = request.need.and_then(|need| need.record);
    let need = faults.take(RECORD, required(need, "a need")).map(|mut need| {
        stamp(now, &mut need.common);
        proto::Need { state: proto::NeedState::Draft.into(), ..need }
    });
    let need = need.and_then(|need| faults.take_all(RECORD, record::need(need)));
    if let Some(need) = &need {
        entering::check_need(&mut faults, RECORD, now, need);
    }
    if let Some(need) = need.as_ref().filter(|_| !request.public_contact) {
        check_contact(&mut faults, Some(&need.title), Some(&need.description), Some(&need.lines));
    }
    Ok((faults.finish(need)?, !request.draft))
}

/// Which need.
pub fn get_need(request: &api::GetNeedRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Need, &request.name)?)
}

/// Which needs, and which of them first.
pub fn list_needs(request: api::ListNeedsRequest) -> Gate<(NeedFilter, Page<RecordId>)> {
    let page = page(&request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let filter = request.filter.unwrap_or_default();
    let states = each(filter.states, CHOICES_MAX, record::need_state_word);
    let states = faults.take_all("filter.states", states);
    let item = faults.take("filter.item", unless_empty(filter.item, |code| code.parse()));
    let tier = filter.urgency_at_most;
    let urgency = faults.take("filter.urgency_at_most", (tier != 0).then(|| Urgency::new(tier)).transpose());
    let built = || {
        let states = states?.into_iter().collect();
        Some(NeedFilter { owner: owner?, states, item: item?, urgency_at_most: urgency? })
    };
    Ok((faults.finish(built())?, page))
}

/// What to change in which need.
pub fn update_need(request: api::UpdateNeedRequest) -> Gate<(Target, NeedPatch)> {
    let mut faults = Faults::default();
    let mask = faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK_DEFAULT));
    let need = request.need.unwrap_or_default();
    let target = target(&mut faults, RecordKind::Need, "need", &need.name, &need.etag);
    let written = faults.take(RECORD, required(need.record, "a need")).unwrap_or_default();
    let masked = |path| mask.as_ref().is_some_and(|mask| mask.contains(path));
    let common = written.common.unwrap_or_default();
    let title = masked("title").then(|| record::texts(written.title)).transpose();
    let description = masked("description").then(|| record::texts(written.description)).transpose();
    let lines = masked("lines").then(|| record::need_lines(written.lines)).transpose();
    let parties = masked("common.parties").then(|| record::parties(common.parties)).transpose();
    let title = faults.take_all("need.record.title", title);
    let description = faults.take_all("need.record.description", description);
    let lines = faults.take_all("need.record.lines", lines);
    let parties = faults.take_all("need.record.common.parties", parties);
    let reason = optional_reason(&mut faults, request.reason);
    let built = || {
        Some(NeedPatch {
            title: title?,
            description: description?,
            lines: lines?,
            parties: parties?,
            reason: reason?,
        })
    };
    let patch = built();
    if let Some(patch) = patch.as_ref().filter(|_| !request.public_contact) {
        let (title, description) = (patch.title.as_ref(), patch.description.as_ref());
        check_contact(&mut faults, title, description, patch.lines.as_ref());
    }
    let built = || Some((target?, patch?));
    Ok(faults.finish(built())?)
}

/// draft → submitted.
pub fn submit_need(request: &api::SubmitNeedRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |_| Some(NeedStep::Submit))
}

/// submitted → open.
pub fn approve_need(request: &api::ApproveNeedRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |_| Some(NeedStep::Approve))
}

/// open → on hold.
pub fn hold_need(request: api::HoldNeedRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |faults| {
        optional_reason(faults, request.reason.clone()).map(NeedStep::Hold)
    })
}

/// on hold → open.
pub fn resume_need(request: &api::ResumeNeedRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |_| Some(NeedStep::Resume))
}

/// → withdrawn.
pub fn withdraw_need(request: api::WithdrawNeedRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |faults| {
        mandatory_reason(faults, request.reason.clone()).map(NeedStep::Withdraw)
    })
}

/// → duplicate.
pub fn mark_need_duplicate(request: api::MarkNeedDuplicateRequest) -> Gate<(Target, NeedStep)> {
    step(&request.name, &request.etag, |faults| {
        let of = names::parse_record(RecordKind::Need, &request.duplicate_of);
        let of = faults.take("duplicate_of", of);
        let reason = optional_reason(faults, request.reason.clone());
        Some(NeedStep::Duplicate { of: of?, reason: reason? })
    })
}

/// Whose history, and which of it first.
pub fn list_need_revisions(request: &api::ListNeedRevisionsRequest) -> Gate<(RecordId, Page<Revision>)> {
    Ok((named(RecordKind::Need, &request.name)?, page(request)?))
}

fn step(
    name: &str,
    etag: &str,
    read: impl FnOnce(&mut Faults) -> Option<NeedStep>,
) -> Gate<(Target, NeedStep)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Need, "", name, etag);
    let step = read(&mut faults);
    let built = || Some((target?, step?));
    Ok(faults.finish(built())?)
}

/// Both instants of a new record are now, whatever was sent.
pub(super) fn stamp(now: Instant, common: &mut Option<proto::Common>) {
    let common = common.get_or_insert_default();
    let now: Timestamp = to_proto::instant(now);
    common.created = Some(now);
    common.updated = Some(now);
}

fn check_contact(
    faults: &mut Faults,
    title: Option<&Title>,
    description: Option<&Description>,
    lines: Option<&Lines<NeedLine>>,
) {
    contact::check_texts(faults, "need.record.title", title.map_or(&[], |title| title.as_slice()));
    let description = description.map_or(&[][..], |description| description.as_slice());
    contact::check_texts(faults, "need.record.description", description);
    let notes = lines.into_iter().flat_map(Lines::iter).map(|line| line.note.as_ref());
    contact::check_notes(faults, "need.record.lines", notes);
}
