//! What the office is asked to do: inputs that are already good, as the API's gate builds them.

use std::collections::BTreeSet;
use std::time::Duration;

use quince_core::domain::agreement::shipment::{Plan, PlanLine};
use quince_core::domain::common::{Label, Parties, RELATED_MAX};
use quince_core::domain::consignment::{Carriage, DOCUMENTS_MAX, Document};
use quince_core::domain::handle::Handle;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::need::Urgency;
use quince_core::domain::party::PartyType;
use quince_core::domain::place::Place;
use quince_core::domain::profile::Endpoint;
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{Description, Names, Note, Reason, Title};
use quince_core::domain::time::When;
use quince_core::domain::{
    Amount, Common, Consignment, Instant, ItemCode, LineId, NeedLine, OfferLine, OfferState, Positive,
    ReasonCode, RecordId, Revision,
};

use quince_core::feed::FederationId;
use quince_core::roster::{CodeId, Inception, JoinClaim, JoinProof};

use crate::office::caller::Role;
use crate::office::network::SignedLane;
use crate::office::view::Answer;

/// The most items of one page: what a screen, a script and 2 MiB can take at once.
pub const PAGE_SIZE_MAX: u32 = 1_000;

/// Items of a page when the caller does not say.
pub const PAGE_SIZE_DEFAULT: u32 = 100;

/// Which part of a list: what comes after a position, at most so many items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging<K> {
    /// The position of the last item seen; `None` from the beginning.
    pub after: Option<K>,
    /// 1 to [`PAGE_SIZE_MAX`].
    pub size: u32,
}

/// An own record that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which record.
    pub id: RecordId,
    /// The revision that the caller saw; another one refuses the write as stale. `None` takes any.
    pub expected: Option<Revision>,
}

/// An own item that is to change, by its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTarget {
    /// Which item.
    pub code: ItemCode,
    /// The revision that the caller saw, as in [`Target`].
    pub expected: Option<Revision>,
}

/// What of a need is to be written anew; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeedPatch {
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// All its lines.
    pub lines: Option<Lines<NeedLine>>,
    /// Who takes part.
    pub parties: Option<Parties>,
    /// Why it changes.
    pub reason: Option<Reason>,
}

/// What of an offer is to be written anew; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferPatch {
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// All its lines.
    pub lines: Option<Lines<OfferLine>>,
    /// Who takes part.
    pub parties: Option<Parties>,
    /// Why it changes.
    pub reason: Option<Reason>,
}

/// What of a party is to be written anew; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyPatch {
    /// What sort of organisation.
    pub party_type: Option<PartyType>,
    /// Its names.
    pub names: Option<Names>,
    /// Where it sits; `Some(None)` takes the place away.
    pub place: Option<Option<Place>>,
    /// Its published contact; `Some(None)` takes it away.
    pub public_contact: Option<Option<Label>>,
    /// Whether it is retired.
    pub retired: Option<bool>,
    /// Why it changes.
    pub reason: Option<Reason>,
}

/// Where a need is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeedStep {
    /// draft → submitted, or → open where nobody has to approve.
    Submit,
    /// submitted → open.
    Approve,
    /// open → on hold.
    Hold(Option<Reason>),
    /// on hold → open.
    Resume,
    /// → withdrawn, with its requisitions.
    Withdraw(Reason),
    /// → duplicate.
    Duplicate {
        /// The need that stays.
        of: RecordId,
        /// Why.
        reason: Option<Reason>,
    },
}

/// Where an offer is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferStep {
    /// The stock is still there; a draft is opened by it.
    Confirm,
    /// → withdrawn; pending requisitions are declined.
    Withdraw(Reason),
    /// → closed; pending requisitions are declined.
    Close(Option<Reason>),
}

/// Another city's offer, taken without having asked: becomes a need of one line and a requisition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The line to take; item, kind and unit come from it.
    pub offer_line: LineId,
    /// How much of it.
    pub amount: Positive,
    /// What the need carries; call and incident come from the offer where it is silent.
    pub common: Common,
    /// What the need is called; empty takes the offer's title.
    pub title: Title,
    /// What the need says.
    pub description: Description,
    /// How urgent it is.
    pub urgency: Urgency,
    /// When it must arrive.
    pub needed: When,
    /// Where it must arrive.
    pub deliver_to: Option<Place>,
    /// A remark on the line.
    pub note: Option<Note>,
}

/// A requisition to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequisition {
    /// What it is for; own.
    pub need_line: LineId,
    /// What is asked of whom.
    pub offer_line: LineId,
    /// How much, in the need line's unit.
    pub amount: Positive,
    /// The hold that it answers.
    pub hold: Option<RecordId>,
    /// On what terms.
    pub terms: Terms,
    /// Less shelf life than the default is accepted.
    pub accept_short_dated: bool,
}

/// Goods and who carries them, to be asked for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBundle {
    /// What is to be carried.
    pub goods: List<NewRequisition, 1, RELATED_MAX>,
    /// Who carries it.
    pub transport: List<NewTransport, 1, RELATED_MAX>,
}

/// A requisition of transport to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransport {
    /// Which own line asks for it; `None` for one that is to be written.
    pub need_line: Option<LineId>,
    /// What is asked of whom.
    pub offer_line: LineId,
    /// How much, in the offer line's unit.
    pub amount: Positive,
    /// The hold that it answers.
    pub hold: Option<RecordId>,
    /// On what terms.
    pub terms: Terms,
}

