//! Values that every record family uses, in the order of `common.proto`.

use prost_types::Timestamp;
use quince_core::domain::common::{
    COVERS_MAX, Common, EXTERNAL_IDS_MAX, ExternalId, PARTIES_MAX, Parties, PartyRole, RELATED_MAX, Share,
    Source, VALUES_MAX, Valuation,
};
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::handle::Handle;
use quince_core::domain::item::{ATTRIBUTES_MAX, Attribute, Attributes, Evidence};
use quince_core::domain::list::List;
use quince_core::domain::money::Money;
use quince_core::domain::place::{ALIASES_MAX, Area, Place, Point};
use quince_core::domain::quantity::{Pack, PackName};
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{LANGUAGES_MAX, Text, TextOrigin, Texts, Words};
use quince_core::domain::time::{Instant, When};
use quince_core::domain::{Amount, LineId, LineNumber, Measure, Number, Positive, Quantity, RecordId};
use quince_proto::record::v1 as proto;

use super::{each, required, unless_empty};
use crate::wire::vocabulary;

const HANDLE: &str = "a handle such as isfahan: 2 to 31 of a-z, 0-9 and hyphen, a letter first";
const QUALIFIERS: &str = "QUALIFIER_EXACT, QUALIFIER_AT_LEAST, QUALIFIER_ABOUT, QUALIFIER_UNKNOWN";

/// A handle; the error is cut to what a field error says.
pub(in crate::wire) fn handle(text: &str) -> Result<Handle, FieldError> {
    text.parse().map_err(|_| FieldError::of(text, HANDLE))
}

pub(super) fn quantity(quantity: proto::Quantity) -> Result<Quantity, FieldErrors> {
    let mut faults = Faults::default();
    let amount = faults.take("amount", Amount::new(quantity.amount));
    let measure = amount.and_then(|amount| faults.take("qualifier", measure(quantity.qualifier, amount)));
    let unit = faults.take("unit", quantity.unit.parse());
    let pack = faults.take_all("pack", quantity.pack.map(pack).transpose());
    let built = || Some(Quantity { measure: measure?, unit: unit?, pack: pack? });
    faults.finish(built())
}

pub(super) fn measure(qualifier: i32, amount: Amount) -> Result<Measure, FieldError> {
    match proto::Qualifier::try_from(qualifier) {
        Ok(proto::Qualifier::Exact) => Ok(Measure::Exact(amount)),
        Ok(proto::Qualifier::AtLeast) => Ok(Measure::AtLeast(amount)),
        Ok(proto::Qualifier::About) => Ok(Measure::About(amount)),
        Ok(proto::Qualifier::Unknown) if amount.is_zero() => Ok(Measure::Unknown),
        Ok(unknown @ proto::Qualifier::Unknown) => {
            let expected = format!("a qualifier that goes with the amount {amount}");
            Err(FieldError::of(unknown.as_str_name(), expected))
        }
        _ => Err(FieldError::of(qualifier, QUALIFIERS)),
    }
}

pub(super) fn pack(pack: proto::Pack) -> Result<Pack, FieldErrors> {
    let mut faults = Faults::default();
    let name = faults.take("name", PackName::new(pack.name));
    let contains = faults.take("contains", Positive::new(pack.contains));
    let built = || Some(Pack { name: name?, contains: contains? });
    faults.finish(built())
}

fn money(money: proto::Money) -> Result<Money, FieldErrors> {
    let mut faults = Faults::default();
    let minor_units = faults.take("minor_units", Amount::new(money.minor_units));
    let currency = faults.take("currency", money.currency.parse());
    let date = faults.take("date", money.date.parse());
    let approximate = money.approximate;
    let built = || Some(Money { minor_units: minor_units?, currency: currency?, date: date?, approximate });
    faults.finish(built())
}

/// A place.
pub fn place(place: proto::Place) -> Result<Place, FieldErrors> {
    let mut faults = Faults::default();
    let name = faults.take("name", Words::new(place.name));
    let area = faults.take("country", area(&place.country, &place.region));
    let point = place.point.map(|p| Point::new(p.latitude_e6, p.longitude_e6)).transpose();
    let point = faults.take("point", point);
    let aliases = each(place.aliases, ALIASES_MAX, Words::new).and_then(|a| Ok(List::new(a)?));
    let aliases = faults.take_all("aliases", aliases);
    let built = || Some(Place { name: name?, area: area?, point: point?, aliases: aliases? });
    faults.finish(built())
}

