//! Parties, in the order of `party.proto`.

use quince_core::domain::Party;
use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::party::PartyType;
use quince_core::domain::text::{Names, Words};
use quince_proto::record::v1 as proto;

use super::common::{common, place, texts};
use super::unless_empty;
use crate::wire::vocabulary::Vocabulary;

/// A party.
pub fn party(party: proto::Party) -> Result<Party, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(party.common));
    let party_type = faults.take("type", PartyType::from_value(party.r#type));
    let names = faults.take_all("names", names(party.names));
    let place = faults.take_all("place", party.place.map(place).transpose());
    let public_contact = faults.take("public_contact", unless_empty(party.public_contact, Words::new));
    let retired = party.retired;
    let built = || {
        Some(Party {
            common: common?,
            party_type: party_type?,
            names: names?,
            place: place?,
            public_contact: public_contact?,
            retired,
        })
    };
    faults.finish(built())
}

/// At least one name.
pub fn names(names: Vec<proto::Text>) -> Result<Names, FieldErrors> {
    Ok(Names::new(texts(names)?)?)
}
