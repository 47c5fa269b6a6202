//! The supplier's gate for consignments: nothing leaves that was not promised, and of nothing more than was promised.
//! Decided in one transaction over the owner's own commitments and consignments.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::agreement::delivery::Deliveries;
use crate::domain::commitment::Commitment;
use crate::domain::common::Common;
use crate::domain::consignment::{CONSIGNEES_MAX, LOTS_MAX};
use crate::domain::consignment::{
    Carriage, Consignee, Consignment, ConsignmentLine, ConsignmentState, DOCUMENTS_MAX, Document, Event,
    EventType, Lot,
};
use crate::domain::field::FieldError;
use crate::domain::id::{LineNumber, Number, RecordId};
use crate::domain::lines::Lines;
use crate::domain::list::List;
use crate::domain::quantity::{Amount, Positive};
use crate::domain::receipt::Count;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{Description, Note, Reason, Title};
use crate::domain::time::Instant;
use crate::domain::transition::TransitionError;

/// What the supplier wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What the record carries; exercise, call and incident come from the commitments where it is silent.
    pub common: Common,
    /// What it is, in one line.
    pub title: Title,
    /// What it is, in full.
    pub description: Description,
    /// What is in it.
    pub lines: Vec<PlanLine>,
    /// How it travels.
    pub carriage: Carriage,
    /// The document checklist.
    pub documents: List<Document, 0, DOCUMENTS_MAX>,
}

/// What of one commitment is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// Its number in the consignment.
    pub line: LineNumber,
    /// Which commitment.
    pub commitment: Number,
    /// How much; `None` for all that has not been shipped yet.
    pub amount: Option<Positive>,
    /// Lots with their expiry.
    pub lots: List<Lot, 0, LOTS_MAX>,
    /// Who gets it at the end.
    pub consignees: List<Consignee, 0, CONSIGNEES_MAX>,
    /// A remark.
    pub note: Option<Note>,
}

/// The owner's promises and what has been shipped of them so far.
#[derive(Debug, Clone, Copy)]
pub struct Promises<'a> {
    /// The commitments that the lines name, at least.
    pub commitments: &'a [Snapshot<Commitment>],
    /// What other own consignments ship of them.
    pub others: &'a Deliveries,
}

/// What receivers have counted of a consignment, by its lines.
pub type Counts = BTreeMap<LineNumber, Count>;

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShipmentError {
    /// No such promise.
    #[error("there is no own commitment {0}")]
    NoSuchCommitment(Number),
    /// What is not promised does not leave.
    #[error("commitment {commitment} is {state}, expected committed")]
    NotCommitted {
        /// Which.
        commitment: RecordId,
        /// Where it stands.
        state: &'static str,
    },
    /// More than is left of the promise.
    #[error(
        "{asked} of commitment {commitment} would be sent, expected at most the {left} promised and not yet sent"
    )]
    TooMuch {
        /// Which.
        commitment: RecordId,
        /// What would be sent in all lines together.
        asked: Amount,
        /// What is left.
        left: Amount,
    },
    /// A receiver holds it in good order.
    #[error("line {line} was received, {good} of it in good order, expected a consignment that nobody has")]
    Received {
        /// Of which line.
        line: LineNumber,
        /// How much.
        good: Amount,
    },
    /// A receiver has counted it.
    #[error("line {line} was counted, {found} of it, expected at least that of the same commitment")]
    Counted {
        /// Which line.
        line: LineNumber,
        /// What was found of it.
        found: Amount,
    },
    /// Drills and real records do not travel together.
    #[error("its commitments are drills and real ones, expected only one of both")]
    ExerciseDiffers,
    /// The state does not allow it, or what would be written is wrong.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

/// Plans a consignment of own commitments.
pub fn plan(now: Instant, plan: Plan, promises: Promises<'_>) -> Result<Consignment, ShipmentError> {
    let lines = lines(plan.lines, promises)?;
    let first = promises.find(lines.iter().next().expect("lines are never empty").commitment)?;
    let Common { exercise, call, incident, .. } = first.record.common.clone();
    let common = Common {
        exercise,
        call: plan.common.call.clone().or(call),
        incident: plan.common.incident.clone().or(incident),
        created: now,
        updated: now,
        ..plan.common
    };
    let Plan { title, description, carriage, documents, .. } = plan;
    let consignment = Consignment {
        common,
        state: ConsignmentState::Planned,
        title,
        description,
        lines,
        carriage,
        documents,
        documents_waived: None,
        events: List::default(),
    };
    check_amounts(&consignment, promises, Leaving::Yes)?;
    Ok(consignment)
}

/// Sends a planned consignment. Promises may have shrunk since it was planned.
pub fn dispatch(
    now: Instant,
    planned: &Consignment,
    event: Event,
    waive: Option<Reason>,
    promises: Promises<'_>,
) -> Result<Consignment, ShipmentError> {
    let dispatched = planned.dispatch(now, event, waive)?;
    check_amounts(&dispatched, promises, Leaving::Yes)?;
    Ok(dispatched)
}

