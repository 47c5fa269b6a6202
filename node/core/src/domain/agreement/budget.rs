//! The requester's side: how much a need still lacks, and so how much may be asked for.
//!
//! What is asked for counts until it is answered, also after it was withdrawn, or the same assent could be spent
//! twice. A hold counts nothing: nobody's need is covered by what it did not ask for.

use crate::domain::agreement::flood::{Limit, Tally};
use crate::domain::agreement::halves::Pair;
use crate::domain::commitment::Commitment;
use crate::domain::common::Common;
use crate::domain::id::{LineId, LineNumber, RecordId};
use crate::domain::item::{Catalogue, check_serves};
use crate::domain::lines::Counted;
use crate::domain::need::{Need, NeedLine, NeedState};
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::quantity::{Amount, Positive};
use crate::domain::requisition::{Requisition, RequisitionState};
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::terms::Terms;
use crate::domain::text::Reason;
use crate::domain::time::Instant;

mod error;

pub use error::{RequestError, WithdrawError};

/// What a need line lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lacks {
    /// The line's quantity; `None` when it is unknown and sets no cap.
    pub cap: Option<Amount>,
    /// What its requisitions take of it.
    pub counted: Amount,
}

/// What the requester wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<'a> {
    /// For which line of the need.
    pub need_line: LineNumber,
    /// Of which line of the offer.
    pub offer_line: LineNumber,
    /// How much, in the unit of both lines.
    pub amount: Positive,
    /// The hold that it answers.
    pub hold: Option<&'a Snapshot<Commitment>>,
    /// On what terms.
    pub terms: Terms,
    /// Goods with less shelf life than the default are welcome.
    pub accept_short_dated: bool,
}

