//! Answers of `offline.proto`.

use bytes::Bytes;
use quince_proto::admin::v1 as admin;

use crate::office::view::{ImportStep, ImportView, RefusedFeedView};

/// Refused feeds that are named; the others are counted, and stand in the log.
const REFUSED_MAX: usize = 1_000;

/// A part of a have file.
pub fn have_part(data: Bytes) -> admin::GetHaveFileResponse {
    admin::GetHaveFileResponse { data }
}

/// A part of an exported file.
pub fn export_part(data: Bytes, entries: u64, entries_left: u64) -> admin::ExportFileResponse {
    admin::ExportFileResponse { data, entries, entries_left }
}

/// How far an import is.
pub fn import_step(step: ImportStep) -> admin::ImportFileResponse {
    use admin::import_file_response::Step;
    let step = match step {
        ImportStep::Stored(entries) => Step::Entries(entries),
        ImportStep::Done(view) => Step::Report(import_report(*view)),
    };
    admin::ImportFileResponse { step: Some(step) }
}

fn import_report(view: ImportView) -> admin::ImportReport {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    admin::ImportReport {
        writer: view.writer.unwrap_or_default(),
        entries: view.entries,
        feeds_grown: count(view.grown),
        feeds_unchanged: count(view.unchanged),
        feeds_refused: count(view.refused.len()),
        refused: view.refused.into_iter().take(REFUSED_MAX).map(refused_feed).collect(),
        roster_version: view.roster_version.unwrap_or_default(),
        roster_refused: view.roster_refused.unwrap_or_default(),
        broken_off: view.broken_off.unwrap_or_default(),
        read_only_reason: view.read_only.unwrap_or_default(),
    }
}

fn refused_feed(view: RefusedFeedView) -> admin::RefusedFeed {
    admin::RefusedFeed { owner: view.owner, lane: view.lane.name().to_owned(), reason: view.reason }
}
