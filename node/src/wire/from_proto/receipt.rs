//! Requests of `receipt.proto`.

use std::collections::BTreeSet;

use quince_core::domain::agreement::counting::{Tally, TallyLine};
use quince_core::domain::common::Common;
use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::handle::Handle;
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::text::{Reason, Words};
use quince_core::domain::{Instant, LineNumber, RecordId, RecordKind};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::need::stamp;
use super::{each, mask, named, names, optional_reason, required, target, unless_empty};
use crate::office::request::Target;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::{Gate, contact};

/// A receipt is written whole: a count without its lines says nothing.
const MASK: [&str; 4] = ["lines", "received", "received_at", "note"];
const RECORD: &str = "receipt.record";

/// Which consignment was received, and what was counted of it.
pub fn record_receipt(now: Instant, request: api::RecordReceiptRequest) -> Gate<(RecordId, Common, Tally)> {
    let mut faults = Faults::default();
    let written = request.receipt.and_then(|receipt| receipt.record);
    let mut written = faults.take(RECORD, required(written, "a receipt")).unwrap_or_default();
    stamp(now, &mut written.common);
    let consignment = required(written.consignment.take(), "the consignment that was received");
    let consignment = consignment.map_err(Into::into).and_then(record::record_ref);
    let consignment = faults.take_all("receipt.record.consignment", consignment);
    let common = faults.take_all("receipt.record.common", record::common(written.common.take()));
    let tally = faults.take_all(RECORD, tally(written, request.complete));
    check_contact(&mut faults, tally.as_ref().filter(|_| !request.public_contact));
    let built = || Some((consignment?, common?, tally?));
    Ok(faults.finish(built())?)
}

/// What was counted this time.
pub fn correct_receipt(request: api::CorrectReceiptRequest) -> Gate<(Target, Tally, Option<Reason>)> {
    let mut faults = Faults::default();
    faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK));
    let receipt = request.receipt.unwrap_or_default();
    let target = target(&mut faults, RecordKind::Receipt, "receipt", &receipt.name, &receipt.etag);
    let written = faults.take(RECORD, required(receipt.record, "a receipt")).unwrap_or_default();
    let tally = faults.take_all(RECORD, tally(written, request.complete));
    check_contact(&mut faults, tally.as_ref().filter(|_| !request.public_contact));
    let reason = optional_reason(&mut faults, request.reason);
    let built = || Some((target?, tally?, reason?));
    Ok(faults.finish(built())?)
}

fn tally(written: proto::Receipt, complete: bool) -> Result<Tally, FieldErrors> {
    let mut faults = Faults::default();
    let lines = faults.take_all("lines", each(written.lines, LINE_MAX.into(), tally_line));
    let mut seen = BTreeSet::new();
    for (i, line) in lines.iter().flatten().enumerate() {
        let path = format!("lines[{i}].line");
        faults.require(
            seen.insert(line.line),
            &path,
            line.line,
            "each line once, with all that was counted of it",
        );
    }
    let received = faults.take_all("received", record::when(written.received));
    let received_at = written.received_at.map(record::place).transpose();
    let received_at = faults.take_all("received_at", received_at);
    let note = faults.take("note", unless_empty(written.note, Words::new));
    let built = || {
        Some(Tally { lines: lines?, received: received?, received_at: received_at?, note: note?, complete })
    };
    faults.finish(built())
}

fn tally_line(line: proto::ReceiptLine) -> Result<TallyLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let count = faults.take_all("", record::count(&line));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let built = || Some(TallyLine { line: number?, count: count?, note: note? });
    faults.finish(built())
}

fn check_contact(faults: &mut Faults, tally: Option<&Tally>) {
    let Some(tally) = tally else { return };
    let notes = tally.lines.iter().map(|line| line.note.as_ref());
    contact::check_notes(faults, &format!("{RECORD}.lines"), notes);
    contact::check_reason(faults, &format!("{RECORD}.note"), tally.note.as_ref());
}

/// Which receipt.
pub fn get_receipt(request: &api::GetReceiptRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Receipt, &request.name)?)
}

/// Whose receipts, of which consignment, and which of them first.
pub fn list_receipts(
    request: &api::ListReceiptsRequest,
) -> Gate<(Option<Handle>, Option<RecordId>, Page<RecordId>)> {
    let page = page(request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let consignment = names::parse_optional_record(RecordKind::Consignment, &request.consignment);
    let consignment = faults.take("consignment", consignment);
    let built = || Some((owner?, consignment?, page));
    Ok(faults.finish(built())?)
}
