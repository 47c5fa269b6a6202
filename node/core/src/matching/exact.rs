//! The exact planner: the same board as a network whose cheapest circulation is the best plan. `network` draws it, `simplex`
//! solves it. It is what the live planner is measured against, and what an operator may ask for where seconds do not matter.
//!
//! One weight for each step of each tier makes the order of the rule one sum: the weights are so far apart that no saving of
//! kilometres and nothing further down outweighs one unit further up. That is right because the sets of units that can be
//! served together form a gammoid: exchanging one unit for another never costs more than the one unit.

use std::collections::BTreeSet;

use crate::matching::board::Board;
use crate::matching::state::{Flow, State};

mod network;
mod simplex;

pub use network::{Network, NetworkArc};

use network::Drawing;

/// The most pairs of a family that is planned exactly: 2,000 × 2,000 lines, some seconds.
pub const EXACT_PAIRS_MAX: usize = 4_000_000;

/// How often the network is solved again without pairs that would give less than their lot. What is still too little then is
/// left out.
const LOT_ROUNDS_MAX: usize = 8;

/// Plans a board from its present state. Tells whether it did: a board beyond [`EXACT_PAIRS_MAX`] is left as it is.
pub(super) fn plan(board: &Board<'_>, state: &mut State) -> bool {
    let pairs = board.needs.len().checked_mul(board.offers.len());
    if pairs.is_none_or(|pairs| pairs > EXACT_PAIRS_MAX) {
        return false;
    }
    let mut forbidden = BTreeSet::new();
    for _ in 0..LOT_ROUNDS_MAX {
        let drawing = Drawing::of(board, state, &forbidden);
        let flows = drawing.flows(&simplex::solve(&drawing.network));
        let too_small = |(need, flow): &&(u32, Flow)| flow.amount < board.lot(*need, flow.offer);
        let before = forbidden.len();
        forbidden.extend(flows.iter().filter(too_small).map(|(need, flow)| (*need, flow.offer)));
        if forbidden.len() == before {
            flows.into_iter().for_each(|(need, flow)| state.serve(need, flow));
            return true;
        }
    }
    let drawing = Drawing::of(board, state, &forbidden);
    for (need, flow) in drawing.flows(&simplex::solve(&drawing.network)) {
        if flow.amount >= board.lot(need, flow.offer) {
            state.serve(need, flow);
        }
    }
    true
}

/// The network of a board.
pub(super) fn network(board: &Board<'_>, state: &State) -> Network {
    Drawing::of(board, state, &BTreeSet::new()).network
}

/// The cheapest circulation of a network: the flow of each arc.
#[must_use]
pub fn solve(network: &Network) -> Vec<i64> {
    simplex::solve(network)
}
