//! Strategies: the planner of the core, and simple baselines to see it beside. To add one: a variant, its word, and its
//! arm in [`Strategy::moves`].

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use quince_core::domain::item::Catalogue;
use quince_core::matching::{Epoch, Plan, View, plan};

use crate::evaluation::problem::{Move, Problem};
use crate::evaluation::records;

/// A way to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Strategy {
    /// The planner of the core
    Live,
    /// Needs in the order in which they were entered, each from the oldest offers
    FirstCome,
    /// The shortest ways first, whoever asks
    Nearest,
    /// Every need the same share of what there is, each from near
    Proportional,
}

/// A problem with what strategies need to have ready, so that only planning is timed.
#[derive(Debug)]
pub struct Case<'a> {
    /// To be planned.
    pub problem: &'a Problem,
    view: OnceCell<View>,
    catalogue: &'a Catalogue,
}

impl<'a> Case<'a> {
    /// A case in which nothing is ready yet; see [`Strategy::prepare`].
    #[must_use]
    pub fn new(problem: &'a Problem, catalogue: &'a Catalogue) -> Self {
        Self { problem, view: OnceCell::new(), catalogue }
    }

    /// What the core plans from.
    fn view(&self) -> &View {
        self.view.get_or_init(|| {
            let home = self.problem.map.cities[0].handle.clone();
            let epoch = Epoch::containing(self.problem.now);
            View::new(home, epoch, &records::sources(self.problem), self.catalogue)
        })
    }

    fn planned_by(&self, planner: fn(&View, &Catalogue) -> Plan) -> Vec<Move> {
        let plan = planner(self.view(), self.catalogue);
        plan.suggestions.iter().map(|one| records::move_of(self.problem, one)).collect()
    }
}

impl Strategy {
    /// Every strategy, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Live, Self::FirstCome, Self::Nearest, Self::Proportional];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::FirstCome => "first-come",
            Self::Nearest => "nearest",
            Self::Proportional => "proportional",
        }
    }

    /// Makes ready what this strategy plans from.
    pub fn prepare(self, case: &Case<'_>) {
        match self {
            Self::Live => {
                case.view();
            }
            Self::FirstCome | Self::Nearest | Self::Proportional => {}
        }
    }

    /// What it would move.
    #[must_use]
    pub fn moves(self, case: &Case<'_>) -> Vec<Move> {
        match self {
            Self::Live => case.planned_by(plan),
            Self::FirstCome => by_family(case.problem, Table::first_come),
            Self::Nearest => by_family(case.problem, Table::nearest),
            Self::Proportional => by_family(case.problem, Table::proportional),
        }
    }
}

/// Refuses moves that nobody could carry out: of pairs that are not possible, of more than there is, or than is asked.
pub fn check(problem: &Problem, moves: &[Move]) -> Result<()> {
    let mut lacking: Vec<i64> = problem.needs.iter().map(|need| need.amount).collect();
    let mut free: Vec<i64> = problem.offers.iter().map(|offer| offer.amount).collect();
    for Move { offer, need, amount } in moves.iter().copied() {
        ensure!(amount > 0, "offer {offer} gives {amount} to need {need}");
        ensure!(problem.possible(offer, need), "offer {offer} may not serve need {need}");
        lacking[need] -= amount;
        free[offer] -= amount;
        ensure!(lacking[need] >= 0, "need {need} gets {} too much", -lacking[need]);
        ensure!(free[offer] >= 0, "offer {offer} gives {} too much", -free[offer]);
    }
    Ok(())
}

/// A family while a baseline deals it out. Lines are in the order in which they were entered.
struct Table<'a> {
    problem: &'a Problem,
    needs: Vec<usize>,
    offers: Vec<usize>,
    /// Of all lines, by place in the problem.
    lacking: Vec<i64>,
    free: Vec<i64>,
    moves: BTreeMap<(usize, usize), i64>,
}

