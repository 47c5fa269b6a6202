//! The board: the lines of one family that take part in a pass, as rows of numbers, and what each pair of them costs.
//! Everything a planner asks for thousands of times is looked up here once.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::handle::Handle;
use crate::domain::item::{Catalogue, ItemCode, Substitution, shelf_life_default_days};
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::quantity::Unit;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::Family;
use crate::matching::figures::{self, Between, Gist, NeedFigures, OfferFigures};
use crate::matching::geography::{Distances, Kept, Ways};
use crate::matching::rank::{Price, fit_cost, mix};
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
    scope: Scope,
    pub(super) needs: Vec<NeedRow<'a>>,
    gists: Vec<Gist>,
    pub(super) offers: Vec<OfferRow<'a>>,
    distances: &'a Distances,
    /// No pair costs less than this beyond its distance.
    least_fit: u32,
    /// What ties between pairs follow from.
    need_seeds: Vec<u64>,
    offer_seeds: Vec<u64>,
    /// How many items are offered.
    offered: usize,
    /// What each offered item is to each one asked for, row by row.
    substitutions: Vec<Substitution>,
    /// Some offer is at a place without a point.
    vague: bool,
    /// Some line goes in lots of more than one.
    lots: bool,
}

/// In place of the number of a place that is not known: no view has so many.
const NOWHERE: u32 = u32::MAX;

/// What an offer line costs the needs at least, as far as that is known at once.
pub(super) struct Reach<'b> {
    board: &'b Board<'b>,
    offer: &'b OfferRow<'b>,
    kept: Kept<'b>,
}

/// A need line in play.
pub(super) struct NeedRow<'a> {
    pub(super) entry: &'a Entry<NeedLine>,
    /// Its place among all need lines of the family.
    pub(super) at: u32,
    figures: NeedFigures,
    item: u32,
    unit: u32,
    spot: Option<u32>,
    ways: Ways<'a>,
    /// Its place has no point.
    vague: bool,
    shelf_life_default_days: u32,
    partners: Option<&'a BTreeSet<Handle>>,
}

/// An offer line in play.
pub(super) struct OfferRow<'a> {
    pub(super) entry: &'a Entry<OfferLine>,
    /// Its place among all offer lines of the family.
    pub(super) at: u32,
    figures: OfferFigures<'a>,
    item: u32,
    unit: u32,
    spot: Option<u32>,
}

