//! Routes: how lanes lie to where goods are and must arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::place::Place;
use crate::matching::rule::transit;
use crate::matching::transport::{Lane, Leg};

/// A lane serves goods that lie at most this far from where it begins, and a need at most this far from where it ends, in
/// kilometres: what a truck drives to an airport and back in a day.
pub const LANE_KM_MAX: u32 = 150;

/// Goods that have at most this far to go need no lane, in kilometres: a city moves them by itself.
pub const CITY_KM_MAX: u32 = 30;

/// Which lanes begin and end near which place; places are few, legs are many.
pub(super) struct Routes<'a> {
    /// Lanes that begin near a place.
    begin: BTreeMap<&'a Place, BTreeSet<usize>>,
    /// Lanes that end near a place, by name.
    end: BTreeMap<&'a Place, BTreeSet<usize>>,
    /// Lanes that end anywhere.
    open: BTreeSet<usize>,
}

/// The way of a leg on a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// From the goods to where the lane begins; `None` if that is not known.
    pub(super) begin_km: Option<u32>,
    /// From where it ends to the need; `None` if that is not known.
    pub(super) end_km: Option<u32>,
    /// From the goods to the need.
    pub(super) travel: Duration,
}

impl<'a> Routes<'a> {
    /// Of lanes by their places in this list.
    pub(super) fn new(legs: &[&Leg<'a>], lanes: &[&Lane<'a>]) -> Self {
        let near = |place: &Place, of: fn(&Lane<'a>) -> Option<&'a Place>| {
            let is_near = |lane: &Lane<'a>| is_near(distance_km(Some(place), of(lane)));
            (0..lanes.len()).filter(|at| is_near(lanes[*at])).collect()
        };
        let begins: BTreeSet<&Place> = legs.iter().filter_map(|leg| leg.from).collect();
        let ends: BTreeSet<&Place> = legs.iter().filter_map(|leg| leg.to).collect();
        Self {
            begin: begins.into_iter().map(|place| (place, near(place, |lane| lane.from))).collect(),
            end: ends.into_iter().map(|p| (p, near(p, |lane| lane.line.deliver_to.as_ref()))).collect(),
            open: (0..lanes.len()).filter(|at| lanes[*at].line.deliver_to.is_none()).collect(),
        }
    }

    /// Lanes that begin near the goods and end near the need.
    pub(super) fn serving(&self, leg: &Leg<'_>) -> Vec<usize> {
        let ending = leg.to.and_then(|place| self.end.get(place));
        let ends = |at: &&usize| self.open.contains(at) || ending.is_some_and(|ending| ending.contains(at));
        let begin = leg.from.and_then(|place| self.begin.get(place));
        begin.into_iter().flatten().filter(ends).copied().collect()
    }

    /// Lanes that begin near the goods or end near the need.
    pub(super) fn touching(&self, leg: &Leg<'_>) -> BTreeSet<usize> {
        let begin = leg.from.and_then(|place| self.begin.get(place));
        let end = leg.to.and_then(|place| self.end.get(place));
        begin.into_iter().chain(end).flatten().copied().collect()
    }
}

impl Way {
    /// The way on a lane that ends at `end`, which is not always written on it.
    pub(super) fn new(leg: &Leg<'_>, lane: &Lane<'_>, end: Option<&Place>) -> Self {
        let begin_km = distance_km(leg.from, lane.from);
        let end_km = distance_km(end, leg.to);
        let kms = [begin_km, distance_km(lane.from, end), end_km];
        let km = kms.into_iter().flatten().fold(0_u32, u32::saturating_add);
        Self { begin_km, end_km, travel: transit(Some(km)) }
    }

    pub(super) fn begins_near(&self) -> bool {
        is_near(self.begin_km)
    }

    pub(super) fn ends_near(&self) -> bool {
        is_near(self.end_km)
    }

    /// To and from the lane, together; what is not known is not near and counts as nothing here.
    pub(super) fn detour_km(&self) -> u32 {
        self.begin_km.unwrap_or(0).saturating_add(self.end_km.unwrap_or(0))
    }
}

/// Whether a leg needs no lane, because it stays where it is.
pub(super) fn is_within_city(leg: &Leg<'_>) -> bool {
    let km = distance_km(leg.from, leg.to);
    leg.need_line.owner() == leg.offer_line.owner() || km.is_some_and(|km| km <= CITY_KM_MAX)
}

/// `None` where that is not known; then nobody can say that a lane serves.
fn distance_km(from: Option<&Place>, to: Option<&Place>) -> Option<u32> {
    from?.distance_km(to?)
}

fn is_near(km: Option<u32>) -> bool {
    km.is_some_and(|km| km <= LANE_KM_MAX)
}
