//! Replays tables by date: in rounds, each of which plans what is open then and carries the plan out.
//!
//! The first round is one interval after the first row, less a minute; the last is a minute after the last row. A round
//! sees every row before it with what earlier rounds left of it. Nothing is withdrawn and nothing expires. With an
//! interval of 7 days these are the rounds of the public benchmark.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};
use quince_core::domain::item::Catalogue;
use quince_core::domain::place::Point;
use quince_core::domain::{Instant, Unit};

use crate::evaluation::external::{Row, Tables};
use crate::evaluation::problem::{City, Item, Items, Map, Move, Need, Offer, Problem};
use crate::evaluation::strategy::{self, Case};

const DAY: Duration = Duration::from_hours(24);

/// By how much rounds keep away from rows, so that a row and a round at one instant are in order.
const MARGIN: Duration = Duration::from_mins(1);

/// All needs are equally urgent: the everyday tier.
const TIER: u8 = 3;

/// Tables, ready to be replayed.
#[derive(Debug)]
pub struct Replay<'a> {
    catalogue: &'a Catalogue,
    map: Rc<Map>,
    items: Rc<Items>,
    offers: Vec<Line>,
    needs: Vec<Line>,
    rounds: Vec<Instant>,
}

/// A row, its item and place as numbers.
#[derive(Debug, Clone, Copy)]
struct Line {
    date: Instant,
    item: usize,
    city: usize,
    quantity: i64,
}

/// What moved from an offer to a need in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shipment {
    /// Which round, from 0.
    pub round: usize,
    /// Which offer, by place in its table.
    pub offer: usize,
    /// Which need, by place in its table.
    pub need: usize,
    /// In units.
    pub amount: i64,
}

impl<'a> Replay<'a> {
    /// Numbers places and items and lays out the rounds.
    ///
    /// # Panics
    /// Never: places and items get codes that are well formed.
    pub fn new(tables: &Tables, interval_days: u32, catalogue: &'a Catalogue) -> Result<Self> {
        ensure!(!tables.offers.is_empty(), "there are no offers");
        ensure!(!tables.needs.is_empty(), "there are no needs");
        let rows = || tables.offers.iter().chain(&tables.needs);
        let places = numbered(rows().map(|row| row.place.as_str()));
        let names = numbered(rows().map(|row| row.item.as_str()));
        let line = |row: &Row| Line {
            date: row.date,
            item: names[row.item.as_str()],
            city: places[row.place.as_str()],
            quantity: row.quantity,
        };
        let item = |number: usize| Item {
            code: format!("tables:item-{number}").parse().expect("an item code"),
            unit: Unit::Piece,
            family: number,
        };
        Ok(Self {
            catalogue,
            map: Rc::new(map(tables, &places)?),
            items: Rc::new(Items::new((0..names.len()).map(item).collect(), catalogue)),
            offers: tables.offers.iter().map(line).collect(),
            needs: tables.needs.iter().map(line).collect(),
            rounds: rounds(rows().map(|row| row.date), interval_days),
        })
    }

