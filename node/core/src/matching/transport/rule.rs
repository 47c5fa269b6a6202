//! The hard rules of transport: what a leg and a lane must satisfy whatever else rides, each with the reason that is given if
//! it does not hold.

use crate::domain::handle::Handle;
use crate::domain::offer::Recipient;
use crate::domain::quantity::Unit;
use crate::domain::snapshot::Audience;
use crate::domain::time::Instant;
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::rule::day;
use crate::matching::transport::route::Way;
use crate::matching::transport::{Lane, Leg};

/// A leg and a lane, with what the rules must know of both together.
pub(super) struct Offered<'a> {
    pub(super) home: &'a Handle,
    pub(super) now: Instant,
    pub(super) leg: &'a Leg<'a>,
    pub(super) lane: &'a Lane<'a>,
    /// On the lane as it is written; one that goes anywhere ends where the goods are needed.
    pub(super) way: Way,
}

/// A rule: it holds, or its reason is given.
struct Rule {
    code: RuleCode,
    holds: fn(&Offered<'_>) -> bool,
    tell: fn(&Offered<'_>, Reason) -> Reason,
}

const RULES: &[Rule] = &[
    Rule { code: RuleCode::Exercise, holds: |o| o.leg.exercise == o.lane.exercise, tell: plainly },
    Rule { code: RuleCode::LanePeople, holds: |o| o.takes_goods(), tell: plainly },
    Rule { code: RuleCode::OfferExhausted, holds: |o| !o.lane.free.is_zero(), tell: plainly },
    Rule { code: RuleCode::Audience, holds: |o| o.each_sees_the_other(), tell: plainly },
    Rule { code: RuleCode::Earmark, holds: |o| o.is_within_earmark(), tell: city },
    Rule { code: RuleCode::Excluded, holds: |o| !o.names_need(&o.lane.line.excluded), tell: city },
    Rule {
        code: RuleCode::LaneUnknown,
        holds: |o| o.way.begin_km.is_some() && o.way.end_km.is_some(),
        tell: plainly,
    },
    Rule {
        code: RuleCode::LaneFrom,
        holds: |o| o.way.begin_km.is_none() || o.way.begins_near(),
        tell: |o, reason| reason.with("km", o.way.begin_km.unwrap_or_default()),
    },
    Rule {
        code: RuleCode::LaneTo,
        holds: |o| o.way.end_km.is_none() || o.way.ends_near(),
        tell: |o, reason| reason.with("km", o.way.end_km.unwrap_or_default()),
    },
    Rule {
        code: RuleCode::ColdChain,
        holds: |o| !o.leg.freight.cold_chain() || o.lane.line.freight.cold_chain(),
        tell: plainly,
    },
    Rule {
        code: RuleCode::WindowClosed,
        holds: |o| o.lane.line.available.latest().is_none_or(|last| last >= o.now),
        tell: plainly,
    },
    Rule { code: RuleCode::LaneEarly, holds: |o| o.waits_for_goods(), tell: early },
    Rule { code: RuleCode::LaneLate, holds: |o| o.is_in_time(), tell: late },
];

impl<'a> Offered<'a> {
    pub(super) fn new(home: &'a Handle, now: Instant, leg: &'a Leg<'a>, lane: &'a Lane<'a>) -> Self {
        let way = Way::new(leg, lane, lane.line.deliver_to.as_ref().or(leg.to));
        Self { home, now, leg, lane, way }
    }

    /// Whether every rule holds.
    pub(super) fn is_possible(&self) -> bool {
        RULES.iter().all(|rule| (rule.holds)(self))
    }

    /// Every rule that does not hold.
    pub(super) fn blocks(&self) -> Vec<Reason> {
        let broken = RULES.iter().filter(|rule| !(rule.holds)(self));
        broken.map(|rule| (rule.tell)(self, Reason::new(rule.code))).collect()
    }

    /// How many rules do not hold.
    pub(super) fn broken(&self) -> usize {
        RULES.iter().filter(|rule| !(rule.holds)(self)).count()
    }

    /// When the goods and the lane are both there.
    pub(super) fn leaves(&self) -> Instant {
        let begin = [self.leg.ready, self.lane.line.available.earliest()];
        begin.into_iter().flatten().fold(self.now, Instant::max)
    }

    /// After this it must not leave: the lane's last day, or what `way` needs to be in time.
    pub(super) fn leaves_last(&self, way: &Way) -> Instant {
        let in_time = self.leg.due.map(|due| due.minus(way.travel));
        [self.lane.line.available.latest(), in_time].into_iter().flatten().fold(Instant::MAX, Instant::min)
    }

    fn takes_goods(&self) -> bool {
        !matches!(self.lane.line.quantity.unit, Unit::Person | Unit::Minor(_))
    }

    fn each_sees_the_other(&self) -> bool {
        let (need, carrier) = (self.leg.need_line.owner(), self.lane.id.owner());
        let sees = |reader: &Handle, reads: &Audience, owner: &Handle, audience: &Audience| match audience {
            Audience::Federation => true,
            Audience::Private => reader == owner,
            Audience::Group(_) => reader == owner || reader == self.home || reads == audience,
        };
        sees(need, self.leg.audience, carrier, self.lane.audience)
            && sees(carrier, self.lane.audience, need, self.leg.audience)
    }

    fn is_within_earmark(&self) -> bool {
        let earmark = &self.lane.line.earmarked_for;
        earmark.is_empty() || self.names_need(earmark)
    }

    fn names_need(&self, recipients: &[Recipient]) -> bool {
        recipients.iter().any(|recipient| match recipient {
            Recipient::Node(handle) => handle == self.leg.need_line.owner(),
            Recipient::Country(country) => Some(*country) == self.leg.country,
        })
    }

    fn waits_for_goods(&self) -> bool {
        let last = self.lane.line.available.latest();
        last.zip(self.leg.ready).is_none_or(|(last, ready)| last >= ready)
    }

    fn is_in_time(&self) -> bool {
        self.leg.due.is_none_or(|due| self.leaves().plus(self.way.travel) <= due)
    }
}

fn plainly(_: &Offered<'_>, reason: Reason) -> Reason {
    reason
}

fn city(offered: &Offered<'_>, reason: Reason) -> Reason {
    reason.with("city", offered.leg.need_line.owner())
}

fn early(offered: &Offered<'_>, reason: Reason) -> Reason {
    let last = offered.lane.line.available.latest().map(day);
    let ready = offered.leg.ready.map(day);
    reason.with("last", last.unwrap_or_default()).with("ready", ready.unwrap_or_default())
}

fn late(offered: &Offered<'_>, reason: Reason) -> Reason {
    let arrival = offered.leaves().plus(offered.way.travel);
    reason.with("arrival", day(arrival)).with("due", offered.leg.due.map(day).unwrap_or_default())
}
