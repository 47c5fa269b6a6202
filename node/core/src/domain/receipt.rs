//! Receipt: what the receiver counted. One for each consignment and receiver; facts, whatever was promised.

use crate::domain::common::Common;
use crate::domain::id::{LineId, LineNumber, RecordId};
use crate::domain::lines::{Lines, Numbered};
use crate::domain::place::Place;
use crate::domain::quantity::{Amount, Unit};
use crate::domain::text::Note;
use crate::domain::time::When;
use crate::domain::word::words;

/// One revision of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: ReceiptState,
    /// What was received.
    pub consignment: RecordId,
    /// What was counted of each consignment line that is for this receiver.
    pub lines: Lines<ReceiptLine>,
    /// When it came.
    pub received: When,
    /// Where it came.
    pub received_at: Option<Place>,
    /// A remark.
    pub note: Option<Note>,
}

words! {
    /// Where a receipt stands.
    ReceiptState, "a state of a receipt", {
        /// Counting goes on.
        Partial = "partial",
        /// Everything that was dispatched is accounted for.
        Complete = "complete",
    }
}

/// What was counted of one consignment line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptLine {
    /// The consignment line.
    pub line: LineNumber,
    /// The receiver's need line that it is for.
    pub need_line: LineId,
    /// The consignment line's unit.
    pub unit: Unit,
    /// How much of what.
    pub count: Count,
    /// A remark.
    pub note: Option<Note>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// In good order.
    pub good: Amount,
    /// Useless on arrival.
    pub damaged: Amount,
    /// Dispatched and not there.
    pub missing: Amount,
    /// Not accepted.
    pub refused: Amount,
    /// More than was dispatched.
    pub surplus: Amount,
}

impl Count {
    /// What it accounts for of what was dispatched.
    #[must_use]
    pub fn accounted(&self) -> Amount {
        [self.good, self.damaged, self.missing, self.refused].into_iter().sum()
    }

    /// What the need lacks again.
    #[must_use]
    pub fn reopened(&self) -> Amount {
        [self.damaged, self.missing, self.refused].into_iter().sum()
    }
}

impl Numbered for ReceiptLine {
    fn number(&self) -> LineNumber {
        self.line
    }
}
