//! The board: the lines of one family that take part in a pass, as rows of numbers, and what each pair of them costs.
//! Everything a planner asks for thousands of times is looked up here once.

use std::collections::BTreeSet;

use crate::domain::handle::Handle;
use crate::domain::item::Substitution;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::figures::{self, Between, Gist, NeedFigures, OfferFigures};
use crate::matching::geography::{Distances, Kept, Ways};
use crate::matching::rank::{Price, fit_cost, mix};
use crate::matching::roll::{Facts, Roll};
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
    pub(super) scope: Scope,
    pub(super) roll: &'a Roll,
    pub(super) needs: Vec<NeedRow<'a>>,
    gists: Vec<Gist>,
    pub(super) offers: Vec<OfferRow<'a>>,
    distances: &'a Distances,
    /// No pair costs less than this beyond its distance.
    least_fit: u32,
    /// What ties between pairs follow from.
    need_seeds: Vec<u64>,
    offer_seeds: Vec<u64>,
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
    pub(super) facts: &'a Facts<NeedFigures>,
    ways: Ways<'a>,
    partners: Option<&'a BTreeSet<Handle>>,
}

/// An offer line in play.
pub(super) struct OfferRow<'a> {
    pub(super) entry: &'a Entry<OfferLine>,
    /// Its place among all offer lines of the family.
    pub(super) at: u32,
    pub(super) facts: &'a Facts<OfferFigures>,
}

impl Scope {
    /// Whether this need line is on the board.
    pub(super) fn takes_need(self, facts: &Facts<NeedFigures>) -> bool {
        match self {
            Self::Shared => facts.is_ready() && facts.is_shared,
            Self::OpenEnded => facts.readiness == Readiness::Unquantified && facts.is_shared,
            Self::Local => facts.is_ready(),
        }
    }

    fn takes_offer(self, facts: &Facts<OfferFigures>) -> bool {
        facts.is_ready() && (self == Self::Local || facts.is_shared)
    }

    fn takes_pair(self, need: &Facts<NeedFigures>, offer: &Facts<OfferFigures>) -> bool {
        self != Self::Local || !need.is_shared || !offer.is_shared
    }
}

impl<'a> Board<'a> {
    /// The board of a family. Distances between its lines are kept already.
    pub(super) fn new(view: &'a View, distances: &'a Distances, roll: &'a Roll, scope: Scope) -> Self {
        let needs = (0..).zip(roll.needs.rows()).filter(|(_, (_, facts))| scope.takes_need(facts));
        let needs = needs.map(|(at, (entry, facts))| NeedRow {
            entry,
            at,
            facts,
            ways: facts.spot.map(|spot| distances.from(spot)).unwrap_or_default(),
            partners: view.partners.of_city(roll.city(facts.city)),
        });
        let needs: Vec<_> = needs.collect();
        let offers = (0..).zip(roll.offers.rows()).filter(|(_, (_, facts))| scope.takes_offer(facts));
        let offers: Vec<_> = offers.map(|(at, (entry, facts))| OfferRow { entry, at, facts }).collect();
        let gist = |row: &NeedRow<'a>| Gist {
            quantity: row.facts.figures.quantity,
            spot: row.facts.spot.unwrap_or(NOWHERE),
            item: row.facts.item,
            has_partners: row.partners.is_some(),
        };
        let has_partners = needs.iter().any(|row| row.partners.is_some());
        let is_earmarked = offers.iter().any(|row| row.facts.figures.is_earmarked);
        Self {
            view,
            scope,
            roll,
            gists: needs.iter().map(gist).collect(),
            distances,
            least_fit: fit_cost(has_partners, is_earmarked),
            need_seeds: needs.iter().map(|row| row.facts.seed).collect(),
            offer_seeds: offers.iter().map(|row| row.facts.seed).collect(),
            vague: offers.iter().any(|row| row.facts.is_vague),
            lots: needs.iter().any(|row| row.facts.figures.lot > 1)
                || offers.iter().any(|row| row.facts.figures.lot > 1),
            needs,
            offers,
        }
    }

    /// What this pair costs; `None` if a rule forbids it.
    pub(super) fn price(&self, need: u32, offer: u32) -> Option<Price> {
        let (asks, gives) = (&self.needs[need as usize], &self.offers[offer as usize]);
        if asks.facts.unit != gives.facts.unit {
            return None;
        }
        let between = Between {
            substitution: self.substitution(asks, gives),
            km: self.km_or_home(asks, gives),
            partners: are_partners(asks, gives),
        };
        let (asked, given) = (&asks.facts.figures, &gives.facts.figures);
        let cost = figures::cost((asks.entry, asked), (gives.entry, given), &between)?;
        if asked.in_words || given.in_words || self.scope == Scope::Local {
            let takes = self.scope.takes_pair(asks.facts, gives.facts);
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
            shelf_life_default_days: self.roll.shelf_life_default_days(need.facts.item),
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
        let kept = offer.facts.spot.map(|spot| self.distances.from(spot).kept);
        Reach { board: self, offer, kept: kept.unwrap_or_default() }
    }

    /// Whether this pair goes in lots of more than one, so that it is not to be split or moved in part.
    pub(super) fn is_rigid(&self, need: u32, offer: u32) -> bool {
        self.lot(need, offer) > 1
    }

    /// The smallest lot of this pair.
    pub(super) fn lot(&self, need: u32, offer: u32) -> i64 {
        match self.lots {
            true => {
                self.needs[need as usize].facts.figures.lot.max(self.offers[offer as usize].facts.figures.lot)
            }
            false => 1,
        }
    }

    /// The places by their distance from a need line, as far as distances are kept.
    pub(super) fn nearest(&self, need: u32) -> &'a [u32] {
        self.needs[need as usize].ways.nearest
    }

    /// Whether it is known where a need line must be served.
    pub(super) fn has_place(&self, need: u32) -> bool {
        self.needs[need as usize].facts.spot.is_some()
    }

    /// How far a place is from a need line.
    pub(super) fn distance_to(&self, need: u32, place: u32) -> Option<u32> {
        let need = &self.needs[need as usize];
        need.ways.km(&self.view.geography, need.facts.spot?, place)
    }

    /// Whether some offer may be at an unknown distance.
    pub(super) fn may_be_unknown(&self, need: u32) -> bool {
        self.vague || self.needs[need as usize].facts.is_vague
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
        need.ways.km(&self.view.geography, need.facts.spot?, offer.facts.spot?)
    }

    fn km_or_home(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Option<u32> {
        self.km(need, offer).or_else(|| (need.facts.city == offer.facts.city).then_some(0))
    }

    fn substitution(&self, need: &NeedRow<'_>, offer: &OfferRow<'_>) -> Substitution {
        self.roll.substitution(need.facts.item, offer.facts.item)
    }
}

impl Reach<'_> {
    /// Whether the pair with this need line costs at least this much, if it is possible; not whenever it does, but in no time.
    pub(super) fn costs_at_least(&self, cost: i64, need: u32) -> bool {
        let need = &self.board.gists[need as usize];
        let km = self.kept.km(need.spot).unwrap_or_default();
        i64::from(km + self.board.least_fit) >= cost || {
            let substitution = self.board.roll.substitution(need.item, self.offer.facts.item);
            need.costs_at_least(cost, &self.offer.facts.figures, substitution, km)
        }
    }
}

fn are_partners(need: &NeedRow<'_>, offer: &OfferRow<'_>) -> bool {
    need.partners.is_some_and(|partners| partners.contains(offer.entry.city()))
}
