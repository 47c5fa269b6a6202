//! Generated problems: from a seed, a geography and a supply ratio. Quantities have a heavy tail, lines have windows, and
//! exclusions and earmarks make some pairs impossible.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use quince_core::domain::item::{BaseUnit, Catalogue};
use quince_core::domain::offer::Recipient;
use quince_core::domain::{Instant, ItemCode, Unit};
use quince_core::matching::TIER_ONE_LINES_MAX;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::evaluation::draw;
use crate::evaluation::geography::Geography;
use crate::evaluation::planted::{self, Optimum};
use crate::evaluation::problem::{City, Item, Items, Map, Need, Offer, Problem};

/// How many of a hundred need lines ask for each tier, tier 1 first.
const TIERS_PERCENT: [u32; 4] = [5, 20, 45, 30];

/// How many need lines of a hundred state a day by which they need it, and how many one before which they cannot
/// receive it.
const DUE_PERCENT: u32 = 60;
const EARLIEST_PERCENT: u32 = 10;

/// How many need lines of a hundred accept a lower grade.
const LOWER_PERCENT: u32 = 20;

/// How many offer lines of a hundred cannot leave at once, and how many must leave soon.
const FROM_PERCENT: u32 = 30;
const UNTIL_PERCENT: u32 = 20;

/// How many offer lines of a hundred exclude a few cities, and how many are set aside for a few countries.
const EXCLUDED_PERCENT: u32 = 10;
const EARMARKED_PERCENT: u32 = 5;

/// Records were entered within so many days before now.
const ENTERED_DAYS: u64 = 20;

const DAY: Duration = Duration::from_hours(24);

/// What a problem is made from.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Where chance begins.
    pub seed: u64,
    /// Where cities lie.
    pub geography: Geography,
    /// Units offered for a hundred units asked for, in each family.
    pub supply_percent: u32,
    /// How many cities.
    pub cities: usize,
    /// How many families of items.
    pub families: usize,
    /// How many need lines, in all.
    pub needs: usize,
    /// How many offer lines, in all; planted problems may have a few less.
    pub offers: usize,
}

/// A problem, and the best that any plan can do if that is known.
#[derive(Debug, Clone)]
pub struct Instance {
    /// To be planned.
    pub problem: Problem,
    /// Of planted problems.
    pub optimum: Option<Optimum>,
}

/// Counts the lines of tier 1 of each city: more than the core allows would be planned in another tier than asked.
#[derive(Default)]
pub(super) struct Tiers(BTreeMap<usize, usize>);

/// What counts as now in generated problems.
///
/// # Panics
/// Never: the text is an instant.
#[must_use]
pub fn now() -> Instant {
    "2027-03-01T00:00:00Z".parse().expect("an instant")
}

impl Recipe {
    /// Makes the problem. The same recipe gives the same problem.
    ///
    /// # Panics
    /// When there are no cities, families or lines.
    #[must_use]
    pub fn instance(&self, catalogue: &Catalogue) -> Instance {
        assert!(self.cities > 0 && self.families > 0, "a problem has cities and families");
        assert!(self.needs >= self.families && self.offers >= self.families, "a family has needs and offers");
        let mut rng = StdRng::seed_from_u64(self.seed);
        let cities = self.geography.cities(self.cities, &mut rng);
        let items = Rc::new(Items::new(items(self.families, &cities[0], catalogue), catalogue));
        let map = Rc::new(Map::of_points(cities));
        let problem = Problem { now: now(), map, items, needs: Vec::new(), offers: Vec::new() };
        if self.geography == Geography::Planted {
            return planted::plant(self, problem, &mut rng);
        }
        Instance { problem: self.fill(problem, &mut rng), optimum: None }
    }

    fn fill(&self, mut problem: Problem, rng: &mut StdRng) -> Problem {
        let mut tiers = Tiers::default();
        let of_family = |family| {
            let list = problem.items.list.iter().enumerate();
            list.filter(move |(_, item)| item.family == family).map(|(at, _)| at).collect()
        };
        let families: Vec<Vec<usize>> = (0..self.families).map(of_family).collect();
        for at in 0..self.needs {
            let city = rng.random_range(0..self.cities);
            let need = need(rng, &families[at % self.families], city, &mut tiers);
            problem.needs.push(need);
        }
        for at in 0..self.offers {
            let city = self.geography.supplier(self.cities, rng);
            let offer = offer(rng, &families[at % self.families], city, &problem.map.cities);
            problem.offers.push(offer);
        }
        for (needs, offers) in problem.families() {
            let asked: i64 = needs.iter().map(|at| problem.needs[*at].amount).sum();
            let mut amounts: Vec<i64> = offers.iter().map(|at| problem.offers[*at].amount).collect();
            draw::scale(&mut amounts, asked * i64::from(self.supply_percent) / 100);
            for (at, amount) in offers.into_iter().zip(amounts) {
                problem.offers[at].amount = amount;
            }
        }
        problem
    }
}

