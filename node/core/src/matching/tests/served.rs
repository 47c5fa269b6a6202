//! What a plan serves, counted: by tier and step, by city, in kilometres. And the most that any plan could serve, from a
//! method that has nothing in common with the planners: the largest flow, grown rank by rank along shortest ways.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::handle::Handle;
use crate::matching::rank::Price;
use crate::matching::tests::random::Built;
use crate::matching::tests::town::CATALOGUE;
use crate::matching::{Plan, View, pair};

/// Units by tier and step; a rank that gets nothing is not in it.
pub(super) type Ranks = BTreeMap<(u8, u32), i64>;

/// Units by tier, from 1.
pub(super) fn tiers(ranks: &Ranks) -> [i64; 4] {
    let mut tiers = [0; 4];
    for ((tier, _), units) in ranks {
        tiers[usize::from(*tier) - 1] += units;
    }
    tiers
}

/// Whether the first is lexicographically behind the second.
pub(super) fn is_behind(one: &Ranks, other: &Ranks) -> bool {
    let of = |ranks: &Ranks, rank| ranks.get(rank).copied().unwrap_or_default();
    let all = one.keys().chain(other.keys()).collect::<std::collections::BTreeSet<_>>();
    let first = all.into_iter().find(|rank| of(one, rank) != of(other, rank));
    first.is_some_and(|rank| of(one, rank) < of(other, rank))
}

/// The step of a city's unit that comes after so many.
fn step(reached: i64) -> u32 {
    i64::BITS - reached.leading_zeros()
}

/// Where a step ends.
fn end(step: u32) -> i64 {
    1_i64.checked_shl(step).filter(|end| *end > 0).unwrap_or(i64::MAX)
}

/// What cities have in each tier before a plan, of the lines in this view.
fn counted(view: &View) -> BTreeMap<(Handle, u8), i64> {
    let mut reached: BTreeMap<_, i64> = BTreeMap::new();
    for need in view.needs() {
        *reached.entry((need.city().clone(), need.line.urgency.tier())).or_default() += need.counted.get();
    }
    reached
}

/// What a plan serves in each rank.
pub(super) fn ranks(plan: &Plan) -> Ranks {
    let mut reached = counted(plan.view());
    let mut ranks = Ranks::new();
    for one in plan.suggestions() {
        let at = reached.entry((one.need_line.owner().clone(), one.tier.tier())).or_default();
        let mut left = one.amount.get();
        while left > 0 {
            let units = left.min(end(step(*at)) - *at);
            *ranks.entry((one.tier.tier(), step(*at))).or_default() += units;
            *at += units;
            left -= units;
        }
    }
    ranks
}

/// Units by city.
pub(super) fn by_city(plan: &Plan) -> BTreeMap<Handle, i64> {
    let mut sums = BTreeMap::new();
    for one in plan.suggestions() {
        *sums.entry(one.need_line.owner().clone()).or_default() += one.amount.get();
    }
    sums
}

/// Units of one need line.
pub(super) fn of_need(plan: &Plan, need: &crate::domain::id::LineId) -> i64 {
    plan.suggestions().iter().filter(|one| one.need_line == *need).map(|one| one.amount.get()).sum()
}

/// Units times kilometres.
pub(super) fn unit_km(plan: &Plan) -> i64 {
    plan.suggestions().iter().map(|one| one.amount.get() * i64::from(one.distance_km.unwrap_or(0))).sum()
}

/// Units times what the rule says that each costs.
pub(super) fn unit_cost(plan: &Plan) -> i128 {
    let view = plan.view();
    let one = |m: &crate::matching::Match| {
        let (need, offer) = (view.need(&m.need_line).unwrap(), view.offer(&m.offer_line).unwrap());
        i128::from(m.amount.get()) * i128::from(Price::of(&pair::of(view, &CATALOGUE, need, offer)).cost)
    };
    plan.suggestions().iter().map(one).sum()
}

