//! Geography: the places of a view by number, and how far they are from each other. A distance is computed once and kept,
//! because thousands of lines share a few hundred places.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::place::{Area, PLACE_CHARS_MAX, Place, Point};
use crate::domain::text::Words;
use crate::matching::rank::KM_IF_UNKNOWN;

/// Distances are kept between so many places: a few times the cities of a large federation, and 24 MiB. Further places are
/// computed each time.
const PLACES_KEPT_MAX: usize = 2_048;

/// A place by what distance depends on: point, area and name.
#[derive(Debug, Clone)]
struct Spot(Arc<Place>);

/// Places by number, in the order in which they were first seen. No result may depend on that order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Geography {
    numbers: BTreeMap<Spot, u32>,
    spots: Vec<Spot>,
}

/// Kept distances. They follow from the geography that they are used with, which may only grow meanwhile.
#[derive(Debug, Default)]
pub(super) struct Distances {
    rows: Vec<Row>,
}

/// From one place.
#[derive(Debug, Default)]
struct Row {
    /// Kilometres by number; [`UNKNOWN`] if they are not known.
    km: Vec<u16>,
    /// All numbers, the nearest first, those at an unknown distance as if it were [`KM_IF_UNKNOWN`].
    nearest: Vec<u32>,
}

/// The ways from one place, as far as they are kept.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ways<'a> {
    /// How long they are.
    pub(super) kept: Kept<'a>,
    /// The kept places by their distance, the nearest first.
    pub(super) nearest: &'a [u32],
}

/// The kept distances from one place, by number of the other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept<'a>(&'a [u16]);

/// In place of a distance that is not known.
const UNKNOWN: u16 = u16::MAX;

/// Whether distances to this place are kept.
pub(super) fn is_kept(place: u32) -> bool {
    (place as usize) < PLACES_KEPT_MAX
}

impl Geography {
    /// The number of a place. The place becomes the one that is kept already, if they are the same to the last alias.
    pub(super) fn number(&mut self, place: &mut Arc<Place>) -> u32 {
        let spot = Spot(Arc::clone(place));
        if let Some(number) = self.numbers.get(&spot) {
            let Spot(kept) = &self.spots[*number as usize];
            if kept == place {
                *place = Arc::clone(kept);
            }
            return *number;
        }
        let number = u32::try_from(self.spots.len()).expect("a view has fewer than 2^32 places");
        self.spots.push(spot.clone());
        self.numbers.insert(spot, number);
        number
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.spots.len()
    }

    /// Between two places: of their points, or nothing between places of one name in one area.
    pub(super) fn km(&self, from: u32, to: u32) -> Option<u32> {
        let (Spot(from), Spot(to)) = (&self.spots[from as usize], &self.spots[to as usize]);
        from.distance_km(to)
    }
}

impl Spot {
    fn key(&self) -> (Option<Point>, Area, &Words<PLACE_CHARS_MAX>) {
        (self.0.point, self.0.area, &self.0.name)
    }
}

impl PartialEq for Spot {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Spot {}

impl PartialOrd for Spot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Spot {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Distances {
    /// Makes sure that everything from this place is kept, as far as distances are kept.
    pub(super) fn keep(&mut self, geography: &Geography, from: u32) {
        let (from, count) = (from as usize, geography.spots.len().min(PLACES_KEPT_MAX));
        if from >= PLACES_KEPT_MAX {
            return;
        }
        if self.rows.len() <= from {
            self.rows.resize_with(from + 1, Row::default);
        }
        let row = &mut self.rows[from];
        if row.km.len() == count {
            return;
        }
        let numbers = 0..u32::try_from(count).expect("at most the places kept");
        row.km = numbers.clone().map(|to| geography.km(from as u32, to).map_or(UNKNOWN, short)).collect();
        row.nearest = numbers.collect();
        // Numbers follow the order of arrival, so they decide nothing.
        let spot = |place: &u32| &geography.spots[*place as usize];
        let km = |place: &u32| known(row.km[*place as usize]).unwrap_or(KM_IF_UNKNOWN);
        row.nearest.sort_by(|one, other| km(one).cmp(&km(other)).then_with(|| spot(one).cmp(spot(other))));
    }

    /// The ways from a place; nothing is known of them if they are not kept.
    pub(super) fn from(&self, place: u32) -> Ways<'_> {
        let row = self.rows.get(place as usize);
        row.map(|row| Ways { kept: Kept(&row.km), nearest: &row.nearest }).unwrap_or_default()
    }
}

impl Ways<'_> {
    /// How far it is from the place of these ways to another; kept or computed.
    pub(super) fn km(&self, geography: &Geography, from: u32, to: u32) -> Option<u32> {
        self.kept.0.get(to as usize).map_or_else(|| geography.km(from, to), |km| known(*km))
    }
}

impl Kept<'_> {
    /// How far it is to a place, if that is kept and known.
    pub(super) fn km(self, to: u32) -> Option<u32> {
        self.0.get(to as usize).and_then(|km| known(*km))
    }
}

/// A distance as it is kept: half way round the Earth is 20,015 km.
fn short(km: u32) -> u16 {
    u16::try_from(km).expect("no distance is longer than half way round the Earth")
}

fn known(km: u16) -> Option<u32> {
    (km != UNKNOWN).then(|| u32::from(km))
}
