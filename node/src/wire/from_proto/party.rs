//! Requests of `party.proto`.

use quince_core::domain::field::Faults;
use quince_core::domain::handle::Handle;
use quince_core::domain::party::PartyType;
use quince_core::domain::text::Words;
use quince_core::domain::{Instant, Party, RecordId, RecordKind};
use quince_proto::api::v1 as api;

use super::need::stamp;
use super::{mask, named, names, optional_reason, required, target, unless_empty};
use crate::office::request::{PartyPatch, Target};
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto as record;
use crate::wire::vocabulary::Vocabulary;
use crate::wire::{Gate, contact};

const MASK: [&str; 5] = ["type", "names", "place", "public_contact", "retired"];
const RECORD: &str = "party.record";

/// A party to write.
pub fn create_party(now: Instant, request: api::CreatePartyRequest) -> Gate<Party> {
    let mut faults = Faults::default();
    let party = request.party.and_then(|party| party.record);
    let party = faults.take(RECORD, required(party, "a party")).and_then(|mut party| {
        stamp(now, &mut party.common);
        faults.take_all(RECORD, record::party(party))
    });
    if let Some(party) = party.as_ref().filter(|party| !request.public_contact && !party.is_private()) {
        contact::check_party(&mut faults, RECORD, Some(&party.names), party.public_contact.as_ref());
    }
    Ok(faults.finish(party)?)
}

/// Which party.
pub fn get_party(request: &api::GetPartyRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Party, &request.name)?)
}

/// Whose parties, and which of them first.
pub fn list_parties(request: &api::ListPartiesRequest) -> Gate<(Option<Handle>, Page<RecordId>)> {
    let owner = names::parse_parent(&request.parent).map_err(|e| e.under("parent"))?;
    Ok((owner, page(request)?))
}

/// What to change in which party.
pub fn update_party(request: api::UpdatePartyRequest) -> Gate<(Target, PartyPatch)> {
    let mut faults = Faults::default();
    let mask = faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK));
    let party = request.party.unwrap_or_default();
    let target = target(&mut faults, RecordKind::Party, "party", &party.name, &party.etag);
    let written = faults.take(RECORD, required(party.record, "a party")).unwrap_or_default();
    let masked = |path| mask.as_ref().is_some_and(|mask| mask.contains(path));
    let party_type = masked("type").then(|| PartyType::from_value(written.r#type)).transpose();
    let party_type = faults.take("party.record.type", party_type);
    let names = masked("names").then(|| record::names(written.names)).transpose();
    let names = faults.take_all("party.record.names", names);
    let place = masked("place").then(|| written.place.map(record::place).transpose()).transpose();
    let place = faults.take_all("party.record.place", place);
    let contact = masked("public_contact").then(|| unless_empty(written.public_contact, Words::new));
    let contact = faults.take("party.record.public_contact", contact.transpose());
    let reason = optional_reason(&mut faults, request.reason);
    let built = || {
        Some(PartyPatch {
            party_type: party_type?,
            names: names?,
            place: place?,
            public_contact: contact?,
            retired: masked("retired").then_some(written.retired),
            reason: reason?,
        })
    };
    let patch = built();
    if let Some(patch) = patch.as_ref().filter(|_| !request.public_contact) {
        let published = patch.public_contact.as_ref().and_then(Option::as_ref);
        contact::check_party(&mut faults, RECORD, patch.names.as_ref(), published);
    }
    let built = || Some((target?, patch?));
    Ok(faults.finish(built())?)
}
