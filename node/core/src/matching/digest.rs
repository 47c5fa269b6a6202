//! Digests: SHA-256 over one canonical encoding, so that two nodes can see whether they computed the same plan from the
//! same lines. Texts carry their length, numbers are big-endian, absence is a byte of its own.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::domain::item::{Attribute, CATALOGUE_VERSION};
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::{OfferLine, Recipient};
use crate::domain::time::{Instant, When};
use crate::matching::plan::Match;
use crate::matching::rule::RULE_VERSION;
use crate::matching::view::{Entry, Readiness, View};

/// A SHA-256; shown as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Feeds the hash without ambiguity: two different sequences of calls never hash the same bytes.
struct Canonical(Sha256);

/// Of everything that the shared plan depends on: rule, catalogue, epoch, and the shared lines that take part.
pub(super) fn of_input(view: &View) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    canonical.text(RULE_VERSION);
    canonical.text(CATALOGUE_VERSION);
    canonical.instant(Some(view.epoch.begin()));
    canonical.list(planned(&view.needs), Canonical::need);
    canonical.list(planned(&view.offers), Canonical::offer);
    canonical.finish()
}

/// Of the suggestions that every node shares.
pub(super) fn of_plan<'a>(suggestions: impl Iterator<Item = &'a Match>) -> Digest {
    let mut canonical = Canonical(Sha256::new());
    canonical.list(suggestions.collect(), |canonical, one| {
        canonical.text(&one.need_line.to_string());
        canonical.text(&one.offer_line.to_string());
        canonical.number(one.amount.get());
        canonical.number(i64::from(one.tier.tier()));
    });
    canonical.finish()
}

fn planned<L>(entries: &[Entry<L>]) -> Vec<&Entry<L>> {
    entries.iter().filter(|entry| entry.is_shared() && entry.readiness == Readiness::Ready).collect()
}

impl Digest {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
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
        self.number(i64::from(line.urgency.tier()));
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
        self.instant(line.expires);
        self.number(line.min_lot.get());
        let recipient = |to: &mut Self, one: &Recipient| to.text(&one.to_string());
        self.list(line.earmarked_for.iter().collect(), recipient);
        self.list(line.excluded.iter().collect(), recipient);
        self.optional(line.terms.basis, |to, basis| to.text(basis.as_str()));
        self.list(line.attributes.iter().collect(), Self::attribute);
    }

    fn entry<L: Line>(&mut self, entry: &Entry<L>) {
        self.text(&entry.id.to_string());
        self.number(i64::from(entry.exercise));
        self.text(entry.line.kind().as_str());
        self.text(&entry.line.item().to_string());
        self.text(&entry.line.quantity().unit.to_string());
        self.optional(entry.amount, |to, amount| to.number(amount.get()));
        self.optional(entry.country, |to, country| to.text(&country.to_string()));
        self.optional(entry.place.as_ref(), |to, place| {
            to.text(place.name.as_str());
            to.text(&place.area.to_string());
            to.optional(place.point, |to, point| {
                to.number(i64::from(point.latitude_e6()));
                to.number(i64::from(point.longitude_e6()));
            });
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

    fn list<T>(&mut self, values: Vec<&T>, mut write: impl FnMut(&mut Self, &T)) {
        self.length(values.len());
        for value in values {
            write(self, value);
        }
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
