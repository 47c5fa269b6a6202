//! Commitment: the supplier's half of an agreement, and the only thing that reserves stock.

use crate::domain::common::Common;
use crate::domain::id::{LineId, RecordId, Revision};
use crate::domain::quantity::{Amount, Positive, Unit};
use crate::domain::terms::Terms;
use crate::domain::time::Instant;
use crate::domain::word::words;

/// One revision of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commitment {
    /// What every record carries.
    pub common: Common,
    /// Where it stands, with the quantity.
    pub state: CommitmentState,
    /// Whom it is for.
    pub need_line: LineId,
    /// Which stock; owned by the writer.
    pub offer_line: LineId,
    /// The offer line's base unit.
    pub unit: Unit,
    /// On what terms.
    pub terms: Terms,
    /// The offer's revision when this was written.
    pub offer_revision: Revision,
    /// The offer line's quantity in that revision.
    pub line_amount: Amount,
    /// Held and committed on the offer line once this was written, this included.
    pub reserved_after: Amount,
}

/// Where a commitment stands. The amount may only fall from revision to revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommitmentState {
    /// Stock reserved before it was asked for; waits for the requester's half.
    Held {
        /// How much.
        amount: Positive,
        /// The hold ends at this instant, by an entry that its owner writes.
        until: Instant,
    },
    /// Promised.
    Committed {
        /// The requisition that it answers.
        requisition: RecordId,
        /// How much.
        amount: Positive,
        /// Why part of it was released, if some was.
        reduced: Option<ReasonCode>,
    },
    /// Refused.
    Declined {
        /// The requisition that it answers.
        requisition: RecordId,
        /// Why.
        reason: ReasonCode,
    },
    /// Given back.
    Released {
        /// The requisition that it answered; `None` for a hold that none answered.
        requisition: Option<RecordId>,
        /// What was dispatched before and so does not come back.
        amount: Amount,
        /// Why.
        reason: ReasonCode,
    },
}

words! {
    /// Why a commitment was declined or released.
    ReasonCode, "a reason", {
        /// The stock ran out.
        Exhausted = "exhausted",
        /// The offer was closed or withdrawn.
        OfferClosed = "offer_closed",
        /// The hold it names was answered before.
        AlreadyAnswered = "already_answered",
        /// The goods do not suit.
        NotSuitable = "not_suitable",
        /// The terms do not suit.
        Terms = "terms",
        /// Nobody can carry it.
        NoTransport = "no_transport",
        /// The requester withdrew.
        WithdrawnByRequester = "withdrawn_by_requester",
        /// The requester refused the hold.
        RefusedByRequester = "refused_by_requester",
        /// The hold reached its end.
        HoldEnded = "hold_ended",
        /// The offer has no figure to promise against.
        QuantityUnknown = "quantity_unknown",
        /// The need was closed.
        NeedClosed = "need_closed",
        /// More requisitions than are owed an answer.
        OverLimit = "over_limit",
        /// Somebody at the supplier's desk decided so.
        DeclinedByOperator = "declined_by_operator",
        /// The stock was lost.
        StockLost = "stock_lost",
        /// The requisition does not fit the offer line or the hold it names.
        Mismatch = "mismatch",
        /// Anything else; the reason's words say what.
        Other = "other",
    }
}

impl Commitment {
    /// How much of the stock it takes: what is held, promised, or dispatched before it was released.
    #[must_use]
    pub fn amount(&self) -> Amount {
        match &self.state {
            CommitmentState::Held { amount, .. } | CommitmentState::Committed { amount, .. } => {
                amount.amount()
            }
            CommitmentState::Declined { .. } => Amount::ZERO,
            CommitmentState::Released { amount, .. } => *amount,
        }
    }

    /// The requisition that it answers; `None` for a hold that none has answered.
    #[must_use]
    pub fn requisition(&self) -> Option<&RecordId> {
        match &self.state {
            CommitmentState::Held { .. } => None,
            CommitmentState::Committed { requisition, .. }
            | CommitmentState::Declined { requisition, .. } => Some(requisition),
            CommitmentState::Released { requisition, .. } => requisition.as_ref(),
        }
    }

    /// Why it was declined, released or reduced.
    #[must_use]
    pub fn reason_code(&self) -> Option<ReasonCode> {
        match &self.state {
            CommitmentState::Held { .. } => None,
            CommitmentState::Committed { reduced, .. } => *reduced,
            CommitmentState::Declined { reason, .. } | CommitmentState::Released { reason, .. } => {
                Some(*reason)
            }
        }
    }

    /// When the hold ends, if it is one.
    #[must_use]
    pub fn held_until(&self) -> Option<Instant> {
        match &self.state {
            CommitmentState::Held { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether it is a hold that waits.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.state, CommitmentState::Held { .. })
    }

    /// Whether it is a promise that stands.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        matches!(self.state, CommitmentState::Committed { .. })
    }
}

impl CommitmentState {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Committed { .. } => "committed",
            Self::Declined { .. } => "declined",
            Self::Released { .. } => "released",
        }
    }
}
