//! Parties.

use quince_core::domain::snapshot::Audience;
use quince_core::domain::{RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::resource::{identity, provenance};
use crate::office::view::{Listing, PartyView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// A party.
pub fn party(view: &PartyView) -> api::Party {
    let (name, etag) = identity(RecordKind::Party, &view.snapshot);
    api::Party {
        name,
        etag,
        record: Some(record::party(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        private: view.snapshot.audience == Audience::Private,
    }
}

/// A page of parties.
pub fn list_parties(listing: &Listing<PartyView>, page: &Page<RecordId>) -> api::ListPartiesResponse {
    let (parties, next_page_token) = page.fill(listing, party);
    api::ListPartiesResponse { parties, next_page_token }
}