impl Scope {
    /// Whether this need line is on the board.
    pub(super) fn takes_need(self, entry: &Entry<NeedLine>) -> bool {
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
        let (mut asked, mut offered, mut units) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut shelf_lives = Vec::new();
        let epoch = view.epoch.begin();
        let needs = family.needs.iter().enumerate().filter(|(_, entry)| scope.takes_need(entry));
        let needs = needs.map(|(at, entry)| {
            let item = number(&mut asked, &entry.line.item);
            if shelf_lives.len() < asked.len() {
                shelf_lives.push(shelf_life_default_days(catalogue, &entry.line.item));
            }
            let shelf_life_default_days = shelf_lives[item as usize];
            NeedRow {
                at: row(at),
                figures: NeedFigures::of(entry, epoch, shelf_life_default_days),
                item,
                unit: unit(&mut units, &entry.line.quantity.unit),
                spot: entry.spot,
                vague: is_vague(entry),
                ways: entry.spot.map(|spot| distances.from(spot)).unwrap_or_default(),
                shelf_life_default_days,
                partners: view.partners.of_city(entry.city()),
                entry,
            }
        });
        let needs: Vec<_> = needs.collect();
        let offers = family.offers.iter().enumerate().filter(|(_, entry)| scope.takes_offer(entry));
        let offers = offers.map(|(at, entry)| OfferRow {
            at: row(at),
            figures: OfferFigures::of(entry, epoch),
            item: number(&mut offered, &entry.line.item),
            unit: unit(&mut units, &entry.line.quantity.unit),
            spot: entry.spot,
            entry,
        });
        let offers: Vec<_> = offers.collect();
        let pairs = asked.iter().flat_map(|asked| offered.iter().map(move |offered| (asked, offered)));
        let substitutions =
            pairs.map(|(asked, offered)| Substitution::of(catalogue, asked, offered)).collect();
        let vague = offers.iter().any(|row| is_vague(row.entry));
        let lots =
            needs.iter().any(|row| row.figures.lot > 1) || offers.iter().any(|row| row.figures.lot > 1);
        let gist = |row: &NeedRow<'a>| Gist {
            quantity: row.figures.quantity,
            spot: row.spot.unwrap_or(NOWHERE),
            item: row.item,
            has_partners: row.partners.is_some(),
        };
        let has_partners = needs.iter().any(|row| row.partners.is_some());
        Self {
            view,
            scope,
            gists: needs.iter().map(gist).collect(),
            distances,
            least_fit: fit_cost(has_partners, offers.iter().any(|row| row.figures.is_earmarked())),
            need_seeds: needs.iter().map(|row| row.entry.seed()).collect(),
            offer_seeds: offers.iter().map(|row| row.entry.seed()).collect(),
            needs,
            offers,
            offered: offered.len(),
            substitutions,
            vague,
            lots,
        }
    }

    /// What this pair costs; `None` if a rule forbids it.
    pub(super) fn price(&self, need: u32, offer: u32) -> Option<Price> {
        let (asks, gives) = (&self.needs[need as usize], &self.offers[offer as usize]);
        if asks.unit != gives.unit {
            return None;
        }
        let between = Between {
            substitution: self.substitution(asks, gives),
            km: self.km_or_home(asks, gives),
            partners: are_partners(asks, gives),
        };
        let cost = figures::cost(asks.entry, &asks.figures, &gives.figures, &between)?;
        if asks.figures.in_words || gives.figures.in_words || self.scope == Scope::Local {
            let takes = self.scope.takes_pair(asks.entry, gives.entry);
            (takes && self.pair(need, offer).is_possible()).then_some(())?;
        }
        Some(Price { cost, tie: self.tie(need, offer) })
    }

    /// What decides between this pair and others of its cost.
    pub(super) fn tie(&self, need: u32, offer: u32) -> u64 {
        mix(self.offer_seeds[offer as usize], self.need_seeds[need as usize])
    }

    /// These two lines, with what the rules must know of them.
    pub(super) fn pair(&self, need: u32, offer: u32) -> Pair<'a> {
        let (need, offer) = (&self.needs[need as usize], &self.offers[offer as usize]);
        let known = Known {
            home: &self.view.home,
            epoch: self.view.epoch.begin(),
            substitution: self.substitution(need, offer),
            km: self.km(need, offer),
            shelf_life_default_days: need.shelf_life_default_days,
            partners: are_partners(need, offer),
        };
        Pair::new(need.entry, offer.entry, &known)
    }

    /// No pair costs less than this beyond its distance.
    pub(super) fn least_fit(&self) -> u32 {
        self.least_fit
    }

    /// What is known at once of what an offer line costs each need.
    pub(super) fn reach(&self, offer: u32) -> Reach<'_> {
        let offer = &self.offers[offer as usize];
        let kept = offer.spot.map(|spot| self.distances.from(spot).kept);
        Reach { board: self, offer, kept: kept.unwrap_or_default() }
    }

    /// Whether this pair goes in lots of more than one, so that it is not to be split or moved in part.
    pub(super) fn is_rigid(&self, need: u32, offer: u32) -> bool {
        self.lot(need, offer) > 1
    }

    /// The smallest lot of this pair.
    pub(super) fn lot(&self, need: u32, offer: u32) -> i64 {
        match self.lots {
            true => self.needs[need as usize].figures.lot.max(self.offers[offer as usize].figures.lot),
            false => 1,
        }
    }

    /// The places by their distance from a need line, as far as distances are kept.
    pub(super) fn nearest(&self, need: u32) -> &'a [u32] {
        self.needs[need as usize].ways.nearest
    }

    /// Whether it is known where a need line must be served.
    pub(super) fn has_place(&self, need: u32) -> bool {
        self.needs[need as usize].spot.is_some()
    }

    /// How far a place is from a need line.
    pub(super) fn distance_to(&self, need: u32, place: u32) -> Option<u32> {
        let need = &self.needs[need as usize];
        need.ways.km(&self.view.geography, need.spot?, place)
    }

    /// Whether some offer may be at an unknown distance.
    pub(super) fn may_be_unknown(&self, need: u32) -> bool {
        self.vague || self.needs[need as usize].vague
    }

    /// How far it is, nothing within one city.
    pub(super) fn km_between(&self, need: u32, offer: u32) -> Option<u32> {
        self.km_or_home(&self.needs[need as usize], &self.offers[offer as usize])
    }

    /// How far it is; known or not.
    pub(super) fn distance(&self, need: u32, offer: u32) -> Option<u32> {
        self.km(&self.needs[need as usize], &self.offers[offer as usize])
    }

    fn km(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Option<u32> {
        need.ways.km(&self.view.geography, need.spot?, offer.spot?)
    }

    fn km_or_home(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Option<u32> {
        self.km(need, offer).or_else(|| (need.entry.city() == offer.entry.city()).then_some(0))
    }

    fn substitution(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Substitution {
        self.substitutions[need.item as usize * self.offered + offer.item as usize]
    }
}

impl Reach<'_> {
    /// Whether the pair with this need line costs at least this much, if it is possible; not whenever it does, but in no time.
    pub(super) fn costs_at_least(&self, cost: i64, need: u32) -> bool {
        let need = &self.board.gists[need as usize];
        let km = self.kept.km(need.spot).unwrap_or_default();
        i64::from(km + self.board.least_fit) >= cost || {
            let at = need.item as usize * self.board.offered + self.offer.item as usize;
            need.costs_at_least(cost, &self.offer.figures, self.board.substitutions[at], km)
        }
    }
}

fn is_vague<L>(entry: &Entry<L>) -> bool {
    entry.place.as_ref().is_none_or(|place| place.point.is_none())
}

fn are_partners(need: &NeedRow<'_>, offer: &OfferRow<'_>) -> bool {
    need.partners.is_some_and(|partners| partners.contains(offer.entry.city()))
}

/// The number of an item; a family has few, so they are looked through.
fn number<'a>(items: &mut Vec<&'a ItemCode>, item: &'a ItemCode) -> u32 {
    let known = items.iter().position(|one| *one == item);
    row(known.unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    }))
}

/// The number of a unit; packs may have any names.
fn unit<'a>(units: &mut BTreeMap<&'a Unit, u32>, unit: &'a Unit) -> u32 {
    let next = row(units.len());
    *units.entry(unit).or_insert(next)
}

fn row(at: usize) -> u32 {
    u32::try_from(at).expect("a view has fewer than 2^32 lines")
}
