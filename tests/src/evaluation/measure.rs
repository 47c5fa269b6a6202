//! Figures: what came of a plan. Counts first; ratios only where they are read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluation::planted::Best;
use crate::evaluation::problem::{Move, Problem, TIERS};

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Units asked for in each tier, tier 1 first.
    pub units_asked: [i64; TIERS],
    /// Units served in each tier.
    pub units: [i64; TIERS],
    /// Need lines.
    pub lines: usize,
    /// Need lines that get something.
    pub lines_touched: usize,
    /// Need lines that get all they ask for.
    pub lines_filled: usize,
    /// Units that arrive by the day their need states, or whose need states none.
    pub units_on_time: i64,
    /// Units × kilometres, of units whose way is known.
    pub unit_km: i64,
    /// Jain's index over the cities' fill ratios: 1 if all are equal, 1/n if one city of n has everything.
    pub jain: f64,
    /// The Gini coefficient of the same: 0 if all are equal.
    pub gini: f64,
    /// The lowest fill ratio of a city. A city's fill ratio is its units served by its units asked for, all items and
    /// tiers together; cities that ask for nothing have none.
    pub worst_city: f64,
    /// Moves.
    pub lots: usize,
}

impl Figures {
    /// Counts what these moves do.
    #[must_use]
    pub fn of(problem: &Problem, moves: &[Move]) -> Self {
        let mut served = vec![0; problem.needs.len()];
        let (mut units_on_time, mut unit_km) = (0, 0);
        for Move { offer, need, amount } in moves.iter().copied() {
            served[need] += amount;
            units_on_time += if problem.on_time(offer, need) { amount } else { 0 };
            let km = problem.map.km(problem.offers[offer].city, problem.needs[need].city);
            unit_km += amount * i64::from(km.unwrap_or(0));
        }
        let (mut units_asked, mut units) = ([0; TIERS], [0; TIERS]);
        let mut cities: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        for (need, served) in problem.needs.iter().zip(&served) {
            let tier = usize::from(need.tier) - 1;
            units_asked[tier] += need.amount;
            units[tier] += served;
            let city = cities.entry(need.city).or_default();
            *city = (city.0 + served, city.1 + need.amount);
        }
        let ratios: Vec<f64> = cities.into_values().map(|(served, asked)| ratio(served, asked)).collect();
        let touched = served.iter().filter(|served| **served > 0).count();
        let filled =
            problem.needs.iter().zip(&served).filter(|(need, served)| need.amount == **served).count();
        Self {
            units_asked,
            units,
            lines: problem.needs.len(),
            lines_touched: touched,
            lines_filled: filled,
            units_on_time,
            unit_km,
            jain: jain(&ratios),
            gini: gini(&ratios),
            worst_city: ratios.iter().copied().fold(1.0, f64::min),
            lots: moves.len(),
        }
    }

    /// Units served, all tiers together.
    #[must_use]
    pub fn units_all(&self) -> i64 {
        self.units.iter().sum()
    }

    /// What counts when plans are compared.
    #[must_use]
    pub fn best(&self) -> Best {
        Best { units: self.units, unit_km: self.unit_km }
    }
}

/// For each tier, how far the units served up to it fall short of the most that any of these plans serves up to it, as a
/// share of that. One plan can be the best in all four: what serves the most of the upper tiers can be extended to
/// serve the most of all.
#[must_use]
pub fn regret(units: [i64; TIERS], plans: &[Best]) -> [f64; TIERS] {
    let up_to = |units: &[i64; TIERS], tier: usize| -> i64 { units[..=tier].iter().sum() };
    std::array::from_fn(|tier| {
        let most = plans.iter().map(|plan| up_to(&plan.units, tier)).max().unwrap_or(0);
        ratio_or(most - up_to(&units, tier), most, 0.0)
    })
}

/// A quotient of counts; 1 if there is nothing to divide by, because then nothing is missing.
#[must_use]
pub fn ratio(part: i64, whole: i64) -> f64 {
    ratio_or(part, whole, 1.0)
}

/// The middle one of some values, the lower of two; `None` if there are none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// (Σx)² / (n Σx²); 1 if nobody has anything.
#[must_use]
pub fn jain(values: &[f64]) -> f64 {
    let (sum, squares): (f64, f64) = (values.iter().sum(), values.iter().map(|x| x * x).sum());
    if squares == 0.0 { 1.0 } else { sum * sum / (values.len() as f64 * squares) }
}

/// The mean difference of two values by twice their mean; 0 if nobody has anything.
#[must_use]
pub fn gini(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (count, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    let weighted: f64 =
        sorted.iter().enumerate().map(|(at, x)| (2.0 * (at + 1) as f64 - count - 1.0) * x).sum();
    if sum == 0.0 { 0.0 } else { weighted / (count * sum) }
}

fn ratio_or(part: i64, whole: i64, nothing: f64) -> f64 {
    if whole == 0 { nothing } else { part as f64 / whole as f64 }
}
