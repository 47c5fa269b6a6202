//! Nearby: for each need line the offer lines that would cost it least. This follows from the lines alone and not from what
//! is still free, so it is kept from one plan to the next, and a changed line changes few of these lists. What is kept equals
//! what would be made from nothing; `update` is the only way to make it.

use crate::matching::board::Board;
use crate::matching::live::possible::Possible;
use crate::matching::live::stalls::{Stalls, at_home, is_at_home};
use crate::matching::rank::Price;
use crate::matching::roll::Shifts;
use crate::matching::shift::Shift;

/// How many offer lines are listed for a need line: more of them take memory and make a first plan slower, with fewer more need
/// lines look beyond their lists in every plan.
const LISTED_MAX: usize = 40;

/// A family of more pairs than this looks at no more than [`LOOKS_MAX`] of them for each need line, and keeps nothing: 4,096
/// × 4,096 lines, a third of a second if none of them were possible. Whoever puts more lines than that next to a need hides
/// from it what lies further away.
const PAIRS_MAX: usize = 1 << 24;

/// See [`PAIRS_MAX`].
const LOOKS_MAX: usize = 256;

/// What is kept of a family, and the lines that it follows from.
#[derive(Debug, Default)]
pub(in crate::matching) struct Nearby {
    /// Which lines of the family these were.
    needs: Vec<u32>,
    offers: Vec<u32>,
    lists: Vec<Vec<Near>>,
    /// Which pairs are possible: for mending.
    pub(super) possible: Possible,
}

/// An offer line that may serve a need line, at this cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) cost: u32,
    pub(super) offer: u32,
}

impl Nearby {
    /// Brings the lists in line with a board, whose family changed like this since the last time.
    pub(super) fn update(&mut self, board: &Board<'_>, shifts: &Shifts, stalls: &Stalls) {
        let pairs = board.needs.len().checked_mul(board.offers.len());
        if pairs.is_none_or(|pairs| pairs > PAIRS_MAX) {
            let list = |need| list(board, stalls, need, LOOKS_MAX);
            *self = Self { lists: (0..).take(board.needs.len()).map(list).collect(), ..Self::default() };
            return;
        }
        let needs: Vec<_> = board.needs.iter().map(|row| row.at).collect();
        let offers: Vec<_> = board.offers.iter().map(|row| row.at).collect();
        let need_shift = shifts.needs.of_choice(&self.needs, &needs);
        let offer_shift = shifts.offers.of_choice(&self.offers, &offers);
        self.possible.update(board, &need_shift, &offer_shift);
        let mut lists = vec![None; needs.len()];
        for (list, moved) in self.lists.drain(..).zip(&need_shift.moved) {
            if let Some(to) = moved {
                lists[*to as usize] = offer_shift.apply(board, *to, list);
            }
        }
        let list = |(need, kept): (u32, Option<Vec<Near>>)| {
            kept.unwrap_or_else(|| list(board, stalls, need, usize::MAX))
        };
        self.lists = (0..).zip(lists).map(list).collect();
        (self.needs, self.offers) = (needs, offers);
    }

    /// Whether there is no other possible offer line than those listed.
    pub(super) fn is_whole(&self, need: u32) -> bool {
        // Lists that are not kept may have been cut short.
        self.is_kept() && self.lists[need as usize].len() < LISTED_MAX
    }

    /// Whether lists and possible pairs are kept.
    pub(super) fn is_kept(&self) -> bool {
        !self.needs.is_empty()
    }

    /// Lets go what the next time cannot use.
    pub(super) fn let_go(&mut self) {
        if !self.is_kept() {
            *self = Self::default();
        }
    }

    /// The offer lines that would cost a need line least, the cheapest first.
    pub(super) fn of(&self, need: u32) -> &[Near] {
        &self.lists[need as usize]
    }
}

impl Near {
    /// What the pair costs.
    pub(super) fn price(self, board: &Board<'_>, need: u32) -> Price {
        Price { cost: self.cost, tie: board.tie(need, self.offer) }
    }

    fn key(self, board: &Board<'_>, need: u32) -> (Price, u32) {
        (self.price(board, need), self.offer)
    }
}

impl Shift {
    /// A list after a change of the offer lines; `None` if it must be made anew, because it lost one and others that it did not
    /// hold may come before its end now.
    fn apply(&self, board: &Board<'_>, need: u32, mut list: Vec<Near>) -> Option<Vec<Near>> {
        let before = list.len();
        // Nothing that is not listed costs less than the last one that is.
        let fence = list.last().filter(|_| before == LISTED_MAX).map(|last| last.cost);
        list.retain_mut(|near| {
            let moved = self.moved[near.offer as usize];
            near.offer = moved.unwrap_or_default();
            moved.is_some()
        });
        let has_lost = list.len() < before;
        for offer in &self.fresh {
            if let Some(price) = board.price(need, *offer) {
                let at = list.partition_point(|near| near.key(board, need) < (price, *offer));
                if at < LISTED_MAX {
                    list.insert(at, Near { cost: price.cost, offer: *offer });
                    list.truncate(LISTED_MAX);
                }
            }
        }
        let Some(fence) = fence.filter(|_| has_lost) else { return Some(list) };
        let is_sure = |last: &&Near| last.cost < fence || !self.fresh.contains(&last.offer);
        list.get(LISTED_MAX - 1).filter(is_sure)?;
        Some(list)
    }
}

/// The list of one need line, from nothing; it looks at no more than so many pairs.
fn list(board: &Board<'_>, stalls: &Stalls, need: u32, looks_max: usize) -> Vec<Near> {
    let mut looks = 0;
    let mut found: Vec<(Price, u32)> = Vec::with_capacity(2 * LISTED_MAX);
    let mut look = |found: &mut Vec<(Price, u32)>, offer: u32| {
        looks += 1;
        found.extend(board.price(need, offer).map(|price| (price, offer)));
        looks < looks_max
    };
    let mut goes_on = at_home(board, need).all(|offer| look(&mut found, offer));
    let (mut at, mut least) = (0, u32::MAX);
    while let Some(stop) = stalls.stop(board, need, at).filter(|_| goes_on) {
        least = stop.least;
        let enough = || found.iter().filter(|(price, _)| price.cost < least).count() >= LISTED_MAX;
        if found.len() >= LISTED_MAX && enough() {
            break;
        }
        let mut offers = stop.offers.iter().filter(|offer| !is_at_home(board, need, **offer));
        goes_on = offers.all(|offer| look(&mut found, *offer));
        if goes_on {
            (at, least) = (stop.at + 1, u32::MAX);
        }
    }
    found.sort_unstable();
    let sure = found.into_iter().take_while(|(price, _)| price.cost < least);
    sure.take(LISTED_MAX).map(|(price, offer)| Near { cost: price.cost, offer }).collect()
}