/// Jain's index over the fill ratios of cities that need something: 1 if all are served alike.
pub(super) fn jain(plan: &Plan) -> f64 {
    let mut asked: BTreeMap<Handle, i64> = BTreeMap::new();
    for need in plan.view().needs() {
        *asked.entry(need.city().clone()).or_default() += need.amount.unwrap_or_default().get();
    }
    let served = by_city(plan);
    let ratio = |(city, asked): (&Handle, &i64)| *served.get(city).unwrap_or(&0) as f64 / *asked as f64;
    let ratios: Vec<f64> = asked.iter().map(ratio).collect();
    let (sum, squares) = (ratios.iter().sum::<f64>(), ratios.iter().map(|one| one * one).sum::<f64>());
    if squares == 0.0 { 1.0 } else { sum * sum / (squares * ratios.len() as f64) }
}

/// An arc and the one against it stand next to each other, so that `arc ^ 1` is the other.
#[derive(Default)]
struct Graph {
    to: Vec<usize>,
    room: Vec<i64>,
    leaving: Vec<Vec<usize>>,
}

impl Graph {
    fn arc(&mut self, from: usize, to: usize, room: i64) -> usize {
        let arc = self.to.len();
        self.to.extend([to, from]);
        self.room.extend([room, 0]);
        let nodes = self.leaving.len().max(from.max(to) + 1);
        self.leaving.resize_with(nodes, Vec::new);
        self.leaving[from].push(arc);
        self.leaving[to].push(arc + 1);
        arc
    }

    /// Sends what it can along one shortest way.
    fn augment(&mut self, from: usize, to: usize) -> i64 {
        let mut by = vec![usize::MAX; self.leaving.len()];
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            for arc in &self.leaving[node] {
                let next = self.to[*arc];
                if self.room[*arc] > 0 && by[next] == usize::MAX && next != from {
                    by[next] = *arc;
                    queue.push_back(next);
                }
            }
        }
        let way: Vec<_> = std::iter::successors(Some(to).filter(|to| by[*to] != usize::MAX), |node| {
            Some(self.to[by[*node] ^ 1]).filter(|node| *node != from)
        })
        .map(|node| by[node])
        .collect();
        let most = way.iter().map(|arc| self.room[*arc]).min().unwrap_or(0);
        for arc in way {
            self.room[arc] -= most;
            self.room[arc ^ 1] += most;
        }
        most
    }
}

/// The most that any plan of these lines serves in each rank, the ranks before it coming first.
pub(super) fn most(built: &Built) -> Ranks {
    let view = built.town.view();
    let (needs, offers) = (built.needs.len(), built.offers.len());
    let mut graph = Graph::default();
    let (source, sink) = (0, 1);
    let mut groups: BTreeMap<(u8, Handle), (usize, i64, i64)> = BTreeMap::new();
    let reached = counted(&view);
    for (at, offer) in (2 + needs..).zip(&built.offers) {
        graph.arc(at, sink, view.offer(offer).unwrap().amount.unwrap().get());
    }
    for (at, need) in (2..).zip(&built.needs) {
        let need = view.need(need).unwrap();
        let (tier, lacks) = (need.line.urgency.tier(), need.amount.unwrap().get());
        let next = 2 + needs + offers + groups.len();
        let own = (need.city().clone(), tier);
        let group = groups.entry((tier, own.0.clone())).or_insert_with(|| (next, reached[&own], 0));
        group.2 += lacks;
        graph.arc(group.0, at, lacks);
        for (from, offer) in (2 + needs..).zip(&built.offers) {
            let offer = view.offer(offer).unwrap();
            if pair::of(&view, &CATALOGUE, need, offer).blocks().is_empty() {
                graph.arc(at, from, i64::MAX / 4);
            }
        }
    }
    let entries: Vec<_> = groups
        .iter()
        .map(|((tier, _), (node, reached, lacks))| (*tier, graph.arc(source, *node, 0), *reached, *lacks))
        .collect();
    let mut ranks = Ranks::new();
    for tier in 1..=4 {
        for rank in 0..=54 {
            for (_, arc, reached, lacks) in entries.iter().filter(|entry| entry.0 == tier) {
                let end = |rank| (end(rank) - reached).clamp(0, *lacks);
                graph.room[*arc] += end(rank) - if rank == 0 { 0 } else { end(rank - 1) };
            }
            let units: i64 =
                std::iter::repeat_with(|| graph.augment(source, sink)).take_while(|units| *units > 0).sum();
            if units > 0 {
                ranks.insert((tier, rank), units);
            }
        }
    }
    ranks
}
