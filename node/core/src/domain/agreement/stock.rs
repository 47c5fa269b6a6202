//! The supplier's side: what of an offer line is held and promised. The owner decides alone, in one transaction of
//! its own; the order of its ledger is the only truth.
//!
//! Two kinds of steps. A person holds, answers, declines and releases. [`Stock::react`] is what follows by itself,
//! and the node runs it over the pending requisitions of a line whenever a requisition arrives or the line changes.

use crate::domain::agreement::delivery::Deliveries;
use crate::domain::agreement::halves;
use crate::domain::commitment::{Commitment, CommitmentState, ReasonCode};
use crate::domain::common::Common;
use crate::domain::id::{LineId, LineNumber, RecordId};
use crate::domain::lines::Counted;
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::quantity::{Amount, Positive};
use crate::domain::requisition::{Requisition, RequisitionState};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Reason;
use crate::domain::time::Instant;

mod act;
mod error;
mod hold;
mod settle;

pub use error::StockError;
pub use hold::{HOLD_DEFAULT, HOLD_MAX, HoldWish};
pub use settle::settle;

/// One offer line with every own commitment on it.
#[derive(Debug, Clone)]
pub struct Stock<'a> {
    offer: &'a Snapshot<Offer>,
    line: &'a OfferLine,
    line_id: LineId,
    commitments: Vec<&'a Snapshot<Commitment>>,
    /// What the owner has written on other lines: a requisition is answered once, whichever line it names by now.
    elsewhere: Vec<&'a Snapshot<Commitment>>,
    deliveries: &'a Deliveries,
}

/// What the supplier writes to its ledger, under the offer's audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A new commitment; the store gives it a number.
    New(Commitment),
    /// The next revision of a commitment.
    Revised(RecordId, Commitment),
}

/// What the rules say about an unanswered requisition before anybody is asked.
enum Verdict<'a> {
    /// The hold that it names becomes the promise.
    Convert(&'a Snapshot<Commitment>, Positive),
    /// The answer is no.
    Decline(ReasonCode),
    /// A person decides.
    Undecided,
}

/// What of an offer line its owner holds and has promised by these commitments; those of others and on other lines are skipped.
#[must_use]
pub fn reserved<'a>(
    line: &LineId,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
) -> Amount {
    let own = commitments.into_iter().filter(|c| c.owner() == line.owner() && c.record.offer_line == *line);
    own.map(|c| c.record.amount()).sum()
}

impl<'a> Stock<'a> {
    /// The line of an own offer, with the commitments of its owner on it and what became of those; its owner's on other lines
    /// reserve nothing here and are answers all the same, and others in the slice are skipped. `None` when the offer has no
    /// such line.
    #[must_use]
    pub fn new(
        offer: &'a Snapshot<Offer>,
        line: LineNumber,
        commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
        deliveries: &'a Deliveries,
    ) -> Option<Self> {
        let line_id = offer.line_id(line);
        let own = commitments.into_iter().filter(|c| c.owner() == offer.owner());
        let (commitments, elsewhere) = own.partition(|c| c.record.offer_line == line_id);
        Some(Self { offer, line: offer.record.lines.get(line)?, line_id, commitments, elsewhere, deliveries })
    }

    /// The figure that can be promised against; `None` until the offer is quantified.
    #[must_use]
    pub fn quantity(&self) -> Option<Amount> {
        self.line.quantity.cap()
    }

    /// Reserved for needs that have not asked yet.
    #[must_use]
    pub fn held(&self) -> Amount {
        self.commitments.iter().filter(|c| c.record.is_held()).map(|c| c.record.amount()).sum()
    }

    /// Promised, or dispatched before it was released.
    #[must_use]
    pub fn committed(&self) -> Amount {
        self.commitments.iter().filter(|c| !c.record.is_held()).map(|c| c.record.amount()).sum()
    }

    /// Held and committed.
    #[must_use]
    pub fn reserved(&self) -> Amount {
        reserved(&self.line_id, self.commitments.iter().copied())
    }

    /// What can still be held or promised; zero while the quantity is unknown.
    #[must_use]
    pub fn free(&self) -> Amount {
        self.quantity().unwrap_or_default().saturating_sub(self.reserved())
    }

