//! Records with what follows from others: coverage, answers, outcomes.

use std::collections::BTreeMap;

use quince_core::domain::common::Label;
use quince_core::domain::coverage::Coverage;
use quince_core::domain::item::{Fit, Item};
use quince_core::domain::receipt::Count;
use quince_core::domain::text::{Language, Reason};
use quince_core::domain::{
    Amount, Call, Commitment, Consignment, Knowledge, LineNumber, Message, Need, Offer, OwnItem, Partnership,
    Party, Receipt, Record, RecordId, RecordKind, Report, Requisition, Snapshot,
};

use super::Provenance;

/// How far a line is, derived from both halves of its agreements and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCoverage {
    /// Which line.
    pub line: LineNumber,
    /// How far.
    pub coverage: Coverage,
}

/// A need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedView {
    /// The record.
    pub snapshot: Snapshot<Need>,
    /// One entry per line.
    pub coverage: Vec<LineCoverage>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// The record.
    pub snapshot: Snapshot<Offer>,
    /// One entry per line.
    pub coverage: Vec<LineCoverage>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Not confirmed for too long.
    pub stale: bool,
}

/// A party; private when its snapshot's audience is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// The record.
    pub snapshot: Snapshot<Party>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What became of a requisition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The supplier's half has not arrived.
    Pending,
    /// Promised, whole or in part.
    Committed,
    /// Refused.
    Declined,
    /// Promised once, and given back.
    Released,
    /// Beyond what the supplier owes answers to.
    OverLimit,
    /// Withdrawn after dispatch.
    WithdrawnTooLate,
}

/// A requisition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequisitionView {
    /// The record.
    pub snapshot: Snapshot<Requisition>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// What became of it; `None` for a refusal of a hold, which asks for nothing.
    pub answer: Option<Answer>,
    /// The commitment that answers it.
    pub commitment: Option<RecordId>,
    /// How much that promises.
    pub committed: Amount,
}

/// Requisitions that were written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleView {
    /// What is to be carried.
    pub goods: Vec<RequisitionView>,
    /// Who carries it.
    pub transport: Vec<RequisitionView>,
    /// The need for transport that was written with them.
    pub need: Option<NeedView>,
}

/// A commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentView {
    /// The record.
    pub snapshot: Snapshot<Commitment>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// The requester's half has arrived and both agree.
    pub paired: bool,
}

/// A consignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsignmentView {
    /// The record.
    pub snapshot: Snapshot<Consignment>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// What the receivers counted, one entry per line; `None` where nobody has.
    pub outcomes: Vec<(LineNumber, Option<Count>)>,
    /// The receipts that count.
    pub receipts: Vec<RecordId>,
    /// Messages of thanks by its receivers.
    pub thanks: Vec<RecordId>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptView {
    /// The record.
    pub snapshot: Snapshot<Receipt>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// It fits the consignment as this node knows it, and is the first of its writer.
    pub counts: bool,
}

/// A partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnershipView {
    /// The record.
    pub snapshot: Snapshot<Partnership>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// The other side publishes an active one with the owner too.
    pub mutual: bool,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// The record.
    pub snapshot: Snapshot<Call>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// How many records name it, by kind.
    pub gathered: BTreeMap<RecordKind, u64>,
}

/// A message, a piece of knowledge or a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationView<T> {
    /// The record.
    pub snapshot: Snapshot<T>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// An own item of a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnItemView {
    /// The record.
    pub snapshot: Snapshot<OwnItem>,
    /// The same as an item.
    pub item: Item,
    /// Whose it is.
    pub provenance: Provenance,
}

/// What a code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemView {
    /// An entry of the catalogue.
    Common(Box<Item>),
    /// A city's own.
    Own(Box<OwnItemView>),
}

/// An item that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView {
    /// The item.
    pub item: ItemView,
    /// The language of the term that was found; `None` when no term was.
    pub found_in: Option<Language>,
    /// Why it is proposed.
    pub how: Fit,
}

/// One revision in a record's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionView {
    /// The record at that revision.
    pub snapshot: Snapshot<Record>,
    /// Who wrote it; known for own records only.
    pub holder: Option<Label>,
    /// The state's word.
    pub state: &'static str,
    /// Why it was written.
    pub reason: Option<Reason>,
}

/// A record of a family that the desk watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordView {
    /// A need.
    Need(NeedView),
    /// An offer.
    Offer(OfferView),
    /// A requisition.
    Requisition(RequisitionView),
    /// A commitment.
    Commitment(CommitmentView),
    /// A party.
    Party(PartyView),
    /// A consignment.
    Consignment(Box<ConsignmentView>),
    /// A receipt.
    Receipt(ReceiptView),
    /// A partnership.
    Partnership(PartnershipView),
    /// A call.
    Call(CallView),
    /// A message.
    Message(PublicationView<Message>),
    /// A piece of knowledge.
    Knowledge(PublicationView<Knowledge>),
    /// A report.
    Report(PublicationView<Report>),
    /// An own item.
    OwnItem(Box<OwnItemView>),
}
