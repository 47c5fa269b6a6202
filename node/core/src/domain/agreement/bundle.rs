//! Bundles: requisitions that are of use only together, goods and who carries them. When one half fails, the requester
//! withdraws the other. No atomicity across nodes is promised: each half is an agreement of its own, and this is the
//! requester's own tidying up, from what its node holds. A need for transport that was written with a bundle, and so names
//! the goods' requisitions, ends when nothing is left of these.
//!
//! Two own requisitions belong together when each names the other in `common.related`. One that names another alone does
//! not, because that is also how a second attempt names the first. A half has failed when its supplier declined it, or gave
//! it back before anything left; one that the requester withdrew by hand has not failed, because a person decided and may
//! have found another way. Deliberately absent: withdrawing anything of which some has left, and asking anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::agreement::budget;
use crate::domain::agreement::halves::{Pair, stands};
use crate::domain::commitment::CommitmentState;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::need::Need;
use crate::domain::requisition::{Requisition, RequisitionState};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Reason;
use crate::domain::time::Instant;

/// An own requisition with its answer, and what it is to a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half<'a> {
    /// The requisition and what came of it.
    pub pair: Pair<'a>,
    /// Whether it asks for somebody to carry the others, rather than for what is carried.
    pub transport: bool,
}

/// The withdrawals that are due now. Goods go when any half that carries them has failed, since they are carried whole or
/// not at all; transport goes when nothing is left for it to carry. Once they are written, the same call gives none of them
/// again. Halves of other bundles, or of none, are skipped.
#[must_use]
pub fn withdraw_with_failed(now: Instant, own: &[Half<'_>]) -> Vec<(RecordId, Requisition)> {
    let bundles = Bundles::new(own);
    let mut due: BTreeMap<usize, usize> = BTreeMap::new();
    // Each round adds at least one, and what was added is never taken away.
    loop {
        let next: Vec<_> = (0..own.len())
            .filter(|at| !due.contains_key(at) && is_withdrawable(&own[*at].pair))
            .filter_map(|at| Some((at, bundles.cause(at, &due)?)))
            .collect();
        if next.is_empty() {
            break;
        }
        due.extend(next);
    }
    let withdrawals = due.into_iter().filter_map(|(at, cause)| {
        let reason = reason(&own[cause].pair);
        let withdrawn = budget::withdraw(now, &own[at].pair, reason, false).ok()?;
        Some((own[at].pair.requisition.id.clone(), withdrawn))
    });
    withdrawals.collect()
}

/// Whether a need for transport is of no more use: it names own requisitions of goods, and each of these has failed or
/// was withdrawn before anything left. One that names nothing, or anything else, a person wrote; it stays.
#[must_use]
pub fn has_nothing_to_carry(need: &Snapshot<Need>, own: &[Half<'_>]) -> bool {
    let goods = |id: &RecordId| {
        let half = own.iter().find(|half| half.pair.requisition.id == *id);
        half.is_some_and(|half| !half.transport && (has_failed(&half.pair) || is_withdrawn(&half.pair)))
    };
    let named = &need.record.common.related;
    let transport = need.record.lines.iter().all(|line| line.kind == Kind::Transport);
    need.record.state.is_live() && transport && !named.is_empty() && named.iter().all(goods)
}

/// Who belongs with whom.
struct Bundles<'a> {
    own: &'a [Half<'a>],
    partners: Vec<BTreeSet<usize>>,
}

impl<'a> Bundles<'a> {
    fn new(own: &'a [Half<'a>]) -> Self {
        let places: BTreeMap<&RecordId, usize> =
            own.iter().enumerate().map(|(at, half)| (&half.pair.requisition.id, at)).collect();
        let names = |half: &Half<'_>, id: &RecordId| half.pair.requisition.record.common.related.contains(id);
        let partners = own.iter().map(|half| {
            let named = half.pair.requisition.record.common.related.iter().filter_map(|id| places.get(id));
            let mutual = named.filter(|at| names(&own[**at], &half.pair.requisition.id));
            mutual.filter(|at| own[**at].transport != half.transport).copied().collect()
        });
        Self { own, partners: partners.collect() }
    }

    /// The half because of which this one is of no more use; the first by place, failed ones before withdrawn ones.
    fn cause(&self, at: usize, due: &BTreeMap<usize, usize>) -> Option<usize> {
        let partners = || self.partners[at].iter().copied();
        let failed = partners().find(|partner| has_failed(&self.own[*partner].pair));
        if !self.own[at].transport {
            return failed;
        }
        let gone = |partner: &usize| {
            due.contains_key(partner)
                || has_failed(&self.own[*partner].pair)
                || is_withdrawn(&self.own[*partner].pair)
        };
        // Of no partner at all everything holds, but then there is no first one either.
        let empty = partners().all(|partner| gone(&partner));
        failed.or_else(|| partners().next()).filter(|_| empty)
    }
}

/// Whether the supplier said no, or gave back all of it before anything left. A requisition that is withdrawn is answered
/// the same way, and that is no failure.
fn has_failed(pair: &Pair<'_>) -> bool {
    let given_back = pair.answer.is_some_and(|answer| match answer.record.state {
        CommitmentState::Declined { .. } => true,
        CommitmentState::Released { amount, .. } => amount.is_zero(),
        CommitmentState::Held { .. } | CommitmentState::Committed { .. } => false,
    });
    given_back && pair.requisition.record.is_requested() && !has_left(pair)
}

fn is_withdrawn(pair: &Pair<'_>) -> bool {
    matches!(pair.requisition.record.state, RequisitionState::Withdrawn { .. }) && !has_left(pair)
}

/// Whether it is asked for or promised, and nothing has left.
fn is_withdrawable(pair: &Pair<'_>) -> bool {
    let open = pair.answer.is_none_or(|answer| answer.record.is_committed());
    open && stands(pair.requisition) && pair.requisition.record.is_requested() && !has_left(pair)
}

/// Lost goods have left too.
fn has_left(pair: &Pair<'_>) -> bool {
    !pair.delivery.dispatched.is_zero() || !pair.delivery.count.accounted().is_zero()
}

fn reason(cause: &Pair<'_>) -> Reason {
    let state =
        cause.answer.filter(|_| has_failed(cause)).map_or("withdrawn", |answer| answer.record.state.as_str());
    let code = cause.answer.and_then(|answer| answer.record.reason_code());
    let code = code.filter(|_| has_failed(cause)).map(|code| format!(" ({code})")).unwrap_or_default();
    let words = format!("{}, which it belongs with, was {state}{code}", cause.requisition.id);
    Reason::new(words).expect("an id and two words are a short text")
}
