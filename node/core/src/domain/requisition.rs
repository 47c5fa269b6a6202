//! Requisition: the requester's half of an agreement. References and quantity never change.

use crate::domain::common::Common;
use crate::domain::id::{LineId, RecordId};
use crate::domain::quantity::{Amount, Positive, Unit};
use crate::domain::terms::Terms;

/// One revision of a requisition: "we want this much of that offer line for that need line".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requisition {
    /// What every record carries.
    pub common: Common,
    /// Where it stands, with the quantity.
    pub state: RequisitionState,
    /// What it is for; owned by the writer.
    pub need_line: LineId,
    /// What is asked of whom.
    pub offer_line: LineId,
    /// The base unit of both lines.
    pub unit: Unit,
    /// On what terms.
    pub terms: Terms,
    /// The requester accepts goods with less shelf life than the default.
    pub accept_short_dated: bool,
}

/// Where a requisition stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequisitionState {
    /// Asked for.
    Requested {
        /// How much.
        amount: Positive,
        /// The hold that this answers.
        hold: Option<RecordId>,
    },
    /// Says no to a hold.
    Refused {
        /// Which hold.
        hold: RecordId,
    },
    /// No longer wanted.
    Withdrawn {
        /// How much was asked for.
        amount: Positive,
        /// The hold that this answered.
        hold: Option<RecordId>,
        /// The need's owner freed the quantity although the supplier had not answered.
        forced: bool,
    },
}

impl Requisition {
    /// How much is or was asked for; zero in a refusal.
    #[must_use]
    pub fn amount(&self) -> Amount {
        match &self.state {
            RequisitionState::Requested { amount, .. } | RequisitionState::Withdrawn { amount, .. } => {
                amount.amount()
            }
            RequisitionState::Refused { .. } => Amount::ZERO,
        }
    }

    /// The hold that it answers.
    #[must_use]
    pub fn hold(&self) -> Option<&RecordId> {
        match &self.state {
            RequisitionState::Requested { hold, .. } | RequisitionState::Withdrawn { hold, .. } => {
                hold.as_ref()
            }
            RequisitionState::Refused { hold } => Some(hold),
        }
    }

    /// Whether it asks for something now.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        matches!(self.state, RequisitionState::Requested { .. })
    }

    /// Whether it says no to a hold.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self.state, RequisitionState::Refused { .. })
    }

    /// Whether its owner freed the quantity without an answer.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        matches!(self.state, RequisitionState::Withdrawn { forced: true, .. })
    }
}

impl RequisitionState {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Refused { .. } => "refused",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}
