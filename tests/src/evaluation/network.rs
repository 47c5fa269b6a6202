//! A family as a minimum-cost-flow problem, and the DIMACS text of one, for solvers that are not ours.
//!
//! Everything that is asked for flows from a source to a sink: through offers and needs, or past them at no cost if there
//! is nothing to serve it with. Serving a unit earns a reward, larger for upper tiers, so the cheapest flow serves as
//! much as possible first and only then saves kilometres. Kilometres are all it costs: neither lateness nor grades nor
//! fair shares within a tier have a price here, as they have in the core.

use std::io::{self, Write};

use crate::evaluation::planted::Best;
use crate::evaluation::problem::{Problem, TIERS};

/// What the core counts an unknown distance as.
const KM_IF_UNKNOWN: u32 = 10_000;

/// No way on Earth is longer.
const KM_MAX: i64 = 20_016;

/// A flow network with costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// What each node supplies; what it takes is negative. The sum is zero.
    pub supplies: Vec<i64>,
    /// The arcs; nodes are named by their place, from 0.
    pub arcs: Vec<Arc>,
}

/// An arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    /// Whence.
    pub from: usize,
    /// Whither.
    pub to: usize,
    /// The most that can flow.
    pub capacity: i64,
    /// For each unit.
    pub cost: i64,
}

impl Network {
    /// The network of these needs and offers of one family: the source, the offers, the needs, the sink.
    #[must_use]
    pub fn of_family(problem: &Problem, needs: &[usize], offers: &[usize]) -> Self {
        let (source, sink) = (0, 1 + offers.len() + needs.len());
        let (offer_node, need_node) = (|at: usize| 1 + at, |at: usize| 1 + offers.len() + at);
        let asked: i64 = needs.iter().map(|need| problem.needs[*need].amount).sum();
        let mut arcs = vec![Arc { from: source, to: sink, capacity: asked, cost: 0 }];
        for (at, offer) in offers.iter().enumerate() {
            let capacity = problem.offers[*offer].amount;
            arcs.push(Arc { from: source, to: offer_node(at), capacity, cost: 0 });
        }
        for (o, offer) in offers.iter().enumerate() {
            for (n, need) in needs.iter().enumerate().filter(|(_, need)| problem.possible(*offer, **need)) {
                let (offer, need) = (&problem.offers[*offer], &problem.needs[*need]);
                let capacity = offer.amount.min(need.amount);
                let cost = i64::from(problem.map.km(offer.city, need.city).unwrap_or(KM_IF_UNKNOWN));
                arcs.push(Arc { from: offer_node(o), to: need_node(n), capacity, cost });
            }
        }
        for (n, need) in needs.iter().map(|need| &problem.needs[*need]).enumerate() {
            let cost = -reward(need.tier, needs.len(), offers.len());
            arcs.push(Arc { from: need_node(n), to: sink, capacity: need.amount, cost });
        }
        let mut supplies = vec![0; sink + 1];
        (supplies[source], supplies[sink]) = (asked, -asked);
        Self { supplies, arcs }
    }

    /// The cost of the best flow of a family whose best plan is known.
    #[must_use]
    pub fn cost_of(best: &Best, needs: usize, offers: usize) -> i64 {
        let tiers = (1..).zip(best.units);
        best.unit_km - tiers.map(|(tier, units)| units * reward(tier, needs, offers)).sum::<i64>()
    }

    /// Writes it as DIMACS has it: `p min`, then `n` and `a` lines, nodes from 1. Each remark becomes a `c` line.
    pub fn write_dimacs(&self, to: &mut impl Write, remarks: &[String]) -> io::Result<()> {
        for remark in remarks {
            writeln!(to, "c {remark}")?;
        }
        writeln!(to, "p min {} {}", self.supplies.len(), self.arcs.len())?;
        for (node, supply) in self.supplies.iter().enumerate().filter(|(_, supply)| **supply != 0) {
            writeln!(to, "n {} {supply}", node + 1)?;
        }
        for Arc { from, to: head, capacity, cost } in &self.arcs {
            writeln!(to, "a {} {} 0 {capacity} {cost}", from + 1, head + 1)?;
        }
        Ok(())
    }
}

/// What serving a unit earns. A flow is improved along a cycle that visits each line once, so its kilometres change by
/// less than one tier's step: no saving pays for an unserved unit or for a lower tier.
fn reward(tier: u8, needs: usize, offers: usize) -> i64 {
    let lines = i64::try_from(needs.min(offers)).expect("fewer lines than that");
    let tiers = i64::try_from(TIERS).expect("four");
    (tiers + 1 - i64::from(tier)) * (KM_MAX * lines + 1)
}
