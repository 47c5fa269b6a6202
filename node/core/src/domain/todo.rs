//! The desk: what waits for whom at one node. A view over records, not a record.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::agreement::delivery::{Counted, Deliveries};
use crate::domain::agreement::{flood, halves};
use crate::domain::commitment::Commitment;
use crate::domain::consignment::{Consignment, ConsignmentState};
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::need::{Need, NeedState, Urgency};
use crate::domain::offer::{Offer, OfferState};
use crate::domain::receipt::{Receipt, ReceiptState};
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
        /// Something was promised and has not left.
        Dispatch = "dispatch",
        /// A consignment for own needs has left and is not counted.
        CountConsignment = "count_consignment",
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
    /// Consignments.
    pub consignments: &'a [Snapshot<Consignment>],
    /// Receipts.
    pub receipts: &'a [Snapshot<Receipt>],
}

/// What waits for the desk of node `own`: the most urgent first, then by kind, then in the order of arrival, which
/// no partner can choose, rather than by the instants that partners state. What is over a limit of
/// [`flood`] waits for nobody.
#[must_use]
pub fn todos(now: Instant, own: &Handle, view: View<'_>) -> Vec<Todo> {
    let desk = Desk { own, view, urgencies: urgencies(view) };
    let mut todos = desk.requisitions_to_answer();
    todos.extend(desk.holds_to_answer());
    todos.extend(desk.needs_to_approve());
    todos.extend(desk.offers_to_confirm(now));
    todos.extend(desk.holds_ending(now));
    todos.extend(desk.promises_to_send());
    todos.extend(desk.consignments_to_count());
    // A stable sort keeps the order of arrival among equals.
    todos.sort_by_key(|todo| (todo.urgency.unwrap_or(Urgency::LOWEST), todo.kind));
    todos
}

struct Desk<'a> {
    own: &'a Handle,
    view: View<'a>,
    urgencies: BTreeMap<LineId, Urgency>,
}

impl Desk<'_> {
    fn requisitions_to_answer(&self) -> Vec<Todo> {
        let mine = self.view.requisitions.iter().filter(|r| r.record.offer_line.owner() == self.own);
        let pairs = halves::pairs(mine, self.view.commitments, &Deliveries::default());
        let open: Vec<_> = pairs.iter().filter(|pair| pair.is_open()).map(|pair| pair.requisition).collect();
        let over = flood::over_limit(open.iter().copied());
        // One that was withdrawn is answered by the node itself.
        let owed = open.into_iter().filter(|r| r.record.is_requested() && !over.contains(&r.id));
        let todo = |r: &Snapshot<Requisition>| Todo {
            kind: TodoKind::AnswerRequisition,
            record: r.id.clone(),
            urgency: self.urgency(&r.record.need_line),
            since: r.record.common.created,
            due: None,
        };
        owed.map(todo).collect()
    }

    fn holds_to_answer(&self) -> Vec<Todo> {
        let own = self.view.requisitions.iter().filter(|r| r.owner() == self.own);
        let answered: BTreeSet<_> = own.filter_map(|r| r.record.hold()).collect();
        let for_own = |c: &&Snapshot<Commitment>| {
            let valid = c.owner() == c.record.offer_line.owner() && c.record.is_held();
            valid && c.record.need_line.owner() == self.own && !answered.contains(&c.id)
        };
        let waiting: Vec<_> = self.view.commitments.iter().filter(for_own).collect();
        let over = flood::holds_over_limit(waiting.iter().copied());
        let looked_at = waiting.into_iter().filter(|c| !over.contains(&c.id));
        // A hold for a need that does not exist here waits for nobody.
        looked_at
            .filter(|c| self.urgency(&c.record.need_line).is_some())
            .map(|c| self.hold(TodoKind::AnswerHold, c))
            .collect()
    }

    fn holds_ending(&self, now: Instant) -> Vec<Todo> {
        let soon = now.plus(HOLD_ENDING_WITHIN);
        let ending = |c: &&Snapshot<Commitment>| {
            c.owner() == self.own && c.record.held_until().is_some_and(|until| until <= soon)
        };
        let ending = self.view.commitments.iter().filter(ending);
        ending.map(|c| self.hold(TodoKind::HoldEnding, c)).collect()
    }

    fn needs_to_approve(&self) -> Vec<Todo> {
        let submitted = |n: &&Snapshot<Need>| n.owner() == self.own && n.record.state == NeedState::Submitted;
        let todo = |need: &Snapshot<Need>| Todo {
            kind: TodoKind::ApproveNeed,
            record: need.id.clone(),
            urgency: need.record.lines.iter().map(|line| line.urgency).min(),
            since: need.record.common.updated,
            due: None,
        };
        self.view.needs.iter().filter(submitted).map(todo).collect()
    }

    fn offers_to_confirm(&self, now: Instant) -> Vec<Todo> {
        let stale = |o: &&Snapshot<Offer>| {
            o.owner() == self.own && o.record.state == OfferState::Open && o.record.is_stale(now)
        };
        let todo = |offer: &Snapshot<Offer>| Todo {
            kind: TodoKind::ConfirmOffer,
            record: offer.id.clone(),
            urgency: None,
            since: offer.record.confirmed,
            due: None,
        };
        self.view.offers.iter().filter(stale).map(todo).collect()
    }

    fn promises_to_send(&self) -> Vec<Todo> {
        let deliveries = Deliveries::new(self.view.consignments, self.view.receipts);
        let waits = |c: &&Snapshot<Commitment>| {
            let own = c.owner() == self.own && c.record.is_committed();
            own && deliveries.of(c).dispatched < c.record.amount()
        };
        let waiting = self.view.commitments.iter().filter(waits);
        waiting.map(|c| self.hold(TodoKind::Dispatch, c)).collect()
    }

    fn consignments_to_count(&self) -> Vec<Todo> {
        let counted = Counted::new(self.view.receipts);
        let waits = |c: &&Snapshot<Consignment>| {
            let under_way =
                matches!(c.record.state, ConsignmentState::Dispatched | ConsignmentState::Arrived);
            let receipt = counted.by(c, self.own);
            let open = receipt.is_none_or(|receipt| receipt.record.state != ReceiptState::Complete);
            under_way && open && self.lines_of(c).next().is_some()
        };
        let todo = |c: &Snapshot<Consignment>| Todo {
            kind: TodoKind::CountConsignment,
            record: c.id.clone(),
            urgency: self.lines_of(c).min(),
            since: c.record.common.updated,
            due: None,
        };
        self.view.consignments.iter().filter(waits).map(todo).collect()
    }

    /// How urgent the own needs are that a consignment is for; empty when it is for none that there is.
    fn lines_of<'c>(&'c self, consignment: &'c Snapshot<Consignment>) -> impl Iterator<Item = Urgency> + 'c {
        consignment.record.lines_for(self.own).filter_map(|line| self.urgency(&line.need_line))
    }

    fn hold(&self, kind: TodoKind, hold: &Snapshot<Commitment>) -> Todo {
        Todo {
            kind,
            record: hold.id.clone(),
            urgency: self.urgency(&hold.record.need_line),
            since: hold.record.common.created,
            due: hold.record.held_until(),
        }
    }

    fn urgency(&self, need_line: &LineId) -> Option<Urgency> {
        self.urgencies.get(need_line).copied()
    }
}

fn urgencies(view: View<'_>) -> BTreeMap<LineId, Urgency> {
    let lines = view.needs.iter().flat_map(|need| need.record.lines.iter().map(move |line| (need, line)));
    lines.map(|(need, line)| (need.line_id(line.line), line.urgency)).collect()
}
