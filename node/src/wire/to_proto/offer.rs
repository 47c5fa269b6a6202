//! Offers.

use quince_core::domain::{RecordId, RecordKind, Revision};
use quince_proto::api::v1 as api;

use super::need::need;
use super::requisition::requisition;
use super::resource::{coverage, identity, provenance, revision};
use crate::office::view::{Listing, NeedView, OfferView, RequisitionView, RevisionView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// An offer.
pub fn offer(view: &OfferView) -> api::Offer {
    let (name, etag) = identity(RecordKind::Offer, &view.snapshot);
    api::Offer {
        name,
        etag,
        record: Some(record::offer(&view.snapshot.record)),
        coverage: view.coverage.iter().map(coverage).collect(),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        stale: view.stale,
    }
}

/// A page of offers.
pub fn list_offers(listing: &Listing<OfferView>, page: &Page<RecordId>) -> api::ListOffersResponse {
    let (offers, next_page_token) = page.fill(listing, offer);
    api::ListOffersResponse { offers, next_page_token }
}

/// The two records that an acceptance writes.
pub fn accept_offer(views: &(NeedView, RequisitionView)) -> api::AcceptOfferResponse {
    api::AcceptOfferResponse { need: Some(need(&views.0)), requisition: Some(requisition(&views.1)) }
}

/// A page of an offer's history.
pub fn list_offer_revisions(
    listing: &Listing<RevisionView>,
    page: &Page<Revision>,
) -> api::ListOfferRevisionsResponse {
    let (revisions, next_page_token) = page.fill(listing, revision);
    api::ListOfferRevisionsResponse { revisions, next_page_token }
}