    /// Whether promises have used up the line. Holds do not count: they may end, and the stock comes back.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.quantity().is_some_and(|quantity| self.committed() >= quantity)
    }

    /// The own commitment that answers this requisition, on whichever line.
    #[must_use]
    pub fn answer_to(&self, requisition: &RecordId) -> Option<&'a Snapshot<Commitment>> {
        self.answer_here(requisition).or_else(|| answer(&self.elsewhere, requisition))
    }

    /// The commitment on this line that answers it.
    fn answer_here(&self, requisition: &RecordId) -> Option<&'a Snapshot<Commitment>> {
        answer(&self.commitments, requisition)
    }

    /// What the rules say about a requisition that is addressed to this line, stands, and is unanswered.
    fn verdict(&self, requisition: &Snapshot<Requisition>) -> Verdict<'a> {
        let asked = &requisition.record;
        let RequisitionState::Requested { amount, hold } = &asked.state else {
            return Verdict::Decline(ReasonCode::WithdrawnByRequester);
        };
        let fits = asked.unit == self.line.quantity.unit
            && asked.common.exercise == self.offer.record.common.exercise;
        if !fits {
            return Verdict::Decline(ReasonCode::Mismatch);
        }
        if let Some(hold) = hold {
            match self.verdict_on_hold(asked, hold, *amount) {
                Verdict::Undecided => {}
                decided => return decided,
            }
        }
        match self.offer.record.state {
            OfferState::Open if self.is_exhausted() => Verdict::Decline(ReasonCode::Exhausted),
            OfferState::Open | OfferState::Draft => Verdict::Undecided,
            OfferState::Closed | OfferState::Withdrawn | OfferState::Expired => {
                Verdict::Decline(ReasonCode::OfferClosed)
            }
        }
    }

    /// A waiting hold becomes the promise; one answered before, or not meant for this need, gives a no; one that
    /// ended unanswered decides nothing, and the requisition is an ordinary one.
    fn verdict_on_hold(&self, asked: &Requisition, hold: &RecordId, amount: Positive) -> Verdict<'a> {
        let Some(held) = self.find(hold).filter(|held| held.record.need_line == asked.need_line) else {
            return Verdict::Decline(ReasonCode::Mismatch);
        };
        match &held.record.state {
            CommitmentState::Held { amount: reserved, .. } => Verdict::Convert(held, amount.min(*reserved)),
            CommitmentState::Released { requisition: None, .. } => Verdict::Undecided,
            _ => Verdict::Decline(ReasonCode::AlreadyAnswered),
        }
    }

    fn find(&self, commitment: &RecordId) -> Option<&'a Snapshot<Commitment>> {
        self.commitments.iter().copied().find(|c| c.id == *commitment)
    }

    /// Whether a requisition asks this line for something, and its writer may.
    fn concerns(&self, requisition: &Snapshot<Requisition>) -> bool {
        requisition.record.offer_line == self.line_id && halves::stands(requisition)
    }

    /// The next revision of a commitment in another state.
    fn revised(
        &self,
        now: Instant,
        old: &Commitment,
        state: CommitmentState,
        words: Option<Reason>,
    ) -> Commitment {
        let common = old.common.revised(now, words);
        self.stamped(old.amount(), Commitment { common, state, ..old.clone() })
    }

    /// A no.
    fn declined(
        &self,
        now: Instant,
        requisition: &Snapshot<Requisition>,
        reason: ReasonCode,
        words: Option<Reason>,
    ) -> Commitment {
        let state = CommitmentState::Declined { requisition: requisition.id.clone(), reason };
        self.new_half(now, &requisition.record, state, words)
    }

    /// A new commitment that answers a requisition, in the requisition's unit and exercise so that both halves fold.
    fn new_half(
        &self,
        now: Instant,
        asked: &Requisition,
        state: CommitmentState,
        words: Option<Reason>,
    ) -> Commitment {
        let half = Commitment {
            common: Common { exercise: asked.common.exercise, ..self.common(now, words) },
            state,
            need_line: asked.need_line.clone(),
            offer_line: self.line_id.clone(),
            unit: asked.unit.clone(),
            terms: self.line.terms.clone(),
            offer_revision: self.offer.revision,
            line_amount: Amount::ZERO,
            reserved_after: Amount::ZERO,
        };
        self.stamped(Amount::ZERO, half)
    }

    /// What a commitment has in common with its offer.
    fn common(&self, now: Instant, reason: Option<Reason>) -> Common {
        let Common { exercise, call, incident, .. } = self.offer.record.common.clone();
        Common { exercise, call, incident, reason, ..Common::new(now) }
    }

    /// The commitment with the figures by which any reader audits the line; `before` is what it took until now.
    fn stamped(&self, before: Amount, commitment: Commitment) -> Commitment {
        let others = self.reserved().saturating_sub(before);
        Commitment {
            offer_revision: self.offer.revision,
            line_amount: self.quantity().unwrap_or_default(),
            reserved_after: others.saturating_add(commitment.amount()),
            ..commitment
        }
    }
}

fn answer<'a>(
    commitments: &[&'a Snapshot<Commitment>],
    requisition: &RecordId,
) -> Option<&'a Snapshot<Commitment>> {
    commitments.iter().copied().find(|c| c.record.requisition() == Some(requisition))
}

impl Written {
    /// What it says.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        match self {
            Self::New(commitment) | Self::Revised(_, commitment) => commitment,
        }
    }
}

/// What a correction of the offer must leave covered, by line: what its owner holds and has promised.
#[must_use]
pub fn counted<'a>(
    offer: &Snapshot<Offer>,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
    requisitions: impl IntoIterator<Item = &'a Snapshot<Requisition>>,
) -> Counted {
    let mut counted = Counted::default();
    for requisition in requisitions.into_iter().filter(|r| r.record.offer_line.record == offer.id) {
        counted.add(requisition.record.offer_line.line, Amount::ZERO);
    }
    let own =
        |c: &&Snapshot<Commitment>| c.owner() == offer.owner() && c.record.offer_line.record == offer.id;
    for commitment in commitments.into_iter().filter(own) {
        counted.add(commitment.record.offer_line.line, commitment.record.amount());
    }
    counted
}
