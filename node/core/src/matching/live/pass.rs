//! A pass: one dealing out of a board, with what everybody in it must know: what is given so far, which pairs are known to
//! be possible, and what is still free.

use fixedbitset::FixedBitSet;

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::possible::Possible;
use crate::matching::rank::Price;
use crate::matching::state::State;

/// One dealing out of a board. While it lasts nothing that was given becomes free again.
pub(super) struct Pass<'p, 'a> {
    pub(super) board: &'p Board<'a>,
    pub(super) state: &'p mut State,
    pub(super) possible: &'p mut Possible,
    pub(super) visits: &'p mut Visits,
    /// Offer lines that have something free, and some that had.
    free: FixedBitSet,
    /// The row before which a need line finds nothing free.
    begins: Vec<u32>,
}

impl<'p, 'a> Pass<'p, 'a> {
    /// Nothing of the board is dealt out yet.
    pub(super) fn new(
        board: &'p Board<'a>,
        state: &'p mut State,
        possible: &'p mut Possible,
        visits: &'p mut Visits,
    ) -> Self {
        let free = every(board.offers.len());
        Self { board, state, possible, visits, free, begins: vec![0; board.needs.len()] }
    }

    /// Whether an offer line has something free.
    pub(super) fn is_free(&self, offer: u32) -> bool {
        self.state.free[offer as usize] > 0
    }

    /// What a pair costs, if it is possible.
    pub(super) fn price(&mut self, need: u32, offer: u32) -> Option<Price> {
        self.possible.price(self.board, need, offer)
    }

    /// The first offer line with something free that a need line could get.
    pub(super) fn first_free(&mut self, need: u32) -> Option<u32> {
        let first = self.next_free(need, self.begins[need as usize]);
        self.begins[need as usize] = first.unwrap_or(u32::MAX);
        first
    }

    /// The same from a row on.
    pub(super) fn next_free(&mut self, need: u32, mut begin: u32) -> Option<u32> {
        loop {
            let offer = self.possible.next_open(need, &self.free, begin)?;
            if !self.is_free(offer) {
                self.free.remove(offer as usize);
            } else if self.possible.is(self.board, need, offer, self.visits) {
                return Some(offer);
            }
            begin = offer + 1;
        }
    }

    /// The first of these offer lines from a row on that a need line could get in part.
    pub(super) fn next_movable(&mut self, need: u32, offers: &FixedBitSet, mut begin: u32) -> Option<u32> {
        loop {
            let offer = self.possible.next_open(need, offers, begin)?;
            let is_movable = !self.board.is_rigid(need, offer);
            if is_movable && self.possible.is(self.board, need, offer, self.visits) {
                return Some(offer);
            }
            begin = offer + 1;
        }
    }
}

/// All of so many lines.
pub(super) fn every(lines: usize) -> FixedBitSet {
    let mut all = FixedBitSet::with_capacity(lines);
    all.insert_range(..);
    all
}
