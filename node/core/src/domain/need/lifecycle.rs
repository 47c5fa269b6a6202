//! Who may move a need where. Each step is a function from one revision to the next; the caller is its owner.

use crate::domain::field::FieldError;
use crate::domain::id::RecordId;
use crate::domain::lines::Counted;
use crate::domain::need::{Need, NeedState};
use crate::domain::text::Reason;
use crate::domain::time::Instant;
use crate::domain::transition::TransitionError;

type Step = Result<Need, TransitionError>;

impl Need {
    /// draft → open, where nobody has to approve.
    pub fn open(&self, now: Instant) -> Step {
        let allowed = self.state == NeedState::Draft;
        self.step("open", allowed, "draft", now, None, NeedState::Open)
    }

    /// draft → submitted, where an approver decides.
    pub fn submit(&self, now: Instant) -> Step {
        let allowed = self.state == NeedState::Draft;
        self.step("submit", allowed, "draft", now, None, NeedState::Submitted)
    }

    /// submitted → open, by an approver.
    pub fn approve(&self, now: Instant) -> Step {
        let allowed = self.state == NeedState::Submitted;
        self.step("approve", allowed, "submitted", now, None, NeedState::Open)
    }

    /// open → on hold.
    pub fn hold(&self, now: Instant, reason: Option<Reason>) -> Step {
        let allowed = self.state == NeedState::Open;
        self.step("hold", allowed, "open", now, reason, NeedState::OnHold)
    }

    /// on hold → open.
    pub fn resume(&self, now: Instant) -> Step {
        let allowed = self.state == NeedState::OnHold;
        self.step("resume", allowed, "on_hold", now, None, NeedState::Open)
    }

    /// open or on hold → fulfilled.
    pub fn fulfil(&self, now: Instant) -> Step {
        self.step("fulfil", self.is_published(), "open or on_hold", now, None, NeedState::Fulfilled)
    }

    /// Anything not final → withdrawn. Its requisitions are withdrawn with it, see
    /// [`agreement::budget::withdraw_for_ended_need`](crate::domain::agreement::budget::withdraw_for_ended_need).
    pub fn withdraw(&self, now: Instant, reason: Reason) -> Step {
        let allowed = !self.state.is_final();
        self.step("withdraw", allowed, "a need that has not ended", now, Some(reason), NeedState::Withdrawn)
    }

    /// open or on hold → expired.
    pub fn expire(&self, now: Instant) -> Step {
        self.step("expire", self.is_published(), "open or on_hold", now, None, NeedState::Expired)
    }

    /// open or on hold → duplicate of a need that stays, which is not this one (`own`).
    pub fn duplicate(&self, now: Instant, own: &RecordId, of: RecordId, reason: Option<Reason>) -> Step {
        if *own == of {
            return Err(FieldError::of(of, "another need").under("duplicate_of").into());
        }
        let to = NeedState::Duplicate { of };
        self.step("mark as duplicate", self.is_published(), "open or on_hold", now, reason, to)
    }

    /// Writes new content: title, description, lines, parties and references. State, creation and the exercise flag
    /// stay as they are. Once published, lines change only with a reason and within what is `counted` on them.
    pub fn revise(&self, now: Instant, changed: Self, counted: &Counted, reason: Option<Reason>) -> Step {
        if self.state.is_final() {
            return Err(self.refuse("change", "a need that has not ended"));
        }
        if changed.common.exercise != self.common.exercise {
            return Err(FieldError::of(changed.common.exercise, "the flag of the first revision")
                .under("common.exercise")
                .into());
        }
        if !self.state.is_unpublished() && changed.lines != self.lines {
            self.lines.check_change(&changed.lines, counted)?;
            if reason.is_none() {
                return Err(TransitionError::ReasonMissing { record: "need" });
            }
        }
        let mut next = changed;
        next.common = next.common.revised(now, reason);
        next.common.created = self.common.created;
        next.state = self.state.clone();
        Ok(next)
    }

    /// Whether it is asked for, be it on hold.
    #[must_use]
    pub fn is_published(&self) -> bool {
        matches!(self.state, NeedState::Open | NeedState::OnHold)
    }

    fn step(
        &self,
        action: &'static str,
        allowed: bool,
        expected: &'static str,
        now: Instant,
        reason: Option<Reason>,
        to: NeedState,
    ) -> Step {
        if !allowed {
            return Err(self.refuse(action, expected));
        }
        Ok(Self { common: self.common.revised(now, reason), state: to, ..self.clone() })
    }

    fn refuse(&self, action: &'static str, expected: &'static str) -> TransitionError {
        TransitionError::State { action, record: "need", state: self.state.as_str(), expected }
    }
}
