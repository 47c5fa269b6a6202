//! The market: offers by place, so that a need looks at the nearest first and stops as soon as nothing further away could
//! cost less.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::matching::board::Board;
use crate::matching::geography::is_kept;
use crate::matching::live::Visits;
use crate::matching::rank::{KM_IF_UNKNOWN, Price};
use crate::matching::state::State;

/// Offers by place, and how far each need has looked at them.
pub(super) struct Market<'a> {
    /// Offer lines by place.
    stalls: Vec<Vec<u32>>,
    /// The stall at each place whose distances are kept.
    stall_at: Vec<Option<u32>>,
    /// The stalls at no place, or at one whose distances are not kept.
    elsewhere: Vec<u32>,
    /// No offer costs less than this beyond its distance.
    least_fit: u32,
    ways: Vec<Way<'a>>,
}

/// How far one need line has looked.
struct Way<'a> {
    found: BinaryHeap<Reverse<(Price, u32)>>,
    /// Places with kept distances, the nearest first.
    street: &'a [u32],
    /// Further stalls, by the least that an offer there costs.
    byways: Vec<(u32, u32)>,
    at: usize,
    begun: bool,
}

impl<'a> Market<'a> {
    /// The market of a board; nobody has looked at anything yet.
    pub(super) fn new(board: &Board<'a>) -> Self {
        let mut numbers: BTreeMap<Option<u32>, u32> = BTreeMap::new();
        let mut stalls: Vec<Vec<u32>> = Vec::new();
        for (offer, row) in (0..).zip(&board.offers) {
            let number = *numbers.entry(row.entry.spot).or_insert_with(|| {
                stalls.push(Vec::new());
                u32::try_from(stalls.len() - 1).expect("a view has fewer than 2^32 lines")
            });
            stalls[number as usize].push(offer);
        }
        let (mut stall_at, mut elsewhere) = (Vec::new(), Vec::new());
        for (spot, stall) in numbers {
            match spot.filter(|spot| is_kept(*spot)) {
                Some(spot) => {
                    stall_at.resize(spot as usize + 1, None);
                    stall_at[spot as usize] = Some(stall);
                }
                None => elsewhere.push(stall),
            }
        }
        let mut market = Self { stalls, stall_at, elsewhere, least_fit: board.least_fit(), ways: Vec::new() };
        market.ways = (0..).take(board.needs.len()).map(|need| market.way(board, need)).collect();
        market
    }

    /// The cheapest possible offer with something free, which stays the next one until that is gone.
    pub(super) fn next(
        &mut self,
        board: &Board<'_>,
        state: &State,
        need: u32,
        visits: &mut Visits,
    ) -> Option<(Price, u32)> {
        if !std::mem::replace(&mut self.ways[need as usize].begun, true) {
            self.look_at_home(board, state, need, visits);
        }
        loop {
            let next = self.stall(board, need, self.ways[need as usize].at);
            let way = &mut self.ways[need as usize];
            if let Some(Reverse((price, offer))) = way.found.peek().copied() {
                let left = state.free[offer as usize].min(state.lacks[need as usize]);
                if left == 0 || left < board.lot(need, offer) {
                    way.found.pop();
                    continue;
                }
                if next.is_none_or(|(_, least, _)| price.cost < least) {
                    return Some((price, offer));
                }
            }
            let (at, _, stall) = next?;
            way.at = at + 1;
            for offer in &self.stalls[stall as usize] {
                if state.free[*offer as usize] > 0 && !is_at_home(board, need, *offer) && visits.spend() {
                    way.found.extend(board.price(need, *offer).map(|price| Reverse((price, *offer))));
                }
            }
        }
    }

    /// The offer lines that could cost a need line less than this, the nearest first.
    pub(super) fn cheaper_than(&self, board: &Board<'_>, need: u32, cost: u32) -> impl Iterator<Item = u32> {
        let mut at = 0;
        let stalls = std::iter::from_fn(move || {
            let (found, least, stall) = self.stall(board, need, at)?;
            at = found + 1;
            (least < cost).then_some(stall)
        });
        stalls.flat_map(|stall| self.stalls[stall as usize].iter().copied())
    }

    /// The first stall at or after a position of a need line's way: where it is, the least that an offer there costs, which.
    fn stall(&self, board: &Board<'_>, need: u32, at: usize) -> Option<(usize, u32, u32)> {
        let way = &self.ways[need as usize];
        let rest = way.street.get(at..).unwrap_or_default();
        let open = (at..).zip(rest).find_map(|(at, place)| {
            let stall = (*self.stall_at.get(*place as usize)?)?;
            Some((at, self.least(board.distance_to(need, *place)), stall))
        });
        open.or_else(|| {
            let at = at.max(way.street.len());
            way.byways.get(at - way.street.len()).map(|(least, stall)| (at, *least, *stall))
        })
    }

    /// Where a need line begins. If some stalls are at places whose distances are not kept, all are sorted by hand.
    fn way(&self, board: &Board<'a>, need: u32) -> Way<'a> {
        let known = |stall: &u32| board.offers[self.stalls[*stall as usize][0] as usize].entry.spot.is_some();
        let street = board.nearest(need);
        let by_hand = street.is_empty() || self.elsewhere.iter().any(known);
        let all = 0..u32::try_from(self.stalls.len()).expect("a view has fewer than 2^32 lines");
        let byways: Vec<u32> = if by_hand { all.collect() } else { self.elsewhere.clone() };
        let least = |stall: u32| self.least(board.distance(need, self.stalls[stall as usize][0]));
        let mut byways: Vec<_> = byways.into_iter().map(|stall| (least(stall), stall)).collect();
        byways.sort_unstable();
        let street = if by_hand { &[] } else { street };
        Way { found: BinaryHeap::new(), street, byways, at: 0, begun: false }
    }

    fn least(&self, km: Option<u32>) -> u32 {
        km.unwrap_or(KM_IF_UNKNOWN) + self.least_fit
    }

    /// Stock of the need's own city at an unknown place is not far, whatever the list of places says.
    fn look_at_home(&mut self, board: &Board<'_>, state: &State, need: u32, visits: &mut Visits) {
        let city = board.needs[need as usize].entry.city();
        let begin = board.offers.partition_point(|row| row.entry.city() < city);
        let own = board.offers[begin..].iter().take_while(|row| row.entry.city() == city).count();
        for at in begin..begin + own {
            let offer = u32::try_from(at).expect("a view has fewer than 2^32 lines");
            if is_at_home(board, need, offer) && state.free[at] > 0 && visits.spend() {
                let price = board.price(need, offer).map(|price| Reverse((price, offer)));
                self.ways[need as usize].found.extend(price);
            }
        }
    }
}

fn is_at_home(board: &Board<'_>, need: u32, offer: u32) -> bool {
    board.distance(need, offer).is_none()
        && board.needs[need as usize].entry.city() == board.offers[offer as usize].entry.city()
}
