//! Dealing: in every tier each city gets its next step before any gets the one after it, and within a step the cheapest pair
//! goes first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::market::Market;
use crate::matching::live::mend::Mender;
use crate::matching::rank::Price;
use crate::matching::state::{Flow, State};

/// Which need line is served next, and from where: step, price, need, offer.
type Turn = (u32, Price, u32, u32);

/// Deals out everything, tier by tier.
pub(super) fn deal<'a>(board: &Board<'a>, market: &mut Market<'a>, state: &mut State, visits: &mut Visits) {
    let mut tiers: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for (need, row) in (0..).zip(&board.needs) {
        tiers.entry(row.entry.line.urgency.tier()).or_default().push(need);
    }
    let mut mender = Mender::new(board);
    for needs in tiers.into_values() {
        let mut table = Table { board, market, state, turns: BinaryHeap::new(), stuck: Vec::new() };
        needs.iter().for_each(|need| table.line_up(*need, visits));
        while let Some(Reverse((step, price, need, offer))) = table.turns.pop() {
            table.mend_before(step, &mut mender, visits);
            table.turn(step, price, need, offer, visits);
        }
        table.mend_before(u32::MAX, &mut mender, visits);
    }
}

/// One tier while it is dealt out.
struct Table<'t, 'a> {
    board: &'t Board<'a>,
    market: &'t mut Market<'a>,
    state: &'t mut State,
    turns: BinaryHeap<Reverse<Turn>>,
    /// Need lines that lack something and find nothing free.
    stuck: Vec<u32>,
}

impl Table<'_, '_> {
    /// Puts a need line in its place in the order, or aside if it finds nothing.
    fn line_up(&mut self, need: u32, visits: &mut Visits) {
        if self.state.lacks[need as usize] == 0 {
            return;
        }
        match self.market.next(self.board, self.state, need, visits) {
            Some((price, offer)) => {
                self.turns.push(Reverse((self.state.group(need).step(), price, need, offer)));
            }
            None => self.stuck.push(need),
        }
    }

    /// Serves a need line as far as its step goes, unless the offer is gone or the city has come further meanwhile.
    fn turn(&mut self, step: u32, price: Price, need: u32, offer: u32, visits: &mut Visits) {
        let group = self.state.group(need);
        if group.step() > step {
            self.turns.push(Reverse((group.step(), price, need, offer)));
            return;
        }
        let most = self.state.lacks[need as usize].min(self.state.free[offer as usize]);
        let lot = self.board.lot(need, offer);
        if most > 0 && most >= lot {
            // What goes in lots goes at once, so that no step leaves less than a lot behind.
            let amount = if lot > 1 { most } else { most.min(group.left()) };
            self.state.serve(need, Flow { offer, amount, cost: price.cost });
        }
        self.line_up(need, visits);
    }

    /// Reroutes for those who are stuck below a step, the city that has least first.
    fn mend_before(&mut self, step: u32, mender: &mut Mender, visits: &mut Visits) {
        loop {
            self.stuck.retain(|need| mender.may_mend(self.state, *need));
            let behind = |need: &&u32| self.state.group(**need).step() < step;
            let next = self.stuck.iter().filter(behind).min_by_key(|need| {
                (self.state.group(**need).step(), self.state.group(**need).reached, **need)
            });
            let Some(next) = next.copied() else { return };
            if !mender.mend(self.board, self.state, next, visits) && visits.is_spent() {
                return;
            }
        }
    }
}
