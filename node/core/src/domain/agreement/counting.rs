//! The receiver's gate for receipts: what is counted of a consignment, once, for own needs only.

use thiserror::Error;

use crate::domain::common::Common;
use crate::domain::consignment::{Consignment, ConsignmentLine, ConsignmentState};
use crate::domain::field::FieldError;
use crate::domain::handle::Handle;
use crate::domain::id::{LineNumber, RecordId};
use crate::domain::lines::Lines;
use crate::domain::place::Place;
use crate::domain::quantity::Amount;
use crate::domain::receipt::{Count, Receipt, ReceiptLine, ReceiptState};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{Note, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;

/// What the receiver counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// What was counted of which line; a line that is left out was not counted.
    pub lines: Vec<TallyLine>,
    /// When it came.
    pub received: When,
    /// Where it came.
    pub received_at: Option<Place>,
    /// A remark.
    pub note: Option<Note>,
    /// Counting is over: what is not accounted for is missing.
    pub complete: bool,
}

/// What was counted of one consignment line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyLine {
    /// The consignment line.
    pub line: LineNumber,
    /// How much of what.
    pub count: Count,
    /// A remark.
    pub note: Option<Note>,
}

/// Why nothing is counted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CountingError {
    /// Nothing in it is for this city.
    #[error("consignment {0} has no line for a need of this city")]
    NotForUs(RecordId),
    /// It has not left, or never will.
    #[error("consignment {consignment} is {state}, expected one that was dispatched")]
    NotDispatched {
        /// Which.
        consignment: RecordId,
        /// Where it stands.
        state: &'static str,
    },
    /// One receipt for each consignment and receiver.
    #[error("consignment {consignment} is counted in receipt {receipt}, expected one that is not")]
    Counted {
        /// Which.
        consignment: RecordId,
        /// The receipt that there is.
        receipt: RecordId,
    },
    /// The line is not for this city, or there is none.
    #[error("line {line} of consignment {consignment} is not for a need of this city")]
    NoSuchLine {
        /// Which.
        consignment: RecordId,
        /// The line.
        line: LineNumber,
    },
    /// More is accounted for than was dispatched.
    #[error(
        "{accounted} of line {line} is accounted for, expected at most the {dispatched} that was dispatched"
    )]
    TooMuch {
        /// The line.
        line: LineNumber,
        /// Good, damaged, missing and refused.
        accounted: Amount,
        /// What was dispatched.
        dispatched: Amount,
    },
    /// What would be written is wrong.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

/// Counts a consignment for the first time. `written` is the receiver's receipt for it, if there is one.
pub fn record(
    now: Instant,
    receiver: &Handle,
    consignment: &Snapshot<Consignment>,
    written: Option<&Snapshot<Receipt>>,
    common: Common,
    tally: Tally,
) -> Result<Receipt, CountingError> {
    check_counted(receiver, consignment)?;
    if let Some(receipt) = written {
        let (consignment, receipt) = (consignment.id.clone(), receipt.id.clone());
        return Err(CountingError::Counted { consignment, receipt });
    }
    let Common { exercise, call, incident, .. } = consignment.record.common.clone();
    let common = Common {
        exercise,
        call: common.call.clone().or(call),
        incident: common.incident.clone().or(incident),
        created: now,
        updated: now,
        ..common
    };
    receipt(receiver, consignment, common, tally)
}

/// Counts again: freely while counting goes on, with a reason once it is complete.
pub fn correct(
    now: Instant,
    old: &Snapshot<Receipt>,
    consignment: &Snapshot<Consignment>,
    tally: Tally,
    reason: Option<Reason>,
) -> Result<Receipt, CountingError> {
    if old.record.state == ReceiptState::Complete && reason.is_none() {
        return Err(TransitionError::ReasonMissing { record: "receipt" }.into());
    }
    let common = old.record.common.revised(now, reason);
    receipt(old.owner(), consignment, common, tally)
}

fn check_counted(receiver: &Handle, consignment: &Snapshot<Consignment>) -> Result<(), CountingError> {
    if consignment.record.lines_for(receiver).next().is_none() {
        return Err(CountingError::NotForUs(consignment.id.clone()));
    }
    let state = consignment.record.state;
    if matches!(state, ConsignmentState::Planned | ConsignmentState::Cancelled) {
        let (consignment, state) = (consignment.id.clone(), state.as_str());
        return Err(CountingError::NotDispatched { consignment, state });
    }
    Ok(())
}

fn receipt(
    receiver: &Handle,
    consignment: &Snapshot<Consignment>,
    common: Common,
    tally: Tally,
) -> Result<Receipt, CountingError> {
    let known: Vec<&ConsignmentLine> = consignment.record.lines_for(receiver).collect();
    if let Some(stray) = tally.lines.iter().find(|counted| known.iter().all(|line| line.line != counted.line))
    {
        let (consignment, line) = (consignment.id.clone(), stray.line);
        return Err(CountingError::NoSuchLine { consignment, line });
    }
    let mut lines = Vec::new();
    for line in &known {
        let counted = tally.lines.iter().find(|counted| counted.line == line.line);
        if let Some(counted) = counted_line(line, counted, tally.complete)? {
            lines.push(counted);
        }
    }
    let all = lines.len() == known.len();
    let accounted = |counted: &ReceiptLine| {
        let sent = known.iter().find(|line| line.line == counted.line);
        sent.is_some_and(|line| counted.count.accounted() == line.amount.amount())
    };
    let state =
        if all && lines.iter().all(accounted) { ReceiptState::Complete } else { ReceiptState::Partial };
    let lines = Lines::new(lines).map_err(|error: FieldError| TransitionError::from(error.under("lines")))?;
    let Tally { received, received_at, note, .. } = tally;
    Ok(Receipt { common, state, consignment: consignment.id.clone(), lines, received, received_at, note })
}

/// One line as it is written; once counting is over, what is not accounted for is missing.
fn counted_line(
    line: &ConsignmentLine,
    counted: Option<&TallyLine>,
    complete: bool,
) -> Result<Option<ReceiptLine>, CountingError> {
    let (mut count, note) = match counted {
        Some(counted) => (counted.count, counted.note.clone()),
        None if complete => (Count::default(), None),
        None => return Ok(None),
    };
    let (accounted, dispatched) = (count.accounted(), line.amount.amount());
    if accounted > dispatched {
        return Err(CountingError::TooMuch { line: line.line, accounted, dispatched });
    }
    if complete {
        count.missing = count.missing.saturating_add(dispatched.saturating_sub(accounted));
    }
    let (need_line, unit) = (line.need_line.clone(), line.unit.clone());
    Ok(Some(ReceiptLine { line: line.line, need_line, unit, count, note }))
}
