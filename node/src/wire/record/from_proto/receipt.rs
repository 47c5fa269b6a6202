//! Receipts, in the order of `receipt.proto`.

use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::receipt::{Count, ReceiptLine};
use quince_core::domain::text::Words;
use quince_core::domain::{Amount, LineNumber, Receipt, ReceiptState};
use quince_proto::record::v1 as proto;

use super::common::{common, place, record_ref, required_line, when};
use super::{each, required, unless_empty};
use crate::wire::vocabulary::Vocabulary;

/// A receipt.
pub fn receipt(receipt: proto::Receipt) -> Result<Receipt, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(receipt.common));
    let state = faults.take("state", ReceiptState::from_value(receipt.state));
    let consignment = required(receipt.consignment, "the consignment that was received");
    let consignment = consignment.map_err(Into::into).and_then(record_ref);
    let consignment = faults.take_all("consignment", consignment);
    let lines = each(receipt.lines, LINE_MAX.into(), line).and_then(|lines| Ok(Lines::new(lines)?));
    let lines = faults.take_all("lines", lines);
    let received = faults.take_all("received", when(receipt.received));
    let received_at = faults.take_all("received_at", receipt.received_at.map(place).transpose());
    let note = faults.take("note", unless_empty(receipt.note, Words::new));
    let built = || {
        Some(Receipt {
            common: common?,
            state: state?,
            consignment: consignment?,
            lines: lines?,
            received: received?,
            received_at: received_at?,
            note: note?,
        })
    };
    faults.finish(built())
}

fn line(line: proto::ReceiptLine) -> Result<ReceiptLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let need_line = faults.take_all("need_line", required_line(line.need_line.clone()));
    let unit = faults.take("unit", line.unit.parse());
    let count = faults.take_all("", count(&line));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let built = || {
        Some(ReceiptLine { line: number?, need_line: need_line?, unit: unit?, count: count?, note: note? })
    };
    faults.finish(built())
}

/// What was counted of a line.
pub fn count(line: &proto::ReceiptLine) -> Result<Count, FieldErrors> {
    let mut faults = Faults::default();
    let good = faults.take("good", Amount::new(line.good));
    let damaged = faults.take("damaged", Amount::new(line.damaged));
    let missing = faults.take("missing", Amount::new(line.missing));
    let refused = faults.take("refused", Amount::new(line.refused));
    let surplus = faults.take("surplus", Amount::new(line.surplus));
    let built = || {
        Some(Count {
            good: good?,
            damaged: damaged?,
            missing: missing?,
            refused: refused?,
            surplus: surplus?,
        })
    };
    faults.finish(built())
}