/// A requisition to withdraw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Why.
    pub reason: Reason,
    /// Free the quantity although the supplier has not answered.
    pub force: bool,
}

/// Stock to reserve before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// Which stock; own.
    pub offer_line: LineId,
    /// Whom it is for.
    pub need_line: LineId,
    /// How much.
    pub amount: Positive,
    /// When it ends; `None` takes the default. The office checks it against the longest hold.
    pub until: Option<Instant>,
    /// On what terms.
    pub terms: Terms,
}

/// A yes to a requisition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommitment {
    /// Which requisition.
    pub requisition: RecordId,
    /// How much; `None` for all that was asked.
    pub amount: Option<Positive>,
    /// On what terms; `None` takes the requisition's.
    pub terms: Option<Terms>,
}

/// Why a requisition is declined or a commitment released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounds {
    /// The code; mandatory.
    pub code: ReasonCode,
    /// The words.
    pub reason: Option<Reason>,
}

/// Stock to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What stays committed; zero releases all.
    pub keep: Amount,
    /// Why.
    pub grounds: Grounds,
}

/// Which needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeedFilter {
    /// Of this city only.
    pub owner: Option<Handle>,
    /// In one of these states, by `NeedState::as_str`; empty for all.
    pub states: BTreeSet<&'static str>,
    /// With a line for this item.
    pub item: Option<ItemCode>,
    /// With a line at least this urgent.
    pub urgency_at_most: Option<Urgency>,
}

/// Which offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferFilter {
    /// Of this city only.
    pub owner: Option<Handle>,
    /// In one of these states; empty for all.
    pub states: BTreeSet<OfferState>,
    /// With a line of this item.
    pub item: Option<ItemCode>,
}

/// Which requisitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequisitionFilter {
    /// Of this city only.
    pub owner: Option<Handle>,
    /// For this need.
    pub need: Option<RecordId>,
    /// Of this offer.
    pub offer: Option<RecordId>,
    /// With this answer.
    pub answer: Option<Answer>,
}

/// Which commitments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitmentFilter {
    /// Of this city only.
    pub owner: Option<Handle>,
    /// For this need.
    pub need: Option<RecordId>,
    /// Of this offer.
    pub offer: Option<RecordId>,
    /// In one of these states, by `CommitmentState::as_str`; empty for all.
    pub states: BTreeSet<&'static str>,
}

/// An invitation to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// The handle that the newcomer will have.
    pub handle: Handle,
    /// The name that stewards and members will read.
    pub display_name: Label,
    /// How long it is open; `None` takes the default.
    pub lifetime: Option<Duration>,
    /// Admit without comparing the words.
    pub trust_code: bool,
    /// The newcomer joins by a file, so nobody need reach this node.
    pub by_file: bool,
}

/// What a newcomer's request file says. Nothing in it is verified yet.
#[derive(Debug, Clone)]
pub struct JoinByFile {
    /// Which federation it wants to join.
    pub federation: FederationId,
    /// By which invitation.
    pub code_id: CodeId,
    /// Who it says that it is.
    pub claim: JoinClaim,
    /// That it knows the invitation's secret.
    pub proof: JoinProof,
    /// The first entry of its identity lane.
    pub inception: Inception,
    /// The lane.
    pub lane: SignedLane,
}

/// A token to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Whom it names.
    pub holder: Label,
    /// What it may do.
    pub role: Role,
    /// When it ends; `None` takes the default of 12 hours.
    pub expires: Option<Instant>,
    /// The one own party it may write for.
    pub party: Option<RecordId>,
    /// For an integrator, and for nobody else: the methods it may call, each known to the API.
    pub methods: BTreeSet<String>,
}

/// A member to reach always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPeer {
    /// Which member.
    pub handle: Handle,
    /// Where; `None` takes the endpoints of its profile.
    pub address: Option<Endpoint>,
}

/// Which consignments to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsignmentFilter {
    /// Only of this owner.
    pub owner: Option<Handle>,
    /// Only with a line for this need.
    pub need: Option<RecordId>,
    /// Only of this commitment.
    pub commitment: Option<RecordId>,
    /// Only in one of these states; empty for any.
    pub states: BTreeSet<&'static str>,
}

/// What of a consignment is to be written anew; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsignmentPatch {
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// All its lines.
    pub lines: Option<Vec<PlanLine>>,
    /// How it travels.
    pub carriage: Option<Carriage>,
    /// The document checklist.
    pub documents: Option<List<Document, 0, DOCUMENTS_MAX>>,
}

impl ConsignmentPatch {
    /// The whole consignment as it would be planned now, with these parts new.
    #[must_use]
    pub fn onto(self, old: &Consignment) -> Plan {
        Plan {
            common: old.common.clone(),
            title: self.title.unwrap_or_else(|| old.title.clone()),
            description: self.description.unwrap_or_else(|| old.description.clone()),
            lines: self.lines.unwrap_or_else(|| old.lines.iter().map(PlanLine::of).collect()),
            carriage: self.carriage.unwrap_or_else(|| old.carriage.clone()),
            documents: self.documents.unwrap_or_else(|| old.documents.clone()),
        }
    }
}
