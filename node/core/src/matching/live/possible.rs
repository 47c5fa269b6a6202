//! Possible: which pairs of a board the rules allow, as far as mending asked. This follows from the lines alone, so it is kept
//! from one plan to the next while the rows stay the same; what a plan may look at is counted in every plan anew, so that
//! one that keeps something and one from nothing end at the same bound.

use crate::matching::board::Board;
use crate::matching::live::Visits;

/// How many pairs a word is about.
const BITS: usize = u64::BITS as usize;

/// Which pairs are possible, as far as it was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Possible {
    /// How many need lines and offer lines there are.
    needs: usize,
    offers: usize,
    /// Whether it is known.
    known: Pairs,
    /// Whether it is possible, where that is known.
    possible: Pairs,
    /// Whether this plan looked at it.
    seen: Pairs,
}

/// A bit for each pair, row by row; without any where nothing is kept.
#[derive(Debug, Clone, Default)]
struct Pairs(Vec<u64>);

impl Possible {
    /// Nothing is known yet of the pairs of so many rows.
    pub(super) fn new(needs: usize, offers: usize) -> Self {
        let nothing = || Pairs(vec![0; (needs * offers).div_ceil(BITS)]);
        Self { needs, offers, known: nothing(), possible: nothing(), seen: nothing() }
    }

    /// Whether this is about as many rows as a board has.
    pub(super) fn fits(&self, board: &Board<'_>) -> bool {
        (self.needs, self.offers) == (board.needs.len(), board.offers.len())
    }

    /// For the next plan, in which these rows are others than before.
    pub(super) fn begin_again(&mut self, needs: &[u32], offers: &[u32]) {
        self.seen.0.fill(0);
        for need in needs {
            let first = *need as usize * self.offers;
            (first..first + self.offers).for_each(|pair| self.known.set(pair, false));
        }
        for offer in offers {
            let column = (0..self.needs).map(|need| need * self.offers + *offer as usize);
            column.for_each(|pair| self.known.set(pair, false));
        }
    }

    /// Whether this pair is possible and may be moved in part.
    pub(super) fn is(&mut self, board: &Board<'_>, need: u32, offer: u32, visits: &mut Visits) -> bool {
        let pair = need as usize * self.offers + offer as usize;
        if !self.seen.has(pair) {
            if !visits.spend() {
                return false;
            }
            self.seen.set(pair, true);
        }
        if self.known.has(pair) {
            return self.possible.has(pair);
        }
        let is_possible = !board.is_rigid(need, offer) && board.price(need, offer).is_some();
        self.known.set(pair, true);
        self.possible.set(pair, is_possible);
        is_possible
    }
}

impl Pairs {
    fn has(&self, pair: usize) -> bool {
        self.0.get(pair / BITS).is_some_and(|word| word >> (pair % BITS) & 1 != 0)
    }

    fn set(&mut self, pair: usize, value: bool) {
        if let Some(word) = self.0.get_mut(pair / BITS) {
            *word = *word & !(1 << (pair % BITS)) | u64::from(value) << (pair % BITS);
        }
    }
}
