//! A problem: cities, what they lack and what they have, and which pairs are possible. The same for every strategy;
//! `records` turns it into what the core plans from.
//!
//! The rules for pairs are those of the core, as far as problems use them: items, units, exclusions, earmarks and time
//! windows. A test holds both together, pair by pair.

use std::rc::Rc;
use std::time::Duration;

use quince_core::domain::item::{Catalogue, Substitution};
use quince_core::domain::offer::Recipient;
use quince_core::domain::place::{Country, Point};
use quince_core::domain::{Handle, Instant, ItemCode, Unit};

/// How many urgency tiers there are.
pub const TIERS: usize = 4;

/// How far goods travel in a day, as the rule of the core has it.
const KM_PER_DAY: u32 = 1_000;

/// How late a need is still worth serving, as the rule of the core has it.
const LATE_DAYS_MAX: u64 = 14;

const DAY: Duration = Duration::from_hours(24);

/// Stands for a distance that nobody knows.
const UNKNOWN_M: u32 = u32::MAX;

/// What is to be planned.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What counts as now.
    pub now: Instant,
    /// Where.
    pub map: Rc<Map>,
    /// What things are; lines name them by place in this list.
    pub items: Rc<Items>,
    /// What is asked for.
    pub needs: Vec<Need>,
    /// What there is.
    pub offers: Vec<Offer>,
}

/// Cities and how far they are from each other.
#[derive(Debug)]
pub struct Map {
    /// Lines name them by place in this list.
    pub cities: Vec<City>,
    rows: Vec<usize>,
    columns: usize,
    metres: Vec<u32>,
}

/// A city.
#[derive(Debug, Clone)]
pub struct City {
    /// Its handle in the federation.
    pub handle: Handle,
    /// Its country.
    pub country: Country,
    /// Where its office sits; `None` if only a table of distances is known.
    pub point: Option<Point>,
}

/// The items of a problem and what each is to the others.
#[derive(Debug)]
pub struct Items {
    /// Each item.
    pub list: Vec<Item>,
    substitutions: Vec<Substitution>,
    family_count: usize,
}

/// An item.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its code.
    pub code: ItemCode,
    /// How it is counted.
    pub unit: Unit,
    /// The family in which it is planned, from 0: what no item of another family can replace.
    pub family: usize,
}

/// A line of a need.
#[derive(Debug, Clone)]
pub struct Need {
    /// Who asks, by place in the map.
    pub city: usize,
    /// What for, by place in the list of items.
    pub item: usize,
    /// How much it lacks.
    pub amount: i64,
    /// How urgent, 1 to 4.
    pub tier: u8,
    /// When it was entered.
    pub created: Instant,
    /// Not to arrive before.
    pub earliest: Option<Instant>,
    /// To arrive by.
    pub due: Option<Instant>,
    /// A lower grade will do.
    pub accept_lower: bool,
}

/// A line of an offer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Who has it, by place in the map.
    pub city: usize,
    /// What, by place in the list of items.
    pub item: usize,
    /// How much is free.
    pub amount: i64,
    /// When it was entered.
    pub created: Instant,
    /// Leaves not before.
    pub from: Option<Instant>,
    /// Leaves not after.
    pub until: Option<Instant>,
    /// Only for these; empty for all.
    pub earmarked_for: Vec<Recipient>,
    /// Not for these.
    pub excluded: Vec<Recipient>,
}

/// So much of an offer for a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// By place in the problem.
    pub offer: usize,
    /// By place in the problem.
    pub need: usize,
    /// In units.
    pub amount: i64,
}

impl Map {
    /// A map of cities whose points are known, or that are nowhere.
    #[must_use]
    pub fn of_points(cities: Vec<City>) -> Self {
        let metres = |from: &City, to: &City| match (from.point, to.point) {
            (Some(from), Some(to)) => from.distance_m(to),
            _ => UNKNOWN_M,
        };
        let metres = cities.iter().flat_map(|from| cities.iter().map(move |to| metres(from, to))).collect();
        Self { rows: (0..cities.len()).collect(), columns: cities.len(), metres, cities }
    }

    /// A map with a table of distances: one row for each city in `origins`, one column for each city. What the table
    /// does not tell comes from the points; within one city nothing is far.
    #[must_use]
    pub fn of_table(
        cities: Vec<City>,
        origins: &[usize],
        table: impl Fn(usize, usize) -> Option<u32>,
    ) -> Self {
        let columns = cities.len();
        let mut rows = vec![usize::MAX; columns];
        let mut metres = Vec::with_capacity(origins.len() * columns);
        for (row, from) in origins.iter().enumerate() {
            rows[*from] = row;
            metres.extend((0..columns).map(|to| {
                let points = || Some(cities[*from].point?.distance_m(cities[to].point?));
                let near = || (*from == to).then_some(0);
                table(*from, to).or_else(points).or_else(near).unwrap_or(UNKNOWN_M)
            }));
        }
        Self { cities, rows, columns, metres }
    }

