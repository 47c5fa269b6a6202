//! The live planner: near-optimal in milliseconds. `stalls` puts the offers in the order in which a need passes them, `nearby`
//! keeps the best for each and `possible` which pairs the rules allow. In a `pass` over a board, `market` finds the next offer
//! that is still free, `deal` gives them out tier by tier and step by step, and `mend` reroutes what others got so that nothing
//! that could be served stays unserved. At last `swap` shortens the ways once. Every order in it is total, so that every node
//! does the same.

use std::collections::BTreeMap;

use crate::matching::board::Board;
use crate::matching::roll::Shifts;
use crate::matching::state::{Flow, State};

mod deal;
mod market;
mod mend;
mod nearby;
mod pass;
mod possible;
mod stalls;
mod swap;

pub(super) use nearby::Nearby;

use market::Market;
use pass::Pass;
use stalls::Stalls;

/// The most pairs that all need lines of a family together look at beyond their lists in one pass: more than 2,000 × 2,000
/// lines need, and about a second. Each need line may look at an equal share of them, so that those who fit nothing leave the
/// others theirs.
const LOOKS_MAX: usize = 1 << 22;

/// The most that a family looks at in one pass to reroute and to exchange what is given: need lines on the way of a rerouting, with
/// their pairs where it is not kept which of them are possible, and pairs of an exchange. Those that lack something in the most
/// urgent tier go first.
const VISITS_MAX: usize = 1 << 22;

/// What is left of [`VISITS_MAX`], and whether a bound was reached. A family beyond a bound is planned in part.
pub(super) struct Visits {
    left: usize,
    cut_short: bool,
}

impl Visits {
    /// All of them.
    pub(super) fn all() -> Self {
        Self { left: VISITS_MAX, cut_short: false }
    }

    /// One more is looked at, if there is one left.
    fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.cut_short |= self.left == 0;
        self.left > 0
    }

    /// Whether none is left.
    fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Whether a bound was reached.
    pub(super) fn cut_short(&self) -> bool {
        self.cut_short
    }
}

/// Deals out a board from its present state. Of a family that is not too large, what is nearby is kept for the next time; `shifts`
/// says what became of the family since the last time.
pub(super) fn plan(
    board: &Board<'_>,
    state: &mut State,
    nearby: &mut Nearby,
    shifts: &Shifts,
    visits: &mut Visits,
) {
    let stalls = Stalls::new(board);
    nearby.update(board, shifts, &stalls);
    let mut possible = std::mem::take(&mut nearby.possible);
    let mut pass = Pass::new(board, state, &mut possible, visits);
    deal::deal(&mut pass, &mut Market::new(board, stalls, nearby));
    nearby.possible = possible;
    swap::shorten(board, nearby, state, visits);
    nearby.let_go();
}

/// Gives each need all that its cheapest offer has free: the more urgent first, then the first of every city before the
/// second of any, and among these by their seeds, so that nobody is first for its name.
pub(super) fn plan_open_ended(board: &Board<'_>, state: &mut State, shifts: &Shifts, visits: &mut Visits) {
    let (stalls, mut nearby) = (Stalls::new(board), Nearby::default());
    nearby.update(board, shifts, &stalls);
    let mut possible = std::mem::take(&mut nearby.possible);
    let mut market = Market::new(board, stalls, &nearby);
    let mut pass = Pass::new(board, state, &mut possible, visits);
    for need in in_turns(board) {
        if let Some((price, offer)) = market.next(&mut pass, need) {
            let amount = pass.state.free[offer as usize];
            pass.state.serve(need, Flow { offer, amount, cost: price.cost });
        }
    }
}

/// The needs of a board: tier by tier, in each the first of every city before the second of any.
fn in_turns(board: &Board<'_>) -> Vec<u32> {
    let mut turns: BTreeMap<(u32, u8), u32> = BTreeMap::new();
    let needs = (0..).zip(&board.needs).map(|(need, row)| {
        let tier = row.facts.figures.tier;
        let turn = turns.entry((row.facts.city, tier)).or_default();
        *turn += 1;
        (tier, *turn, row.facts.seed, need)
    });
    let mut needs: Vec<_> = needs.collect();
    needs.sort_unstable();
    needs.into_iter().map(|(.., need)| need).collect()
}
