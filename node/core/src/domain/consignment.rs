//! Consignment: what the supplier moved. Goods on their way, a payment, or a service performed.

use std::collections::BTreeMap;

use crate::domain::common::{Common, Label};
use crate::domain::field::FieldError;
use crate::domain::id::{LineId, LineNumber, Number, RecordId};
use crate::domain::lines::{Lines, Numbered};
use crate::domain::list::List;
use crate::domain::place::Place;
use crate::domain::quantity::{Amount, Positive, Unit};
use crate::domain::text::{Description, Note, Reason, Title};
use crate::domain::time::{Instant, When};
use crate::domain::word::words;

mod lifecycle;

/// The most lots of one line: a container of mixed batches.
pub const LOTS_MAX: usize = 50;

/// The most consignees of one line: a region's hospitals.
pub const CONSIGNEES_MAX: usize = 100;

/// The most documents of a consignment.
pub const DOCUMENTS_MAX: usize = 30;

/// The most events of a consignment: a long way with many stations.
pub const EVENTS_MAX: usize = 100;

/// One revision of a consignment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consignment {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: ConsignmentState,
    /// What it is, in one line.
    pub title: Title,
    /// What it is, in full.
    pub description: Description,
    /// What is in it.
    pub lines: Lines<ConsignmentLine>,
    /// How it travels.
    pub carriage: Carriage,
    /// The document checklist.
    pub documents: List<Document, 0, DOCUMENTS_MAX>,
    /// Why it was dispatched without a required document.
    pub documents_waived: Option<Reason>,
    /// What happened, in the order in which it was entered.
    pub events: List<Event, 0, EVENTS_MAX>,
}

words! {
    /// Where a consignment stands.
    ConsignmentState, "a state of a consignment", {
        /// Prepared; counts against the commitments.
        Planned = "planned",
        /// On its way.
        Dispatched = "dispatched",
        /// At its destination, by the sender's word.
        Arrived = "arrived",
        /// Nothing more is expected.
        Closed = "closed",
        /// Never left; its goods go back to their commitments.
        Cancelled = "cancelled",
        /// Came back; its goods go back to their commitments.
        Returned = "returned",
        /// Went to somebody else: the needs lack it again, the stock is gone.
        Diverted = "diverted",
        /// Gone: the needs lack it again, the stock is gone.
        Lost = "lost",
    }
}

/// What of one commitment is in a consignment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConsignmentLine {
    /// Its number in the consignment.
    pub line: LineNumber,
    /// The owner's commitment that it fulfils.
    pub commitment: Number,
    /// Whom that is for.
    pub need_line: LineId,
    /// Which stock that takes.
    pub offer_line: LineId,
    /// How much.
    pub amount: Positive,
    /// The commitment's base unit.
    pub unit: Unit,
    /// Lots with their expiry; together at most the amount.
    pub lots: List<Lot, 0, LOTS_MAX>,
    /// Who gets it at the end; together at most the amount.
    pub consignees: List<Consignee, 0, CONSIGNEES_MAX>,
    /// A remark.
    pub note: Option<Note>,
}

/// A lot by its maker's number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot {
    /// The maker's number; masks in a crisis often have none.
    pub number: Option<Label>,
    /// When it expires.
    pub expires: Option<Instant>,
    /// How much of the line; `None` when unknown.
    pub amount: Option<Positive>,
}

/// One of several who get goods of a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consignee {
    /// Who.
    pub name: Label,
    /// Where.
    pub place: Option<Place>,
    /// How much of the line; `None` when unknown.
    pub amount: Option<Positive>,
}

words! {
    /// How something travels.
    TransportMode, "a transport mode", {
        /// By air.
        Air = "air",
        /// By sea.
        Sea = "sea",
        /// By rail.
        Rail = "rail",
        /// By road.
        Road = "road",
        /// By mail.
        Mail = "mail",
        /// Nothing travels: a payment, a service, a document.
        None = "none",
    }
}

/// How a consignment travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carriage {
    /// By what.
    pub mode: Option<TransportMode>,
    /// The owner's party that carries it.
    pub carrier: Option<Number>,
    /// Two donors on one plane share it.
    pub waybill: Option<Label>,
    /// Another node's commitment of transport that carries it.
    pub transport: Option<RecordId>,
    /// From where.
    pub from: Option<Place>,
    /// To where.
    pub to: Option<Place>,
    /// When it leaves.
    pub departs: When,
    /// When it arrives.
    pub arrives: When,
}

