//! Berths: what a line still carries. A line makes journeys, each with its end, its dates and the units that it takes;
//! legs ride on a journey together. All sums are wide enough for the largest amounts, so nothing wraps or saturates.

use std::ops::Range;

use crate::domain::id::LineId;
use crate::domain::need::Urgency;
use crate::domain::place::Place;
use crate::domain::quantity::{Amount, Unit};
use crate::domain::time::Instant;
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::rule::day;
use crate::matching::transport::route::Way;
use crate::matching::transport::rule::Offered;
use crate::matching::transport::{Carried, Lane, Leg};

/// The whole of a leg, in ten-thousandths.
pub(super) const SHARE_WHOLE_E4: u32 = 10_000;

/// The most journeys that one line makes in one plan: every leg looks at all of them, and nobody follows up more.
pub(super) const JOURNEYS_MAX: usize = 64;

/// A line with what legs have taken of it.
pub(super) struct Stock<'a> {
    pub(super) lane: &'a Lane<'a>,
    /// Units that no journey takes.
    free: i64,
    journeys: Vec<Journey<'a>>,
}

/// Legs that travel together.
struct Journey<'a> {
    end: Option<&'a Place>,
    units: i64,
    aboard: Load,
    /// When all that is aboard can leave.
    leaves: Instant,
    /// When it must leave for all that is aboard to be in time.
    leaves_last: Instant,
    /// The need line and tier of the leg that began it.
    first: (LineId, Urgency),
}

/// Weight in grams and volume in millilitres. Wide, because it is multiplied with amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Load {
    weight: i128,
    volume: i128,
}

/// Room for a leg on a journey of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Berth {
    /// The journey by its place; `None` for a new one.
    pub(super) journey: Option<usize>,
    /// How much of the leg there is room for, 1 to [`SHARE_WHOLE_E4`].
    pub(super) share_e4: u32,
    way: Way,
    leaves: Instant,
    leaves_last: Instant,
}

impl Berth {
    pub(super) fn detour_km(&self) -> u32 {
        self.way.detour_km()
    }
}

impl<'a> Stock<'a> {
    /// Nothing is taken yet.
    pub(super) fn new(lane: &'a Lane<'a>) -> Self {
        Self { lane, free: lane.free.get(), journeys: Vec::new() }
    }

    /// How many looks it takes to find a berth here.
    pub(super) fn looks(&self) -> usize {
        1 + self.journeys.len()
    }

    /// The journey with the most room for the leg, an older one first, or else a new one.
    pub(super) fn berth(&self, offered: &Offered<'_>) -> Option<Berth> {
        let joined = self.journeys.iter().enumerate().filter_map(|(at, journey)| {
            let way = Way::new(offered.leg, self.lane, journey.end);
            let leaves = journey.leaves.max(offered.leaves());
            let leaves_last = journey.leaves_last.min(offered.leaves_last(&way));
            let share_e4 = self.share_e4(offered.leg, Some(journey));
            let fits = way.ends_near() && leaves <= leaves_last && share_e4 > 0;
            fits.then_some(Berth { journey: Some(at), share_e4, way, leaves, leaves_last })
        });
        // The first of the largest: `max_by_key` alone would take the last.
        let joined = joined.rev().max_by_key(|berth| berth.share_e4);
        joined.or_else(|| {
            let share_e4 = self.share_e4(offered.leg, None);
            let (leaves, leaves_last) = (offered.leaves(), offered.leaves_last(&offered.way));
            let new = Berth { journey: None, share_e4, way: offered.way, leaves, leaves_last };
            let is_free = self.free > 0 && self.journeys.len() < JOURNEYS_MAX;
            (is_free && share_e4 > 0).then_some(new)
        })
    }

    /// Takes a leg aboard, this part of it in ten-thousandths.
    pub(super) fn board(&mut self, leg: &Leg<'a>, berth: &Berth, part: Range<u32>) -> Carried {
        let at = berth.journey.unwrap_or(self.journeys.len());
        if berth.journey.is_none() {
            self.journeys.push(Journey {
                end: self.lane.line.deliver_to.as_ref().or(leg.to),
                units: 0,
                aboard: Load::default(),
                leaves: berth.leaves,
                leaves_last: berth.leaves_last,
                first: (leg.need_line.clone(), leg.tier),
            });
        }
        let load = part_of(leg, &part);
        let per_unit = per_unit(self.lane);
        let journey = &mut self.journeys[at];
        (journey.leaves, journey.leaves_last) = (berth.leaves, berth.leaves_last);
        journey.aboard.weight += i128::from(load.0.unwrap_or_default());
        journey.aboard.volume += i128::from(load.1.unwrap_or_default());
        let needed = units_for(journey.aboard, per_unit).max(least_units(self.lane)).max(journey.units);
        let units = needed - journey.units;
        journey.units = needed;
        self.free -= units;
        Carried {
            transport_line: self.lane.id.clone(),
            journey: u32::try_from(at + 1).unwrap_or(u32::MAX),
            units: Amount::new(units).expect("no more units are taken than there are"),
            share_e4: part.end - part.start,
            weight_grams: load.0,
            volume_millilitres: load.1,
            detour_km: berth.detour_km(),
            arrival: berth.leaves.plus(berth.way.travel),
            reasons: supports(leg, self.lane, berth),
        }
    }

