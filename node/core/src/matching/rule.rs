//! The hard rules: one table of what a pair must satisfy, each with the reason that is given if it does not. What is
//! not stated never blocks: a place without a point, an offer without an expiry, terms that nobody mentioned. It is
//! said in the reasons instead, and a person asks.

use std::time::Duration;

use crate::domain::handle::Handle;
use crate::domain::item::Attribute;
use crate::domain::item::Substitution;
use crate::domain::need::NeedLine;
use crate::domain::offer::{OfferLine, Recipient};
use crate::domain::quantity::{Amount, Unit};
use crate::domain::snapshot::Audience;
use crate::domain::time::Instant;
use crate::matching::entry::Entry;
use crate::matching::reason::{Reason, RuleCode};

/// The rule by which plans are made: its text, its limits and its weights. Nodes with different versions do not
/// compare plans.
pub const RULE_VERSION: &str = "quince.matching/5";

/// How long goods travel for each kilometre, in microseconds: 1,000 km in a day, customs and waiting included.
const MICROS_PER_KM: i64 = MICROS_PER_DAY / 1_000;

/// How many days after its date a need is still worth serving. Later is no help, and the date was surely meant.
pub(super) const LATE_DAYS_MAX: u32 = 14;

/// Attributes whose values are levels, so that more is as good: bacterial and particle filtration, the pressure of a
/// splash test, warmth. Any other attribute must be equal, because 8 is not a better glove size than 7.
const LEVELS: [&str; 7] = ["bfe", "pfe", "filtration", "splash", "fluid", "mmhg", "tog"];

pub(super) const DAY: Duration = Duration::from_hours(24);

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A need line and an offer line, with what the rules must know of both together.
pub(super) struct Pair<'a> {
    pub(super) home: &'a Handle,
    pub(super) epoch: Instant,
    pub(super) need: &'a Entry<NeedLine>,
    pub(super) offer: &'a Entry<OfferLine>,
    pub(super) substitution: Substitution,
    /// From where it lies to where it must arrive; `None` if that is not known.
    pub(super) km: Option<u32>,
    /// When it can arrive at the earliest, but not before the need can receive it.
    pub(super) arrival: Instant,
    /// Days after the need's date, or after now if that has passed.
    pub(super) days_late: u32,
    pub(super) shelf_life_needed_days: u32,
    /// The two cities are partners.
    pub(super) partners: bool,
}

/// What is known of two lines before they are held against the rules.
pub(super) struct Known<'a> {
    /// The node that plans.
    pub(super) home: &'a Handle,
    /// What counts as now.
    pub(super) epoch: Instant,
    /// What the offered item is to the one that is asked for.
    pub(super) substitution: Substitution,
    /// The distance, if it is known.
    pub(super) km: Option<u32>,
    /// The shelf life needed if the need states none.
    pub(super) shelf_life_default_days: u32,
    /// The two cities are partners.
    pub(super) partners: bool,
}

