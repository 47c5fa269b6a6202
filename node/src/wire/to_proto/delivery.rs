//! Consignments and receipts.

use quince_core::domain::receipt::Count;
use quince_core::domain::{LineNumber, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::resource::{identity, provenance};
use crate::office::view::{ConsignmentView, Listing, ReceiptView};
use crate::wire::names;
use crate::wire::page::Page;
use crate::wire::record::to_proto as record;

/// A consignment.
pub fn consignment(view: &ConsignmentView) -> api::Consignment {
    let (name, etag) = identity(RecordKind::Consignment, &view.snapshot);
    let receipts = view.receipts.iter().map(|id| names::record(RecordKind::Receipt, id));
    let thanks = view.thanks.iter().map(|id| names::record(RecordKind::Message, id));
    api::Consignment {
        name,
        etag,
        record: Some(record::consignment(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        outcomes: view.outcomes.iter().map(outcome).collect(),
        receipts: receipts.collect(),
        thanks: thanks.collect(),
    }
}

fn outcome((line, counted): &(LineNumber, Option<Count>)) -> api::Outcome {
    let count = counted.unwrap_or_default();
    api::Outcome {
        line: line.get().into(),
        counted: counted.is_some(),
        good: count.good.get(),
        damaged: count.damaged.get(),
        missing: count.missing.get(),
        refused: count.refused.get(),
        surplus: count.surplus.get(),
    }
}

/// A page of consignments.
pub fn list_consignments(
    listing: &Listing<ConsignmentView>,
    page: &Page<RecordId>,
) -> api::ListConsignmentsResponse {
    let (consignments, next_page_token) = page.fill(listing, consignment);
    api::ListConsignmentsResponse { consignments, next_page_token }
}

/// A receipt.
pub fn receipt(view: &ReceiptView) -> api::Receipt {
    let (name, etag) = identity(RecordKind::Receipt, &view.snapshot);
    api::Receipt {
        name,
        etag,
        record: Some(record::receipt(&view.snapshot.record)),
        provenance: Some(provenance(&view.snapshot, &view.provenance)),
        counts: view.counts,
    }
}

/// A page of receipts.
pub fn list_receipts(listing: &Listing<ReceiptView>, page: &Page<RecordId>) -> api::ListReceiptsResponse {
    let (receipts, next_page_token) = page.fill(listing, receipt);
    api::ListReceiptsResponse { receipts, next_page_token }
}