words! {
    /// What sort of paper.
    DocumentType, "a document type", {
        /// What is in which box.
        PackingList = "packing-list",
        /// What it is worth, for customs.
        Invoice = "invoice",
        /// That it is a gift.
        GiftCertificate = "gift-certificate",
        /// That it conforms to its standard.
        CertificateOfConformity = "certificate-of-conformity",
        /// Where it was made.
        CertificateOfOrigin = "certificate-of-origin",
        /// Labels in the receiver's language.
        LabelLanguage = "label-language",
        /// The customs declaration.
        CustomsDeclaration = "customs-declaration",
        /// A permit to bring it in.
        ImportPermit = "import-permit",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How far a paper is.
    DocumentState, "a state of a document", {
        /// The consignee wants it, and it is not there yet.
        Required = "required",
        /// There.
        Ready = "ready",
        /// Not wanted after all.
        Waived = "waived",
    }
}

/// A line of the document checklist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    /// What sort.
    pub document_type: DocumentType,
    /// How far.
    pub state: DocumentState,
    /// Its number, or where it is kept.
    pub reference: Option<Label>,
    /// A remark.
    pub note: Option<Note>,
}

words! {
    /// What happened to a consignment.
    EventType, "an event type", {
        /// It left.
        Dispatched = "dispatched",
        /// It was handed over at a hub on the way.
        Hub = "hub",
        /// It came to customs.
        CustomsEntry = "customs-entry",
        /// Customs keep it.
        CustomsHold = "customs-hold",
        /// Customs let it go.
        CustomsRelease = "customs-release",
        /// It arrived.
        Arrived = "arrived",
        /// Nothing more is expected.
        Closed = "closed",
        /// It will not leave.
        Cancelled = "cancelled",
        /// It came back.
        Returned = "returned",
        /// It went to somebody else.
        Diverted = "diverted",
        /// It is gone.
        Lost = "lost",
        /// Anything else.
        Other = "other",
    }
}

/// A fact with time and place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// What.
    pub event_type: EventType,
    /// When.
    pub when: When,
    /// Where.
    pub place: Option<Place>,
    /// A remark.
    pub note: Option<Note>,
}

impl ConsignmentState {
    /// Whether it has left and did not come back, whatever became of it.
    #[must_use]
    pub fn has_left(self) -> bool {
        matches!(self, Self::Dispatched | Self::Arrived | Self::Closed | Self::Diverted | Self::Lost)
    }

    /// Whether its goods count against their commitments.
    #[must_use]
    pub fn counts(self) -> bool {
        self == Self::Planned || self.has_left()
    }

    /// Whether it left and will never reach the needs that it was for.
    #[must_use]
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Diverted | Self::Lost)
    }
}

impl ConsignmentLine {
    /// Checks that lots and consignees fit the amount.
    pub fn check(&self) -> Result<(), FieldError> {
        let lots: Amount = self.lots.iter().filter_map(|lot| lot.amount).map(Positive::amount).sum();
        let consignees: Amount =
            self.consignees.iter().filter_map(|consignee| consignee.amount).map(Positive::amount).sum();
        for (path, sum) in [("lots", lots), ("consignees", consignees)] {
            if sum > self.amount.amount() {
                let expected = format!("at most the {} of the line together", self.amount);
                return Err(FieldError::of(sum, expected).under(path));
            }
        }
        Ok(())
    }
}

impl Consignment {
    /// What is in it of each own commitment.
    #[must_use]
    pub fn amounts(&self) -> BTreeMap<Number, Amount> {
        let mut amounts = BTreeMap::<Number, Amount>::new();
        for line in self.lines.iter() {
            let amount = amounts.entry(line.commitment).or_default();
            *amount = amount.saturating_add(line.amount.amount());
        }
        amounts
    }

    /// Its lines for the needs of one receiver.
    pub fn lines_for<'a>(
        &'a self,
        receiver: &'a crate::domain::handle::Handle,
    ) -> impl Iterator<Item = &'a ConsignmentLine> {
        self.lines.iter().filter(move |line| line.need_line.owner() == receiver)
    }
}

impl Numbered for ConsignmentLine {
    fn number(&self) -> LineNumber {
        self.line
    }
}
