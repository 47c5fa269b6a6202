//! Swapping: two need lines exchange what they get, or one changes to free stock, where that makes the ways shorter. Who
//! gets how much stays as it is.

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::nearby::Nearby;
use crate::matching::state::{Flow, State, Taker};

/// How often all flows are gone through at most: the first two rounds find nearly everything.
const ROUNDS_MAX: usize = 2;

/// How many offer lines are looked at for one flow, the nearest first.
const LOOKS_MAX: usize = 16;

/// A change is worth it from so many kilometres: who has a suggestion before them would rather keep it.
const GAIN_MIN: i64 = 20;

/// A change that makes ways shorter.
struct Swap {
    /// Instead of what the flow comes from now.
    offer: u32,
    cost: u32,
    /// Who gives way and takes the flow's offer at this cost; nobody if there is free stock.
    other: Option<(u32, u32)>,
}

/// What changed when, counted in changes made, so that nothing is looked at again that stands as it stood.
struct Ledger {
    changes: u32,
    /// The last change of each offer line's takers or free stock.
    offers: Vec<u32>,
    /// The last change of what each need line gets.
    needs: Vec<u32>,
    /// How many changes had been made when each need line was looked at last; 0 if it never was.
    looked: Vec<u32>,
}

/// Shortens the ways until nothing is found any more.
pub(super) fn shorten(board: &Board<'_>, nearby: &Nearby, state: &mut State, visits: &mut Visits) {
    let mut ledger = Ledger::new(board);
    for _ in 0..ROUNDS_MAX {
        let before = ledger.changes;
        for need in (0..).take(board.needs.len()) {
            let looked = ledger.look(need);
            let mut at = 0;
            while let Some(flow) = state.gets[need as usize].get(at).copied() {
                let since = if ledger.needs[need as usize] > looked { 0 } else { looked };
                let is_news = |offer: u32| ledger.offers[offer as usize] > since;
                match best(board, nearby, state, (need, flow), is_news, visits) {
                    Some(swap) => {
                        apply(state, need, flow, &swap);
                        ledger.note(need, flow, &swap);
                    }
                    None => at += 1,
                }
            }
        }
        if ledger.changes == before || visits.is_spent() {
            return;
        }
    }
}

impl Ledger {
    fn new(board: &Board<'_>) -> Self {
        let (needs, offers) = (board.needs.len(), board.offers.len());
        Self { changes: 1, offers: vec![1; offers], needs: vec![0; needs], looked: vec![0; needs] }
    }

    /// A need line is looked at; tells when it was last.
    fn look(&mut self, need: u32) -> u32 {
        std::mem::replace(&mut self.looked[need as usize], self.changes)
    }

    fn note(&mut self, need: u32, flow: Flow, swap: &Swap) {
        self.changes += 1;
        for offer in [flow.offer, swap.offer] {
            self.offers[offer as usize] = self.changes;
        }
        for need in [Some(need), swap.other.map(|(other, _)| other)].into_iter().flatten() {
            self.needs[need as usize] = self.changes;
        }
    }
}

/// The change of this flow that gains most, among the offers of which there is news.
fn best(
    board: &Board<'_>,
    nearby: &Nearby,
    state: &State,
    (need, flow): (u32, Flow),
    is_news: impl Fn(u32) -> bool,
    visits: &mut Visits,
) -> Option<Swap> {
    if board.is_rigid(need, flow.offer) {
        return None;
    }
    let mut best: Option<Swap> = None;
    let mut beaten = GAIN_MIN - 1;
    for near in nearby.of(need).iter().take(LOOKS_MAX).take_while(|near| near.cost < flow.cost) {
        let saved = i64::from(flow.cost) - i64::from(near.cost);
        if !is_news(near.offer) || near.offer == flow.offer || board.is_rigid(need, near.offer) {
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
            let is_no_gain = most <= 0 || board.costs_at_least(most, taker.need, flow.offer);
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
