//! Routes: how lanes lie to where goods are and must arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::place::Place;
use crate::matching::rule::transit;
use crate::matching::transport::berth::Stock;
use crate::matching::transport::{Lane, Leg};

/// A lane serves goods that lie at most this far from where it begins, and a need at most this far from where it ends, in
/// kilometres: what a truck drives to an airport and back in a day.
pub const LANE_KM_MAX: u32 = 150;

/// Goods that have at most this far to go need no lane, in kilometres: a city moves them by itself.
pub const CITY_KM_MAX: u32 = 30;

/// Which lanes begin and end near which place; places are few, legs are many. A place is measured when it is first asked about.
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
    pub(super) fn new(lanes: &[&Lane<'a>]) -> Self {
        let open = (0..lanes.len()).filter(|at| lanes[*at].line.deliver_to.is_none()).collect();
        Self { begin: BTreeMap::new(), end: BTreeMap::new(), open }
    }

    /// How many places of a leg are still to be held against every lane.
    pub(super) fn unmeasured(&self, leg: &Leg<'_>) -> usize {
        let from = leg.from.is_some_and(|place| !self.begin.contains_key(place));
        let to = leg.to.is_some_and(|place| !self.end.contains_key(place));
        usize::from(from) + usize::from(to)
    }

    /// Measures the places of a leg.
    pub(super) fn measure(&mut self, leg: &Leg<'a>, stocks: &[Stock<'a>]) {
        let near = |place: &Place, of: fn(&Lane<'a>) -> Option<&'a Place>| {
            let is_near = |at: &usize| is_near(distance_km(Some(place), of(stocks[*at].lane)));
            (0..stocks.len()).filter(is_near).collect()
        };
        if let Some(from) = leg.from {
            self.begin.entry(from).or_insert_with(|| near(from, |lane| lane.from));
        }
        if let Some(to) = leg.to {
            self.end.entry(to).or_insert_with(|| near(to, |lane| lane.line.deliver_to.as_ref()));
        }
    }

    /// Lanes that begin near the goods of a measured leg, each with whether it ends near the need.
    pub(super) fn beginning(&self, leg: &Leg<'_>) -> impl Iterator<Item = (usize, bool)> {
        let ending = leg.to.and_then(|place| self.end.get(place));
        let ends = move |at| self.open.contains(&at) || ending.is_some_and(|ending| ending.contains(&at));
        let begin = leg.from.and_then(|place| self.begin.get(place));
        begin.into_iter().flatten().map(move |at| (*at, ends(*at)))
    }

    /// Lanes that begin near the goods of a measured leg or end near the need.
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
