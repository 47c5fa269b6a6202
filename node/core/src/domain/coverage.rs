//! Coverage: how far a line is, folded from both halves wherever it is shown, never stored and never sent. Intent,
//! promise and fact stand side by side and are not added together.

use crate::domain::agreement::delivery::{Deliveries, Delivery};
use crate::domain::agreement::flood;
use crate::domain::agreement::halves::{self, Pair};
use crate::domain::commitment::Commitment;
use crate::domain::id::LineNumber;
use crate::domain::need::Need;
use crate::domain::offer::Offer;
use crate::domain::quantity::Amount;
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;
use crate::domain::word::words;

words! {
    /// How far a track is.
    Track, "a track", {
        /// Nothing yet.
        None = "none",
        /// Part of the line, or some of an unknown quantity.
        Partial = "partial",
        /// The whole line.
        Complete = "complete",
    }
}

/// How far one line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Asked for and not yet answered; of an offer line as far as an answer is owed by the limits of [`flood`].
    pub requested: Amount,
    /// Reserved before it was asked for; on a need line as far as each supplier keeps within the limits of [`flood`].
    pub held: Amount,
    /// Promised, both halves agreeing; on an offer line whatever its owner has promised.
    pub committed: Amount,
    /// Of a need what has not been received, of an offer what can still be promised; `None` when the quantity is
    /// unknown.
    pub outstanding: Option<Amount>,
    /// Promised beyond the line's quantity.
    pub over_cover: Amount,
    /// What became of the promises.
    pub delivery: Delivery,
    /// How far promises go.
    pub commit: Track,
    /// How far what was promised has left.
    pub transit: Track,
    /// How far the line has been received in good order.
    pub fulfil: Track,
}

/// How far a line of a need is. Requisitions and commitments of other lines are skipped, as are drills unless the
/// need is one. `None` when there is no such line.
#[must_use]
pub fn of_need_line<'a>(
    need: &Snapshot<Need>,
    line: LineNumber,
    requisitions: impl IntoIterator<Item = &'a Snapshot<Requisition>>,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
    deliveries: &Deliveries,
) -> Option<Coverage> {
    let quantity = &need.record.lines.get(line)?.quantity;
    let (id, exercise, unit) = (need.line_id(line), need.record.common.exercise, &quantity.unit);
    let asks = |r: &&Snapshot<Requisition>| {
        r.record.need_line == id && r.record.unit == *unit && r.record.common.exercise == exercise
    };
    let promises = |c: &&Snapshot<Commitment>| {
        let valid = c.owner() == c.record.offer_line.owner();
        valid && c.record.need_line == id && c.record.unit == *unit && c.record.common.exercise == exercise
    };
    let commitments: Vec<_> = commitments.into_iter().filter(promises).collect();
    let asked = requisitions.into_iter().filter(asks);
    let pairs = halves::pairs(asked, commitments.iter().copied(), deliveries);
    let committed = pairs.iter().filter_map(|pair| pair.answer).map(|answer| answer.record.amount()).sum();
    // Each promise for itself: what one supplier lost makes no room for another's.
    let standing = pairs
        .iter()
        .filter_map(|pair| Some(pair.answer?.record.amount().saturating_sub(pair.delivery.reopened())));
    let standing = standing.sum();
    let cap = quantity.cap();
    let delivery = sum(pairs.iter().map(|pair| pair.delivery));
    let received = delivery.count.good.saturating_add(delivery.count.surplus);
    Some(Coverage {
        requested: requested(&pairs),
        held: held(&looked_at(&commitments)),
        committed,
        outstanding: cap.map(|cap| cap.saturating_sub(received)),
        over_cover: over(cap, standing),
        delivery,
        commit: track(cap, committed),
        transit: track(cap, delivery.dispatched),
        fulfil: track(cap, received),
    })
}

/// How far a line of an offer is, by the same rules.
#[must_use]
pub fn of_offer_line<'a>(
    offer: &Snapshot<Offer>,
    line: LineNumber,
    requisitions: impl IntoIterator<Item = &'a Snapshot<Requisition>>,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
    deliveries: &Deliveries,
) -> Option<Coverage> {
    let cap = offer.record.lines.get(line)?.quantity.cap();
    let (id, exercise) = (offer.line_id(line), offer.record.common.exercise);
    let asks = |r: &&Snapshot<Requisition>| r.record.offer_line == id && r.record.common.exercise == exercise;
    let promises = |c: &&Snapshot<Commitment>| {
        c.owner() == offer.owner() && c.record.offer_line == id && c.record.common.exercise == exercise
    };
    let commitments: Vec<_> = commitments.into_iter().filter(promises).collect();
    let pairs = halves::pairs(requisitions.into_iter().filter(asks), commitments.iter().copied(), deliveries);
    let held = held(&commitments);
    let asked: Vec<_> = pairs.iter().filter(|pair| pair.is_open()).map(|pair| pair.requisition).collect();
    let over_limit = flood::over_limit(asked);
    let owed: Vec<_> = pairs.into_iter().filter(|pair| !over_limit.contains(&pair.requisition.id)).collect();
    let committed = commitments.iter().filter(|c| !c.record.is_held()).map(|c| c.record.amount()).sum();
    let reserved = held.saturating_add(committed);
    let delivery = sum(commitments.iter().map(|commitment| deliveries.of(commitment)));
    Some(Coverage {
        requested: requested(&owed),
        held,
        committed,
        outstanding: cap.map(|cap| cap.saturating_sub(reserved)),
        over_cover: over(cap, reserved),
        delivery,
        commit: track(cap, committed),
        transit: track(cap, delivery.dispatched),
        fulfil: track(cap, delivery.count.good),
    })
}

fn sum(deliveries: impl Iterator<Item = Delivery>) -> Delivery {
    deliveries.fold(Delivery::default(), |mut all, one| {
        all.add(&one);
        all
    })
}

fn requested(pairs: &[Pair<'_>]) -> Amount {
    let waiting = pairs.iter().filter(|pair| pair.is_open() && pair.requisition.record.is_requested());
    waiting.map(|pair| pair.requisition.record.amount()).sum()
}

/// Holds that a desk looks at: nobody makes a need seem well supplied by holding without end.
fn looked_at<'a>(commitments: &[&'a Snapshot<Commitment>]) -> Vec<&'a Snapshot<Commitment>> {
    let held: Vec<_> = commitments.iter().copied().filter(|c| c.record.is_held()).collect();
    let over = flood::holds_over_limit(held.iter().copied());
    held.into_iter().filter(|c| !over.contains(&c.id)).collect()
}

fn held(commitments: &[&Snapshot<Commitment>]) -> Amount {
    commitments.iter().filter(|c| c.record.is_held()).map(|c| c.record.amount()).sum()
}

fn over(cap: Option<Amount>, promised: Amount) -> Amount {
    cap.map(|cap| promised.saturating_sub(cap)).unwrap_or_default()
}

fn track(cap: Option<Amount>, amount: Amount) -> Track {
    match cap {
        _ if amount.is_zero() => Track::None,
        Some(cap) if amount >= cap => Track::Complete,
        _ => Track::Partial,
    }
}
