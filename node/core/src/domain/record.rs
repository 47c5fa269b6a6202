//! Any record: the sum of the families, as it goes into and comes out of a feed.

use crate::domain::call::Call;
use crate::domain::commitment::Commitment;
use crate::domain::common::Common;
use crate::domain::consignment::Consignment;
use crate::domain::id::RecordKind;
use crate::domain::item::OwnItem;
use crate::domain::knowledge::Knowledge;
use crate::domain::message::Message;
use crate::domain::need::Need;
use crate::domain::offer::Offer;
use crate::domain::partnership::Partnership;
use crate::domain::party::Party;
use crate::domain::profile::Profile;
use crate::domain::receipt::Receipt;
use crate::domain::report::Report;
use crate::domain::requisition::Requisition;

/// One revision of any record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// What a node says of itself.
    Profile(Profile),
    /// An organisation that a node speaks for.
    Party(Party),
    /// What a city asks for.
    Need(Need),
    /// What a city can give.
    Offer(Offer),
    /// The requester's half of an agreement.
    Requisition(Requisition),
    /// The supplier's half of an agreement.
    Commitment(Commitment),
    /// A standing relation of two parties.
    Partnership(Partnership),
    /// An open invitation that gathers needs and offers.
    Call(Call),
    /// What a supplier moved.
    Consignment(Consignment),
    /// What a receiver counted.
    Receipt(Receipt),
    /// A word of support, thanks or a statement.
    Message(Message),
    /// A practice, training, document or directory.
    Knowledge(Knowledge),
    /// A third-hand statement.
    Report(Report),
    /// What a city's own code means.
    OwnItem(OwnItem),
}

impl Record {
    /// Which family it belongs to.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Profile(_) => RecordKind::Profile,
            Self::Party(_) => RecordKind::Party,
            Self::Need(_) => RecordKind::Need,
            Self::Offer(_) => RecordKind::Offer,
            Self::Requisition(_) => RecordKind::Requisition,
            Self::Commitment(_) => RecordKind::Commitment,
            Self::Partnership(_) => RecordKind::Partnership,
            Self::Call(_) => RecordKind::Call,
            Self::Consignment(_) => RecordKind::Consignment,
            Self::Receipt(_) => RecordKind::Receipt,
            Self::Message(_) => RecordKind::Message,
            Self::Knowledge(_) => RecordKind::Knowledge,
            Self::Report(_) => RecordKind::Report,
            Self::OwnItem(_) => RecordKind::OwnItem,
        }
    }

    /// What it has in common with every other record.
    #[must_use]
    pub fn common(&self) -> &Common {
        match self {
            Self::Profile(r) => &r.common,
            Self::Party(r) => &r.common,
            Self::Need(r) => &r.common,
            Self::Offer(r) => &r.common,
            Self::Requisition(r) => &r.common,
            Self::Commitment(r) => &r.common,
            Self::Partnership(r) => &r.common,
            Self::Call(r) => &r.common,
            Self::Consignment(r) => &r.common,
            Self::Receipt(r) => &r.common,
            Self::Message(r) => &r.common,
            Self::Knowledge(r) => &r.common,
            Self::Report(r) => &r.common,
            Self::OwnItem(r) => &r.common,
        }
    }

    /// The same, to be changed before it is written.
    #[must_use]
    pub fn common_mut(&mut self) -> &mut Common {
        match self {
            Self::Profile(r) => &mut r.common,
            Self::Party(r) => &mut r.common,
            Self::Need(r) => &mut r.common,
            Self::Offer(r) => &mut r.common,
            Self::Requisition(r) => &mut r.common,
            Self::Commitment(r) => &mut r.common,
            Self::Partnership(r) => &mut r.common,
            Self::Call(r) => &mut r.common,
            Self::Consignment(r) => &mut r.common,
            Self::Receipt(r) => &mut r.common,
            Self::Message(r) => &mut r.common,
            Self::Knowledge(r) => &mut r.common,
            Self::Report(r) => &mut r.common,
            Self::OwnItem(r) => &mut r.common,
        }
    }
}

macro_rules! record_from {
    ($($family:ident),+) => {
        $(impl From<$family> for Record {
            fn from(record: $family) -> Self {
                Self::$family(record)
            }
        })+
    };
}

record_from!(
    Profile,
    Party,
    Need,
    Offer,
    Requisition,
    Commitment,
    Partnership,
    Call,
    Consignment,
    Receipt,
    Message,
    Knowledge,
    Report,
    OwnItem
);