impl Tiers {
    /// A tier for a line of this city, or the next one if the city has too many in the first.
    pub(super) fn draw(&mut self, rng: &mut StdRng, city: usize, percents: &[u32]) -> u8 {
        let tier = draw::one_of(rng, percents) + 1;
        let count = self.0.entry(city).or_default();
        if tier == 1 && *count < TIER_ONE_LINES_MAX {
            *count += 1;
            return 1;
        }
        u8::try_from(tier.max(2)).expect("a tier is 1 to 4")
    }
}

/// When a record was entered.
pub(super) fn entered(rng: &mut StdRng) -> Instant {
    now().minus(Duration::from_secs(rng.random_range(0..ENTERED_DAYS * DAY.as_secs())))
}

fn need(rng: &mut StdRng, items: &[usize], city: usize, tiers: &mut Tiers) -> Need {
    let earliest = maybe_day(rng, EARLIEST_PERCENT, 1..15);
    let due = maybe_day(rng, DUE_PERCENT, 2..40);
    Need {
        city,
        item: items[rng.random_range(0..items.len())],
        amount: draw::amount(rng),
        tier: tiers.draw(rng, city, &TIERS_PERCENT),
        created: entered(rng),
        earliest: earliest.map(|earliest| due.map_or(earliest, |due| earliest.min(due))),
        due,
        accept_lower: draw::chance(rng, LOWER_PERCENT),
    }
}

fn offer(rng: &mut StdRng, items: &[usize], city: usize, cities: &[City]) -> Offer {
    let from = maybe_day(rng, FROM_PERCENT, 1..20);
    let until = maybe_day(rng, UNTIL_PERCENT, 5..60);
    let some = |rng: &mut StdRng| -> Vec<City> {
        (0..rng.random_range(1..4)).map(|_| cities[rng.random_range(0..cities.len())].clone()).collect()
    };
    let excluded = if draw::chance(rng, EXCLUDED_PERCENT) { some(rng) } else { Vec::new() };
    let earmarked_for = if draw::chance(rng, EARMARKED_PERCENT) { some(rng) } else { Vec::new() };
    Offer {
        city,
        item: items[rng.random_range(0..items.len())],
        amount: draw::amount(rng),
        created: entered(rng),
        from: from.map(|from| until.map_or(from, |until| from.min(until))),
        until,
        earmarked_for: earmarked_for.into_iter().map(|city| Recipient::Country(city.country)).collect(),
        excluded: excluded.into_iter().map(|city| Recipient::Node(city.handle)).collect(),
    }
}

fn maybe_day(rng: &mut StdRng, percent: u32, days: std::ops::Range<u32>) -> Option<Instant> {
    draw::chance(rng, percent).then(|| now().plus(DAY * rng.random_range(days)))
}

/// The items of so many families: those of the catalogue that name a grade and have a fixed unit, by family; then
/// codes that one city made up, each a family of its own.
fn items(families: usize, city: &City, catalogue: &Catalogue) -> Vec<Item> {
    let mut known: BTreeMap<&ItemCode, Vec<(ItemCode, Unit)>> = BTreeMap::new();
    for item in catalogue.iter().filter(|item| !item.code.code().ends_with(".unspecified")) {
        if let BaseUnit::Fixed(unit) = &item.base_unit {
            known.entry(catalogue.component(&item.code)).or_default().push((item.code.clone(), unit.clone()));
        }
    }
    let own = |number| {
        let code = format!("{}:item-{number}", city.handle).parse().expect("an item code");
        vec![(code, Unit::Piece)]
    };
    let groups = known.into_values().chain((0..).map(own)).take(families);
    let numbered =
        groups.enumerate().flat_map(|(family, group)| group.into_iter().map(move |one| (family, one)));
    numbered.map(|(family, (code, unit))| Item { code, unit, family }).collect()
}
