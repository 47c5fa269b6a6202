//! Domain records to messages of `quince.record.v1`, in the order of the contract. Cannot fail.

use bytes::Bytes;
use prost_types::Timestamp;
use quince_core::domain::common::{Common, ExternalId, PartyRole, Share, Source, Valuation};
use quince_core::domain::freight::Freight;
use quince_core::domain::item::Attribute;
use quince_core::domain::money::Money;
use quince_core::domain::need::{NeedState, ShelfLife};
use quince_core::domain::place::{Place, Point};
use quince_core::domain::quantity::Pack;
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{Text, Words};
use quince_core::domain::time::{Instant, When};
use quince_core::domain::{
    Commitment, CommitmentState, LineId, Measure, Need, NeedLine, Offer, OfferLine, OwnItem, Party, Profile,
    Quantity, RecordId, Requisition, RequisitionState,
};
use quince_proto::record::v1 as proto;

use crate::wire::vocabulary::{Vocabulary, value_or_unspecified};

mod delivery;
mod publication;

pub use delivery::{consignment, receipt};
pub use publication::{call, knowledge, message, partnership, report};

/// The qualifier and the amount, 0 when unknown.
fn measure(measure: Measure) -> (i32, i64) {
    let qualifier = match measure {
        Measure::Exact(_) => proto::Qualifier::Exact,
        Measure::AtLeast(_) => proto::Qualifier::AtLeast,
        Measure::About(_) => proto::Qualifier::About,
        Measure::Unknown => proto::Qualifier::Unknown,
    };
    (qualifier.into(), measure.cap().unwrap_or_default().get())
}

fn quantity(quantity: &Quantity) -> proto::Quantity {
    let (qualifier, amount) = measure(quantity.measure);
    proto::Quantity {
        qualifier,
        amount,
        unit: quantity.unit.to_string(),
        pack: quantity.pack.as_ref().map(pack),
    }
}

fn pack(pack: &Pack) -> proto::Pack {
    proto::Pack { name: pack.name.to_string(), contains: pack.contains.get() }
}

fn money(money: &Money) -> proto::Money {
    proto::Money {
        minor_units: money.minor_units.get(),
        currency: money.currency.to_string(),
        date: money.date.to_string(),
        approximate: money.approximate,
    }
}

fn place(place: &Place) -> proto::Place {
    proto::Place {
        name: place.name.to_string(),
        country: place.area.country().map(|country| country.to_string()).unwrap_or_default(),
        point: place.point.map(point),
        aliases: place.aliases.iter().map(ToString::to_string).collect(),
        region: place.area.region().map(|region| region.to_string()).unwrap_or_default(),
    }
}

fn point(point: Point) -> proto::Point {
    proto::Point { latitude_e6: point.latitude_e6(), longitude_e6: point.longitude_e6() }
}

/// A vague time; one that says nothing is left out.
fn when(when: &When) -> Option<proto::When> {
    (*when != When::default()).then(|| proto::When {
        earliest: when.earliest().map(instant),
        latest: when.latest().map(instant),
        words: words(when.words()),
    })
}

/// An instant.
pub fn instant(instant: Instant) -> Timestamp {
    let (seconds, nanos) = instant.to_parts();
    Timestamp { seconds, nanos }
}

fn words<const MAX: usize>(words: Option<&Words<MAX>>) -> String {
    words.map(ToString::to_string).unwrap_or_default()
}

fn texts<const MAX: usize>(texts: &[Text<MAX>]) -> Vec<proto::Text> {
    let text = |text: &Text<MAX>| proto::Text {
        language: text.language.to_string(),
        text: text.words.to_string(),
        origin: text.origin.value(),
    };
    texts.iter().map(text).collect()
}

fn attribute(attribute: &Attribute) -> proto::Attribute {
    proto::Attribute {
        name: attribute.name.to_string(),
        value: attribute.value.to_string(),
        standard: words(attribute.standard.as_ref()),
        evidence: attribute.evidence.to_string(),
    }
}

fn record_ref(id: &RecordId) -> proto::RecordRef {
    proto::RecordRef { owner: id.owner.to_string(), number: id.number.get() }
}

fn line_ref(id: &LineId) -> proto::LineRef {
    proto::LineRef {
        owner: id.owner().to_string(),
        number: id.record.number.get(),
        line: id.line.get().into(),
    }
}