/// A country, or where there is none a region.
fn area(country: &str, region: &str) -> Result<Area, FieldError> {
    match (country, region) {
        ("", region) if !region.is_empty() => region.parse().map(Area::Region),
        (country, "") => country.parse().map(Area::Country),
        (country, _) => Err(FieldError::of(country, "no country beside a region")),
    }
}

/// A vague time; nothing at all says nothing.
pub fn when(when: Option<proto::When>) -> Result<When, FieldErrors> {
    let Some(when) = when else { return Ok(When::default()) };
    let mut faults = Faults::default();
    let earliest = faults.take("earliest", when.earliest.map(instant).transpose());
    let latest = faults.take("latest", when.latest.map(instant).transpose());
    let words = faults.take("words", unless_empty(when.words, Words::new));
    let built = || Some(When::new(earliest?, latest?, words?));
    Ok(faults.finish(built())??)
}

/// An instant.
pub fn instant(time: Timestamp) -> Result<Instant, FieldError> {
    Instant::from_parts(time.seconds, time.nanos)
}

/// The same text in several languages. A text that does not say who wrote it was written by a person.
pub fn texts<const MAX: usize>(texts: Vec<proto::Text>) -> Result<Texts<MAX>, FieldErrors> {
    let texts = each(texts, LANGUAGES_MAX, |text| {
        let origin = vocabulary::optional(text.origin).map_err(|e| e.under("origin"))?;
        Text::new(&text.language, text.text, origin.unwrap_or(TextOrigin::Human))
    })?;
    Ok(Texts::new(texts)?)
}

pub(super) fn attributes(attributes: Vec<proto::Attribute>) -> Result<Attributes, FieldErrors> {
    Ok(Attributes::new(each(attributes, ATTRIBUTES_MAX, attribute)?)?)
}

/// An attribute; evidence that is not named is none.
fn attribute(attribute: proto::Attribute) -> Result<Attribute, FieldErrors> {
    let mut faults = Faults::default();
    let name = faults.take("name", Words::new(attribute.name));
    let value = faults.take("value", Words::new(attribute.value));
    let standard = faults.take("standard", unless_empty(attribute.standard, Words::new));
    let evidence = unless_empty(attribute.evidence, |word| word.parse());
    let evidence = faults.take("evidence", evidence);
    let built = || {
        let evidence = evidence?.unwrap_or(Evidence::None);
        Some(Attribute { name: name?, value: value?, standard: standard?, evidence })
    };
    faults.finish(built())
}

pub(in crate::wire) fn record_ref(record: proto::RecordRef) -> Result<RecordId, FieldErrors> {
    let mut faults = Faults::default();
    let owner = faults.take("owner", handle(&record.owner));
    let number = faults.take("number", Number::new(record.number));
    let built = || Some(RecordId::new(owner?, number?));
    faults.finish(built())
}

pub(super) fn line_ref(line: proto::LineRef) -> Result<LineId, FieldErrors> {
    let mut faults = Faults::default();
    let owner = faults.take("owner", handle(&line.owner));
    let number = faults.take("number", Number::new(line.number));
    let line = faults.take("line", LineNumber::new(line.line.into()));
    let built = || Some(RecordId::new(owner?, number?).line(line?));
    faults.finish(built())
}

/// A line that must be named.
pub(in crate::wire) fn required_line(line: Option<proto::LineRef>) -> Result<LineId, FieldErrors> {
    line_ref(required(line, "a line by owner, number and line")?)
}

/// Who takes part.
pub fn parties(parties: Vec<proto::PartyRole>) -> Result<Parties, FieldErrors> {
    Ok(Parties::new(each(parties, PARTIES_MAX, party_role)?)?)
}