    /// Why there is no room for all of a leg that the rules let ride.
    pub(super) fn shortage(&self, leg: &Leg<'_>) -> Reason {
        let room = Stock::new(self.lane);
        if room.share_e4(leg, None) < SHARE_WHOLE_E4 {
            return too_small(leg, self.lane);
        }
        let Some(Journey { first: (need_line, tier), .. }) = self.journeys.first() else {
            return Reason::new(RuleCode::OfferExhausted);
        };
        let earlier = *tier < leg.tier;
        let code = if earlier { RuleCode::TakenByTier } else { RuleCode::TakenByOrder };
        Reason::new(code).with("need_line", need_line).with("tier", tier.tier())
    }

    /// How much of the leg fits, in ten-thousandths, on this journey or a new one with all free units.
    fn share_e4(&self, leg: &Leg<'_>, journey: Option<&Journey<'_>>) -> u32 {
        let units = i128::from(self.free + journey.map_or(0, |journey| journey.units));
        let aboard = journey.map(|journey| journey.aboard).unwrap_or_default();
        let (weight, volume) = per_unit(self.lane);
        let by_weight = weight.map(|weight| (units * weight - aboard.weight, leg.freight.weight_grams()));
        let by_volume =
            volume.map(|volume| (units * volume - aboard.volume, leg.freight.volume_millilitres()));
        let whole = i128::from(SHARE_WHOLE_E4);
        let share = |(room, load): (i128, Option<i64>)| match load {
            Some(load) => room * whole / i128::from(load),
            // What is full is full, also for what states nothing.
            None => {
                if room > 0 {
                    whole
                } else {
                    0
                }
            }
        };
        let least = by_weight.into_iter().chain(by_volume).map(share).fold(whole, i128::min);
        u32::try_from(least).unwrap_or(0)
    }
}

/// What one unit carries, in grams and millilitres, where that is known. A line that counts grams says so by its unit.
fn per_unit(lane: &Lane<'_>) -> (Option<i128>, Option<i128>) {
    let freight = lane.line.freight;
    let unit = &lane.line.quantity.unit;
    let weight = freight.weight_grams().or((*unit == Unit::Gram).then_some(1));
    let volume = freight.volume_millilitres().or((*unit == Unit::Millilitre).then_some(1));
    (weight.map(i128::from), volume.map(i128::from))
}

/// Units that a load takes, as far as it is known.
fn units_for(load: Load, (weight, volume): (Option<i128>, Option<i128>)) -> i64 {
    let by = |load: i128, each: Option<i128>| each.map_or(0, |each| (load + each - 1) / each);
    let units = by(load.weight, weight).max(by(load.volume, volume));
    i64::try_from(units).expect("no more units are taken than there are")
}

/// A journey takes at least one mission or truck, but nobody can say how many grams a load of unknown weight takes.
fn least_units(lane: &Lane<'_>) -> i64 {
    let measures = matches!(lane.line.quantity.unit, Unit::Gram | Unit::Millilitre);
    if measures { 0 } else { 1 }
}

/// Grams and millilitres of a part of a leg. Parts that follow each other add up to the whole.
fn part_of(leg: &Leg<'_>, part: &Range<u32>) -> (Option<i64>, Option<i64>) {
    let up_to =
        |whole: i64, share_e4: u32| i128::from(whole) * i128::from(share_e4) / i128::from(SHARE_WHOLE_E4);
    let within = |whole: i64| {
        i64::try_from(up_to(whole, part.end) - up_to(whole, part.start))
            .expect("a part is not more than the whole")
    };
    (leg.freight.weight_grams().map(within), leg.freight.volume_millilitres().map(within))
}

fn too_small(leg: &Leg<'_>, lane: &Lane<'_>) -> Reason {
    let (weight, volume) = per_unit(lane);
    let units = i128::from(lane.free.get());
    let short = |code, load: Option<i64>, each: Option<i128>| {
        let (load, room) = (load?, each? * units);
        (i128::from(load) > room).then(|| Reason::new(code).with("load", load).with("room", room))
    };
    short(RuleCode::LaneWeight, leg.freight.weight_grams(), weight)
        .or_else(|| short(RuleCode::LaneVolume, leg.freight.volume_millilitres(), volume))
        .unwrap_or_else(|| Reason::new(RuleCode::OfferExhausted))
}

/// What speaks for a berth, for people to check.
fn supports(leg: &Leg<'_>, lane: &Lane<'_>, berth: &Berth) -> Vec<Reason> {
    let (begin_km, end_km) = (berth.way.begin_km, berth.way.end_km);
    let fits =
        Reason::new(if lane.line.deliver_to.is_some() { RuleCode::LaneFits } else { RuleCode::LaneAnywhere })
            .with("begin_km", begin_km.unwrap_or_default())
            .with("end_km", end_km.unwrap_or_default());
    let arrives = Reason::new(RuleCode::Arrives).with("arrival", day(berth.leaves.plus(berth.way.travel)));
    let (weight, volume) = per_unit(lane);
    let unknown = [
        (leg.freight.weight_grams().is_none(), RuleCode::LoadWeightUnknown),
        (leg.freight.volume_millilitres().is_none(), RuleCode::LoadVolumeUnknown),
        (weight.is_none(), RuleCode::RoomWeightUnknown),
        (volume.is_none(), RuleCode::RoomVolumeUnknown),
    ];
    let unknown = unknown.into_iter().filter(|(unknown, _)| *unknown).map(|(_, code)| Reason::new(code));
    [fits, arrives].into_iter().chain(unknown).collect()
}
