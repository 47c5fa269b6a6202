//! Any record: the sum of the families, as it goes into and comes out of a feed.

use crate::domain::commitment::Commitment;
use crate::domain::common::Common;
use crate::domain::id::RecordKind;
use crate::domain::need::Need;
use crate::domain::offer::Offer;
use crate::domain::party::Party;
use crate::domain::profile::Profile;
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

record_from!(Profile, Party, Need, Offer, Requisition, Commitment);