fn party_role(role: proto::PartyRole) -> Result<PartyRole, FieldErrors> {
    let mut faults = Faults::default();
    let party = faults.take("party", Number::new(role.party));
    let share = (role.share_e4 != 0).then(|| Share::new(role.share_e4)).transpose();
    let share = faults.take("share_e4", share);
    let role = faults.take("role", role.role.parse());
    let built = || Some(PartyRole { party: party?, role: role?, share: share? });
    faults.finish(built())
}

fn external_id(id: proto::ExternalId) -> Result<ExternalId, FieldErrors> {
    let mut faults = Faults::default();
    let scheme = faults.take("scheme", Words::new(id.scheme));
    let value = faults.take("value", Words::new(id.value));
    let built = || Some(ExternalId { scheme: scheme?, value: value? });
    faults.finish(built())
}

fn source(source: proto::Source) -> Result<Source, FieldErrors> {
    let mut faults = Faults::default();
    let name = faults.take("name", Words::new(source.name));
    let locator = faults.take("locator", unless_empty(source.locator, Words::new));
    let as_of = faults.take("as_of", source.as_of.map(instant).transpose());
    let built = || Some(Source { name: name?, locator: locator?, as_of: as_of? });
    faults.finish(built())
}

pub(in crate::wire) fn common(common: Option<proto::Common>) -> Result<Common, FieldErrors> {
    let common = required(common, "what every record carries")?;
    let mut faults = Faults::default();
    let call = faults.take_all("call", common.call.map(record_ref).transpose());
    let incident = faults.take("incident", unless_empty(common.incident, Words::new));
    let parties = faults.take_all("parties", parties(common.parties));
    let created = faults.take("created", required_instant(common.created));
    let updated = faults.take("updated", required_instant(common.updated));
    let external_ids = each(common.external_ids, EXTERNAL_IDS_MAX, external_id);
    let external_ids = faults.take_all("external_ids", external_ids.and_then(|ids| Ok(List::new(ids)?)));
    let source = faults.take_all("source", common.source.map(source).transpose());
    let continues = faults.take_all("continues", common.continues.map(record_ref).transpose());
    let reason = faults.take("reason", unless_empty(common.reason, Words::new));
    let values = each(common.values, VALUES_MAX, valuation).and_then(|values| Ok(List::new(values)?));
    let values = faults.take_all("values", values);
    let related = each(common.related, RELATED_MAX, record_ref).and_then(|ids| Ok(List::new(ids)?));
    let related = faults.take_all("related", related);
    let built = || {
        Some(Common {
            exercise: common.exercise,
            call: call?,
            incident: incident?,
            parties: parties?,
            created: created?,
            updated: updated?,
            external_ids: external_ids?,
            source: source?,
            continues: continues?,
            reason: reason?,
            values: values?,
            related: related?,
        })
    };
    faults.finish(built())
}

fn valuation(valuation: proto::Valuation) -> Result<Valuation, FieldErrors> {
    let mut faults = Faults::default();
    let value = required(valuation.money, "how much").map_err(Into::into).and_then(money);
    let value = faults.take_all("money", value);
    let covers = each(valuation.covers, COVERS_MAX, line_ref).and_then(|lines| Ok(List::new(lines)?));
    let covers = faults.take_all("covers", covers);
    let built = || Some(Valuation { money: value?, covers: covers? });
    faults.finish(built())
}

pub(super) fn required_instant(time: Option<Timestamp>) -> Result<Instant, FieldError> {
    instant(required(time, "an instant such as 2027-03-15T08:00:00Z")?)
}

/// Terms; nothing at all says nothing.
pub fn terms(terms: Option<proto::Terms>) -> Result<Terms, FieldErrors> {
    let Some(terms) = terms else { return Ok(Terms::default()) };
    let mut faults = Faults::default();
    let basis = faults.take("basis", vocabulary::optional(terms.basis));
    let estimate = faults.take_all("estimate", terms.estimate.map(money).transpose());
    let freight = faults.take("freight", vocabulary::optional(terms.freight));
    let duty = faults.take("duty", vocabulary::optional(terms.duty));
    let insurance = faults.take("insurance", vocabulary::optional(terms.insurance));
    let built = || {
        Some(Terms {
            basis: basis?,
            estimate: estimate?,
            freight: freight?,
            duty: duty?,
            insurance: insurance?,
        })
    };
    faults.finish(built())
}
