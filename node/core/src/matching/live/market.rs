//! The market: how far each need has come in looking for offers, first on its list of what is nearby, then from stall to
//! stall.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::matching::board::Board;
use crate::matching::live::LOOKS_MAX;
use crate::matching::live::nearby::Nearby;
use crate::matching::live::pass::Pass;
use crate::matching::live::stalls::{Stalls, at_home, is_at_home};
use crate::matching::rank::Price;

/// How far each need has looked at the offers.
pub(super) struct Market<'m> {
    stalls: Stalls,
    nearby: &'m Nearby,
    looks: Vec<Look>,
    /// How many pairs each need line may look at beyond its list.
    share: usize,
}

/// How far one need line has looked.
#[derive(Default)]
struct Look {
    /// On its list.
    listed: usize,
    /// Beyond its list.
    found: BinaryHeap<Reverse<(Price, u32)>>,
    at: usize,
    begun: bool,
    /// How many pairs it has looked at there.
    spent: usize,
}

impl<'m> Market<'m> {
    /// The market of a board; nobody has looked at anything yet.
    pub(super) fn new(board: &Board<'_>, stalls: Stalls, nearby: &'m Nearby) -> Self {
        let looks: Vec<_> = board.needs.iter().map(|_| Look::default()).collect();
        Self { stalls, nearby, share: LOOKS_MAX / looks.len().max(1), looks }
    }

    /// The cheapest possible offer with something free, which stays the next one until that is gone.
    pub(super) fn next(&mut self, pass: &mut Pass<'_, '_>, need: u32) -> Option<(Price, u32)> {
        let look = &mut self.looks[need as usize];
        let list = self.nearby.of(need);
        while let Some(near) = list.get(look.listed) {
            if is_left(pass, need, near.offer) {
                return Some((near.price(pass.board, need), near.offer));
            }
            look.listed += 1;
        }
        // Where it is known what is possible, who finds nothing learns it at once.
        if self.nearby.is_whole(need) || self.nearby.is_kept() && pass.first_free(need).is_none() {
            return None;
        }
        self.next_beyond(pass, need)
    }

    /// The same beyond the list.
    fn next_beyond(&mut self, pass: &mut Pass<'_, '_>, need: u32) -> Option<(Price, u32)> {
        let board = pass.board;
        let look = &mut self.looks[need as usize];
        let listed = self.nearby.of(need).last().map(|near| (near.price(board, need), near.offer));
        let share = self.share;
        let look_at = |pass: &mut Pass<'_, '_>, look: &mut Look, offer: u32| {
            if pass.is_free(offer) && look.spent < share {
                look.spent += 1;
                let price = pass.price(need, offer).map(|price| (price, offer));
                if let Some(one) = price.filter(|one| listed.is_none_or(|last| *one > last)) {
                    look.found.push(Reverse(one));
                }
            }
        };
        if !std::mem::replace(&mut look.begun, true) {
            at_home(board, need).for_each(|offer| look_at(pass, look, offer));
        }
        loop {
            let may_look = look.spent < share;
            pass.visits.cut_short |= !may_look;
            let stop = self.stalls.stop(board, need, look.at).filter(|_| may_look);
            if let Some(Reverse((price, offer))) = look.found.peek().copied() {
                if !is_left(pass, need, offer) {
                    look.found.pop();
                    continue;
                }
                if stop.as_ref().is_none_or(|stop| price.cost < stop.least) {
                    return Some((price, offer));
                }
            }
            let stop = stop?;
            look.at = stop.at + 1;
            for offer in stop.offers.iter().filter(|offer| !is_at_home(board, need, **offer)) {
                look_at(pass, look, *offer);
            }
            let stall = stop.stall;
            // While offers are given out nothing becomes free again, so what is gone need not be passed any more.
            self.stalls.clear_away(stall, |offer| pass.is_free(offer));
        }
    }
}

/// Whether something is left of an offer line that this need line could get.
fn is_left(pass: &Pass<'_, '_>, need: u32, offer: u32) -> bool {
    let left = pass.state.free[offer as usize].min(pass.state.lacks[need as usize]);
    left > 0 && left >= pass.board.lot(need, offer)
}
