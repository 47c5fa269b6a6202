//! What several services share: provenance, coverage, history.

use data_encoding::HEXLOWER;
use quince_core::domain::coverage::Coverage;
use quince_core::domain::{Amount, Record, RecordId, RecordKind, Snapshot};
use quince_proto::api::v1 as api;

use crate::office::view::{LineCoverage, Provenance, RevisionView};
use crate::wire::record::to_proto as record;
use crate::wire::vocabulary::Vocabulary;
use crate::wire::{json, names};

/// The name and etag of a snapshot.
pub(super) fn identity<T>(kind: RecordKind, snapshot: &Snapshot<T>) -> (String, String) {
    (names::record(kind, &snapshot.id), snapshot.revision.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

pub(super) fn optional_name(kind: RecordKind, id: Option<&RecordId>) -> String {
    id.map(|id| names::record(kind, id)).unwrap_or_default()
}

/// Where a copy stands.
pub(super) fn provenance<T>(snapshot: &Snapshot<T>, provenance: &Provenance) -> api::Provenance {
    api::Provenance {
        owner: snapshot.owner().to_string(),
        own: provenance.own,
        owner_last_heard: provenance.owner_last_heard.map(record::instant),
    }
}

/// How far a line is.
pub(super) fn coverage(line: &LineCoverage) -> api::Coverage {
    let Coverage { delivery, .. } = line.coverage;
    api::Coverage {
        line: line.line.get().into(),
        requested: line.coverage.requested.get(),
        held: line.coverage.held.get(),
        committed: line.coverage.committed.get(),
        outstanding: line.coverage.outstanding.map(Amount::get),
        over_cover: line.coverage.over_cover.get(),
        commit_track: line.coverage.commit.value(),
        dispatched: delivery.dispatched.get(),
        good: delivery.count.good.get(),
        damaged: delivery.count.damaged.get(),
        missing: delivery.count.missing.get(),
        refused: delivery.count.refused.get(),
        surplus: delivery.count.surplus.get(),
        lost: delivery.lost.get(),
        transit_track: line.coverage.transit.value(),
        fulfil_track: line.coverage.fulfil.value(),
    }
}

/// One revision, with the record as the JSON of the API's message without what follows from other records.
pub fn revision(view: &RevisionView) -> api::Revision {
    api::Revision {
        revision: view.snapshot.revision.get(),
        updated: Some(record::instant(view.snapshot.record.common().updated)),
        holder: view.holder.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: view.state.to_owned(),
        reason: view.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
        snapshot_json: snapshot_json(&view.snapshot),
    }
}

fn snapshot_json(snapshot: &Snapshot<Record>) -> String {
    let (name, etag) = identity(snapshot.record.kind(), snapshot);
    match &snapshot.record {
        Record::Need(need) => {
            let record = Some(record::need(need));
            json::canonical("quince.api.v1.Need", &api::Need { name, etag, record, ..Default::default() })
        }
        Record::Offer(offer) => {
            let record = Some(record::offer(offer));
            json::canonical("quince.api.v1.Offer", &api::Offer { name, etag, record, ..Default::default() })
        }
        Record::Party(party) => {
            let record = Some(record::party(party));
            json::canonical("quince.api.v1.Party", &api::Party { name, etag, record, ..Default::default() })
        }
        Record::Requisition(requisition) => {
            let record = Some(record::requisition(requisition));
            let message = api::Requisition { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Requisition", &message)
        }
        Record::Commitment(commitment) => {
            let record = Some(record::commitment(commitment));
            let message = api::Commitment { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Commitment", &message)
        }
        Record::Partnership(partnership) => {
            let record = Some(record::partnership(partnership));
            let message = api::Partnership { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Partnership", &message)
        }
        Record::Call(call) => {
            let record = Some(record::call(call));
            let message = api::Call { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Call", &message)
        }
        Record::Consignment(consignment) => {
            let record = Some(record::consignment(consignment));
            let message = api::Consignment { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Consignment", &message)
        }
        Record::Receipt(receipt) => {
            let record = Some(record::receipt(receipt));
            let message = api::Receipt { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Receipt", &message)
        }
        Record::Message(message) => {
            let record = Some(record::message(message));
            let message = api::Message { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Message", &message)
        }
        Record::Knowledge(knowledge) => {
            let record = Some(record::knowledge(knowledge));
            let message = api::Knowledge { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Knowledge", &message)
        }
        Record::Report(report) => {
            let record = Some(record::report(report));
            let message = api::Report { name, etag, record, ..Default::default() };
            json::canonical("quince.api.v1.Report", &message)
        }
        Record::OwnItem(item) => {
            let message =
                api::Item { record_name: name, etag, ..super::item::own_content(item, &item.to_item()) };
            json::canonical("quince.api.v1.Item", &message)
        }
        Record::Profile(profile) => json::canonical("quince.record.v1.Profile", &record::profile(profile)),
    }
}
