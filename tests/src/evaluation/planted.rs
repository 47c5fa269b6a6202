//! Planted problems: the best plan is chosen first, and the problem is built around it so that it stays the best.
//!
//! Cities lie on meridians, in rows 100 km apart. Let the height of a city be its row × 100 km. From one city to another it
//! is at least the difference of their heights, because a latitude is at least that far away, and exactly that much
//! along a meridian; rounded down to kilometres both still hold, see `geography`. The planted plan only sends
//! northward along a meridian, so every shipment costs exactly the height of the need minus that of the offer.
//!
//! Why no plan is better, by complementary slackness with heights as prices:
//! - Units. Below 100 % the planted needs of tiers 1 and 2 ask for exactly what there is, and all others are of tiers 3
//!   and 4: no plan serves more of tier 1, of tiers 1 and 2 together, or of all, and one that serves as much of these
//!   leaves nothing for the rest. From 100 % on every need is served.
//! - Distance. Any plan that serves the same units costs at least the sum over needs of units × height minus the sum
//!   over used offers of units × height. The first sum is the same for all such plans. At or below 100 % so is the
//!   second, because every offer is used up; above, whatever is left over lies in row 0, where the height and so the
//!   price is 0, and no plan can make the second sum larger. The planted plan costs exactly that bound.
//!
//! Exclusions strike pairs that the plan does not use; taking pairs away makes no other plan better. No line is early or
//! late, each family has one item, and no tier is served in part, so a rule that also weighs lateness, grades or fair
//! shares within a tier has the same optimum.

use std::collections::BTreeMap;
use std::time::Duration;

use quince_core::domain::offer::Recipient;
use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::evaluation::draw;
use crate::evaluation::generate::{Instance, Recipe, Tiers, entered, now};
use crate::evaluation::geography::{MERIDIAN_CITIES, row};
use crate::evaluation::problem::{Need, Offer, Problem, TIERS};

/// Later than any shipment arrives: 40 days are 40,000 km.
const DUE: Duration = Duration::from_hours(40 * 24);

/// From how many offers a need is served, at most.
const SOURCES_MAX: usize = 3;

/// How many planted needs of a hundred ask for each tier, if there is enough for all, and if there is not.
const ENOUGH_PERCENT: [u32; 4] = [5, 20, 45, 30];
const SCARCE_PERCENT: [u32; 2] = [15, 85];

/// How many offers of a hundred exclude a city that the plan does not send them to.
const EXCLUDED_PERCENT: u32 = 20;

/// The best that any plan can do, by family.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Each family's best.
    pub families: Vec<Best>,
}

/// What the best plan of a family does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Best {
    /// Units it serves in each tier, tier 1 first.
    pub units: [i64; TIERS],
    /// Units × kilometres.
    pub unit_km: i64,
}

/// One family while it is planted.
struct Bed<'a> {
    recipe: &'a Recipe,
    item: usize,
    needs: Vec<Need>,
    offers: Vec<Offer>,
    /// Which needs each offer serves.
    serves: BTreeMap<usize, Vec<usize>>,
    best: Best,
}

impl Optimum {
    /// Of all families together.
    #[must_use]
    pub fn total(&self) -> Best {
        self.families.iter().fold(Best::default(), |sum, one| Best {
            units: std::array::from_fn(|tier| sum.units[tier] + one.units[tier]),
            unit_km: sum.unit_km + one.unit_km,
        })
    }
}

/// Plants every family.
pub(super) fn plant(recipe: &Recipe, mut problem: Problem, rng: &mut StdRng) -> Instance {
    let mut tiers = Tiers::default();
    let mut families = Vec::new();
    for family in 0..recipe.families {
        let item = problem.items.list.iter().position(|item| item.family == family);
        let mut bed = Bed::new(recipe, item.expect("every family has an item"));
        bed.lay_offers(&problem, family, rng);
        bed.plant_needs(&problem, family, &mut tiers, rng);
        bed.surround(&problem, family, &mut tiers, rng);
        families.push(bed.best);
        problem.needs.append(&mut bed.needs);
        problem.offers.extend(bed.offers.into_iter().filter(|offer| offer.amount > 0));
    }
    Instance { problem, optimum: Some(Optimum { families }) }
}

impl<'a> Bed<'a> {
    fn new(recipe: &'a Recipe, item: usize) -> Self {
        let best = Best::default();
        Self { recipe, item, needs: Vec::new(), offers: Vec::new(), serves: BTreeMap::new(), best }
    }

    fn is_scarce(&self) -> bool {
        self.recipe.supply_percent < 100
    }

    /// Offers without stock, the first of each meridian in its southernmost row.
    fn lay_offers(&mut self, problem: &Problem, family: usize, rng: &mut StdRng) {
        let meridians = self.recipe.cities.div_ceil(MERIDIAN_CITIES);
        let all = share(self.recipe.offers, self.recipe.families, family);
        let used = if self.is_scarce() { all } else { portion(all, 100, self.recipe.supply_percent) };
        for at in 0..used.max(1) {
            let first = at % meridians * MERIDIAN_CITIES;
            let cities = MERIDIAN_CITIES.min(problem.map.cities.len() - first);
            let city = if at < meridians { first } else { first + rng.random_range(0..cities) };
            let offer = self.offer(rng, city, 0);
            self.offers.push(offer);
        }
    }

