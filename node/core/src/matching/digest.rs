//! Digests: SHA-256 over one canonical encoding, so that two nodes can see whether they computed the same plan from the
//! same lines. Texts carry their length, numbers are big-endian, absence is a byte of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::domain::field::FieldError;
use crate::domain::item::{Attribute, CATALOGUE_VERSION};
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::{OfferLine, Recipient};
use crate::domain::place::Place;
use crate::domain::time::{Instant, When};
use crate::matching::entry::Entry;
use crate::matching::family::FamilyKey;
use crate::matching::part::{Given, Part};
use crate::matching::roll::Roll;
use crate::matching::rule::RULE_VERSION;
use crate::matching::view::View;

/// A SHA-256; shown as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Feeds the hash without ambiguity: two different sequences of calls never hash the same bytes.
struct Canonical(Sha256);

/// Of everything that the shared plan depends on: rule, catalogue, epoch, partnerships, and the shared lines that take part.
pub(super) fn of_input(view: &View, parts: &BTreeMap<FamilyKey, Arc<Part>>) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    canonical.text(RULE_VERSION);
    canonical.text(CATALOGUE_VERSION);
    canonical.instant(Some(view.epoch.begin()));
    canonical.list(view.partners.pairs().collect(), |to, (one, other)| {
        to.text(one.as_str());
        to.text(other.as_str());
    });
    canonical.list(
        parts.values().map(|part| part.input).filter(|one| *one != Digest::NOTHING).collect(),
        |to, one| {
            to.digest(one);
        },
    );
    canonical.finish()
}

/// Of the suggestions that every node shares.
pub(super) fn of_plan(parts: &BTreeMap<FamilyKey, Arc<Part>>) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    let given = parts.values().map(|part| part.output).filter(|one| *one != Digest::NOTHING);
    canonical.list(given.collect(), |to, one| to.digest(one));
    canonical.finish()
}

/// Of the shared lines of a family that take part; [`Digest::NOTHING`] if there are none.
pub(super) fn of_lines(roll: &Roll) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    // What a need that takes no part has already counts for its city.
    let needs = roll.needs.facts().iter().filter(|facts| facts.is_shared && facts.readiness.takes_part());
    let offers = roll.offers.facts().iter().filter(|facts| facts.is_shared && facts.is_ready());
    let (needs, offers): (Vec<_>, Vec<_>) = (needs.collect(), offers.collect());
    if needs.is_empty() && offers.is_empty() {
        return Digest::NOTHING;
    }
    canonical.list(needs, |to, facts| {
        to.digest(facts.content);
        to.number(i64::from(facts.is_ready()));
        to.number(i64::from(facts.figures.tier));
    });
    canonical.list(offers, |to, facts| to.digest(facts.content));
    canonical.finish()
}

/// Of what the shared lines of a family give, whose need and offer have these names; [`Digest::NOTHING`] if it is nothing.
pub(super) fn of_given(given: &[Given], names: impl Fn(&Given) -> [Digest; 2]) -> Digest {
    if given.is_empty() {
        return Digest::NOTHING;
    }
    let mut canonical = Canonical(Sha256::new());
    canonical.list(given.iter().collect(), |to, one| {
        names(one).into_iter().for_each(|name| to.digest(name));
        to.number(one.amount.get());
        to.number(i64::from(one.tier));
    });
    canonical.finish()
}

/// Of everything in a need line that a plan could depend on, but for tier and readiness.
pub(super) fn of_need(entry: &Entry<NeedLine>) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    canonical.need(entry);
    canonical.finish()
}

/// Of everything in an offer line that a plan could depend on, but for readiness.
pub(super) fn of_offer(entry: &Entry<OfferLine>) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    canonical.offer(entry);
    canonical.finish()
}

impl Digest {
    /// In place of the digest of nothing, so that a part without anything leaves no trace.
    pub(super) const NOTHING: Self = Self([0; 32]);

    /// A digest that was computed elsewhere.
    pub(super) fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = FieldError;

    /// As it is shown.
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| FieldError::of(text, "a SHA-256 as 64 lower-case hexadecimal digits"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Canonical {
    fn need(&mut self, need: &Entry<NeedLine>) {
        self.entry(need);
        let line = &need.line;
        self.when(&line.needed);
        self.optional(line.min_shelf_life, |to, life| to.number(i64::from(life.days())));
        self.number(line.min_lot.get());
        self.number(i64::from(line.accept_lower_grade));
        self.list(line.acceptable_bases.iter().collect(), |to, basis| to.text(basis.as_str()));
        self.list(line.attributes.iter().collect(), Self::attribute);
    }

    fn offer(&mut self, offer: &Entry<OfferLine>) {
        self.entry(offer);
        let line = &offer.line;
        self.when(&line.available);
        self.optional(line.deliver_to.as_ref(), Self::place);
        self.optional(line.freight.weight_grams(), Self::number);
        self.optional(line.freight.volume_millilitres(), Self::number);
        self.number(i64::from(line.freight.cold_chain()));
        self.instant(line.expires);
        self.number(line.min_lot.get());
        let recipient = |to: &mut Self, one: &Recipient| to.text(&one.to_string());
        self.list(line.earmarked_for.iter().collect(), recipient);
        self.list(line.excluded.iter().collect(), recipient);
        self.optional(line.terms.basis, |to, basis| to.text(basis.as_str()));
        self.optional(line.terms.freight, |to, payer| to.text(payer.as_str()));
        self.list(line.attributes.iter().collect(), Self::attribute);
    }

    fn entry<L: Line>(&mut self, entry: &Entry<L>) {
        self.digest(entry.name);
        self.number(i64::from(entry.exercise));
        self.text(entry.line.kind().as_str());
        self.text(&entry.line.item().to_string());
        self.text(&entry.line.quantity().unit.to_string());
        self.optional(entry.amount, |to, amount| to.number(amount.get()));
        self.number(entry.counted.get());
        self.optional(entry.country, |to, country| to.text(&country.to_string()));
        self.optional(entry.place.as_deref(), Self::place);
    }

    fn place(&mut self, place: &Place) {
        self.text(place.name.as_str());
        self.text(&place.area.to_string());
        self.optional(place.point, |to, point| {
            to.number(i64::from(point.latitude_e6()));
            to.number(i64::from(point.longitude_e6()));
        });
    }

    fn attribute(&mut self, attribute: &Attribute) {
        self.text(attribute.name.as_str());
        self.text(attribute.value.as_str());
        self.optional(attribute.standard.as_ref(), |to, standard| to.text(standard.as_str()));
        self.text(attribute.evidence.as_str());
    }

    fn when(&mut self, when: &When) {
        self.instant(when.earliest());
        self.instant(when.latest());
    }

    fn instant(&mut self, instant: Option<Instant>) {
        self.optional(instant, |to, instant| to.number(instant.micros()));
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.update([u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, values: Vec<T>, mut write: impl FnMut(&mut Self, T)) {
        self.length(values.len());
        for value in values {
            write(self, value);
        }
    }

    fn digest(&mut self, digest: Digest) {
        self.0.update(digest.0);
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.update(text);
    }

    fn length(&mut self, length: usize) {
        self.number(i64::try_from(length).expect("nothing in memory is longer"));
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}
