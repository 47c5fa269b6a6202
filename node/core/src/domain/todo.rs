//! The desk: what waits for whom at one node. A view over records, not a record.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::agreement::{flood, halves};
use crate::domain::commitment::Commitment;
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::need::{Need, NeedState, Urgency};
use crate::domain::offer::{Offer, OfferState};
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Instant;
use crate::domain::word::words;

/// An own hold is shown as ending this long before its end: one working day to chase the requester.
pub const HOLD_ENDING_WITHIN: Duration = Duration::from_hours(24);

words! {
    /// What somebody at the desk has to do.
    TodoKind, "a kind of task", {
        /// Another city asks for own stock.
        AnswerRequisition = "answer_requisition",
        /// A supplier holds stock for an own need.
        AnswerHold = "answer_hold",
        /// An own need waits for an approver.
        ApproveNeed = "approve_need",
        /// An own offer is stale.
        ConfirmOffer = "confirm_offer",
        /// An own hold ends soon and nobody has answered it.
        HoldEnding = "hold_ending",
    }
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// What has to be done.
    pub kind: TodoKind,
    /// With which record.
    pub record: RecordId,
    /// How urgent the need concerned is; `None` when it has none or has not arrived.
    pub urgency: Option<Urgency>,
    /// Since when, by the clock of the one who waits.
    pub since: Instant,
    /// Until when.
    pub due: Option<Instant>,
}

/// The records that a node holds, own and replicated, each list in the order of arrival at this node.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Needs.
    pub needs: &'a [Snapshot<Need>],
    /// Offers.
    pub offers: &'a [Snapshot<Offer>],
    /// Requisitions.
    pub requisitions: &'a [Snapshot<Requisition>],
    /// Commitments.
    pub commitments: &'a [Snapshot<Commitment>],
}

/// What waits for the desk of node `own`: the most urgent first, then by kind, then in the order of arrival, which
/// no partner can choose, rather than by the instants that partners state.
#[must_use]
pub fn todos(now: Instant, own: &Handle, view: View<'_>) -> Vec<Todo> {
    let mut todos = Vec::new();
    todos.extend(requisitions_to_answer(own, view));
    todos.extend(holds_to_answer(own, view));
    todos.extend(needs_to_approve(own, view));
    todos.extend(offers_to_confirm(now, own, view));
    todos.extend(holds_ending(now, own, view));
    let lowest = Urgency::LOWEST;
    todos.sort_by_key(|todo| (todo.urgency.unwrap_or(lowest), todo.kind));
    todos
}

fn requisitions_to_answer<'a>(own: &'a Handle, view: View<'a>) -> impl Iterator<Item = Todo> + 'a {
    let urgencies = urgencies(view);
    let mine = view.requisitions.iter().filter(move |r| r.record.offer_line.owner() == own);
    let open: Vec<_> =
        halves::pairs(mine, view.commitments).into_iter().filter(|pair| pair.is_open()).collect();
    let over = flood::over_limit(open.iter().map(|pair| pair.requisition));
    let owed = open.into_iter().map(|pair| pair.requisition).filter(move |r| !over.contains(&r.id));
    owed.map(move |requisition| Todo {
        kind: TodoKind::AnswerRequisition,
        record: requisition.id.clone(),
        urgency: urgencies.get(&requisition.record.need_line).copied(),
        since: requisition.record.common.created,
        due: None,
    })
}

fn holds_to_answer<'a>(own: &'a Handle, view: View<'a>) -> impl Iterator<Item = Todo> + 'a {
    let urgencies = urgencies(view);
    let for_own = move |c: &&Snapshot<Commitment>| {
        let valid = c.owner() == c.record.offer_line.owner();
        valid && c.record.need_line.owner() == own && !is_answered(own, view, &c.id)
    };
    view.commitments.iter().filter(for_own).filter_map(move |c| {
        Some(Todo {
            kind: TodoKind::AnswerHold,
            record: c.id.clone(),
            urgency: Some(*urgencies.get(&c.record.need_line)?),
            since: c.record.common.created,
            due: Some(c.record.held_until()?),
        })
    })
}

fn needs_to_approve<'a>(own: &'a Handle, view: View<'a>) -> impl Iterator<Item = Todo> + 'a {
    let submitted = move |n: &&Snapshot<Need>| n.owner() == own && n.record.state == NeedState::Submitted;
    view.needs.iter().filter(submitted).map(|need| Todo {
        kind: TodoKind::ApproveNeed,
        record: need.id.clone(),
        urgency: need.record.lines.iter().map(|line| line.urgency).min(),
        since: need.record.common.updated,
        due: None,
    })
}

fn offers_to_confirm<'a>(now: Instant, own: &'a Handle, view: View<'a>) -> impl Iterator<Item = Todo> + 'a {
    let stale = move |o: &&Snapshot<Offer>| {
        o.owner() == own && o.record.state == OfferState::Open && o.record.is_stale(now)
    };
    view.offers.iter().filter(stale).map(|offer| Todo {
        kind: TodoKind::ConfirmOffer,
        record: offer.id.clone(),
        urgency: None,
        since: offer.record.confirmed,
        due: None,
    })
}

fn holds_ending<'a>(now: Instant, own: &'a Handle, view: View<'a>) -> impl Iterator<Item = Todo> + 'a {
    let urgencies = urgencies(view);
    let soon = now.plus(HOLD_ENDING_WITHIN);
    view.commitments.iter().filter(move |c| c.owner() == own).filter_map(move |c| {
        let until = c.record.held_until().filter(|until| *until <= soon)?;
        Some(Todo {
            kind: TodoKind::HoldEnding,
            record: c.id.clone(),
            urgency: urgencies.get(&c.record.need_line).copied(),
            since: c.record.common.created,
            due: Some(until),
        })
    })
}

fn urgencies(view: View<'_>) -> BTreeMap<LineId, Urgency> {
    let lines = view.needs.iter().flat_map(|need| need.record.lines.iter().map(move |line| (need, line)));
    lines.map(|(need, line)| (need.line_id(line.line), line.urgency)).collect()
}

fn is_answered(own: &Handle, view: View<'_>, hold: &RecordId) -> bool {
    view.requisitions.iter().any(|r| r.owner() == own && r.record.hold() == Some(hold))
}
