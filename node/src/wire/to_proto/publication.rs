//! What is published rather than agreed on, and the history of any record.

use quince_core::domain::{Knowledge, Message, RecordId, RecordKind, Report, Revision};
use quince_proto::api::v1 as api;

use super::resource::{identity, provenance, revision};
use crate::office::view::{CallView, Listing, PartnershipView, PublicationView, RevisionView};
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// A partnership.
pub fn partnership(view: &PartnershipView) -> api::Partnership {
    let (name, etag) = identity(RecordKind::Partnership, &view.snapshot);
    api::Partnership {
        name,
        etag,
        record: Some(record::partnership(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        mutual: view.mutual,
    }
}

/// A page of partnerships.
pub fn list_partnerships(
    listing: &Listing<PartnershipView>,
    page: &Page<RecordId>,
) -> api::ListPartnershipsResponse {
    let (partnerships, next_page_token) = page.fill(listing, partnership);
    api::ListPartnershipsResponse { partnerships, next_page_token }
}

/// A call.
pub fn call(view: &CallView) -> api::Call {
    let (name, etag) = identity(RecordKind::Call, &view.snapshot);
    let count = |kind| view.gathered.get(&kind).copied().unwrap_or(0);
    api::Call {
        name,
        etag,
        record: Some(record::call(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        totals: Some(api::CallTotals {
            needs: count(RecordKind::Need),
            offers: count(RecordKind::Offer),
            requisitions: count(RecordKind::Requisition),
            commitments: count(RecordKind::Commitment),
            consignments: count(RecordKind::Consignment),
            receipts: count(RecordKind::Receipt),
        }),
    }
}

/// A page of calls.
pub fn list_calls(listing: &Listing<CallView>, page: &Page<RecordId>) -> api::ListCallsResponse {
    let (calls, next_page_token) = page.fill(listing, call);
    api::ListCallsResponse { calls, next_page_token }
}

macro_rules! publications {
    ($($kind:ident, $one:ident, $list:ident($response:ident, $field:ident);)+) => {
        $(
            /// One of them.
            pub fn $one(view: &PublicationView<$kind>) -> api::$kind {
                let (name, etag) = identity(RecordKind::$kind, &view.snapshot);
                api::$kind {
                    name,
                    etag,
                    record: Some(record::$one(&view.snapshot.record)),
                    provenance: Some(provenance(&view.snapshot, &view.provenance)),
                }
            }

            /// A page of them.
            pub fn $list(listing: &Listing<PublicationView<$kind>>, page: &Page<RecordId>) -> api::$response {
                let ($field, next_page_token) = page.fill(listing, $one);
                api::$response { $field, next_page_token }
            }
        )+
    };
}

publications! {
    Message, message, list_messages(ListMessagesResponse, messages);
    Knowledge, knowledge, list_knowledge(ListKnowledgeResponse, knowledge);
    Report, report, list_reports(ListReportsResponse, reports);
}

/// A page of a record's history.
pub fn list_revisions(listing: &Listing<RevisionView>, page: &Page<Revision>) -> api::ListRevisionsResponse {
    let (revisions, next_page_token) = page.fill(listing, revision);
    api::ListRevisionsResponse { revisions, next_page_token }
}