/// What the line lacks: its quantity less what its own requisitions (`own`, those of other lines are skipped) take.
#[must_use]
pub fn lacks(need_line: &LineId, line: &NeedLine, own: &[Pair<'_>]) -> Lacks {
    let of_line = own.iter().filter(|pair| pair.requisition.record.need_line == *need_line);
    Lacks { cap: line.quantity.cap(), counted: of_line.map(taken).sum() }
}

/// What a correction of the need must leave covered, by line. Only the requester's own requisitions freeze a line:
/// a stranger's hold must not.
#[must_use]
pub fn counted(need: &Snapshot<Need>, own: &[Pair<'_>]) -> Counted {
    let mut counted = Counted::default();
    for pair in own.iter().filter(|pair| pair.requisition.record.need_line.record == need.id) {
        counted.add(pair.requisition.record.need_line.line, taken(pair));
    }
    counted
}

/// Writes a requisition. `own` holds at least the requester's requisitions for this need line and those to this
/// supplier.
pub fn request(
    catalogue: &Catalogue,
    now: Instant,
    need: &Snapshot<Need>,
    offer: &Snapshot<Offer>,
    own: &[Pair<'_>],
    wish: Wish<'_>,
) -> Result<Requisition, RequestError> {
    let (need_id, offer_id) = (need.line_id(wish.need_line), offer.line_id(wish.offer_line));
    let (need_line, _) = check_lines(catalogue, need, offer, &need_id, &offer_id)?;
    match wish.hold {
        Some(hold) => check_hold(hold, &need_id, &offer_id, own)?,
        None if offer.record.state != OfferState::Open => {
            return Err(RequestError::OfferNotOpen(offer.record.state));
        }
        None => {}
    }
    if let Some(lacks) = lacks(&need_id, need_line, own).amount()
        && wish.amount.amount() > lacks
    {
        return Err(RequestError::MoreThanLacking { asked: wish.amount, lacks });
    }
    check_room(need, &need_id, &offer_id, own).map_err(RequestError::OverLimit)?;
    Ok(Requisition {
        common: half_of(now, need),
        state: RequisitionState::Requested {
            amount: wish.amount,
            hold: wish.hold.map(|hold| hold.id.clone()),
        },
        unit: need_line.quantity.unit.clone(),
        need_line: need_id,
        offer_line: offer_id,
        terms: wish.terms,
        accept_short_dated: wish.accept_short_dated,
    })
}

/// Says no to a hold that a supplier placed for this need. The supplier's node then releases it at once.
pub fn refuse(
    now: Instant,
    need: &Snapshot<Need>,
    hold: &Snapshot<Commitment>,
    own: &[Pair<'_>],
    reason: Reason,
) -> Result<Requisition, RequestError> {
    let (need_line, offer_line) = (&hold.record.need_line, &hold.record.offer_line);
    if need_line.record != need.id {
        return Err(RequestError::HoldMismatch(hold.id.clone()));
    }
    check_hold(hold, need_line, offer_line, own)?;
    Ok(Requisition {
        common: half_of(now, need).revised(now, Some(reason)),
        state: RequisitionState::Refused { hold: hold.id.clone() },
        need_line: need_line.clone(),
        offer_line: offer_line.clone(),
        unit: hold.record.unit.clone(),
        terms: Terms::default(),
        accept_short_dated: false,
    })
}

/// Withdraws a requisition, answered with a promise or not yet answered. Unanswered it goes on counting until the
/// supplier answers, unless `force` frees it; force can also be added later.
pub fn withdraw(
    now: Instant,
    pair: &Pair<'_>,
    reason: Reason,
    force: bool,
) -> Result<Requisition, WithdrawError> {
    let written = &pair.requisition.record;
    if let Some(answer) = pair.answer
        && !answer.record.is_committed()
    {
        return Err(WithdrawError::Over(answer.record.state.as_str()));
    }
    let frees = force && pair.answer.is_none();
    let (amount, hold) = match &written.state {
        RequisitionState::Requested { amount, hold } => (*amount, hold.clone()),
        RequisitionState::Withdrawn { amount, hold, forced: false } if frees => (*amount, hold.clone()),
        over => return Err(WithdrawError::Over(over.as_str())),
    };
    let state = RequisitionState::Withdrawn { amount, hold, forced: frees };
    Ok(Requisition { common: written.common.revised(now, Some(reason)), state, ..written.clone() })
}

/// The withdrawals that follow when a need ends: of everything that is asked for or promised for it and has not left.
#[must_use]
pub fn withdraw_for_ended_need(
    now: Instant,
    need: &RecordId,
    own: &[Pair<'_>],
    reason: &Reason,
) -> Vec<(RecordId, Requisition)> {
    let of_need = own.iter().filter(|pair| pair.requisition.record.need_line.record == *need);
    let sent = |pair: &&Pair<'_>| {
        pair.answer.is_some_and(|answer| pair.delivery.dispatched >= answer.record.amount())
    };
    let withdrawn = of_need.filter(|pair| !sent(pair)).filter_map(|pair| {
        let withdrawn = withdraw(now, pair, reason.clone(), false).ok()?;
        Some((pair.requisition.id.clone(), withdrawn))
    });
    withdrawn.collect()
}

impl Lacks {
    /// How much may still be asked for; `None` for any amount.
    #[must_use]
    pub fn amount(&self) -> Option<Amount> {
        self.cap.map(|cap| cap.saturating_sub(self.counted))
    }
}

/// What one requisition takes of the line: what was asked for while it is unanswered, what is promised once it is
/// answered less what did not arrive in good order, nothing when it was declined, released, refused or freed by force.
fn taken(pair: &Pair<'_>) -> Amount {
    match pair.answer {
        Some(answer) => answer.record.amount().saturating_sub(pair.delivery.reopened()),
        None if pair.requisition.record.is_forced() => Amount::ZERO,
        None => pair.requisition.record.amount(),
    }
}

fn check_lines<'a>(
    catalogue: &Catalogue,
    need: &'a Snapshot<Need>,
    offer: &'a Snapshot<Offer>,
    need_id: &LineId,
    offer_id: &LineId,
) -> Result<(&'a NeedLine, &'a OfferLine), RequestError> {
    if need.record.state != NeedState::Open {
        return Err(RequestError::NeedNotOpen(need.record.state.as_str()));
    }
    let private = [(&need.audience, &need.id), (&offer.audience, &offer.id)];
    if let Some((_, id)) = private.into_iter().find(|(audience, _)| **audience == Audience::Private) {
        return Err(RequestError::Private(id.clone()));
    }
    let missing = |id: &LineId| RequestError::NoSuchLine(id.clone());
    let need_line = need.record.lines.get(need_id.line).ok_or_else(|| missing(need_id))?;
    let offer_line = offer.record.lines.get(offer_id.line).ok_or_else(|| missing(offer_id))?;
    if need.record.common.exercise != offer.record.common.exercise {
        return Err(RequestError::ExerciseDiffers);
    }
    if need_line.kind != offer_line.kind {
        return Err(RequestError::KindDiffers { need: need_line.kind, offer: offer_line.kind });
    }
    check_serves(catalogue, &need_line.item, &offer_line.item, need_line.accept_lower_grade)?;
    let (need_unit, offer_unit) = (&need_line.quantity.unit, &offer_line.quantity.unit);
    if need_unit != offer_unit {
        return Err(RequestError::UnitDiffers { need: need_unit.clone(), offer: offer_unit.clone() });
    }
    Ok((need_line, offer_line))
}

/// The hold must be the supplier's own, for these lines, waiting, and not answered by the requester before.
fn check_hold(
    hold: &Snapshot<Commitment>,
    need_line: &LineId,
    offer_line: &LineId,
    own: &[Pair<'_>],
) -> Result<(), RequestError> {
    let record = &hold.record;
    if hold.owner() != offer_line.owner()
        || record.need_line != *need_line
        || record.offer_line != *offer_line
    {
        return Err(RequestError::HoldMismatch(hold.id.clone()));
    }
    let over = |state| Err(RequestError::HoldOver { hold: hold.id.clone(), state });
    if !record.is_held() {
        return over(record.state.as_str());
    }
    if own.iter().any(|pair| pair.requisition.record.hold() == Some(&hold.id)) {
        return over("answered");
    }
    Ok(())
}

fn check_room(
    need: &Snapshot<Need>,
    need_line: &LineId,
    offer_line: &LineId,
    own: &[Pair<'_>],
) -> Result<(), Limit> {
    let mut tally = Tally::default();
    for requisition in own.iter().filter(|pair| pair.is_open()).map(|pair| pair.requisition) {
        let (from, to) = (&requisition.record.need_line, &requisition.record.offer_line);
        // One that is over the limit already takes no room.
        let _ = tally.admit(requisition.owner(), from, to);
    }
    tally.room(need.owner(), need_line, offer_line)
}

/// What a requisition has in common with its need.
fn half_of(now: Instant, need: &Snapshot<Need>) -> Common {
    let Common { exercise, call, incident, .. } = need.record.common.clone();
    Common { exercise, call, incident, ..Common::new(now) }
}