fn party_role(role: &PartyRole) -> proto::PartyRole {
    proto::PartyRole {
        party: role.party.get(),
        role: role.role.to_string(),
        share_e4: role.share.map_or(0, Share::e4),
    }
}

fn external_id(id: &ExternalId) -> proto::ExternalId {
    proto::ExternalId { scheme: id.scheme.to_string(), value: id.value.to_string() }
}

fn source(source: &Source) -> proto::Source {
    proto::Source {
        name: source.name.to_string(),
        locator: words(source.locator.as_ref()),
        as_of: source.as_of.map(instant),
    }
}

fn common(common: &Common) -> proto::Common {
    proto::Common {
        exercise: common.exercise,
        call: common.call.as_ref().map(record_ref),
        incident: words(common.incident.as_ref()),
        parties: common.parties.as_slice().iter().map(party_role).collect(),
        created: Some(instant(common.created)),
        updated: Some(instant(common.updated)),
        external_ids: common.external_ids.iter().map(external_id).collect(),
        source: common.source.as_ref().map(source),
        continues: common.continues.as_ref().map(record_ref),
        reason: words(common.reason.as_ref()),
        values: common.values.iter().map(valuation).collect(),
        related: common.related.iter().map(record_ref).collect(),
    }
}

fn valuation(valuation: &Valuation) -> proto::Valuation {
    let covers = valuation.covers.iter().map(line_ref).collect();
    proto::Valuation { money: Some(money(&valuation.money)), covers }
}

/// Terms; those that say nothing are left out.
fn terms(terms: &Terms) -> Option<proto::Terms> {
    (*terms != Terms::default()).then(|| proto::Terms {
        basis: value_or_unspecified(terms.basis),
        estimate: terms.estimate.as_ref().map(money),
        freight: value_or_unspecified(terms.freight),
        duty: value_or_unspecified(terms.duty),
        insurance: value_or_unspecified(terms.insurance),
    })
}

/// A need.
pub fn need(need: &Need) -> proto::Need {
    let state = match &need.state {
        NeedState::Draft => proto::NeedState::Draft,
        NeedState::Submitted => proto::NeedState::Submitted,
        NeedState::Open => proto::NeedState::Open,
        NeedState::OnHold => proto::NeedState::OnHold,
        NeedState::Fulfilled => proto::NeedState::Fulfilled,
        NeedState::Withdrawn => proto::NeedState::Withdrawn,
        NeedState::Expired => proto::NeedState::Expired,
        NeedState::Duplicate { .. } => proto::NeedState::Duplicate,
    };
    let duplicate_of = match &need.state {
        NeedState::Duplicate { of } => Some(record_ref(of)),
        _ => None,
    };
    proto::Need {
        common: Some(common(&need.common)),
        state: state.into(),
        title: texts(need.title.as_slice()),
        description: texts(need.description.as_slice()),
        lines: need.lines.iter().map(need_line).collect(),
        duplicate_of,
    }
}

fn need_line(line: &NeedLine) -> proto::NeedLine {
    proto::NeedLine {
        line: line.line.get().into(),
        kind: line.kind.value(),
        item: line.item.to_string(),
        attributes: line.attributes.iter().map(attribute).collect(),
        quantity: Some(quantity(&line.quantity)),
        urgency: line.urgency.tier().into(),
        needed: when(&line.needed),
        deliver_to: line.deliver_to.as_ref().map(place),
        min_shelf_life_days: line.min_shelf_life.map_or(0, ShelfLife::days),
        min_lot: line.min_lot.get(),
        accept_lower_grade: line.accept_lower_grade,
        acceptable_bases: line.acceptable_bases.iter().map(|basis| basis.value()).collect(),
        note: words(line.note.as_ref()),
    }
}

/// An offer.
pub fn offer(offer: &Offer) -> proto::Offer {
    proto::Offer {
        common: Some(common(&offer.common)),
        state: offer.state.value(),
        title: texts(offer.title.as_slice()),
        description: texts(offer.description.as_slice()),
        lines: offer.lines.iter().map(offer_line).collect(),
        confirmed: Some(instant(offer.confirmed)),
    }
}