/// Adds a fact. What a receiver has counted as good did not come back, and was neither lost nor diverted.
pub fn enter(
    now: Instant,
    old: &Consignment,
    event: Event,
    counted: &Counts,
) -> Result<Consignment, ShipmentError> {
    let gone = matches!(event.event_type, EventType::Returned | EventType::Diverted | EventType::Lost);
    let good = counted.iter().find(|(_, count)| !count.good.is_zero());
    match good.filter(|_| gone) {
        Some((line, count)) => Err(ShipmentError::Received { line: *line, good: count.good }),
        None => Ok(old.add_event(now, event)?),
    }
}

/// Writes a consignment anew: anything while it is planned, afterwards with a reason. State and events stay, and so does
/// what receivers have counted.
pub fn correct(
    now: Instant,
    old: &Consignment,
    changed: Plan,
    reason: Option<Reason>,
    promises: Promises<'_>,
    counted: &Counts,
) -> Result<Consignment, ShipmentError> {
    if !old.state.counts() {
        return Err(old
            .refuse("correct", "a consignment that was not cancelled and did not come back")
            .into());
    }
    if old.state != ConsignmentState::Planned && reason.is_none() {
        return Err(TransitionError::ReasonMissing { record: "consignment" }.into());
    }
    let Plan { common, title, description, lines: changed_lines, carriage, documents } = changed;
    let lines = lines(changed_lines, promises)?;
    let common = Common { exercise: old.common.exercise, created: old.common.created, ..common };
    let common = common.revised(now, reason);
    let corrected = Consignment { common, title, description, lines, carriage, documents, ..old.clone() };
    check_counted(old, &corrected, counted)?;
    let leaving = if old.state == ConsignmentState::Planned { Leaving::Yes } else { Leaving::Left };
    check_amounts(&corrected, promises, leaving)?;
    Ok(corrected)
}

impl PlanLine {
    /// A line as it stands.
    #[must_use]
    pub fn of(line: &ConsignmentLine) -> Self {
        Self {
            line: line.line,
            commitment: line.commitment,
            amount: Some(line.amount),
            lots: line.lots.clone(),
            consignees: line.consignees.clone(),
            note: line.note.clone(),
        }
    }
}

impl<'a> Promises<'a> {
    fn find(self, number: Number) -> Result<&'a Snapshot<Commitment>, ShipmentError> {
        let found = self.commitments.iter().find(|commitment| commitment.id.number == number);
        found.ok_or(ShipmentError::NoSuchCommitment(number))
    }

    /// What of a promise may still be sent.
    fn left(self, commitment: &Snapshot<Commitment>) -> Amount {
        commitment.record.amount().saturating_sub(self.others.of(commitment).shipped())
    }
}

fn lines(lines: Vec<PlanLine>, promises: Promises<'_>) -> Result<Lines<ConsignmentLine>, ShipmentError> {
    let mut read = Vec::with_capacity(lines.len());
    for (i, line) in lines.into_iter().enumerate() {
        let commitment = promises.find(line.commitment)?;
        let all = || Positive::try_from(promises.left(commitment)).ok();
        let Some(amount) = line.amount.or_else(all) else {
            let (commitment, asked, left) = (commitment.id.clone(), Amount::ZERO, Amount::ZERO);
            return Err(ShipmentError::TooMuch { commitment, asked, left });
        };
        let promise = &commitment.record;
        let line = ConsignmentLine {
            line: line.line,
            commitment: line.commitment,
            need_line: promise.need_line.clone(),
            offer_line: promise.offer_line.clone(),
            amount,
            unit: promise.unit.clone(),
            lots: line.lots,
            consignees: line.consignees,
            note: line.note,
        };
        line.check().map_err(|error| content(error.under(&format!("lines[{i}]"))))?;
        read.push(line);
    }
    Lines::new(read).map_err(|error| content(error.under("lines")))
}

fn content(error: FieldError) -> ShipmentError {
    TransitionError::from(error).into()
}

/// Whether what is checked is still to leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// It is: every promise must stand.
    Yes,
    /// It has left: a promise that was released afterwards covers it.
    Left,
}

/// A line that somebody has counted stays what it is, and at least as much as was found of it.
fn check_counted(old: &Consignment, new: &Consignment, counted: &Counts) -> Result<(), ShipmentError> {
    for (line, count) in counted {
        let before = old.lines.get(*line).map(|line| line.commitment);
        let found = [count.good, count.damaged, count.refused].into_iter().sum::<Amount>();
        let same =
            |after: &&ConsignmentLine| Some(after.commitment) == before && after.amount.amount() >= found;
        if new.lines.get(*line).filter(same).is_none() {
            return Err(ShipmentError::Counted { line: *line, found });
        }
    }
    Ok(())
}

fn check_amounts(
    consignment: &Consignment,
    promises: Promises<'_>,
    leaving: Leaving,
) -> Result<(), ShipmentError> {
    for (number, asked) in consignment.amounts() {
        let commitment = promises.find(number)?;
        let promise = &commitment.record;
        let left = promises.left(commitment);
        let covered = leaving == Leaving::Left && !promise.is_held() && asked <= left;
        if !promise.is_committed() && !covered {
            let (commitment, state) = (commitment.id.clone(), promise.state.as_str());
            return Err(ShipmentError::NotCommitted { commitment, state });
        }
        if promise.common.exercise != consignment.common.exercise {
            return Err(ShipmentError::ExerciseDiffers);
        }
        if asked > left {
            return Err(ShipmentError::TooMuch { commitment: commitment.id.clone(), asked, left });
        }
    }
    Ok(())
}