    /// Carries out what this planner says, round by round.
    pub fn run(&self, mut planner: impl FnMut(&Case<'_>) -> Vec<Move>) -> Result<Vec<Shipment>> {
        let quantities = |lines: &[Line]| lines.iter().map(|line| line.quantity).collect();
        let (mut free, mut lacking): (Vec<i64>, Vec<i64>) =
            (quantities(&self.offers), quantities(&self.needs));
        let mut shipments = Vec::new();
        for (round, now) in self.rounds.iter().copied().enumerate() {
            let open = |lines: &[Line], left: &[i64]| -> Vec<usize> {
                (0..lines.len()).filter(|at| lines[*at].date < now && left[*at] > 0).collect()
            };
            let (offers, needs) = (open(&self.offers, &free), open(&self.needs, &lacking));
            if offers.is_empty() || needs.is_empty() {
                continue;
            }
            let problem = self.problem(now, (&offers, &free), (&needs, &lacking));
            let moves = planner(&Case::new(&problem, self.catalogue));
            strategy::check(&problem, &moves)?;
            for Move { offer, need, amount } in moves {
                let (offer, need) = (offers[offer], needs[need]);
                free[offer] -= amount;
                lacking[need] -= amount;
                shipments.push(Shipment { round, offer, need, amount });
            }
        }
        Ok(shipments)
    }

    /// Rounds in which something could be planned, or not.
    #[must_use]
    pub fn round_count(&self) -> usize {
        self.rounds.len()
    }

    /// Whether any place has a point, so that the planner of the core knows distances.
    #[must_use]
    pub fn has_points(&self) -> bool {
        self.map.cities.iter().any(|city| city.point.is_some())
    }

    /// Who gives, by the number of the place.
    pub(super) fn donor(&self, shipment: &Shipment) -> usize {
        self.offers[shipment.offer].city
    }

    /// Who gets it, by the number of the place.
    pub(super) fn recipient(&self, shipment: &Shipment) -> usize {
        self.needs[shipment.need].city
    }

    pub(super) fn metres(&self, shipment: &Shipment) -> Option<u32> {
        self.map.metres(self.donor(shipment), self.recipient(shipment))
    }

    /// How long the goods waited, in whole days, half a day rounded to the even one as the public benchmark does.
    pub(super) fn holding_days(&self, shipment: &Shipment) -> i64 {
        let waited = self.rounds[shipment.round].since(self.offers[shipment.offer].date);
        #[expect(clippy::cast_possible_truncation, reason = "as many days as history has")]
        let days = (waited.as_secs_f64() / DAY.as_secs_f64()).round_ties_even() as i64;
        days
    }

    /// Every need by recipient and item, with its quantity.
    pub(super) fn asked(&self) -> impl Iterator<Item = (usize, usize, i64)> {
        self.needs.iter().map(|need| (need.item, need.city, need.quantity))
    }

    /// Every quantity offered.
    pub(super) fn offered(&self) -> impl Iterator<Item = i64> {
        self.offers.iter().map(|offer| offer.quantity)
    }

    /// The item and recipient of a shipment.
    pub(super) fn request(&self, shipment: &Shipment) -> (usize, usize) {
        (self.needs[shipment.need].item, self.recipient(shipment))
    }

    fn problem(&self, now: Instant, offers: (&[usize], &[i64]), needs: (&[usize], &[i64])) -> Problem {
        let offer = |at: &usize| Offer {
            city: self.offers[*at].city,
            item: self.offers[*at].item,
            amount: offers.1[*at],
            created: self.offers[*at].date,
            from: None,
            until: None,
            earmarked_for: Vec::new(),
            excluded: Vec::new(),
        };
        let need = |at: &usize| Need {
            city: self.needs[*at].city,
            item: self.needs[*at].item,
            amount: needs.1[*at],
            tier: TIER,
            created: self.needs[*at].date,
            earliest: None,
            due: None,
            accept_lower: false,
        };
        let (offers, needs) = (offers.0.iter().map(offer).collect(), needs.0.iter().map(need).collect());
        Problem { now, map: Rc::clone(&self.map), items: Rc::clone(&self.items), needs, offers }
    }
}

fn map(tables: &Tables, places: &BTreeMap<&str, usize>) -> Result<Map> {
    let mut points: BTreeMap<usize, Point> = BTreeMap::new();
    for row in tables.offers.iter().chain(&tables.needs) {
        let Some(point) = row.point else { continue };
        let known = *points.entry(places[row.place.as_str()]).or_insert(point);
        ensure!(known == point, "place {} lies at two points; row {} has the second", row.place, row.id);
    }
    let city = |number: usize| City {
        handle: format!("place-{number}").parse().expect("a handle"),
        country: "ZZ".parse().expect("two capitals"),
        point: points.get(&number).copied(),
    };
    let origins: BTreeSet<usize> = tables.offers.iter().map(|row| places[row.place.as_str()]).collect();
    let numbers = |one: &super::Distance| {
        Some((*places.get(one.from.as_str())?, *places.get(one.to.as_str())?, one.metres))
    };
    let mut table: Vec<_> = tables.distances.iter().filter_map(numbers).collect();
    table.sort_unstable();
    let told = |from: usize, to: usize| {
        let at = table.binary_search_by_key(&(from, to), |one| (one.0, one.1)).ok()?;
        Some(table[at].2)
    };
    let origins: Vec<usize> = origins.into_iter().collect();
    Ok(Map::of_table((0..places.len()).map(city).collect(), &origins, told))
}

fn rounds(dates: impl Iterator<Item = Instant> + Clone, interval_days: u32) -> Vec<Instant> {
    let begin = dates.clone().min().expect("there are rows").minus(MARGIN);
    let end = dates.max().expect("there are rows").plus(MARGIN);
    let regular = (1..).map(|round| begin.plus(DAY * interval_days * round));
    regular.take_while(|round| *round < end).chain([end]).collect()
}

/// Each text once, in order, with its number.
fn numbered<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, usize> {
    let texts: BTreeSet<&str> = texts.collect();
    texts.into_iter().zip(0..).collect()
}