fn by_family<'a>(problem: &'a Problem, deal: fn(&mut Table<'a>)) -> Vec<Move> {
    let mut moves = Vec::new();
    for (needs, offers) in problem.families() {
        let mut table = Table::new(problem, needs, offers);
        deal(&mut table);
        moves.extend(table.moves.into_iter().map(|((offer, need), amount)| Move { offer, need, amount }));
    }
    moves
}

impl<'a> Table<'a> {
    fn new(problem: &'a Problem, mut needs: Vec<usize>, mut offers: Vec<usize>) -> Self {
        let lacking = problem.needs.iter().map(|need| need.amount).collect();
        let free = problem.offers.iter().map(|offer| offer.amount).collect();
        needs.sort_by_key(|at| (problem.needs[*at].created, *at));
        offers.sort_by_key(|at| (problem.offers[*at].created, *at));
        Self { problem, needs, offers, lacking, free, moves: BTreeMap::new() }
    }

    fn first_come(&mut self) {
        for need in self.needs.clone() {
            for offer in self.offers.clone() {
                if self.lacking[need] == 0 {
                    break;
                }
                self.give(offer, need);
            }
            let free = &self.free;
            self.offers.retain(|offer| free[*offer] > 0);
        }
    }

    fn nearest(&mut self) {
        let mut from = self.in_cities(&self.offers, |at| self.problem.offers[at].city);
        let mut to = self.in_cities(&self.needs, |at| self.problem.needs[at].city);
        let km = |from: usize, to: usize| self.problem.map.km(from, to).unwrap_or(u32::MAX);
        let pairs = from.keys().flat_map(|from| to.keys().map(move |to| (*from, *to)));
        let mut ways: Vec<_> = pairs.map(|(from, to)| (km(from, to), from, to)).collect();
        ways.sort_unstable();
        for (_, way_from, way_to) in ways {
            let offers = from.get_mut(&way_from).expect("a way begins where offers are");
            offers.retain(|offer| self.free[*offer] > 0);
            let needs = to.get_mut(&way_to).expect("a way ends where needs are");
            needs.retain(|need| self.lacking[*need] > 0);
            for need in &*needs {
                for offer in &*offers {
                    self.give(*offer, *need);
                }
            }
        }
    }

    /// Each need its share, rounded down and the largest remainders up; then what impossible pairs left over.
    fn proportional(&mut self) {
        let sum = |amounts: &[i64], lines: &[usize]| -> i128 {
            lines.iter().map(|at| i128::from(amounts[*at])).sum()
        };
        let asked = sum(&self.lacking, &self.needs);
        let shared = asked.min(sum(&self.free, &self.offers));
        let whole = self.lacking.clone();
        let mut left = shared;
        let mut remainders = Vec::with_capacity(self.needs.len());
        for need in &self.needs {
            let part = i128::from(whole[*need]) * shared;
            let share = i64::try_from(part / asked).expect("a share of an amount is no more than it");
            self.lacking[*need] = share;
            left -= i128::from(share);
            remainders.push((Reverse(part % asked), *need));
        }
        remainders.sort_unstable();
        for (_, need) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
            self.lacking[need] += 1;
        }
        self.nearest();
        self.lacking = whole;
        for ((_, need), amount) in &self.moves {
            self.lacking[*need] -= amount;
        }
        self.nearest();
    }

    fn in_cities(&self, lines: &[usize], city: impl Fn(usize) -> usize) -> BTreeMap<usize, Vec<usize>> {
        let mut cities: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for at in lines {
            cities.entry(city(*at)).or_default().push(*at);
        }
        cities
    }

    fn give(&mut self, offer: usize, need: usize) {
        let amount = self.lacking[need].min(self.free[offer]);
        if amount > 0 && self.problem.possible(offer, need) {
            self.lacking[need] -= amount;
            self.free[offer] -= amount;
            *self.moves.entry((offer, need)).or_default() += amount;
        }
    }
}
