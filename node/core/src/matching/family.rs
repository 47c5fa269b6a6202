//! Families: the parts of a view that cannot touch each other, because no item of one may stand in for an item of
//! another. Each is planned alone, and within it candidates are drawn nearest first, a few at a time.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use crate::domain::item::{Catalogue, ItemCode};
use crate::domain::item::{Substitution, shelf_life_default_days};
use crate::domain::kind::Kind;
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::place::Place;
use crate::domain::quantity::Amount;
use crate::matching::rank::Order;
use crate::matching::rule::Pair;
use crate::matching::view::{Entry, Readiness, View};

/// What all lines of a family share: drill or not, kind, and the connected component of "may be replaced by", named by
/// its smallest code. A code that the catalogue does not know, or that a city made up, is a component of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FamilyKey {
    exercise: bool,
    kind: Kind,
    component: ItemCode,
}

/// Which lines a pass over the view deals with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that every member of the federation holds; all nodes agree on this pass.
    Shared,
    /// Pairs with at least one private or group line, from what the shared pass left over.
    Local,
}

/// What is still lacking and free while a plan is made, by the lines' places in the view.
pub(super) struct Remaining {
    pub(super) needs: Vec<Amount>,
    pub(super) offers: Vec<Amount>,
}

/// The lines of a family that take part in a pass.
pub(super) struct Family<'a> {
    view: &'a View,
    scope: Scope,
    pub(super) needs: Vec<u32>,
    offers: Vec<Offered>,
    places: Vec<Option<&'a Place>>,
    substitutions: BTreeMap<&'a ItemCode, ItemRow>,
}

/// An offer line with its item and place as numbers, because strings would be compared for every pair.
struct Offered {
    offer: u32,
    item: usize,
    place: usize,
}

/// What each offered item of the family is to one that is asked for.
struct ItemRow {
    substitutions: Vec<Substitution>,
    shelf_life_default_days: u32,
}

impl FamilyKey {
    pub(super) fn of<L: Line>(entry: &Entry<L>, catalogue: &Catalogue) -> Self {
        let component = catalogue.component(entry.line.item()).clone();
        Self { exercise: entry.exercise, kind: entry.line.kind(), component }
    }
}

impl Scope {
    fn takes<L>(self, entry: &Entry<L>) -> bool {
        entry.readiness == Readiness::Ready && (self == Self::Local || entry.is_shared())
    }

    fn takes_pair(self, need: &Entry<NeedLine>, offer: &Entry<OfferLine>) -> bool {
        self == Self::Shared || !need.is_shared() || !offer.is_shared()
    }
}

impl Remaining {
    /// Everything is still there.
    pub(super) fn all(view: &View) -> Self {
        let amounts = |amount: &Option<Amount>| amount.unwrap_or_default();
        Self {
            needs: view.needs.iter().map(|entry| amounts(&entry.amount)).collect(),
            offers: view.offers.iter().map(|entry| amounts(&entry.amount)).collect(),
        }
    }
}

impl<'a> Family<'a> {
    /// The families of a view that have needs and offers in this scope.
    pub(super) fn split(view: &'a View, catalogue: &'a Catalogue, scope: Scope) -> Vec<Self> {
        let needs = grouped(&view.needs, catalogue, scope);
        let mut offers = grouped(&view.offers, catalogue, scope);
        let both = needs.into_iter().filter_map(|(key, needs)| Some((needs, offers.remove(&key)?)));
        both.map(|(needs, offers)| Self::new(view, catalogue, scope, needs, &offers)).collect()
    }

    fn new(view: &'a View, catalogue: &'a Catalogue, scope: Scope, needs: Vec<u32>, offers: &[u32]) -> Self {
        let entries = || offers.iter().map(|offer| &view.offers[*offer as usize]);
        let items = numbered(entries().map(|entry| &entry.line.item));
        let places = numbered(entries().map(|entry| entry.place.as_ref()));
        let offered = offers.iter().zip(entries()).map(|(offer, entry)| Offered {
            offer: *offer,
            item: items[&entry.line.item],
            place: places[&entry.place.as_ref()],
        });
        let asked = needs.iter().map(|need| &view.needs[*need as usize].line.item);
        let substitutions = asked.map(|item| (item, ItemRow::of(catalogue, item, items.keys()))).collect();
        let offers = offered.collect();
        Self { view, scope, needs, offers, places: places.into_keys().collect(), substitutions }
    }

