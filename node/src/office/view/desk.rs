//! What waits at the desk, and what changed.

use quince_core::domain::{Instant, RecordId};

use super::RecordView;

/// A place in this node's order of changes; 0 is before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeNo(pub u64);

/// A record that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, in this node's order.
    pub change: ChangeNo,
    /// The record as it is now.
    pub record: RecordView,
}

/// What sort of thing waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TodoKind {
    /// Another city asks for own stock.
    AnswerRequisition,
    /// A supplier holds stock for an own need.
    AnswerHold,
    /// A need waits for an approver.
    ApproveNeed,
    /// An own offer grows stale.
    ConfirmOffer,
    /// An own hold ends soon.
    HoldEnding,
    /// A newcomer waits.
    AdmitMember,
    /// Something was promised and has not left.
    Dispatch,
    /// A consignment for own needs has left and is not counted.
    CountConsignment,
}

/// What a todo is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TodoSubject {
    /// A requisition.
    Requisition(RecordId),
    /// A commitment.
    Commitment(RecordId),
    /// A need.
    Need(RecordId),
    /// An offer.
    Offer(RecordId),
    /// A consignment.
    Consignment(RecordId),
    /// An invitation that was redeemed.
    Invitation(String),
}

/// Something that waits for this city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// What sort.
    pub kind: TodoKind,
    /// What it is about.
    pub subject: TodoSubject,
    /// The urgency tier of the need concerned, 1 to 4.
    pub urgency: Option<u8>,
    /// Since when it waits.
    pub since: Instant,
    /// Until when it can be answered.
    pub due: Option<Instant>,
    /// One sentence, without peer text.
    pub summary: String,
    /// A command to paste; ids only.
    pub command: String,
}
