//! Why the requester's step was refused.

use thiserror::Error;

use crate::domain::agreement::flood::Limit;
use crate::domain::id::{LineId, RecordId};
use crate::domain::item::ItemMismatch;
use crate::domain::kind::Kind;
use crate::domain::offer::OfferState;
use crate::domain::quantity::{Amount, Positive, Unit};

/// Why a requisition was not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The need is not asked for now.
    #[error("need is {0}, expected open")]
    NeedNotOpen(&'static str),
    /// The offer is not on offer now.
    #[error("offer is {0}, expected open")]
    OfferNotOpen(OfferState),
    /// A private record takes no part in agreements.
    #[error("{0} is private, expected a record that its partners can see")]
    Private(RecordId),
    /// The need or offer has no such line.
    #[error("there is no line {0}")]
    NoSuchLine(LineId),
    /// A drill and a real record do not meet.
    #[error("one of need and offer is an exercise, expected both or neither")]
    ExerciseDiffers,
    /// Lines of different kinds do not meet.
    #[error("offer line is about {offer}, expected {need} as in the need line")]
    KindDiffers {
        /// The need line's.
        need: Kind,
        /// The offer line's.
        offer: Kind,
    },
    /// The offered item may not serve the need.
    #[error(transparent)]
    Item(#[from] ItemMismatch),
    /// Lines in different units do not meet.
    #[error("offer line counts {offer}, expected {need} as in the need line")]
    UnitDiffers {
        /// The need line's.
        need: Unit,
        /// The offer line's.
        offer: Unit,
    },
    /// More than the need lacks.
    #[error("{asked} is asked for, expected at most the {lacks} that the need line lacks")]
    MoreThanLacking {
        /// What was asked for.
        asked: Positive,
        /// What is lacking.
        lacks: Amount,
    },
    /// Too many open requisitions.
    #[error("one more is asked for, expected at most {0}")]
    OverLimit(Limit),
    /// The hold is not for these lines.
    #[error("hold {0} is not for this need line and offer line")]
    HoldMismatch(RecordId),
    /// The hold no longer waits for an answer.
    #[error("hold {hold} is {state}, expected one that waits for an answer")]
    HoldOver {
        /// Which hold.
        hold: RecordId,
        /// Where it stands.
        state: &'static str,
    },
}

/// Why a requisition was not withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WithdrawError {
    /// There is nothing left to withdraw.
    #[error("requisition is {0}, expected one that is requested")]
    Over(&'static str),
}
