//! What a person at the supplier's desk does with requisitions and promises: answer, decline, release.

use crate::domain::agreement::stock::{Stock, StockError, Verdict, Written};
use crate::domain::commitment::{Commitment, CommitmentState, ReasonCode};
use crate::domain::id::RecordId;
use crate::domain::quantity::{Amount, Positive};
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;
use crate::domain::terms::Terms;
use crate::domain::text::Reason;
use crate::domain::time::Instant;

impl<'a> Stock<'a> {
    /// Says yes, for `up_to` that much (`None`: all that was asked for), as far as stock is free; what is not
    /// promised lapses. Where the rules leave only a no, the answer is that no with its reason, not an error.
    pub fn answer(
        &self,
        now: Instant,
        requisition: &Snapshot<Requisition>,
        up_to: Option<Positive>,
        terms: Option<Terms>,
    ) -> Result<Written, StockError> {
        self.check_unanswered(requisition)?;
        let wanted = |amount: Positive| up_to.map_or(amount, |up_to| up_to.min(amount));
        let written = match self.verdict(requisition) {
            Verdict::Decline(reason) => {
                return Ok(Written::New(self.declined(now, requisition, reason, None)));
            }
            Verdict::Convert(hold, amount) => self.converted(now, hold, requisition, wanted(amount)),
            Verdict::Undecided => self.promised(now, requisition, up_to)?,
        };
        Ok(match terms {
            Some(terms) => written.on(terms),
            None => written,
        })
    }

    /// Says no.
    pub fn decline(
        &self,
        now: Instant,
        requisition: &Snapshot<Requisition>,
        reason: ReasonCode,
        words: Option<Reason>,
    ) -> Result<Commitment, StockError> {
        self.check_unanswered(requisition)?;
        Ok(self.declined(now, requisition, reason, words))
    }

    /// Gives stock back: all of it, or all but `keep`, which covers at least what was shipped. A promise once given back
    /// does not return.
    pub fn release(
        &self,
        now: Instant,
        commitment: &RecordId,
        keep: Amount,
        reason: ReasonCode,
        words: Option<Reason>,
    ) -> Result<Written, StockError> {
        let old = self.find(commitment).ok_or_else(|| StockError::NoSuchCommitment(commitment.clone()))?;
        let amount = old.record.amount();
        let shipped = self.deliveries.of(old).shipped();
        if keep < shipped {
            return Err(StockError::KeepsTooLittle { keep, shipped });
        }
        if keep >= amount && (old.record.is_held() || old.record.is_committed()) {
            return Err(StockError::KeepsTooMuch { keep, amount });
        }
        let state = match (&old.record.state, Positive::try_from(keep)) {
            (CommitmentState::Held { .. } | CommitmentState::Committed { .. }, Err(_)) => {
                return Ok(self.released(now, old, reason, words));
            }
            (CommitmentState::Held { until, .. }, Ok(amount)) => {
                CommitmentState::Held { amount, until: *until }
            }
            (CommitmentState::Committed { requisition, .. }, Ok(amount)) => {
                CommitmentState::Committed { requisition: requisition.clone(), amount, reduced: Some(reason) }
            }
            (over, _) => {
                return Err(StockError::State { state: over.as_str(), expected: "held or committed" });
            }
        };
        Ok(Written::Revised(old.id.clone(), self.revised(now, &old.record, state, words)))
    }

    /// The waiting hold as a promise; what the requisition does not ask for is free again.
    pub(super) fn converted(
        &self,
        now: Instant,
        hold: &Snapshot<Commitment>,
        requisition: &Snapshot<Requisition>,
        amount: Positive,
    ) -> Written {
        let requisition = requisition.id.clone();
        let state = CommitmentState::Committed { requisition, amount, reduced: None };
        Written::Revised(hold.id.clone(), self.revised(now, &hold.record, state, None))
    }

    pub(super) fn released(
        &self,
        now: Instant,
        old: &Snapshot<Commitment>,
        reason: ReasonCode,
        words: Option<Reason>,
    ) -> Written {
        let requisition = old.record.requisition().cloned();
        // What has left does not come back by a word.
        let amount = self.deliveries.of(old).dispatched.min(old.record.amount());
        let state = CommitmentState::Released { requisition, amount, reason };
        Written::Revised(old.id.clone(), self.revised(now, &old.record, state, words))
    }

    /// A new promise of what is free.
    fn promised(
        &self,
        now: Instant,
        requisition: &Snapshot<Requisition>,
        up_to: Option<Positive>,
    ) -> Result<Written, StockError> {
        if self.quantity().is_none() {
            return Err(StockError::QuantityUnknown(self.line_id.clone()));
        }
        let asked = Positive::try_from(requisition.record.amount()).expect("a refusal is not answered");
        let wanted = up_to.map_or(asked, |up_to| up_to.min(asked));
        // Only holds can leave nothing free here; they may end, so the requisition goes on waiting.
        let amount = Positive::try_from(wanted.amount().min(self.free()))
            .map_err(|_| StockError::TooLittle { asked: wanted, free: Amount::ZERO })?;
        let state = CommitmentState::Committed { requisition: requisition.id.clone(), amount, reduced: None };
        Ok(Written::New(self.new_half(now, &requisition.record, state, None)))
    }

    fn check_unanswered(&self, requisition: &Snapshot<Requisition>) -> Result<(), StockError> {
        if !self.concerns(requisition) {
            return Err(StockError::NotConcerned(requisition.id.clone()));
        }
        if requisition.record.is_refusal() {
            return Err(StockError::Refusal(requisition.id.clone()));
        }
        match self.answer_to(&requisition.id) {
            Some(by) => {
                Err(StockError::AlreadyAnswered { requisition: requisition.id.clone(), by: by.id.clone() })
            }
            None => Ok(()),
        }
    }
}

impl Written {
    fn on(self, terms: Terms) -> Self {
        match self {
            Self::New(commitment) => Self::New(Commitment { terms, ..commitment }),
            Self::Revised(id, commitment) => Self::Revised(id, Commitment { terms, ..commitment }),
        }
    }
}
