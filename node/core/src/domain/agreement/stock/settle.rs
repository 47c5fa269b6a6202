//! What follows by itself, without a person: holds that were answered become promises, withdrawn and refused stock
//! comes back, what the rules leave only a no gets that no, and holds end.

use std::collections::BTreeSet;

use crate::domain::agreement::delivery::Deliveries;
use crate::domain::agreement::stock::{Stock, Verdict, Written};
use crate::domain::commitment::{Commitment, CommitmentState, ReasonCode};
use crate::domain::id::{LineNumber, RecordId};
use crate::domain::offer::Offer;
use crate::domain::requisition::{Requisition, RequisitionState};
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Instant;

/// Everything that follows by itself on one line, in the order in which it is to be written. The node runs it when
/// a requisition arrives, when the offer changes, after each own step and when a hold reaches its end; running it
/// again right away gives nothing. Requisitions come in the order of their arrival; those `over_limit` (see
/// [`flood`](crate::domain::agreement::flood)) are owed no answer and get none.
#[must_use]
pub fn settle(
    now: Instant,
    offer: &Snapshot<Offer>,
    line: LineNumber,
    commitments: &[Snapshot<Commitment>],
    requisitions: &[Snapshot<Requisition>],
    over_limit: &BTreeSet<RecordId>,
    deliveries: &Deliveries,
) -> Vec<Written> {
    let mut current = commitments.to_vec();
    let mut written = Vec::new();
    for requisition in requisitions.iter().filter(|r| !over_limit.contains(&r.id)) {
        let step =
            Stock::new(offer, line, &current, deliveries).and_then(|stock| stock.react(now, requisition));
        written.extend(step.inspect(|step| apply(&mut current, step)));
    }
    // Holds end last, so that an answer that came in time is not lost to the order of this loop.
    while let Some(step) = Stock::new(offer, line, &current, deliveries)
        .and_then(|stock| stock.end_one_hold(now).or_else(|| stock.take_back_one(now)))
    {
        apply(&mut current, &step);
        written.push(step);
    }
    written
}

impl Stock<'_> {
    /// What one requisition sets in motion by itself; `None` if nothing, or if a person decides. Its writer may have let it
    /// name another line since it was answered: the answer stays where it is, and it stays the only one.
    #[must_use]
    pub fn react(&self, now: Instant, requisition: &Snapshot<Requisition>) -> Option<Written> {
        if let Some(answer) = self.answer_here(&requisition.id) {
            let void = !requisition.record.is_requested() && answer.record.is_committed();
            return void.then(|| self.released(now, answer, ReasonCode::WithdrawnByRequester, None));
        }
        if !self.concerns(requisition) || self.answer_to(&requisition.id).is_some() {
            return None;
        }
        if let RequisitionState::Refused { hold } = &requisition.record.state {
            let refused = self.find(hold).filter(|held| held.record.is_held())?;
            let meant = refused.record.need_line == requisition.record.need_line;
            return meant.then(|| self.released(now, refused, ReasonCode::RefusedByRequester, None));
        }
        match self.verdict(requisition) {
            Verdict::Convert(hold, amount) => Some(self.converted(now, hold, requisition, amount)),
            Verdict::Decline(reason) => Some(Written::New(self.declined(now, requisition, reason, None))),
            Verdict::Undecided => None,
        }
    }

    /// What a released promise keeps is what had left. Some of that came back, or was never sent: it is free again.
    fn take_back_one(&self, now: Instant) -> Option<Written> {
        self.commitments.iter().find_map(|old| {
            let CommitmentState::Released { amount, reason, .. } = &old.record.state else { return None };
            let less = self.deliveries.of(old).dispatched < *amount;
            less.then(|| self.released(now, old, *reason, None))
        })
    }

    fn end_one_hold(&self, now: Instant) -> Option<Written> {
        let ended = self.ended_holds(now).next()?.id.clone();
        self.end_hold(now, &ended).ok()
    }
}

/// New commitments that follow by themselves are refusals and reserve nothing, so only revisions change the line.
fn apply(current: &mut [Snapshot<Commitment>], step: &Written) {
    if let Written::Revised(id, commitment) = step
        && let Some(old) = current.iter_mut().find(|c| c.id == *id)
    {
        old.record = commitment.clone();
    }
}
