//! Requisitions.

use quince_core::domain::{RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::need::need;
use super::resource::{identity, optional_name, provenance};
use crate::office::view::{BundleView, Listing, RequisitionView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;
use crate::wire::vocabulary::value_or_unspecified;

/// A requisition.
pub fn requisition(view: &RequisitionView) -> api::Requisition {
    let (name, etag) = identity(RecordKind::Requisition, &view.snapshot);
    api::Requisition {
        name,
        etag,
        record: Some(record::requisition(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        answer: value_or_unspecified(view.answer),
        commitment: optional_name(RecordKind::Commitment, view.commitment.as_ref()),
        committed: view.committed.get(),
    }
}

/// Requisitions that were written together.
pub fn create_bundle(view: &BundleView) -> api::CreateBundleResponse {
    api::CreateBundleResponse {
        goods: view.goods.iter().map(requisition).collect(),
        transport: view.transport.iter().map(requisition).collect(),
        need: view.need.as_ref().map(need),
    }
}

/// A page of requisitions.
pub fn list_requisitions(
    listing: &Listing<RequisitionView>,
    page: &Page<RecordId>,
) -> api::ListRequisitionsResponse {
    let (requisitions, next_page_token) = page.fill(listing, requisition);
    api::ListRequisitionsResponse { requisitions, next_page_token }
}
