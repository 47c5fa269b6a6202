//! Mending: a need line that finds nothing free may get what another one has, if that one can be served from elsewhere. The
//! way there is an alternating path: this need takes from an offer, whose taker takes from another offer, and so on until
//! one has something free. Nobody on the way loses anything.
//!
//! A search that fails has seen everything that could be reached from its need line. Nothing of that can ever reach free
//! stock again, so it is not looked at any more, and all failing searches together look at each pair about once. The path may
//! have any length, so what is served in the end is as much as any plan could serve, tier by tier and step by step. Only what goes
//! in lots of more than one stays where it is, because a part of a lot is no lot.
//!
//! Nearly every path that is found leads over one other need line, so these are looked for first. While a board is dealt out
//! nothing becomes free, so who finds nothing free never will. If none of an offer line's takers finds anything it is passed
//! over from then on: it has nothing free itself, or the search would have ended there, and so it gets other takers only by
//! rerouting, which gives it to those who find nothing.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

use crate::matching::board::Board;
use crate::matching::live::pass::{Pass, every};
use crate::matching::state::{Flow, State};

/// Finds paths on one board.
pub(super) struct Mender {
    /// Offer lines of which some taker may find something free.
    promising: FixedBitSet,
    /// Offer lines from which free stock may still be reached.
    alive: FixedBitSet,
    dead_needs: Vec<bool>,
    /// From which need line the last search that saw an offer line came to it.
    offers: Vec<u32>,
    /// Which search has seen a need line last, and from which offer line it came.
    needs: Vec<Seen>,
    search: u32,
}

/// When a need line was seen, and from which offer line.
#[derive(Clone, Copy, Default)]
struct Seen {
    search: u32,
    from: u32,
}

impl Mender {
    /// Nothing was searched for yet.
    pub(super) fn new(board: &Board<'_>) -> Self {
        let (needs, offers) = (board.needs.len(), board.offers.len());
        Self {
            promising: every(offers),
            alive: every(offers),
            dead_needs: vec![false; needs],
            offers: vec![0; offers],
            needs: vec![Seen::default(); needs],
            search: 0,
        }
    }

    /// Whether a search for this need line may still find something.
    pub(super) fn may_mend(&self, state: &State, need: u32) -> bool {
        state.lacks[need as usize] > 0 && !self.dead_needs[need as usize]
    }

    /// Serves a need line by rerouting, at most to the end of its city's step. Tells whether it got anything.
    pub(super) fn mend(&mut self, pass: &mut Pass<'_, '_>, need: u32) -> bool {
        let end = self.find(pass, need);
        match end {
            Some(end) => self.reroute(pass, need, end),
            None => self.bury(pass, need),
        }
        end.is_some()
    }

    /// The free offer line at the end of a shortest path from this need line.
    fn find(&mut self, pass: &mut Pass<'_, '_>, start: u32) -> Option<u32> {
        self.search += 1;
        self.needs[start as usize] = Seen { search: self.search, from: start };
        if let Some(offer) = movable_free(pass, start) {
            self.offers[offer as usize] = start;
            return Some(offer);
        }
        let (mut queue, mut unseen) = (VecDeque::from([start]), None);
        while let Some(need) = queue.pop_front() {
            let end = self.free_for_takers(pass, need);
            if end.is_some() || pass.visits.is_spent() {
                return end;
            }
            let unseen = unseen.get_or_insert_with(|| self.alive.clone());
            self.queue_takers(pass, need, unseen, &mut queue);
        }
        // The search saw everything that it can reach, and nothing of that is free.
        self.alive.clone_from(&unseen?);
        None
    }

    /// The free offer line at the end of a path that leads from this need line over one other.
    fn free_for_takers(&mut self, pass: &mut Pass<'_, '_>, need: u32) -> Option<u32> {
        let mut begin = 0;
        while let Some(offer) = pass.next_movable(need, &self.promising, begin) {
            begin = offer + 1;
            for at in 0..pass.state.takers[offer as usize].len() {
                let taker = pass.state.takers[offer as usize][at].need;
                if pass.board.is_rigid(taker, offer) {
                    continue;
                }
                if !pass.visits.spend() {
                    return None;
                }
                if let Some(end) = movable_free(pass, taker) {
                    self.offers[offer as usize] = need;
                    self.needs[taker as usize] = Seen { search: self.search, from: offer };
                    self.offers[end as usize] = taker;
                    return Some(end);
                }
            }
            self.promising.remove(offer as usize);
        }
        None
    }

    /// The search goes on with those who have something that this need line could get.
    fn queue_takers(
        &mut self,
        pass: &mut Pass<'_, '_>,
        need: u32,
        unseen: &mut FixedBitSet,
        queue: &mut VecDeque<u32>,
    ) {
        let mut begin = 0;
        while let Some(offer) = pass.next_movable(need, unseen, begin) {
            begin = offer + 1;
            unseen.remove(offer as usize);
            self.offers[offer as usize] = need;
            for taker in &pass.state.takers[offer as usize] {
                let seen = &mut self.needs[taker.need as usize];
                let is_new = seen.search != self.search && !pass.board.is_rigid(taker.need, offer);
                if is_new && pass.visits.spend() {
                    *seen = Seen { search: self.search, from: offer };
                    queue.push_back(taker.need);
                }
            }
        }
    }

    /// After a search that failed: who was seen never reaches anything.
    fn bury(&mut self, pass: &Pass<'_, '_>, need: u32) {
        self.dead_needs[need as usize] = true;
        if !pass.visits.is_spent() {
            for (dead, seen) in self.dead_needs.iter_mut().zip(&self.needs) {
                *dead |= seen.search == self.search;
            }
        }
    }

    /// Moves as much along the path that was found as everybody on it can.
    fn reroute(&self, pass: &mut Pass<'_, '_>, start: u32, end: u32) {
        let (board, state) = (pass.board, &mut *pass.state);
        let mut path = Vec::new();
        let mut offer = end;
        loop {
            let need = self.offers[offer as usize];
            path.push((need, offer));
            if need == start {
                break;
            }
            offer = self.needs[need as usize].from;
        }
        let given = |state: &State, (need, _): (u32, u32)| {
            state.flow(need, self.needs[need as usize].from).map_or(0, |flow| flow.amount)
        };
        let on_the_way = path.iter().filter(|(need, _)| *need != start).map(|step| given(state, *step)).min();
        let wanted = state.lacks[start as usize].min(state.group(start).left());
        let amount = wanted.min(state.free[end as usize]).min(on_the_way.unwrap_or(i64::MAX));
        for (need, offer) in path {
            let cost = board.price(need, offer).map_or(u32::MAX, |price| price.cost);
            let flow = Flow { offer, amount, cost };
            if need == start {
                let group = &mut state.groups[state.group_of[need as usize] as usize];
                group.reached = group.reached.saturating_add(amount);
                state.lacks[need as usize] -= amount;
            } else {
                state.subtract(need, self.needs[need as usize].from, amount);
            }
            state.add(need, flow);
        }
        state.free[end as usize] -= amount;
    }
}

/// The first offer line with something free that a need line could get in part.
fn movable_free(pass: &mut Pass<'_, '_>, need: u32) -> Option<u32> {
    let mut offer = pass.first_free(need)?;
    while pass.board.is_rigid(need, offer) {
        offer = pass.next_free(need, offer + 1)?;
    }
    Some(offer)
}
