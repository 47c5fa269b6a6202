//! Possible: which offer lines the rules allow a need line, as far as somebody asked. This follows from the lines alone, so it is
//! kept from one plan to the next, and lines that came, went or changed are asked about anew.

use fixedbitset::FixedBitSet;

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::rank::Price;
use crate::matching::shift::Shift;

/// So many lines are in one word of a set.
const BLOCK: usize = usize::BITS as usize;

/// What is known of which pairs are possible.
#[derive(Debug, Default)]
pub(super) struct Possible {
    /// What is known of each need line. Without any where nothing is kept.
    rows: Vec<Row>,
}

/// Offer lines of which is known that a need line could get them, or that it could not.
#[derive(Debug, Clone, Default)]
struct Row {
    possible: FixedBitSet,
    impossible: FixedBitSet,
}

impl Possible {
    /// Brings what is known in line with a board.
    pub(super) fn update(&mut self, board: &Board<'_>, needs: &Shift, offers: &Shift) {
        let mut rows = vec![Row::default(); board.needs.len()];
        for (row, to) in self.rows.drain(..).zip(&needs.moved) {
            if let Some(to) = to {
                rows[*to as usize] = Row {
                    possible: offers.apply_to_set(row.possible, board.offers.len()),
                    impossible: offers.apply_to_set(row.impossible, board.offers.len()),
                };
            }
        }
        self.rows = rows;
    }

    /// The first of these offer lines from a row on of which it is not known that this need line cannot get it.
    pub(super) fn next_open(&self, need: u32, offers: &FixedBitSet, begin: u32) -> Option<u32> {
        let impossible = self.rows.get(need as usize).map_or(&[][..], |row| row.impossible.as_slice());
        let (first, bit) = (begin as usize / BLOCK, begin as usize % BLOCK);
        let blocks = offers.as_slice().iter().enumerate().skip(first);
        let mut open =
            blocks.map(|(at, block)| (at, block & !impossible.get(at).copied().unwrap_or_default()));
        let begun = open.next().map(|(at, block)| (at, block >> bit << bit));
        let (at, block) = begun.into_iter().chain(open).find(|(_, block)| *block != 0)?;
        u32::try_from(at * BLOCK + block.trailing_zeros() as usize).ok()
    }

    /// What this pair costs, if it is possible. The rules are not asked again about a pair that is not.
    pub(super) fn price(&mut self, board: &Board<'_>, need: u32, offer: u32) -> Option<Price> {
        match self.rows.get_mut(need as usize) {
            Some(row) if row.impossible.contains(offer as usize) => None,
            Some(row) => {
                let price = board.price(need, offer);
                row.learn(offer, price.is_some());
                price
            }
            None => board.price(need, offer),
        }
    }

    /// Whether this need line could get this offer line. The rules are asked once; where nothing is kept they are asked each
    /// time, and that costs a visit.
    pub(super) fn is(&mut self, board: &Board<'_>, need: u32, offer: u32, visits: &mut Visits) -> bool {
        match self.rows.get_mut(need as usize) {
            Some(row) => row.has(board, need, offer),
            None => visits.spend() && board.price(need, offer).is_some(),
        }
    }
}

impl Row {
    fn has(&mut self, board: &Board<'_>, need: u32, offer: u32) -> bool {
        let at = offer as usize;
        if !self.possible.contains(at) && !self.impossible.contains(at) {
            self.learn(offer, board.price(need, offer).is_some());
        }
        self.possible.contains(at)
    }

    fn learn(&mut self, offer: u32, is_possible: bool) {
        let known = if is_possible { &mut self.possible } else { &mut self.impossible };
        known.grow_and_insert(offer as usize);
    }
}

impl Shift {
    /// A set of lines after this change: those in it that stayed, of so many that there are now.
    fn apply_to_set(&self, mut set: FixedBitSet, count: usize) -> FixedBitSet {
        if set.len() > count || !self.is_in_place {
            let before = std::mem::replace(&mut set, FixedBitSet::with_capacity(count));
            before.ones().filter_map(|at| self.moved[at]).for_each(|to| set.insert(to as usize));
        }
        for at in self.fresh.iter().map(|at| *at as usize) {
            if at < set.len() {
                set.remove(at);
            }
        }
        set
    }
}
