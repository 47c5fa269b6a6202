//! Stalls: offers by place, and for each need the order in which it passes them, so that it looks at the nearest first and
//! stops as soon as nothing further away could cost less.

use std::collections::BTreeMap;

use crate::matching::board::Board;
use crate::matching::geography::is_kept;
use crate::matching::rank::KM_IF_UNKNOWN;

/// Offers by place, and the way of each need line past them.
pub(super) struct Stalls<'a> {
    /// Offer lines by place.
    stalls: Vec<Vec<u32>>,
    /// The stall at each place whose distances are kept.
    stall_at: Vec<Option<u32>>,
    /// The place of each stall, if its distances are kept.
    places: Vec<Option<u32>>,
    /// The stalls at no place, or at one whose distances are not kept.
    elsewhere: Vec<u32>,
    /// No offer costs less than this beyond its distance.
    least_fit: u32,
    ways: Vec<Way<'a>>,
}

/// Where one need line passes.
struct Way<'a> {
    /// Places with kept distances, the nearest first.
    street: &'a [u32],
    /// Further stalls, by the least that an offer there costs.
    byways: Vec<(u32, u32)>,
}

/// A stall on a need line's way.
pub(super) struct Stop<'s> {
    /// How far along the way.
    pub(super) at: usize,
    /// No offer here or further on costs less.
    pub(super) least: u32,
    /// Which stall.
    pub(super) stall: u32,
    /// The offer lines here.
    pub(super) offers: &'s [u32],
}

impl<'a> Stalls<'a> {
    /// The stalls of a board.
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
        let mut places = vec![None; stalls.len()];
        for (spot, stall) in numbers {
            match spot.filter(|spot| is_kept(*spot)) {
                Some(spot) => {
                    places[stall as usize] = Some(spot);
                    stall_at.resize(spot as usize + 1, None);
                    stall_at[spot as usize] = Some(stall);
                }
                None => elsewhere.push(stall),
            }
        }
        let least_fit = board.least_fit();
        let mut all = Self { stalls, stall_at, places, elsewhere, least_fit, ways: Vec::new() };
        all.ways = (0..).take(board.needs.len()).map(|need| all.way(board, need)).collect();
        all
    }

    /// The first stall at or after a position of a need line's way.
    pub(super) fn stop(&self, board: &Board<'_>, need: u32, at: usize) -> Option<Stop<'_>> {
        let way = &self.ways[need as usize];
        let rest = way.street.get(at..).unwrap_or_default();
        let open = (at..).zip(rest).find_map(|(at, place)| {
            let stall = (*self.stall_at.get(*place as usize)?)?;
            let least = self.least(board.distance_to(need, *place));
            // What comes after the street is at an unknown distance, which is not the longest.
            let after = if way.byways.is_empty() { least } else { self.least(None) };
            Some((at, least.min(after), stall))
        });
        let (at, least, stall) = open.or_else(|| {
            let at = at.max(way.street.len());
            way.byways.get(at - way.street.len()).map(|(least, stall)| (at, *least, *stall))
        })?;
        Some(Stop { at, least, stall, offers: &self.stalls[stall as usize] })
    }

    /// Leaves out what is not there any more; an empty stall is passed by.
    pub(super) fn clear_away(&mut self, stall: u32, is_there: impl Fn(u32) -> bool) {
        let offers = &mut self.stalls[stall as usize];
        offers.retain(|offer| is_there(*offer));
        if offers.is_empty()
            && let Some(place) = self.places[stall as usize]
        {
            self.stall_at[place as usize] = None;
        }
    }

    /// Where a need line passes. If some stalls are at places whose distances are not kept, all are sorted by hand.
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
        Way { street, byways }
    }

    fn least(&self, km: Option<u32>) -> u32 {
        km.unwrap_or(KM_IF_UNKNOWN) + self.least_fit
    }
}

/// Stock of the need's own city at an unknown place: it is not far, whatever the order of places says.
pub(super) fn at_home<'b>(board: &'b Board<'_>, need: u32) -> impl Iterator<Item = u32> + 'b {
    let city = board.needs[need as usize].entry.city();
    let begin = match board.may_be_unknown(need) {
        true => board.offers.partition_point(|row| row.entry.city() < city),
        false => board.offers.len(),
    };
    let own = board.offers[begin..].iter().take_while(move |row| row.entry.city() == city);
    let rows = (begin..).zip(own).map(|(at, _)| u32::try_from(at).expect("a view has fewer than 2^32 lines"));
    rows.filter(move |offer| is_at_home(board, need, *offer))
}

/// Whether this is stock of the need's own city at an unknown place.
pub(super) fn is_at_home(board: &Board<'_>, need: u32, offer: u32) -> bool {
    board.may_be_unknown(need)
        && board.distance(need, offer).is_none()
        && board.needs[need as usize].entry.city() == board.offers[offer as usize].entry.city()
}