/// A rule: it holds, or its reason is given.
struct Rule {
    code: RuleCode,
    holds: fn(&Pair<'_>) -> bool,
    tell: fn(&Pair<'_>, Reason) -> Reason,
}

const RULES: &[Rule] = &[
    Rule { code: RuleCode::Exercise, holds: |p| p.need.exercise == p.offer.exercise, tell: plainly },
    Rule { code: RuleCode::KindDiffers, holds: |p| p.need.line.kind == p.offer.line.kind, tell: kinds },
    Rule {
        code: RuleCode::ItemUnspecified,
        holds: |p| p.substitution != Substitution::Unspecified,
        tell: items,
    },
    Rule { code: RuleCode::ItemDiffers, holds: |p| p.substitution != Substitution::Unrelated, tell: items },
    Rule {
        code: RuleCode::ItemLower,
        holds: |p| !matches!(p.substitution, Substitution::Lower(_)) || p.need.line.accept_lower_grade,
        tell: items,
    },
    Rule {
        code: RuleCode::UnitDiffers,
        holds: |p| p.need.line.quantity.unit == p.offer.line.quantity.unit,
        tell: units,
    },
    Rule { code: RuleCode::Audience, holds: |p| p.each_sees_the_other(), tell: plainly },
    Rule { code: RuleCode::Earmark, holds: |p| p.within_earmark(), tell: city },
    Rule { code: RuleCode::Excluded, holds: |p| !p.names_need(&p.offer.line.excluded), tell: city },
    Rule { code: RuleCode::Terms, holds: |p| p.terms_suit(), tell: plainly },
    Rule {
        code: RuleCode::AttributeMissing,
        holds: |p| p.first_unmet(|_, stated| stated.is_some()).is_none(),
        tell: |p, reason| attribute(p.first_unmet(|_, stated| stated.is_some()), reason),
    },
    Rule {
        code: RuleCode::AttributeBelow,
        holds: |p| p.first_unmet(reaches).is_none(),
        tell: |p, reason| attribute(p.first_unmet(reaches), reason),
    },
    Rule {
        code: RuleCode::AttributeEvidence,
        holds: |p| p.first_unmet(shows_enough).is_none(),
        tell: |p, reason| attribute(p.first_unmet(shows_enough), reason),
    },
    Rule { code: RuleCode::WindowClosed, holds: |p| p.can_still_leave(), tell: plainly },
    Rule { code: RuleCode::WindowEarly, holds: |p| p.is_received_in_time(), tell: plainly },
    Rule {
        code: RuleCode::WindowLate,
        holds: |p| p.days_late <= LATE_DAYS_MAX,
        tell: |p, reason| p.tell_times(reason),
    },
    Rule {
        code: RuleCode::ShelfLifeShort,
        holds: |p| p.keeps_long_enough(),
        tell: |p, reason| p.tell_shelf_life(reason),
    },
    Rule {
        code: RuleCode::LotSmall,
        holds: |p| p.makes_a_lot(),
        tell: |p, reason| reason.with("lot", p.lot()),
    },
];

impl<'a> Pair<'a> {
    pub(super) fn new(need: &'a Entry<NeedLine>, offer: &'a Entry<OfferLine>, known: &Known<'a>) -> Self {
        let Known { home, epoch, substitution, partners, .. } = *known;
        let km = known.km.or_else(|| (need.city() == offer.city()).then_some(0));
        let leaves = offer.line.available.earliest().map_or(epoch, |from| from.max(epoch));
        let receives = need.line.needed.earliest().unwrap_or(Instant::MIN);
        let arrival = leaves.plus(transit(km)).max(receives);
        let due = need.line.needed.latest().map(|due| due.max(epoch));
        let days_late = due.map_or(0, |due| days_begun(arrival.micros() - due.micros()));
        let shelf_life_needed_days =
            need.line.min_shelf_life.map_or(known.shelf_life_default_days, |life| life.days());
        Self {
            home,
            epoch,
            need,
            offer,
            substitution,
            km,
            arrival,
            days_late,
            shelf_life_needed_days,
            partners,
        }
    }

    /// Whether every hard rule holds.
    pub(super) fn is_possible(&self) -> bool {
        RULES.iter().all(|rule| (rule.holds)(self))
    }

    /// Every hard rule that does not hold; readiness first.
    pub(super) fn blocks(&self) -> Vec<Reason> {
        let not_ready = [self.need.readiness.need_code(), self.offer.readiness.offer_code()];
        let broken = RULES.iter().filter(|rule| !(rule.holds)(self));
        let broken = broken.map(|rule| (rule.tell)(self, Reason::new(rule.code)));
        not_ready.into_iter().flatten().map(Reason::new).chain(broken).collect()
    }

    /// The smallest lot that both sides accept.
    pub(super) fn lot(&self) -> Amount {
        self.need.line.min_lot.max(self.offer.line.min_lot)
    }

    /// Whether both lines belong to one city.
    pub(super) fn within_one_city(&self) -> bool {
        self.need.city() == self.offer.city()
    }

    /// Days of shelf life left on arrival; `None` if the offer states no expiry.
    pub(super) fn shelf_life_left_days(&self) -> Option<u32> {
        self.offer.line.expires.map(|end| days_whole(end.micros() - self.arrival.micros()))
    }

    pub(super) fn tell_times(&self, reason: Reason) -> Reason {
        let reason = reason.with("arrival", day(self.arrival)).with("days", self.days_late);
        match self.need.line.needed.latest() {
            Some(due) => reason.with("due", day(due)),
            None => reason,
        }
    }

    pub(super) fn tell_shelf_life(&self, reason: Reason) -> Reason {
        let reason = reason.with("needed_days", self.shelf_life_needed_days);
        match self.shelf_life_left_days() {
            Some(days) => reason.with("days", days),
            None => reason,
        }
    }

    fn each_sees_the_other(&self) -> bool {
        sees(self.offer, self.need, self.home) && sees(self.need, self.offer, self.home)
    }

    /// Whether the offer is meant for this city, among others or alone.
    pub(super) fn is_earmarked(&self) -> bool {
        self.names_need(&self.offer.line.earmarked_for)
    }

    fn within_earmark(&self) -> bool {
        self.offer.line.earmarked_for.is_empty() || self.is_earmarked()
    }

    fn names_need(&self, recipients: &[Recipient]) -> bool {
        names(recipients, self.need)
    }

    fn terms_suit(&self) -> bool {
        let accepted = &self.need.line.acceptable_bases;
        accepted.is_empty() || self.offer.line.terms.basis.is_none_or(|basis| accepted.contains(&basis))
    }

    /// The place, from 1, of the first attribute asked for that fails this test.
    fn first_unmet(&self, met: fn(&Attribute, Option<&Attribute>) -> bool) -> Option<usize> {
        let stated = &self.offer.line.attributes;
        let failing = |asked: &Attribute| !met(asked, stated.iter().find(|one| same_name(asked, one)));
        self.need.line.attributes.iter().position(failing).map(|at| at + 1)
    }

    fn can_still_leave(&self) -> bool {
        self.offer.line.available.latest().is_none_or(|last| last >= self.epoch)
    }

    fn is_received_in_time(&self) -> bool {
        let last_arrival = self.offer.line.available.latest().map(|last| last.plus(transit(self.km)));
        match (last_arrival, self.need.line.needed.earliest()) {
            (Some(arrival), Some(receives)) => arrival >= receives,
            _ => true,
        }
    }

    fn keeps_long_enough(&self) -> bool {
        let alive = self.offer.line.expires.is_none_or(|end| end >= self.arrival);
        alive && self.shelf_life_left_days().is_none_or(|days| days >= self.shelf_life_needed_days)
    }

    fn makes_a_lot(&self) -> bool {
        let possible = self.need.amount.into_iter().chain(self.offer.amount).min();
        possible.is_none_or(|possible| possible >= self.lot())
    }
}

/// Whether the owner of `reader` may see `entry`. Members of a group are known here by what they hold or write.
fn sees<R, L>(reader: &Entry<R>, entry: &Entry<L>, home: &Handle) -> bool {
    match &entry.audience {
        Audience::Federation => true,
        Audience::Private => reader.city() == entry.city(),
        Audience::Group(_) => {
            reader.city() == entry.city() || reader.city() == home || reader.audience == entry.audience
        }
    }
}

/// Whether one of these recipients is the city of this need, or its country.
pub(super) fn names(recipients: &[Recipient], need: &Entry<NeedLine>) -> bool {
    recipients.iter().any(|recipient| match recipient {
        Recipient::Node(handle) => handle == need.city(),
        Recipient::Country(country) => Some(*country) == need.country,
    })
}

fn same_name(asked: &Attribute, stated: &Attribute) -> bool {
    asked.name.as_str().eq_ignore_ascii_case(stated.name.as_str())
}

fn reaches(asked: &Attribute, stated: Option<&Attribute>) -> bool {
    let Some(stated) = stated else { return true };
    let standard = asked.standard.is_none() || asked.standard == stated.standard;
    let is_level = LEVELS.iter().any(|level| asked.name.as_str().eq_ignore_ascii_case(level));
    let levels = (asked.value.as_str().parse::<u32>(), stated.value.as_str().parse::<u32>());
    let value = match levels {
        (Ok(asked), Ok(stated)) if is_level => stated >= asked,
        _ => asked.value == stated.value,
    };
    standard && value
}

/// Evidence is listed from the strongest to none.
fn shows_enough(asked: &Attribute, stated: Option<&Attribute>) -> bool {
    stated.is_none_or(|stated| stated.evidence <= asked.evidence)
}

pub(super) fn transit(km: Option<u32>) -> Duration {
    Duration::from_micros(transit_micros(km).unsigned_abs())
}

/// How long goods are on their way, in microseconds.
pub(super) fn transit_micros(km: Option<u32>) -> i64 {
    i64::from(km.unwrap_or(0)) * MICROS_PER_KM
}

/// How many days have begun after so many microseconds; what is below a second does not count.
pub(super) fn days_begun(micros: i64) -> u32 {
    let days = (micros.max(0) / MICROS_PER_SECOND + SECONDS_PER_DAY - 1) / SECONDS_PER_DAY;
    u32::try_from(days).unwrap_or(u32::MAX)
}

/// How many whole days so many microseconds are.
pub(super) fn days_whole(micros: i64) -> u32 {
    u32::try_from(micros.max(0) / MICROS_PER_DAY).unwrap_or(u32::MAX)
}

pub(super) fn day(instant: Instant) -> String {
    instant.to_string().chars().take_while(|c| *c != 'T').collect()
}

fn plainly(_: &Pair<'_>, reason: Reason) -> Reason {
    reason
}

fn kinds(pair: &Pair<'_>, reason: Reason) -> Reason {
    reason.with("asked", pair.need.line.kind).with("offered", pair.offer.line.kind)
}

fn items(pair: &Pair<'_>, reason: Reason) -> Reason {
    reason.with("asked", &pair.need.line.item).with("offered", &pair.offer.line.item)
}

fn units(pair: &Pair<'_>, reason: Reason) -> Reason {
    let asked = unit_word(&pair.need.line.quantity.unit);
    reason.with("asked", asked).with("offered", unit_word(&pair.offer.line.quantity.unit))
}

/// The name of a pack of unknown content is its owner's text and stays out.
fn unit_word(unit: &Unit) -> String {
    match unit {
        Unit::Pack(_) => "pack".to_owned(),
        known => known.to_string(),
    }
}

fn city(pair: &Pair<'_>, reason: Reason) -> Reason {
    reason.with("city", pair.need.city())
}

fn attribute(position: Option<usize>, reason: Reason) -> Reason {
    reason.with("position", position.unwrap_or_default())
}
