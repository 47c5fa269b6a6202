//! Requests of `item.proto`.

use quince_core::domain::field::{Faults, FieldError};
use quince_core::domain::handle::Handle;
use quince_core::domain::item::OwnItemPatch;
use quince_core::domain::text::{Description, Names, Reason, Words};
use quince_core::domain::{Instant, ItemCode, OwnItem, RecordId};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::need::stamp;
use super::{mandatory_reason, mask, names, optional_reason, required, revision, unless_empty};
use crate::office::request::ItemTarget;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::{Gate, contact};

const MASK: [&str; 5] = ["terms", "packs", "hs6", "hs_note", "description"];
const RECORD: &str = "item.record";

/// The longest query, in characters: longer than any name of a thing.
pub const QUERY_CHARS_MAX: usize = 200;

/// Proposals of an answer when the caller does not say; a person reads them.
pub const PROPOSALS_DEFAULT: usize = 20;

/// The most proposals of an answer.
pub const PROPOSALS_MAX: usize = 100;

/// What to look for, and how many proposals at most.
pub fn search_items(request: api::SearchItemsRequest) -> Gate<(String, usize)> {
    let mut faults = Faults::default();
    let query = faults.take("query", Words::<QUERY_CHARS_MAX>::new(request.query));
    let size = usize::try_from(request.page_size);
    let size = size.map_err(|_| FieldError::of(request.page_size, format!("0 to {PROPOSALS_MAX}")));
    let limit = faults.take("page_size", size).map(|size| match size {
        0 => PROPOSALS_DEFAULT,
        size => size.min(PROPOSALS_MAX),
    });
    let built = || Some((query?.to_string(), limit?));
    Ok(faults.finish(built())?)
}

/// Which item.
pub fn get_item(request: &api::GetItemRequest) -> Gate<ItemCode> {
    Ok(names::parse_item(&request.name).map_err(|e| e.under("name"))?)
}

/// Whose own items, and which of them first.
pub fn list_items(request: &api::ListItemsRequest) -> Gate<(Option<Handle>, Page<RecordId>)> {
    let owner = names::parse_parent(&request.parent).map_err(|e| e.under("parent"))?;
    Ok((owner, page(request)?))
}

/// A code to define.
pub fn create_item(now: Instant, request: api::CreateItemRequest) -> Gate<OwnItem> {
    let mut faults = Faults::default();
    let written = request.item.and_then(|item| item.record);
    let item = faults.take(RECORD, required(written, "an own item")).and_then(|mut written| {
        stamp(now, &mut written.common);
        let state = proto::OwnItemState::Active.into();
        faults.take_all(RECORD, record::own_item(proto::OwnItem { state, ..written }))
    });
    if let Some(item) = item.as_ref().filter(|_| !request.public_contact) {
        check_contact(&mut faults, Some(&item.terms), Some(&item.description));
    }
    Ok(faults.finish(item)?)
}

/// What to change of which own item, and why.
pub fn update_item(request: api::UpdateItemRequest) -> Gate<(ItemTarget, OwnItemPatch, Option<Reason>)> {
    let mut faults = Faults::default();
    let mask = faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK));
    let item = request.item.unwrap_or_default();
    let target = target(&mut faults, "item.", &item.name, &item.etag);
    let written = faults.take(RECORD, required(item.record, "an own item")).unwrap_or_default();
    let masked = |path| mask.as_ref().is_some_and(|mask| mask.contains(path));
    let terms = masked("terms").then(|| record::names(written.terms)).transpose();
    let packs = masked("packs").then(|| record::packs(written.packs)).transpose();
    let hs6 = masked("hs6").then(|| record::hs6(written.hs6)).transpose();
    let hs_note = masked("hs_note").then(|| unless_empty(written.hs_note, Words::new)).transpose();
    let description = masked("description").then(|| record::texts(written.description)).transpose();
    let terms = faults.take_all("item.record.terms", terms);
    let packs = faults.take_all("item.record.packs", packs);
    let hs6 = faults.take("item.record.hs6", hs6);
    let hs_note = faults.take("item.record.hs_note", hs_note);
    let description = faults.take_all("item.record.description", description);
    let reason = optional_reason(&mut faults, request.reason);
    let built = || {
        Some(OwnItemPatch {
            terms: terms?,
            packs: packs?,
            hs6: hs6?,
            hs_note: hs_note?,
            description: description?,
        })
    };
    let patch = built();
    if let Some(patch) = patch.as_ref().filter(|_| !request.public_contact) {
        check_contact(&mut faults, patch.terms.as_ref(), patch.description.as_ref());
    }
    let built = || Some((target?, patch?, reason?));
    Ok(faults.finish(built())?)
}

/// active → withdrawn.
pub fn withdraw_item(request: api::WithdrawItemRequest) -> Gate<(ItemTarget, Reason)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, "", &request.name, &request.etag);
    let reason = mandatory_reason(&mut faults, request.reason);
    let built = || Some((target?, reason?));
    Ok(faults.finish(built())?)
}

fn target(faults: &mut Faults, prefix: &str, name: &str, etag: &str) -> Option<ItemTarget> {
    let code = faults.take(&format!("{prefix}name"), names::parse_item(name));
    let expected = faults.take(&format!("{prefix}etag"), revision(etag));
    Some(ItemTarget { code: code?, expected: expected? })
}

fn check_contact(faults: &mut Faults, terms: Option<&Names>, description: Option<&Description>) {
    contact::check_texts(faults, "item.record.terms", terms.map_or(&[][..], |terms| terms.as_slice()));
    let description = description.map_or(&[][..], |description| description.as_slice());
    contact::check_texts(faults, "item.record.description", description);
}
