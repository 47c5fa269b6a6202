//! Commitments.

use quince_core::domain::{RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::resource::{identity, provenance};
use crate::office::view::{CommitmentView, Listing};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// A commitment.
pub fn commitment(view: &CommitmentView) -> api::Commitment {
    let (name, etag) = identity(RecordKind::Commitment, &view.snapshot);
    api::Commitment {
        name,
        etag,
        record: Some(record::commitment(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        paired: view.paired,
    }
}

/// Everything that was declined at once; a city has at most a hundred requisitions open with another.
pub fn decline_all_requisitions(views: &[CommitmentView]) -> api::DeclineAllRequisitionsResponse {
    api::DeclineAllRequisitionsResponse { commitments: views.iter().map(commitment).collect() }
}

/// A page of commitments.
pub fn list_commitments(
    listing: &Listing<CommitmentView>,
    page: &Page<RecordId>,
) -> api::ListCommitmentsResponse {
    let (commitments, next_page_token) = page.fill(listing, commitment);
    api::ListCommitmentsResponse { commitments, next_page_token }
}
