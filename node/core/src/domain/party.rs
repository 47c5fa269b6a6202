//! Party: an organisation that a node speaks for.

use crate::domain::common::{Common, Label};
use crate::domain::place::Place;
use crate::domain::text::Names;
use crate::domain::word::words;

words! {
    /// What sort of organisation.
    PartyType, "a party type", {
        /// A city.
        City = "city",
        /// A province.
        Province = "province",
        /// A ministry.
        Ministry = "ministry",
        /// A chamber of commerce.
        Chamber = "chamber",
        /// A foundation.
        Foundation = "foundation",
        /// A firm.
        Firm = "firm",
        /// An office of the United Nations.
        UnOffice = "un-office",
        /// An association.
        Association = "association",
        /// A hospital or clinic.
        HealthFacility = "health-facility",
        /// A person; always private.
        Person = "person",
        /// Anything else.
        Other = "other",
    }
}

/// One revision of a party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// What every record carries.
    pub common: Common,
    /// What sort of organisation.
    pub party_type: PartyType,
    /// Its names.
    pub names: Names,
    /// Where it sits.
    pub place: Option<Place>,
    /// A functional mailbox or switchboard that the owner chose to publish.
    pub public_contact: Option<Label>,
    /// No longer active; kept because records name it.
    pub retired: bool,
}

impl Party {
    /// Whether it may leave its node: a person may not.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.party_type == PartyType::Person
    }
}
