//! The network of a board: a hub gives to the offers, these give to the needs, these to the group of their city and tier, and
//! each group back to the hub, step by step, for a reward.

use std::collections::BTreeSet;

use crate::matching::board::Board;
use crate::matching::state::{Flow, Group, State};

/// How many bits of a pair's hash decide between pairs of one cost.
const TIE_BITS: u32 = 10;

/// A network with arcs of bounded capacity, and no supply but what circulates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// How many nodes; node 0 is the hub.
    pub nodes: usize,
    /// The arcs.
    pub arcs: Vec<NetworkArc>,
}

/// An arc; at most `capacity` flows along it, each unit at `cost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkArc {
    /// From this node.
    pub from: u32,
    /// To this node.
    pub to: u32,
    /// Not negative.
    pub capacity: i64,
    /// A reward if it is negative.
    pub cost: i64,
}

/// A network, and which of its arcs are pairs.
pub(super) struct Drawing {
    pub(super) network: Network,
    /// The arcs that are pairs: need, offer, cost. They come first.
    pairs: Vec<(u32, u32, u32)>,
}

impl Drawing {
    /// Draws a board without the pairs that are forbidden: need and offer.
    pub(super) fn of(board: &Board<'_>, state: &State, forbidden: &BTreeSet<(u32, u32)>) -> Self {
        let offer_node = |offer: u32| offer + 1;
        let first_need = offer_node(length(&board.offers));
        let first_group = first_need + length(&board.needs);
        let nodes = first_group as usize + state.groups.len();
        let (mut pairs, mut arcs) = (Vec::new(), Vec::new());
        for need in 0..length(&board.needs) {
            for offer in 0..length(&board.offers) {
                let Some(price) = board.price(need, offer) else { continue };
                let capacity = state.lacks[need as usize].min(state.free[offer as usize]);
                if capacity > 0 && !forbidden.contains(&(need, offer)) {
                    let tie = (price.tie & ((1 << TIE_BITS) - 1)).cast_signed();
                    let cost = (i64::from(price.cost) << TIE_BITS) + tie;
                    arcs.push(NetworkArc { from: offer_node(offer), to: first_need + need, capacity, cost });
                    pairs.push((need, offer, price.cost));
                }
            }
        }
        let dearest = arcs.iter().map(|arc| arc.cost).max().unwrap_or_default();
        let supplies = (0..).zip(&state.free);
        arcs.extend(supplies.map(|(offer, free)| arc(0, offer_node(offer), *free, 0)));
        let demands = (0..).zip(state.lacks.iter().zip(&state.group_of));
        arcs.extend(
            demands.map(|(need, (lacks, group))| arc(first_need + need, first_group + group, *lacks, 0)),
        );
        // No path or round trip can save more than this in kilometres.
        let apart = (dearest + 1) * (i64::from(length(&board.needs).min(length(&board.offers))) + 2);
        arcs.extend(
            rewards(state, apart)
                .into_iter()
                .map(|(group, capacity, reward)| arc(first_group + group, 0, capacity, -reward)),
        );
        Self { network: Network { nodes, arcs }, pairs }
    }

    /// What the pairs give when so much flows along the arcs.
    pub(super) fn flows(&self, flows: &[i64]) -> Vec<(u32, Flow)> {
        let given = self.pairs.iter().zip(flows).filter(|(_, amount)| **amount > 0);
        given
            .map(|((need, offer, cost), amount)| {
                (*need, Flow { offer: *offer, amount: *amount, cost: *cost })
            })
            .collect()
    }
}

/// What each group takes in each of its steps, and the reward for it: group, capacity, reward. Rewards are multiples of
/// `apart`, the largest for the first step of the most urgent tier.
fn rewards(state: &State, apart: i64) -> Vec<(u32, i64, i64)> {
    let mut lacks = vec![0_i64; state.groups.len()];
    for (group, lacking) in state.group_of.iter().zip(&state.lacks) {
        lacks[*group as usize] = lacks[*group as usize].saturating_add(*lacking);
    }
    let steps: Vec<_> = (0..)
        .zip(state.groups.iter().zip(lacks))
        .flat_map(|(number, (group, lacks))| {
            steps(*group, lacks).into_iter().map(move |(step, capacity)| (number, group.tier, step, capacity))
        })
        .collect();
    let ranks: BTreeSet<_> = steps.iter().map(|(_, tier, step, _)| (*tier, *step)).collect();
    let ranks: Vec<_> = ranks.into_iter().rev().collect();
    let reward = |tier, step| {
        let above = ranks.partition_point(|rank| *rank > (tier, step));
        (i64::try_from(above).expect("a few hundred steps") + 1) * apart
    };
    steps.into_iter().map(|(group, tier, step, capacity)| (group, capacity, reward(tier, step))).collect()
}

/// The steps that a group still has to go, as far as it lacks something, with what each of them takes.
fn steps(mut group: Group, mut lacks: i64) -> Vec<(u32, i64)> {
    let mut steps = Vec::new();
    while lacks > 0 {
        let capacity = group.left().min(lacks);
        steps.push((group.step(), capacity));
        group.reached = group.reached.saturating_add(capacity);
        lacks -= capacity;
        if capacity == 0 {
            break;
        }
    }
    steps
}

fn arc(from: u32, to: u32, capacity: i64, cost: i64) -> NetworkArc {
    NetworkArc { from, to, capacity, cost }
}

fn length<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).expect("a view has fewer than 2^32 lines")
}
