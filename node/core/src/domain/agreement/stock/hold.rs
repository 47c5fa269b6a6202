//! Holding stock before it was asked for, and ending the hold.

use std::time::Duration;

use crate::domain::agreement::stock::{Stock, StockError, Written};
use crate::domain::commitment::{Commitment, CommitmentState, ReasonCode};
use crate::domain::id::{LineNumber, RecordId};
use crate::domain::item::{Catalogue, check_serves};
use crate::domain::need::Need;
use crate::domain::offer::OfferState;
use crate::domain::quantity::{Amount, Positive};
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::terms::Terms;
use crate::domain::time::Instant;

/// How long a hold lasts unless somebody says otherwise: a desk answers within three days.
pub const HOLD_DEFAULT: Duration = Duration::from_hours(72);

/// The longest hold: as long as an offer counts without being confirmed.
pub const HOLD_MAX: Duration = Duration::from_hours(30 * 24);

/// What a supplier wants to hold.
#[derive(Debug, Clone)]
pub struct HoldWish<'a> {
    /// For whom.
    pub need: &'a Snapshot<Need>,
    /// For which of its lines.
    pub need_line: LineNumber,
    /// How much, in the unit of both lines.
    pub amount: Positive,
    /// Until when; `None` for [`HOLD_DEFAULT`].
    pub until: Option<Instant>,
    /// On what terms; `None` for the offer line's.
    pub terms: Option<Terms>,
}

impl Stock<'_> {
    /// Reserves stock for a need that has not asked for it.
    pub fn hold(
        &self,
        catalogue: &Catalogue,
        now: Instant,
        wish: HoldWish<'_>,
    ) -> Result<Commitment, StockError> {
        self.check_holdable(wish.amount)?;
        self.check_need(catalogue, &wish)?;
        let need_line = wish.need.line_id(wish.need_line);
        if let Some(first) =
            self.commitments.iter().find(|c| c.record.is_held() && c.record.need_line == need_line)
        {
            return Err(StockError::AlreadyHeld(first.id.clone()));
        }
        let until = wish.until.unwrap_or_else(|| now.plus(HOLD_DEFAULT));
        if until <= now || until > now.plus(HOLD_MAX) {
            return Err(StockError::HoldWindow { until, now });
        }
        let hold = Commitment {
            common: self.common(now, None),
            state: CommitmentState::Held { amount: wish.amount, until },
            need_line,
            offer_line: self.line_id.clone(),
            unit: self.line.quantity.unit.clone(),
            terms: wish.terms.unwrap_or_else(|| self.line.terms.clone()),
            offer_revision: self.offer.revision,
            line_amount: Amount::ZERO,
            reserved_after: Amount::ZERO,
        };
        Ok(self.stamped(Amount::ZERO, hold))
    }

    /// Ends a hold that has reached its end. Only this entry ends it, never a reader's clock.
    pub fn end_hold(&self, now: Instant, hold: &RecordId) -> Result<Written, StockError> {
        let held = self.find(hold).ok_or_else(|| StockError::NoSuchCommitment(hold.clone()))?;
        match held.record.held_until() {
            None => Err(StockError::State { state: held.record.state.as_str(), expected: "held" }),
            Some(until) if now < until => Err(StockError::HoldLasts(until)),
            Some(_) => Ok(self.released(now, held, ReasonCode::HoldEnded, None)),
        }
    }

    /// The holds that have reached their end.
    pub fn ended_holds(&self, now: Instant) -> impl Iterator<Item = &Snapshot<Commitment>> {
        self.commitments
            .iter()
            .copied()
            .filter(move |c| c.record.held_until().is_some_and(|until| until <= now))
    }

    fn check_holdable(&self, amount: Positive) -> Result<(), StockError> {
        if self.offer.record.state != OfferState::Open {
            return Err(StockError::OfferNotOpen(self.offer.record.state));
        }
        if self.offer.audience == Audience::Private {
            return Err(StockError::Private(self.offer.id.clone()));
        }
        if self.quantity().is_none() {
            return Err(StockError::QuantityUnknown(self.line_id.clone()));
        }
        if amount.amount() > self.free() {
            return Err(StockError::TooLittle { asked: amount, free: self.free() });
        }
        Ok(())
    }

    fn check_need(&self, catalogue: &Catalogue, wish: &HoldWish<'_>) -> Result<(), StockError> {
        let need = &wish.need.record;
        if !need.is_published() {
            return Err(StockError::NeedNotOpen(need.state.as_str()));
        }
        let fits = need.lines.get(wish.need_line).is_some_and(|line| {
            line.kind == self.line.kind
                && line.quantity.unit == self.line.quantity.unit
                && need.common.exercise == self.offer.record.common.exercise
        });
        if !fits {
            return Err(StockError::NeedMismatch(wish.need.line_id(wish.need_line)));
        }
        self.check_item(catalogue, wish.need, wish.need_line)
    }

    /// Checks that this stock may serve a line of a need, as far as the need has arrived.
    pub fn check_item(
        &self,
        catalogue: &Catalogue,
        need: &Snapshot<Need>,
        need_line: LineNumber,
    ) -> Result<(), StockError> {
        let Some(line) = need.record.lines.get(need_line) else { return Ok(()) };
        Ok(check_serves(catalogue, &line.item, &self.line.item, line.accept_lower_grade)?)
    }
}
