//! The board: the lines of one family that take part in a pass, as rows of numbers, and what each pair of them costs.
//! Everything a planner asks for thousands of times is looked up here once.

use std::collections::BTreeSet;

use crate::domain::handle::Handle;
use crate::domain::item::{Catalogue, ItemCode, Substitution, shelf_life_default_days};
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::Family;
use crate::matching::geography::Distances;
use crate::matching::rank::{Price, fit_cost, substitution_cost};
use crate::matching::rule::{Known, Pair};
use crate::matching::view::View;

/// Which lines a pass deals with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that every member of the federation holds; all nodes agree on this pass.
    Shared,
    /// Needs without a figure among those that every member holds, from what the shared pass left over.
    OpenEnded,
    /// Pairs with at least one private or group line, from what the other passes left over.
    Local,
}

/// The lines of a family in a pass. Rows are by id, so that a row's number is its place in every order.
pub(super) struct Board<'a> {
    view: &'a View,
    distances: &'a Distances,
    scope: Scope,
    pub(super) needs: Vec<NeedRow<'a>>,
    pub(super) offers: Vec<OfferRow<'a>>,
    offered: Vec<&'a ItemCode>,
    /// What each offered item is to each one asked for, row by row.
    substitutions: Vec<Substitution>,
}

/// A need line in play.
pub(super) struct NeedRow<'a> {
    pub(super) entry: &'a Entry<NeedLine>,
    /// Its place among all need lines of the family.
    pub(super) at: u32,
    item: usize,
    spot: Option<u32>,
    lot: i64,
    shelf_life_default_days: u32,
    partners: Option<&'a BTreeSet<Handle>>,
}

/// An offer line in play.
pub(super) struct OfferRow<'a> {
    pub(super) entry: &'a Entry<OfferLine>,
    /// Its place among all offer lines of the family.
    pub(super) at: u32,
    item: usize,
    spot: Option<u32>,
    lot: i64,
    earmarked: bool,
}

impl Scope {
    fn takes_need(self, entry: &Entry<NeedLine>) -> bool {
        match self {
            Self::Shared => entry.is_ready() && entry.is_shared(),
            Self::OpenEnded => entry.readiness == Readiness::Unquantified && entry.is_shared(),
            Self::Local => entry.is_ready(),
        }
    }

    fn takes_offer(self, entry: &Entry<OfferLine>) -> bool {
        entry.is_ready() && (self == Self::Local || entry.is_shared())
    }

    fn takes_pair(self, need: &Entry<NeedLine>, offer: &Entry<OfferLine>) -> bool {
        self != Self::Local || !need.is_shared() || !offer.is_shared()
    }
}

impl<'a> Board<'a> {
    /// The board of a family. Distances from its needs are kept from here on.
    pub(super) fn new(
        view: &'a View,
        catalogue: &Catalogue,
        distances: &'a Distances,
        family: &'a Family,
        scope: Scope,
    ) -> Self {
        let (mut asked, mut offered) = (Vec::new(), Vec::new());
        let needs = family.needs.iter().enumerate().filter(|(_, entry)| scope.takes_need(entry));
        let needs = needs.map(|(at, entry)| NeedRow {
            at: row(at),
            item: number(&mut asked, &entry.line.item),
            spot: entry.spot,
            lot: entry.line.min_lot.get(),
            shelf_life_default_days: shelf_life_default_days(catalogue, &entry.line.item),
            partners: view.partners.of_city(entry.city()),
            entry,
        });
        let needs: Vec<_> = needs.collect();
        let offers = family.offers.iter().enumerate().filter(|(_, entry)| scope.takes_offer(entry));
        let offers = offers.map(|(at, entry)| OfferRow {
            at: row(at),
            item: number(&mut offered, &entry.line.item),
            spot: entry.spot,
            lot: entry.line.min_lot.get(),
            earmarked: !entry.line.earmarked_for.is_empty(),
            entry,
        });
        let offers: Vec<_> = offers.collect();
        let pairs = asked.iter().flat_map(|asked| offered.iter().map(move |offered| (asked, offered)));
        let substitutions =
            pairs.map(|(asked, offered)| Substitution::of(catalogue, asked, offered)).collect();
        Self { view, distances, scope, needs, offers, offered, substitutions }
    }

    /// What this pair costs; `None` if a rule forbids it.
    pub(super) fn price(&self, need: u32, offer: u32) -> Option<Price> {
        let pair = self.pair(need, offer);
        let takes = self.scope.takes_pair(pair.need, pair.offer);
        (takes && pair.is_possible()).then(|| Price::of(&pair))
    }

    /// These two lines, with what the rules must know of them.
    pub(super) fn pair(&self, need: u32, offer: u32) -> Pair<'a> {
        let (need, offer) = (&self.needs[need as usize], &self.offers[offer as usize]);
        let known = Known {
            home: &self.view.home,
            epoch: self.view.epoch.begin(),
            substitution: self.substitutions[need.item * self.offered.len() + offer.item],
            km: self.km(need, offer),
            shelf_life_default_days: need.shelf_life_default_days,
            partners: need.partners.is_some_and(|partners| partners.contains(offer.entry.city())),
        };
        Pair::new(need.entry, offer.entry, &known)
    }

    /// This pair cannot cost less.
    pub(super) fn least(&self, need: u32, offer: u32) -> u32 {
        let (need, offer) = (&self.needs[need as usize], &self.offers[offer as usize]);
        let substitution = self.substitutions[need.item * self.offered.len() + offer.item];
        self.km(need, offer).unwrap_or(0)
            + substitution_cost(substitution)
            + fit_cost(need.partners.is_some(), offer.earmarked)
    }

    /// No pair costs less than this beyond its distance.
    pub(super) fn least_fit(&self) -> u32 {
        let partners = self.needs.iter().any(|need| need.partners.is_some());
        fit_cost(partners, self.offers.iter().any(|offer| offer.earmarked))
    }

    /// Whether this pair goes in lots of more than one, so that it is not to be split or moved in part.
    pub(super) fn is_rigid(&self, need: u32, offer: u32) -> bool {
        self.lot(need, offer) > 1
    }

    /// The smallest lot of this pair.
    pub(super) fn lot(&self, need: u32, offer: u32) -> i64 {
        self.needs[need as usize].lot.max(self.offers[offer as usize].lot)
    }

    /// The places by their distance from a need line, as far as distances are kept.
    pub(super) fn nearest(&self, need: u32) -> &'a [u32] {
        self.needs[need as usize].spot.map_or(&[], |spot| self.distances.nearest(spot))
    }

    /// How far a place is from a need line.
    pub(super) fn distance_to(&self, need: u32, place: u32) -> Option<u32> {
        self.distances.km(&self.view.geography, self.needs[need as usize].spot?, place)
    }

    /// How far it is; known or not.
    pub(super) fn distance(&self, need: u32, offer: u32) -> Option<u32> {
        self.km(&self.needs[need as usize], &self.offers[offer as usize])
    }

    fn km(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Option<u32> {
        self.distances.km(&self.view.geography, need.spot?, offer.spot?)
    }
}

/// The number of an item; a family has few, so they are looked through.
fn number<'a>(items: &mut Vec<&'a ItemCode>, item: &'a ItemCode) -> usize {
    items.iter().position(|one| *one == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}

fn row(at: usize) -> u32 {
    u32::try_from(at).expect("a view has fewer than 2^32 lines")
}
