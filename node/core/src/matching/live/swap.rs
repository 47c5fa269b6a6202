//! Swapping: two need lines exchange what they get, or one changes to free stock, where that makes the ways shorter. Who
//! gets how much stays as it is.

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::market::Market;
use crate::matching::state::{Flow, State};

/// How often all flows are gone through at most: the first two rounds find nearly everything.
const ROUNDS_MAX: usize = 2;

/// How many offer lines are looked at for one flow, the nearest first. What nobody can use does not count, or it would change
/// what others get.
const LOOKS_MAX: usize = 16;

/// A change is worth it from so many kilometres: who has a suggestion before them would rather keep it.
const GAIN_MIN: i64 = 20;

/// A change that makes ways shorter.
struct Swap {
    gain: u32,
    /// Instead of what the flow comes from now.
    offer: u32,
    cost: u32,
    /// Who gives way and takes the flow's offer at this cost; nobody if there is free stock.
    other: Option<(u32, u32)>,
}

/// Shortens the ways until nothing is found any more.
pub(super) fn shorten(board: &Board<'_>, market: &Market<'_>, state: &mut State, visits: &mut Visits) {
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        for need in (0..).take(board.needs.len()) {
            let mut at = 0;
            while let Some(flow) = state.gets[need as usize].get(at).copied() {
                match best(board, market, state, need, flow, visits) {
                    Some(swap) => {
                        apply(state, need, flow, &swap);
                        changed = true;
                    }
                    None => at += 1,
                }
            }
        }
        if !changed || visits.is_spent() {
            return;
        }
    }
}

/// The change of this flow that gains most.
fn best(
    board: &Board<'_>,
    market: &Market<'_>,
    state: &State,
    need: u32,
    flow: Flow,
    visits: &mut Visits,
) -> Option<Swap> {
    if board.is_rigid(need, flow.offer) {
        return None;
    }
    let mut best: Option<Swap> = None;
    let mut looks = LOOKS_MAX;
    for offer in market.cheaper_than(board, need, flow.cost) {
        if looks == 0 {
            break;
        }
        looks -= usize::from(!state.takers[offer as usize].is_empty());
        let beaten = best.as_ref().map_or(GAIN_MIN - 1, |best: &Swap| i64::from(best.gain));
        let saved = i64::from(flow.cost) - i64::from(board.least(need, offer));
        if offer == flow.offer || visits.is_spent() {
            continue;
        }
        if state.free[offer as usize] > 0 {
            if saved > beaten && visits.spend() && !board.is_rigid(need, offer) {
                let price = board.price(need, offer);
                looks -= usize::from(price.is_some() && state.takers[offer as usize].is_empty());
                let price = price.filter(|price| price.cost < flow.cost);
                let gain = price.map(|price| (flow.cost - price.cost, price.cost));
                if let Some((gain, cost)) = gain.filter(|(gain, _)| i64::from(*gain) > beaten) {
                    best = Some(Swap { gain, offer, cost, other: None });
                }
            }
            continue;
        }
        for taker in &state.takers[offer as usize] {
            let beaten = best.as_ref().map_or(GAIN_MIN - 1, |best| i64::from(best.gain));
            let Some(theirs) = state.flow(*taker, offer).filter(|_| *taker != need) else { continue };
            let released = i64::from(theirs.cost) - i64::from(board.least(*taker, flow.offer));
            if saved + released <= beaten || !visits.spend() {
                continue;
            }
            let both = exchange(board, need, offer, *taker, flow.offer);
            let Some((cost, their_cost)) = both else { continue };
            let gain =
                i64::from(flow.cost) + i64::from(theirs.cost) - i64::from(cost) - i64::from(their_cost);
            if gain > beaten {
                let gain = u32::try_from(gain).unwrap_or(u32::MAX);
                best = Some(Swap { gain, offer, cost, other: Some((*taker, their_cost)) });
            }
        }
    }
    best
}

/// What it costs if `need` takes `offer` and `taker` takes `from`; `None` if one of the two is not possible in part.
fn exchange(board: &Board<'_>, need: u32, offer: u32, taker: u32, from: u32) -> Option<(u32, u32)> {
    if board.is_rigid(need, offer) || board.is_rigid(taker, from) || board.is_rigid(taker, offer) {
        return None;
    }
    Some((board.price(need, offer)?.cost, board.price(taker, from)?.cost))
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
