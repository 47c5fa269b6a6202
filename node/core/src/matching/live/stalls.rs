//! Stalls: offers by place, and for each need the order in which it passes them, so that it looks at the nearest first and
//! stops as soon as nothing further away could cost less.

use std::collections::BTreeMap;

use crate::matching::board::Board;
use crate::matching::geography::is_kept;
use crate::matching::rank::KM_IF_UNKNOWN;

/// Offers by place, and the way of each need line past them.
pub(super) struct Stalls {
    /// Offer lines by place.
    stalls: Vec<Vec<u32>>,
    /// The stall at each place whose distances are kept.
    stall_at: Vec<Option<u32>>,
    /// The place of each stall, if its distances are kept.
    places: Vec<Option<u32>>,
    /// Every stall.
    all: Vec<u32>,
    /// The stalls at places whose distances are not kept: each of them may be next door, so they are passed first.
    unsorted: Vec<u32>,
    /// The stall of what lies at no known place.
    nowhere: Option<u32>,
    /// No offer costs less than this beyond its distance.
    least_fit: u32,
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

impl Stalls {
    /// The stalls of a board.
    pub(super) fn new(board: &Board<'_>) -> Self {
        let mut numbers: BTreeMap<Option<u32>, u32> = BTreeMap::new();
        let mut stalls: Vec<Vec<u32>> = Vec::new();
        for (offer, row) in (0..).zip(&board.offers) {
            let number = *numbers.entry(row.facts.spot).or_insert_with(|| {
                stalls.push(Vec::new());
                u32::try_from(stalls.len() - 1).expect("a view has fewer than 2^32 lines")
            });
            stalls[number as usize].push(offer);
        }
        let (mut stall_at, mut unsorted) = (Vec::new(), Vec::new());
        let mut places = vec![None; stalls.len()];
        let nowhere = numbers.remove(&None);
        for (spot, stall) in numbers {
            match spot.filter(|spot| is_kept(*spot)) {
                Some(spot) => {
                    places[stall as usize] = Some(spot);
                    stall_at.resize(spot as usize + 1, None);
                    stall_at[spot as usize] = Some(stall);
                }
                None => unsorted.push(stall),
            }
        }
        let all = (0..).take(stalls.len()).collect();
        Self { stalls, stall_at, places, all, unsorted, nowhere, least_fit: board.least_fit() }
    }

    /// The first stall at or after a position of a need line's way: first what may be anywhere, then the nearest places, last
    /// what lies nowhere. A need without kept distances passes everything.
    pub(super) fn stop(&self, board: &Board<'_>, need: u32, at: usize) -> Option<Stop<'_>> {
        let stop = |at, least, stall: u32| Stop { at, least, stall, offers: &self.stalls[stall as usize] };
        let street = board.nearest(need);
        if street.is_empty() {
            let least = if board.has_place(need) { self.least_fit } else { self.least(None) };
            return self.all.get(at).map(|stall| stop(at, least, *stall));
        }
        if let Some(stall) = self.unsorted.get(at) {
            return Some(stop(at, self.least_fit, *stall));
        }
        let begun = at - self.unsorted.len();
        let rest = street.get(begun..).unwrap_or_default();
        let open = (begun..).zip(rest).find_map(|(along, place)| {
            let stall = (*self.stall_at.get(*place as usize)?)?;
            let least = self.least(board.distance_to(need, *place));
            // What comes after the street is at an unknown distance, which is not the longest.
            let after = self.nowhere.map_or(least, |_| self.least(None));
            Some(stop(self.unsorted.len() + along, least.min(after), stall))
        });
        open.or_else(|| {
            let nowhere = self.nowhere.filter(|_| begun <= street.len())?;
            Some(stop(self.unsorted.len() + street.len(), self.least(None), nowhere))
        })
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

    fn least(&self, km: Option<u32>) -> u32 {
        km.unwrap_or(KM_IF_UNKNOWN) + self.least_fit
    }
}

/// Stock of the need's own city that its way would lead to late or never: at an unknown place, or where the distances from the
/// need are not kept. It is not far, whatever the order of places says.
pub(super) fn at_home<'b>(board: &'b Board<'_>, need: u32) -> impl Iterator<Item = u32> + 'b {
    let city = board.needs[need as usize].facts.city;
    let begin = match has_home(board, need) {
        true => {
            let name = board.roll.city(city);
            board.offers.partition_point(|row| board.roll.city(row.facts.city) < name)
        }
        false => board.offers.len(),
    };
    let own = board.offers[begin..].iter().take_while(move |row| row.facts.city == city);
    let rows = (begin..).zip(own).map(|(at, _)| u32::try_from(at).expect("a view has fewer than 2^32 lines"));
    rows.filter(move |offer| is_at_home(board, need, *offer))
}

/// Whether this is such stock.
pub(super) fn is_at_home(board: &Board<'_>, need: u32, offer: u32) -> bool {
    has_home(board, need)
        && board.needs[need as usize].facts.city == board.offers[offer as usize].facts.city
        && (board.nearest(need).is_empty() || board.distance(need, offer).is_none())
}

/// Whether there may be such stock.
fn has_home(board: &Board<'_>, need: u32) -> bool {
    board.may_be_unknown(need) || board.nearest(need).is_empty()
}
