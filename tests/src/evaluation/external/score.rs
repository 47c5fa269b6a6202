//! The five metrics of the public benchmark for matching protective equipment, and the units behind them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::evaluation::external::read::METRES_PER_MILE;
use crate::evaluation::external::{Replay, Shipment};

/// What came of a replay. Metrics that have nothing to divide by are `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Units offered in all.
    pub units_offered: i64,
    /// Units asked for in all.
    pub units_asked: i64,
    /// Units that moved.
    pub units_moved: i64,
    /// Units that moved over a distance that nobody knows; they have no part in unit-miles.
    pub units_of_unknown_way: i64,
    /// Fill rate. The fill rate of a recipient for an item is what it got of it by what it asked for of it, over all
    /// its requests and rounds, at most 1. That of an item is the mean over the recipients that asked for it; this is
    /// the mean over the items.
    pub fill_rate: Option<f64>,
    /// Fill rate without zeros: the same over recipients that got at least one unit of the item, and over items of
    /// which anyone did.
    pub fill_rate_without_zeros: Option<f64>,
    /// Unit-miles: the sum of units × miles over all shipments by the sum of units, so the mean way of a unit.
    pub unit_miles: Option<f64>,
    /// Holding days: the mean over units that moved of the whole days from the offer to the round in which they moved.
    pub holding_days: Option<f64>,
    /// Shipments per donor: different pairs of donor and recipient in each round, by the donors that sent anything. What
    /// one donor sends one recipient in one round is one shipment, whatever it contains.
    pub shipments_per_donor: Option<f64>,
}

impl Score {
    /// Counts what these shipments do.
    #[must_use]
    pub fn of(replay: &Replay<'_>, shipments: &[Shipment]) -> Self {
        let fills = fills(replay, shipments);
        let sum = |value: &dyn Fn(&Shipment) -> f64| -> f64 { shipments.iter().map(value).sum() };
        let units_moved: i64 = shipments.iter().map(|shipment| shipment.amount).sum();
        let unknown = shipments.iter().filter(|shipment| replay.metres(shipment).is_none());
        let units_of_unknown_way: i64 = unknown.map(|shipment| shipment.amount).sum();
        let unit_metres = sum(&|one| one.amount as f64 * f64::from(replay.metres(one).unwrap_or(0)));
        let unit_days = sum(&|one| (one.amount * replay.holding_days(one)) as f64);
        let ways: BTreeSet<_> =
            shipments.iter().map(|one| (one.round, replay.donor(one), replay.recipient(one))).collect();
        let donors: BTreeSet<_> = shipments.iter().map(|one| replay.donor(one)).collect();
        Self {
            units_offered: replay.offered().sum(),
            units_asked: replay.asked().map(|(_, _, quantity)| quantity).sum(),
            units_moved,
            units_of_unknown_way,
            fill_rate: mean_of_means(&fills, |_| true),
            fill_rate_without_zeros: mean_of_means(&fills, |rate| rate > 0.0),
            unit_miles: quotient(unit_metres / METRES_PER_MILE, (units_moved - units_of_unknown_way) as f64),
            holding_days: quotient(unit_days, units_moved as f64),
            shipments_per_donor: quotient(ways.len() as f64, donors.len() as f64),
        }
    }
}

/// The fill rate of each recipient, by item.
fn fills(replay: &Replay<'_>, shipments: &[Shipment]) -> BTreeMap<usize, Vec<f64>> {
    let mut requests: BTreeMap<(usize, usize), (i64, i64)> = BTreeMap::new();
    for (item, recipient, quantity) in replay.asked() {
        requests.entry((item, recipient)).or_default().1 += quantity;
    }
    for shipment in shipments {
        requests.entry(replay.request(shipment)).or_default().0 += shipment.amount;
    }
    let mut fills: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for ((item, _), (got, asked)) in requests.into_iter().filter(|(_, (_, asked))| *asked > 0) {
        fills.entry(item).or_default().push((got as f64 / asked as f64).min(1.0));
    }
    fills
}

/// The mean over items of the mean over those fill rates that count.
fn mean_of_means(fills: &BTreeMap<usize, Vec<f64>>, counts: impl Fn(f64) -> bool) -> Option<f64> {
    let mean = |rates: &mut dyn Iterator<Item = f64>| {
        let (count, sum) = rates.fold((0_u32, 0.0), |(count, sum), rate| (count + 1, sum + rate));
        quotient(sum, f64::from(count))
    };
    let items = fills.values();
    mean(&mut items.filter_map(|rates| mean(&mut rates.iter().copied().filter(|rate| counts(*rate)))))
}

fn quotient(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
