//! What the office shows: records as this node knows them, and what follows from them. Nothing here is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quince_core::domain::agreement::delivery::Delivery;
use quince_core::domain::common::Label;
use quince_core::domain::coverage::{self, Coverage};
use quince_core::domain::handle::Handle;
use quince_core::domain::receipt::Count;
use quince_core::domain::text::Reason;
use quince_core::domain::{
    Amount, Call, Commitment, Consignment, Instant, Knowledge, LineNumber, Message, Need, Offer, Partnership,
    Party, Receipt, Record, RecordId, RecordKind, Report, Requisition, Snapshot,
};

use crate::office::caller::Role;

/// One page of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// At most as many as were asked for.
    pub items: Vec<T>,
    /// There are more behind the last one.
    pub more: bool,
}

impl<T> Listing<T> {
    /// The first `size` of the items that were found; who looked for one more knows whether there are more.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: u32) -> Self {
        let size = usize::try_from(size).expect("a page fits memory");
        let more = items.len() > size;
        items.truncate(size);
        Self { items, more }
    }
}

/// Where a copy of a record stands on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// This node owns it.
    pub own: bool,
    /// When this node last heard from the owner, directly or through others.
    pub owner_last_heard: Option<Instant>,
}

/// How far a line's agreements have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// Nothing.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Complete,
}

/// How far a line is, derived from both halves of its agreements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCoverage {
    /// Which line.
    pub line: LineNumber,
    /// Asked for and not yet answered.
    pub requested: Amount,
    /// Reserved, waiting for the requester's half.
    pub held: Amount,
    /// Promised.
    pub committed: Amount,
    /// On a need line what is still missing, on an offer line what can still be promised; `None` when the line has
    /// no figure.
    pub outstanding: Option<Amount>,
    /// Promised beyond the line's quantity.
    pub over_cover: Amount,
    /// How far promises go.
    pub commit_track: Track,
    /// What became of the promises.
    pub delivery: Delivery,
    /// How far what was promised has left.
    pub transit_track: Track,
    /// How far the line has been received in good order.
    pub fulfil_track: Track,
}

impl LineCoverage {
    pub(super) fn new(line: LineNumber, coverage: Coverage) -> Self {
        Self {
            line,
            requested: coverage.requested,
            held: coverage.held,
            committed: coverage.committed,
            outstanding: coverage.outstanding,
            over_cover: coverage.over_cover,
            commit_track: coverage.commit.into(),
            delivery: coverage.delivery,
            transit_track: coverage.transit.into(),
            fulfil_track: coverage.fulfil.into(),
        }
    }
}

impl From<coverage::Track> for Track {
    fn from(track: coverage::Track) -> Self {
        match track {
            coverage::Track::None => Self::None,
            coverage::Track::Partial => Self::Partial,
            coverage::Track::Complete => Self::Complete,
        }
    }
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
}

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

/// This node's standing in a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// In no federation yet.
    Alone,
    /// Joined, not yet admitted.
    Pending,
    /// A member.
    Member,
    /// It left.
    Left,
}

/// The federation as this node knows it; empty texts and 0 while alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederationView {
    /// Its name.
    pub display_name: String,
    /// SHA-256 of roster version 1.
    pub federation_id: Option<[u8; 32]>,
    /// The roster version in force.
    pub roster_version: u64,
    /// When that expires.
    pub roster_expires: Option<Instant>,
    /// This node's standing.
    pub membership: Membership,
    /// This node is a steward.
    pub steward: bool,
    /// While pending: the six words to compare.
    pub words: Option<String>,
}

/// How far an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// Can be redeemed.
    Open,
    /// Proved by a newcomer who waits to be admitted.
    Redeemed,
    /// Used.
    Admitted,
    /// Taken back.
    Revoked,
    /// Too late.
    Expired,
    /// Wrong proofs used it up.
    Void,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// Its code id, as it stands in `invitations/{code id}`.
    pub id: String,
    /// The newcomer's handle.
    pub handle: Handle,
    /// The newcomer's name.
    pub display_name: Label,
    /// Until when it can be redeemed.
    pub expires: Instant,
    /// The code with its secret; only in the answer to its creation.
    pub code: Option<String>,
    /// How far it is.
    pub state: InvitationState,
    /// While redeemed: the six words to compare.
    pub words: Option<String>,
    /// While redeemed: who proved it.
    pub node_id: Option<[u8; 32]>,
}

/// A member of the federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Its handle.
    pub handle: Handle,
    /// Its name in the roster.
    pub display_name: String,
    /// Its identity.
    pub node_id: [u8; 32],
    /// It signs rosters.
    pub steward: bool,
    /// It is this node.
    pub this_node: bool,
    /// Where it is dialled.
    pub endpoints: Vec<String>,
    /// When this node last heard from it.
    pub last_heard: Option<Instant>,
}

/// A peer: a member with which a session runs or should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    /// Which member.
    pub handle: Handle,
    /// The operator wants it reached always.
    pub pinned: bool,
    /// A session runs.
    pub connected: bool,
    /// This node dialled.
    pub outbound: bool,
    /// Where it is.
    pub address: Option<String>,
    /// Since when it is connected or not.
    pub since: Option<Instant>,
    /// Entries that it announced and this node does not hold.
    pub behind: u64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Its id, as it stands in `tokens/{id}`.
    pub id: String,
    /// Whom it names.
    pub holder: Label,
    /// What it may do.
    pub role: Role,
    /// When it was issued.
    pub created: Instant,
    /// When it ends.
    pub expires: Instant,
    /// When it was revoked.
    pub revoked: Option<Instant>,
    /// The one party it may write for.
    pub party: Option<RecordId>,
    /// The methods that an integrator may call.
    pub methods: BTreeSet<String>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// When.
    pub time: Instant,
    /// Who.
    pub holder: Label,
    /// As what.
    pub role: Role,
    /// From where.
    pub address: String,
    /// Which method.
    pub method: String,
    /// Which resources, as ids.
    pub resources: Vec<String>,
    /// `OK` or the name of a status code.
    pub result: String,
}

/// One feed that this node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    /// Whose.
    pub owner: Handle,
    /// Which lane, 0 to 4.
    pub lane: u32,
    /// Which epoch.
    pub epoch: u64,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: [u8; 32],
    /// How many of them are unreadable.
    pub quarantined: u64,
    /// Why it does not advance.
    pub stalled: Option<String>,
}

/// The node at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// Its handle.
    pub handle: Handle,
    /// Its name.
    pub display_name: String,
    /// Its identity.
    pub node_id: [u8; 32],
    /// The business clock.
    pub time: Instant,
    /// When this process started.
    pub started: Instant,
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Why it signs nothing, if it does not.
    pub read_only_reason: Option<String>,
    /// The federation's name; empty while alone.
    pub federation: String,
    /// The roster version in force; 0 while alone.
    pub roster_version: u64,
    /// How many members.
    pub members: u32,
    /// How many sessions run.
    pub sessions: u32,
    /// Every feed that it holds.
    pub feeds: Vec<FeedView>,
    /// Unreadable entries over all feeds.
    pub quarantined: u64,
    /// Records held, own and others'.
    pub counts: RecordCounts,
}

/// How many records of each family a node holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Needs.
    pub needs: u64,
    /// Offers.
    pub offers: u64,
    /// Requisitions.
    pub requisitions: u64,
    /// Commitments.
    pub commitments: u64,
}

/// The shortest and longest life of an invitation.
pub const INVITATION_LIFETIME: (Duration, Duration) = (Duration::from_mins(15), Duration::from_hours(7 * 24));