fn offer_line(line: &OfferLine) -> proto::OfferLine {
    proto::OfferLine {
        line: line.line.get().into(),
        kind: line.kind.value(),
        item: line.item.to_string(),
        attributes: line.attributes.iter().map(attribute).collect(),
        quantity: Some(quantity(&line.quantity)),
        available: when(&line.available),
        available_at: line.available_at.as_ref().map(place),
        expires: line.expires.map(instant),
        min_lot: line.min_lot.get(),
        earmarked_for: line.earmarked_for.iter().map(ToString::to_string).collect(),
        excluded: line.excluded.iter().map(ToString::to_string).collect(),
        terms: terms(&line.terms),
        note: words(line.note.as_ref()),
        deliver_to: line.deliver_to.as_ref().map(place),
        freight: freight(line.freight),
    }
}

/// Freight; that which says nothing is left out.
fn freight(freight: Freight) -> Option<proto::Freight> {
    (freight != Freight::default()).then(|| proto::Freight {
        weight_grams: freight.weight_grams().unwrap_or_default(),
        volume_millilitres: freight.volume_millilitres().unwrap_or_default(),
        cold_chain: freight.cold_chain(),
    })
}

/// A requisition.
pub fn requisition(requisition: &Requisition) -> proto::Requisition {
    let state = match requisition.state {
        RequisitionState::Requested { .. } => proto::RequisitionState::Requested,
        RequisitionState::Refused { .. } => proto::RequisitionState::Refused,
        RequisitionState::Withdrawn { .. } => proto::RequisitionState::Withdrawn,
    };
    proto::Requisition {
        common: Some(common(&requisition.common)),
        state: state.into(),
        need_line: Some(line_ref(&requisition.need_line)),
        offer_line: Some(line_ref(&requisition.offer_line)),
        amount: requisition.amount().get(),
        unit: requisition.unit.to_string(),
        hold: requisition.hold().map(record_ref),
        terms: terms(&requisition.terms),
        accept_short_dated: requisition.accept_short_dated,
        forced: requisition.is_forced(),
    }
}

/// A commitment.
pub fn commitment(commitment: &Commitment) -> proto::Commitment {
    let state = match commitment.state {
        CommitmentState::Held { .. } => proto::CommitmentState::Held,
        CommitmentState::Committed { .. } => proto::CommitmentState::Committed,
        CommitmentState::Declined { .. } => proto::CommitmentState::Declined,
        CommitmentState::Released { .. } => proto::CommitmentState::Released,
    };
    proto::Commitment {
        common: Some(common(&commitment.common)),
        state: state.into(),
        requisition: commitment.requisition().map(record_ref),
        need_line: Some(line_ref(&commitment.need_line)),
        offer_line: Some(line_ref(&commitment.offer_line)),
        amount: commitment.amount().get(),
        unit: commitment.unit.to_string(),
        reason_code: value_or_unspecified(commitment.reason_code()),
        held_until: commitment.held_until().map(instant),
        terms: terms(&commitment.terms),
        offer_revision: commitment.offer_revision.get(),
        line_amount: commitment.line_amount.get(),
        reserved_after: commitment.reserved_after.get(),
    }
}

/// A party.
pub fn party(party: &Party) -> proto::Party {
    proto::Party {
        common: Some(common(&party.common)),
        r#type: party.party_type.value(),
        names: texts(party.names.as_slice()),
        place: party.place.as_ref().map(place),
        public_contact: words(party.public_contact.as_ref()),
        retired: party.retired,
    }
}

/// An own item.
pub fn own_item(item: &OwnItem) -> proto::OwnItem {
    proto::OwnItem {
        common: Some(common(&item.common)),
        state: item.state.value(),
        code: item.code.to_string(),
        terms: texts(item.terms.as_slice()),
        base_unit: item.base_unit.to_string(),
        packs: item.packs.iter().map(pack).collect(),
        hs6: item.hs6.as_ref().map(ToString::to_string).unwrap_or_default(),
        hs_note: words(item.hs_note.as_ref()),
        description: texts(item.description.as_slice()),
    }
}

/// A profile.
pub fn profile(profile: &Profile) -> proto::Profile {
    proto::Profile {
        common: Some(common(&profile.common)),
        handle: profile.handle.to_string(),
        names: texts(profile.names.as_slice()),
        place: profile.place.as_ref().map(place),
        endpoints: profile.endpoints.iter().map(ToString::to_string).collect(),
        tls_keys: profile.tls_keys.iter().map(|key| Bytes::copy_from_slice(&key.0)).collect(),
        software: words(profile.software.as_ref()),
        offline_recipient: profile.offline_recipient.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
