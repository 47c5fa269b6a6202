//! Who may move an offer where. Each step is a function from one revision to the next; the caller is its owner.
//!
//! Ending an offer also answers its pending requisitions: see
//! [`agreement::stock::settle`](crate::domain::agreement::stock::settle).

use crate::domain::field::FieldError;
use crate::domain::lines::Counted;
use crate::domain::offer::{Offer, OfferState, is_stale};
use crate::domain::text::Reason;
use crate::domain::time::Instant;
use crate::domain::transition::TransitionError;

type Step = Result<Offer, TransitionError>;

impl Offer {
    /// draft → open; opening says that the stock is there.
    pub fn open(&self, now: Instant) -> Step {
        let step = self.step("open", OfferState::Draft, now, None, OfferState::Open)?;
        Ok(Self { confirmed: now, ..step })
    }

    /// open → open: the stock is still there.
    pub fn confirm(&self, now: Instant) -> Step {
        let step = self.step("confirm", OfferState::Open, now, None, OfferState::Open)?;
        Ok(Self { confirmed: now, ..step })
    }

    /// open → closed: nothing more to give.
    pub fn close(&self, now: Instant, reason: Option<Reason>) -> Step {
        self.step("close", OfferState::Open, now, reason, OfferState::Closed)
    }

    /// draft or open → withdrawn.
    pub fn withdraw(&self, now: Instant, reason: Reason) -> Step {
        if self.state == OfferState::Draft {
            return self.step("withdraw", OfferState::Draft, now, Some(reason), OfferState::Withdrawn);
        }
        self.step("withdraw", OfferState::Open, now, Some(reason), OfferState::Withdrawn)
    }

    /// open → expired.
    pub fn expire(&self, now: Instant) -> Step {
        self.step("expire", OfferState::Open, now, None, OfferState::Expired)
    }

    /// Writes new content: title, description, lines, parties and references. State, creation, confirmation and the
    /// exercise flag stay as they are. Once published, lines change only with a reason and within what is `counted`
    /// on them, which is what is held and committed.
    pub fn revise(&self, now: Instant, changed: Self, counted: &Counted, reason: Option<Reason>) -> Step {
        if !matches!(self.state, OfferState::Draft | OfferState::Open) {
            return Err(self.refuse("change", "draft or open"));
        }
        if changed.common.exercise != self.common.exercise {
            return Err(FieldError::of(changed.common.exercise, "the flag of the first revision")
                .under("common.exercise")
                .into());
        }
        if self.state == OfferState::Open && changed.lines != self.lines {
            self.lines.check_change(&changed.lines, counted)?;
            if reason.is_none() {
                return Err(TransitionError::ReasonMissing { record: "offer" });
            }
        }
        let mut next = changed;
        next.common = next.common.revised(now, reason);
        next.common.created = self.common.created;
        next.state = self.state;
        next.confirmed = self.confirmed;
        Ok(next)
    }

    /// Whether its owner has not confirmed it for [`STALE_AFTER`](super::STALE_AFTER).
    #[must_use]
    pub fn is_stale(&self, now: Instant) -> bool {
        is_stale(now, self.confirmed)
    }

    fn step(
        &self,
        action: &'static str,
        from: OfferState,
        now: Instant,
        reason: Option<Reason>,
        to: OfferState,
    ) -> Step {
        if self.state != from {
            return Err(self.refuse(action, from.as_str()));
        }
        Ok(Self { common: self.common.revised(now, reason), state: to, ..self.clone() })
    }

    fn refuse(&self, action: &'static str, expected: &'static str) -> TransitionError {
        TransitionError::State { action, record: "offer", state: self.state.as_str(), expected }
    }
}
