//! Every interleaving of two nodes: two needs, two offers, two desks, and messages that may be late.
//!
//! A breadth-first walk over all states that two desks can reach, with each delivery between the two ledgers a step
//! of its own. In every state stock is conserved and no assent is spent twice; from every quiet state the honest
//! rest of the story ends with every requisition answered and every reservation backed by both halves.
//!
//! Each step uses up a message or an allowance, so there are no cycles: every path ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::*;
use crate::domain::agreement::budget::{self, Wish};
use crate::domain::agreement::flood;
use crate::domain::agreement::halves::{self, Pair};
use crate::domain::agreement::stock::{self, HoldWish};
use crate::domain::coverage;

mod invariant;
mod scenario;
mod world;

use world::{Act, Desk, State, World};

/// Walks everything that can happen and checks every state; returns how many states there are.
fn explore(world: &mut World, allowances: Vec<(Act, u8)>) -> usize {
    let start = world.start(allowances);
    let mut seen = BTreeSet::from([start.clone()]);
    let mut next = VecDeque::from([start]);
    while let Some(state) = next.pop_front() {
        invariant::check(world, &state);
        for after in world.successors(&state) {
            if !seen.contains(&after) {
                seen.insert(after.clone());
                next.push_back(after);
            }
        }
    }
    seen.len()
}
