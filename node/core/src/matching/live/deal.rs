//! Dealing: in every tier each city gets its next step before any gets the one after it, and within a step the cheapest pair
//! goes first.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::market::Market;
use crate::matching::live::mend::Mender;
use crate::matching::rank::Price;
use crate::matching::state::{Flow, State};

/// Which need line is served next, and from where. The first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// The step, and below it the cost: one number, because turns are compared more often than anything else.
    rank: u64,
    tie: u64,
    need: u32,
    offer: u32,
}

/// How far the city of a need line has come: step, what it has, need. A city never falls back, so what is noted of it is
/// at most what is true.
type Standing = (u32, i64, u32);

/// Deals out everything, tier by tier.
pub(super) fn deal<'a>(board: &Board<'a>, market: &mut Market<'_>, state: &mut State, visits: &mut Visits) {
    let mut tiers: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for (need, row) in (0..).zip(&board.needs) {
        tiers.entry(row.entry.line.urgency.tier()).or_default().push(need);
    }
    let mut mender = Mender::new(board);
    for needs in tiers.into_values() {
        let mut table = Table { board, market, state, turns: BinaryHeap::new(), stuck: BinaryHeap::new() };
        for need in needs {
            let turn = table.line_up(need, visits);
            table.turns.extend(turn.map(Reverse));
        }
        while let Some(Reverse(turn)) = table.turns.peek().copied() {
            table.mend_before(turn.step(), &mut mender, visits);
            let next = table.turn(turn, visits);
            if let Some(mut top) = table.turns.peek_mut() {
                match next {
                    Some(next) => *top = Reverse(next),
                    None => drop(PeekMut::pop(top)),
                }
            }
        }
        table.mend_before(u32::MAX, &mut mender, visits);
    }
}

impl Turn {
    fn new(step: u32, price: Price, need: u32, offer: u32) -> Self {
        let rank = u64::from(step) << u32::BITS | u64::from(price.cost);
        Self { rank, tie: price.tie, need, offer }
    }

    fn step(self) -> u32 {
        (self.rank >> u32::BITS) as u32
    }

    fn price(self) -> Price {
        Price { cost: self.rank as u32, tie: self.tie }
    }
}

/// One tier while it is dealt out.
struct Table<'t, 'm, 'a> {
    board: &'t Board<'a>,
    market: &'t mut Market<'m>,
    state: &'t mut State,
    turns: BinaryHeap<Reverse<Turn>>,
    /// Need lines that lack something and find nothing free.
    stuck: BinaryHeap<Reverse<Standing>>,
}

impl Table<'_, '_, '_> {
    /// The next turn of a need line; if it finds nothing it is put aside.
    fn line_up(&mut self, need: u32, visits: &mut Visits) -> Option<Turn> {
        if self.state.lacks[need as usize] == 0 {
            return None;
        }
        match self.market.next(self.board, self.state, need, visits) {
            Some((price, offer)) => Some(Turn::new(self.state.group(need).step(), price, need, offer)),
            None => {
                self.stuck.push(Reverse(self.standing(need)));
                None
            }
        }
    }

    /// Serves a need line as far as its step goes, unless the offer is gone or the city has come further meanwhile. Gives its
    /// next turn.
    fn turn(&mut self, turn: Turn, visits: &mut Visits) -> Option<Turn> {
        let (price, need, offer) = (turn.price(), turn.need, turn.offer);
        let group = self.state.group(need);
        if group.step() > turn.step() {
            return Some(Turn::new(group.step(), price, need, offer));
        }
        let most = self.state.lacks[need as usize].min(self.state.free[offer as usize]);
        let lot = self.board.lot(need, offer);
        if most > 0 && most >= lot {
            // What goes in lots goes at once, so that no step leaves less than a lot behind.
            let amount = if lot > 1 { most } else { most.min(group.left()) };
            self.state.serve(need, Flow { offer, amount, cost: price.cost });
        }
        self.line_up(need, visits)
    }

    /// Reroutes for those who are stuck below a step, the city that has least first.
    fn mend_before(&mut self, step: u32, mender: &mut Mender, visits: &mut Visits) {
        while let Some(Reverse(noted)) = self.stuck.peek().copied().filter(|Reverse(noted)| noted.0 < step) {
            self.stuck.pop();
            let (_, _, need) = noted;
            if !mender.may_mend(self.state, need) {
                continue;
            }
            if self.standing(need) == noted {
                let mended = mender.mend(self.board, self.state, need, visits);
                if !mended && visits.is_spent() {
                    return;
                }
            }
            self.stuck.push(Reverse(self.standing(need)));
        }
    }

    fn standing(&self, need: u32) -> Standing {
        let group = self.state.group(need);
        (group.step(), group.reached, need)
    }
}
