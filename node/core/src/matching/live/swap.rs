//! Swapping: two need lines exchange what they get, or one changes to free stock, where that makes the ways shorter. Who
//! gets how much stays as it is.

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::nearby::Nearby;
use crate::matching::state::{Flow, State, Taker};

/// A change is worth it from so many kilometres: who has a suggestion before them would rather keep it.
const GAIN_MIN: i64 = 100;

/// How many of the offer lines that would cost a need line least are looked at: more of them make a plan slower, fewer make the
/// ways in it longer.
const LOOKED_AT_MAX: usize = 20;

/// A change that makes ways shorter.
struct Swap {
    /// Instead of what the flow comes from now.
    offer: u32,
    cost: u32,
    /// Who gives way and takes the flow's offer at this cost; nobody if there is free stock.
    other: Option<(u32, u32)>,
}

/// Shortens the ways: goes once through everything that is given, because a second time finds little.
pub(super) fn shorten(board: &Board<'_>, nearby: &Nearby, state: &mut State, visits: &mut Visits) {
    for need in (0..).take(board.needs.len()) {
        let mut at = 0;
        while let Some(flow) = state.gets[need as usize].get(at).copied() {
            match best(board, nearby, state, (need, flow), visits) {
                Some(swap) => apply(state, need, flow, &swap),
                None => at += 1,
            }
        }
    }
}

/// The change of this flow that gains most, among the offers on the need line's list.
fn best(
    board: &Board<'_>,
    nearby: &Nearby,
    state: &State,
    (need, flow): (u32, Flow),
    visits: &mut Visits,
) -> Option<Swap> {
    if board.is_rigid(need, flow.offer) {
        return None;
    }
    let mut best: Option<Swap> = None;
    let mut beaten = GAIN_MIN - 1;
    let reach = board.reach(flow.offer);
    for near in nearby.of(need).iter().take(LOOKED_AT_MAX).take_while(|near| near.cost < flow.cost) {
        let saved = i64::from(flow.cost) - i64::from(near.cost);
        if near.offer == flow.offer || board.is_rigid(need, near.offer) {
            continue;
        }
        if state.free[near.offer as usize] > 0 {
            if saved > beaten {
                beaten = saved;
                best = Some(Swap { offer: near.offer, cost: near.cost, other: None });
            }
            continue;
        }
        for taker in &state.takers[near.offer as usize] {
            // Beyond this cost the other side loses too much.
            let most = saved + i64::from(taker.cost) - beaten;
            let is_no_gain = most <= 0 || reach.costs_at_least(most, taker.need);
            if is_no_gain || taker.need == need || !visits.spend() {
                continue;
            }
            let Some(their_cost) = exchange(board, *taker, near.offer, flow.offer) else { continue };
            let gain = saved + i64::from(taker.cost) - i64::from(their_cost);
            if gain > beaten {
                beaten = gain;
                let other = Some((taker.need, their_cost));
                best = Some(Swap { offer: near.offer, cost: near.cost, other });
            }
        }
    }
    best
}

/// What it costs if a taker takes `to` instead of `from`; `None` if that is not possible in part.
fn exchange(board: &Board<'_>, taker: Taker, from: u32, to: u32) -> Option<u32> {
    if board.is_rigid(taker.need, from) || board.is_rigid(taker.need, to) {
        return None;
    }
    board.price(taker.need, to).map(|price| price.cost)
}

fn apply(state: &mut State, need: u32, flow: Flow, swap: &Swap) {
    let free = state.free[swap.offer as usize];
    let theirs = swap.other.and_then(|(other, _)| state.flow(other, swap.offer));
    let amount = flow.amount.min(theirs.map_or(free, |theirs| theirs.amount));
    state.subtract(need, flow.offer, amount);
    state.add(need, Flow { offer: swap.offer, amount, cost: swap.cost });
    match swap.other {
        Some((other, cost)) => {
            state.subtract(other, swap.offer, amount);
            state.add(other, Flow { offer: flow.offer, amount, cost });
        }
        None => {
            state.free[swap.offer as usize] -= amount;
            state.free[flow.offer as usize] += amount;
        }
    }
}