    /// How far it is, in metres; `None` if that is not known.
    ///
    /// # Panics
    /// When `from` is no origin of this map.
    #[must_use]
    pub fn metres(&self, from: usize, to: usize) -> Option<u32> {
        let metres = self.metres[self.rows[from] * self.columns + to];
        (metres != UNKNOWN_M).then_some(metres)
    }

    /// How far it is in kilometres, rounded down, as the core counts it.
    #[must_use]
    pub fn km(&self, from: usize, to: usize) -> Option<u32> {
        self.metres(from, to).map(|metres| metres / 1_000)
    }
}

impl Items {
    /// Looks up what each item is to each other.
    #[must_use]
    pub fn new(list: Vec<Item>, catalogue: &Catalogue) -> Self {
        let of = |asked: &Item, offered: &Item| Substitution::of(catalogue, &asked.code, &offered.code);
        let substitutions =
            list.iter().flat_map(|asked| list.iter().map(move |offered| of(asked, offered))).collect();
        let family_count = list.iter().map(|item| item.family + 1).max().unwrap_or(0);
        Self { list, substitutions, family_count }
    }

    /// How many families there are.
    #[must_use]
    pub fn family_count(&self) -> usize {
        self.family_count
    }

    fn serves(&self, asked: usize, offered: usize, accept_lower: bool) -> bool {
        let kind = match self.substitutions[asked * self.list.len() + offered] {
            Substitution::Same | Substitution::Open | Substitution::Higher(_) => true,
            Substitution::Lower(_) => accept_lower,
            Substitution::Unspecified | Substitution::Unrelated => false,
        };
        kind && self.list[asked].unit == self.list[offered].unit
    }
}

impl Problem {
    /// The places of the needs and of the offers of each family.
    #[must_use]
    pub fn families(&self) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut families = vec![(Vec::new(), Vec::new()); self.items.family_count()];
        for (at, need) in self.needs.iter().enumerate() {
            families[self.items.list[need.item].family].0.push(at);
        }
        for (at, offer) in self.offers.iter().enumerate() {
            families[self.items.list[offer.item].family].1.push(at);
        }
        families
    }

    /// Whether the rules allow this pair.
    #[must_use]
    pub fn possible(&self, offer: usize, need: usize) -> bool {
        let (offer, need) = (&self.offers[offer], &self.needs[need]);
        let city = &self.map.cities[need.city];
        let named = |list: &[Recipient]| {
            list.iter().any(|one| match one {
                Recipient::Node(handle) => *handle == city.handle,
                Recipient::Country(country) => *country == city.country,
            })
        };
        self.items.serves(need.item, offer.item, need.accept_lower)
            && (offer.earmarked_for.is_empty() || named(&offer.earmarked_for))
            && !named(&offer.excluded)
            && self.times_fit(offer, need)
    }

    /// Whether this pair arrives by the day that the need states; without a day nothing is late.
    #[must_use]
    pub fn on_time(&self, offer: usize, need: usize) -> bool {
        self.late_by(&self.offers[offer], &self.needs[need]).is_zero()
    }

    fn times_fit(&self, offer: &Offer, need: &Need) -> bool {
        let can_leave = offer.until.is_none_or(|until| until >= self.now);
        let last_arrival = offer.until.map(|until| until.plus(self.transit(offer, need)));
        let is_received =
            last_arrival.zip(need.earliest).is_none_or(|(arrival, earliest)| arrival >= earliest);
        let days_late = self.late_by(offer, need).as_secs().div_ceil(DAY.as_secs());
        can_leave && is_received && days_late <= LATE_DAYS_MAX
    }

    fn late_by(&self, offer: &Offer, need: &Need) -> Duration {
        let leaves = offer.from.map_or(self.now, |from| from.max(self.now));
        let arrival = leaves.plus(self.transit(offer, need)).max(need.earliest.unwrap_or(Instant::MIN));
        need.due.map_or(Duration::ZERO, |due| arrival.since(due.max(self.now)))
    }

    fn transit(&self, offer: &Offer, need: &Need) -> Duration {
        DAY * self.map.km(offer.city, need.city).unwrap_or(0) / KM_PER_DAY
    }
}
