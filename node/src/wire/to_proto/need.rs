//! Needs.

use quince_core::domain::{RecordId, RecordKind, Revision};
use quince_proto::api::v1 as api;

use super::resource::{coverage, identity, provenance, revision};
use crate::office::view::{Listing, NeedView, RevisionView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// A need.
pub fn need(view: &NeedView) -> api::Need {
    let (name, etag) = identity(RecordKind::Need, &view.snapshot);
    api::Need {
        name,
        etag,
        record: Some(record::need(&view.snapshot.record)),
        coverage: view.coverage.iter().map(coverage).collect(),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
    }
}

/// A page of needs.
pub fn list_needs(listing: &Listing<NeedView>, page: &Page<RecordId>) -> api::ListNeedsResponse {
    let (needs, next_page_token) = page.fill(listing, need);
    api::ListNeedsResponse { needs, next_page_token }
}

/// A page of a need's history.
pub fn list_need_revisions(
    listing: &Listing<RevisionView>,
    page: &Page<Revision>,
) -> api::ListNeedRevisionsResponse {
    let (revisions, next_page_token) = page.fill(listing, revision);
    api::ListNeedRevisionsResponse { revisions, next_page_token }
}
