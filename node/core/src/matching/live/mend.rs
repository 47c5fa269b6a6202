//! Mending: a need line that finds nothing free may get what another one has, if that one can be served from elsewhere. The
//! way there is an alternating path: this need takes from an offer, whose taker takes from another offer, and so on until
//! one has something free. Nobody on the way loses anything.
//!
//! A search that fails has seen everything that could be reached from its need line. Nothing of that can ever reach free
//! stock again, so it is not looked at any more, and all failing searches together look at each pair about once. The path may
//! have any length, so what is served in the end is as much as any plan could serve, tier by tier and step by step. Only what goes
//! in lots of more than one stays where it is, because a part of a lot is no lot.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::possible::Possible;
use crate::matching::state::{Flow, State};

/// Finds paths on one board.
pub(super) struct Mender<'p> {
    possible: &'p mut Possible,
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

impl<'p> Mender<'p> {
    /// Nothing was searched for yet.
    pub(super) fn new(board: &Board<'_>, possible: &'p mut Possible) -> Self {
        let (needs, offers) = (board.needs.len(), board.offers.len());
        Self {
            possible,
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
    pub(super) fn mend(
        &mut self,
        board: &Board<'_>,
        state: &mut State,
        need: u32,
        visits: &mut Visits,
    ) -> bool {
        match self.find(board, state, need, visits) {
            Some(end) => {
                self.reroute(board, state, need, end);
                true
            }
            None => {
                self.bury(visits);
                self.dead_needs[need as usize] = true;
                false
            }
        }
    }

    /// The free offer line at the end of a shortest path from this need line.
    fn find(&mut self, board: &Board<'_>, state: &State, start: u32, visits: &mut Visits) -> Option<u32> {
        self.search += 1;
        self.needs[start as usize] = Seen { search: self.search, from: start };
        let mut free = self.alive.clone();
        state
            .free
            .iter()
            .enumerate()
            .filter(|(_, free)| **free <= 0)
            .for_each(|(offer, _)| free.set(offer, false));
        let mut unseen = self.alive.clone();
        unseen.difference_with(&free);
        let mut queue = VecDeque::from([start]);
        while let Some(need) = queue.pop_front() {
            if !visits.spend() {
                return None;
            }
            let open = self.possible.open(need, &free);
            if let Some(offer) = rows(&open).find(|offer| self.possible.is(board, need, *offer, visits)) {
                self.offers[offer as usize] = need;
                return Some(offer);
            }
            for offer in rows(&self.possible.open(need, &unseen)) {
                if self.possible.is(board, need, offer, visits) {
                    unseen.remove(offer as usize);
                    self.offers[offer as usize] = need;
                    self.queue_takers(board, state, offer, &mut queue);
                }
            }
            if visits.is_spent() {
                return None;
            }
        }
        // The search saw everything that it can reach, and nothing of that is free.
        self.alive = free;
        self.alive.union_with(&unseen);
        None
    }

    /// Those who have something of an offer line may be served from elsewhere.
    fn queue_takers(&mut self, board: &Board<'_>, state: &State, offer: u32, queue: &mut VecDeque<u32>) {
        for taker in &state.takers[offer as usize] {
            let known = &mut self.needs[taker.need as usize];
            if known.search != self.search && !board.is_rigid(taker.need, offer) {
                *known = Seen { search: self.search, from: offer };
                queue.push_back(taker.need);
            }
        }
    }

    /// After a search that failed: who was seen never reaches anything.
    fn bury(&mut self, visits: &Visits) {
        if !visits.is_spent() {
            for (dead, seen) in self.dead_needs.iter_mut().zip(&self.needs) {
                *dead |= seen.search == self.search;
            }
        }
    }

    /// Moves as much along the path that was found as everybody on it can.
    fn reroute(&self, board: &Board<'_>, state: &mut State, start: u32, end: u32) {
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

fn rows(set: &FixedBitSet) -> impl Iterator<Item = u32> {
    set.ones().map(|row| u32::try_from(row).expect("a view has fewer than 2^32 lines"))
}

fn every(offers: usize) -> FixedBitSet {
    let mut all = FixedBitSet::with_capacity(offers);
    all.insert_range(..);
    all
}
