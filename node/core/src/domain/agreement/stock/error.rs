//! Why the supplier's step was refused.

use thiserror::Error;

use crate::domain::id::{LineId, RecordId};
use crate::domain::item::ItemMismatch;
use crate::domain::offer::OfferState;
use crate::domain::quantity::{Amount, Positive};
use crate::domain::time::Instant;

/// A step on own stock that was refused; nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StockError {
    /// The offer is not on offer.
    #[error("offer is {0}, expected open")]
    OfferNotOpen(OfferState),
    /// A private record takes no part in agreements.
    #[error("{0} is private, expected a record that its partners can see")]
    Private(RecordId),
    /// Nothing can be promised of an unknown quantity.
    #[error("offer line {0} has no figure, expected a quantity to promise against")]
    QuantityUnknown(LineId),
    /// More than is free.
    #[error("{asked} is asked for, expected at most the {free} that is free")]
    TooLittle {
        /// What was asked for.
        asked: Positive,
        /// What is free.
        free: Amount,
    },
    /// The need is not asked for now.
    #[error("need is {0}, expected open")]
    NeedNotOpen(&'static str),
    /// The need line does not exist, or differs from the offer line in kind, unit or exercise.
    #[error("need line {0} does not fit the offer line in kind, unit or exercise")]
    NeedMismatch(LineId),
    /// The offered item may not serve the need.
    #[error(transparent)]
    Item(#[from] ItemMismatch),
    /// One hold for the same need line at a time; the requester can answer only one.
    #[error("{0} is held for this need line already")]
    AlreadyHeld(RecordId),
    /// The hold would end too early or too late.
    #[error("hold until {until}, expected after {now} and at most 30 days later")]
    HoldWindow {
        /// The end that was asked for.
        until: Instant,
        /// The time of the attempt.
        now: Instant,
    },
    /// The requisition asks another line, or its writer does not own the need line.
    #[error("requisition {0} is not one to this offer line by the need's owner")]
    NotConcerned(RecordId),
    /// A refusal asks for nothing.
    #[error("requisition {0} refuses a hold and needs no answer")]
    Refusal(RecordId),
    /// A requisition is answered once and for ever.
    #[error("requisition {requisition} is answered by {by}, expected one without an answer")]
    AlreadyAnswered {
        /// The requisition.
        requisition: RecordId,
        /// The commitment that answers it.
        by: RecordId,
    },
    /// No such commitment on this line.
    #[error("there is no own commitment {0} on this offer line")]
    NoSuchCommitment(RecordId),
    /// The commitment is in a state that the step does not start from.
    #[error("commitment is {state}, expected {expected}")]
    State {
        /// Where it stands.
        state: &'static str,
        /// Where it would have to stand.
        expected: &'static str,
    },
    /// A release keeps less than there was.
    #[error("{keep} would be kept, expected less than the {amount} that is promised")]
    KeepsTooMuch {
        /// What would be kept.
        keep: Amount,
        /// What is promised.
        amount: Amount,
    },
    /// What was shipped cannot be given back.
    #[error("{keep} would be kept, expected at least the {shipped} that is planned or dispatched")]
    KeepsTooLittle {
        /// What would be kept.
        keep: Amount,
        /// What is planned or dispatched.
        shipped: Amount,
    },
    /// The hold has not reached its end.
    #[error("hold lasts until {0}")]
    HoldLasts(Instant),
}