    /// How many offer lines a draw looks at.
    pub(super) fn offer_count(&self) -> usize {
        self.offers.len()
    }

    /// The first `count` possible pairs of a need line for which enough remains. What was drawn and played before does
    /// not come again, because its stock is gone or too little for a lot.
    pub(super) fn draw(&mut self, need: u32, count: usize, remaining: &Remaining) -> VecDeque<Order> {
        self.offers.retain(|one| !remaining.offers[one.offer as usize].is_zero());
        let entry = &self.view.needs[need as usize];
        let row = &self.substitutions[&entry.line.item];
        let kms: Vec<_> = self.places.iter().map(|place| km(*place, entry.place.as_ref())).collect();
        let lacking = remaining.needs[need as usize];
        let mut first = BinaryHeap::with_capacity(count + 1);
        for one in &self.offers {
            let offer = &self.view.offers[one.offer as usize];
            let km = kms[one.place].or_else(|| within_one_city_km(entry, offer));
            let substitution = row.substitutions[one.item];
            let pair = Pair::new(self.view, entry, offer, substitution, km, row.shelf_life_default_days);
            let order = Order::of(&pair, need, one.offer);
            let comes_next = first.len() < count || first.peek().is_some_and(|last| order < *last);
            let enough = remaining.offers[one.offer as usize].min(lacking) >= pair.lot();
            if comes_next && enough && self.scope.takes_pair(entry, offer) && pair.is_possible() {
                first.push(order);
                if first.len() > count {
                    first.pop();
                }
            }
        }
        first.into_sorted_vec().into()
    }
}

impl ItemRow {
    fn of<'i>(
        catalogue: &Catalogue,
        asked: &ItemCode,
        offered: impl Iterator<Item = &'i &'i ItemCode>,
    ) -> Self {
        Self {
            substitutions: offered.map(|offered| Substitution::of(catalogue, asked, offered)).collect(),
            shelf_life_default_days: shelf_life_default_days(catalogue, asked),
        }
    }
}

/// Any two lines as a pair, with everything looked up for this pair alone.
pub(super) fn pair<'a>(
    view: &'a View,
    catalogue: &Catalogue,
    need: &'a Entry<NeedLine>,
    offer: &'a Entry<OfferLine>,
) -> Pair<'a> {
    let km = km(offer.place.as_ref(), need.place.as_ref()).or_else(|| within_one_city_km(need, offer));
    let substitution = Substitution::of(catalogue, &need.line.item, &offer.line.item);
    Pair::new(view, need, offer, substitution, km, shelf_life_default_days(catalogue, &need.line.item))
}

fn grouped<L: Line>(
    entries: &[Entry<L>],
    catalogue: &Catalogue,
    scope: Scope,
) -> BTreeMap<FamilyKey, Vec<u32>> {
    let mut groups: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| scope.takes(*entry)) {
        let at = u32::try_from(at).expect("a view has fewer than 2^32 lines");
        groups.entry(FamilyKey::of(entry, catalogue)).or_default().push(at);
    }
    groups
}

/// Each value once, in order, with its number.
fn numbered<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut numbers: BTreeMap<T, usize> = values.map(|value| (value, 0)).collect();
    for (number, slot) in numbers.values_mut().enumerate() {
        *slot = number;
    }
    numbers
}

/// The distance between two places: of their points, or none between places of one name in one country.
fn km(from: Option<&Place>, to: Option<&Place>) -> Option<u32> {
    let (from, to) = (from?, to?);
    match (from.point, to.point) {
        (Some(from), Some(to)) => Some(from.distance_km(to)),
        _ => ((&from.name, from.area) == (&to.name, to.area)).then_some(0),
    }
}

/// Within one city nothing is far, even if nobody said where it is.
fn within_one_city_km(need: &Entry<NeedLine>, offer: &Entry<OfferLine>) -> Option<u32> {
    (need.city() == offer.city()).then_some(0)
}
