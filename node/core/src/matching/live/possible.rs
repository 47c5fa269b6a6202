//! Possible: which offer lines the rules allow a need line, as far as mending asked. This follows from the lines alone, so it is
//! kept from one plan to the next, and lines that came, went or changed are asked about anew.

use fixedbitset::FixedBitSet;

use crate::matching::board::Board;
use crate::matching::live::Visits;
use crate::matching::live::nearby::Change;

/// What is known of which pairs are possible.
#[derive(Debug, Clone, Default)]
pub(super) struct Possible {
    /// What is known of each need line. Without any where nothing is kept.
    rows: Vec<Row>,
}

/// Offer lines of which is known that a need line could get them and that they may be moved in part, or that not.
#[derive(Debug, Clone, Default)]
struct Row {
    possible: FixedBitSet,
    impossible: FixedBitSet,
}

impl Possible {
    /// Brings what is known in line with a board.
    pub(super) fn update(&mut self, board: &Board<'_>, needs: &Change, offers: &Change) {
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

    /// Those of these offer lines of which it is not known that this need line cannot get them.
    pub(super) fn open(&self, need: u32, offers: &FixedBitSet) -> FixedBitSet {
        let mut open = offers.clone();
        if let Some(row) = self.rows.get(need as usize) {
            open.difference_with(&row.impossible);
        }
        open
    }

    /// Whether this need line could get this offer line, which may be moved in part. The rules are asked once; where nothing is
    /// kept they are asked each time, and that costs a visit.
    pub(super) fn is(&mut self, board: &Board<'_>, need: u32, offer: u32, visits: &mut Visits) -> bool {
        match self.rows.get_mut(need as usize) {
            Some(row) => row.has(board, need, offer),
            None => visits.spend() && is_possible(board, need, offer),
        }
    }
}

impl Row {
    fn has(&mut self, board: &Board<'_>, need: u32, offer: u32) -> bool {
        let at = offer as usize;
        if !self.possible.contains(at) && !self.impossible.contains(at) {
            let known =
                if is_possible(board, need, offer) { &mut self.possible } else { &mut self.impossible };
            known.grow_and_insert(at);
        }
        self.possible.contains(at)
    }
}

impl Change {
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

/// Whether this pair is possible and may be moved in part.
fn is_possible(board: &Board<'_>, need: u32, offer: u32) -> bool {
    !board.is_rigid(need, offer) && board.price(need, offer).is_some()
}
