//! Items.

use quince_core::domain::item::{CATALOGUE_VERSION, Fit, Item, PackOption};
use quince_core::domain::{OwnItem, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::resource::{identity, provenance};
use crate::office::view::{ItemView, Listing, OwnItemView, ProposalView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;
use crate::wire::vocabulary::Vocabulary;

/// What a code means.
pub fn item(view: &ItemView) -> api::Item {
    match view {
        ItemView::Common(item) => common_item(item),
        ItemView::Own(view) => own_item(view),
    }
}

/// An own item.
pub fn own_item(view: &OwnItemView) -> api::Item {
    let (record_name, etag) = identity(RecordKind::OwnItem, &view.snapshot);
    let provenance = Some(provenance(&view.snapshot, &view.provenance));
    api::Item { record_name, etag, provenance, ..own_content(&view.snapshot.record, &view.item) }
}

/// A page of own items.
pub fn list_items(listing: &Listing<OwnItemView>, page: &Page<RecordId>) -> api::ListItemsResponse {
    let (items, next_page_token) = page.fill(listing, own_item);
    api::ListItemsResponse { items, next_page_token }
}

/// What an own item says, without where it stands.
pub(super) fn own_content(own: &OwnItem, item: &Item) -> api::Item {
    api::Item { record: Some(record::own_item(own)), ..common_item(item) }
}

fn common_item(item: &Item) -> api::Item {
    api::Item {
        name: format!("items/{}", item.code),
        code: item.code.to_string(),
        family: item.family.clone(),
        title: item.title().to_owned(),
        base_unit: item.base_unit.to_string(),
        packs: item.packs.iter().map(pack).collect(),
        standards: item.standards.clone(),
        hs6: item.hs6.clone(),
        hs_note: item.hs_note.clone(),
        may_be_replaced_by: item.may_be_replaced_by.iter().map(ToString::to_string).collect(),
        replacement_conditions: item.replacement_conditions.clone(),
        terms: item.terms.iter().map(|(language, term)| (language.to_string(), term.clone())).collect(),
        ..api::Item::default()
    }
}

/// What may be meant, best first.
pub fn search_items(proposals: &[ProposalView]) -> api::SearchItemsResponse {
    api::SearchItemsResponse {
        proposals: proposals.iter().map(proposal).collect(),
        catalogue_version: CATALOGUE_VERSION.to_owned(),
    }
}

fn proposal(proposal: &ProposalView) -> api::ItemProposal {
    api::ItemProposal {
        item: Some(item(&proposal.item)),
        reason: reason(proposal),
        fit: proposal.how.value(),
        found_in: proposal.found_in.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What was found, and whether that is a guess.
fn reason(proposal: &ProposalView) -> String {
    let found_in = proposal.found_in.as_ref();
    let found = found_in.map_or("code".to_owned(), |language| format!("term in {language}"));
    match proposal.how {
        Fit::Tariff => "tariff code".to_owned(),
        Fit::TariffNote => "tariff note".to_owned(),
        Fit::LeavesOpen => "leaves the grade open".to_owned(),
        Fit::Similar => format!("similar {found}"),
        Fit::Equal | Fit::Begins | Fit::Word | Fit::Contains | Fit::AllWords | Fit::Mentions => found,
    }
}

fn pack(pack: &PackOption) -> String {
    match pack.contains {
        Some(contains) => format!("{}={contains}", pack.name),
        None => pack.name.to_string(),
    }
}