    /// Needs, each with what the plan sends it.
    fn plant_needs(&mut self, problem: &Problem, family: usize, tiers: &mut Tiers, rng: &mut StdRng) {
        let all = share(self.recipe.needs, self.recipe.families, family);
        let served = if self.is_scarce() { portion(all, self.recipe.supply_percent, 100) } else { all };
        let meridians = self.recipe.cities.div_ceil(MERIDIAN_CITIES).min(self.offers.len());
        let height = |city: usize| row(&problem.map.cities[city]);
        for at in 0..served.max(1) {
            let first = rng.random_range(0..meridians) * MERIDIAN_CITIES;
            let cities = MERIDIAN_CITIES.min(problem.map.cities.len() - first);
            let city = first + rng.random_range(0..cities);
            let percents = if self.is_scarce() { &SCARCE_PERCENT[..] } else { &ENOUGH_PERCENT[..] };
            let tier = tiers.draw(rng, city, percents);
            let mut need = self.need(rng, city, tier);
            let on_the_way = |offer: &Offer| {
                offer.city / MERIDIAN_CITIES == city / MERIDIAN_CITIES && height(offer.city) <= height(city)
            };
            let sources: Vec<usize> =
                (0..self.offers.len()).filter(|o| on_the_way(&self.offers[*o])).collect();
            for _ in 0..rng.random_range(1..=SOURCES_MAX) {
                let offer = sources[rng.random_range(0..sources.len())];
                let amount = draw::amount(rng);
                let km = problem.map.km(self.offers[offer].city, city).expect("planted cities have points");
                self.offers[offer].amount += amount;
                self.serves.entry(offer).or_default().push(at);
                self.best.unit_km += amount * i64::from(km);
                need.amount += amount;
            }
            self.best.units[usize::from(need.tier) - 1] += need.amount;
            self.needs.push(need);
        }
    }

    /// What the plan leaves alone: needs for which there is not enough, or offers in row 0 for which there is no need;
    /// and cities that offers exclude.
    fn surround(&mut self, problem: &Problem, family: usize, tiers: &mut Tiers, rng: &mut StdRng) {
        let planted: i64 = self.best.units.iter().sum();
        let percent = i64::from(self.recipe.supply_percent);
        self.exclude(problem, rng);
        if self.is_scarce() {
            let lines =
                share(self.recipe.needs, self.recipe.families, family).saturating_sub(self.needs.len());
            for amount in draw::split(rng, planted * (100 - percent) / percent, lines) {
                let city = rng.random_range(0..problem.map.cities.len());
                let tier = tiers.draw(rng, city, &[0, 0, 60, 40]);
                let need = self.need(rng, city, tier);
                self.needs.push(Need { amount, ..need });
            }
        } else {
            let lines =
                share(self.recipe.offers, self.recipe.families, family).saturating_sub(self.offers.len());
            for amount in draw::split(rng, planted * (percent - 100) / 100, lines) {
                let meridian = rng.random_range(0..problem.map.cities.len().div_ceil(MERIDIAN_CITIES));
                let offer = self.offer(rng, meridian * MERIDIAN_CITIES, amount);
                self.offers.push(offer);
            }
        }
    }

    fn exclude(&mut self, problem: &Problem, rng: &mut StdRng) {
        for (at, offer) in self.offers.iter_mut().enumerate() {
            let city = rng.random_range(0..problem.map.cities.len());
            let served = self.serves.get(&at).into_iter().flatten();
            let is_served = served.into_iter().any(|need| self.needs[*need].city == city);
            if draw::chance(rng, EXCLUDED_PERCENT) && !is_served {
                offer.excluded.push(Recipient::Node(problem.map.cities[city].handle.clone()));
            }
        }
    }

    fn need(&self, rng: &mut StdRng, city: usize, tier: u8) -> Need {
        let (due, item) = (Some(now().plus(DUE)), self.item);
        Need { city, item, amount: 0, tier, created: entered(rng), earliest: None, due, accept_lower: false }
    }

    fn offer(&self, rng: &mut StdRng, city: usize, amount: i64) -> Offer {
        let (earmarked_for, excluded) = (Vec::new(), Vec::new());
        let (created, item) = (entered(rng), self.item);
        Offer { city, item, amount, created, from: None, until: None, earmarked_for, excluded }
    }
}

/// How many of all lines belong to this family.
fn share(all: usize, families: usize, family: usize) -> usize {
    all / families + usize::from(family < all % families)
}

fn portion(all: usize, numerator: u32, denominator: u32) -> usize {
    all * numerator as usize / denominator as usize
}
