//! Rank: what a pair costs, and a hash of the two lines among equals. Whole numbers only, and never chance or the order in
//! which records arrived.

use crate::domain::item::{Catalogue, ItemCode};
use crate::domain::item::{Substitution, conditions};
use crate::domain::lines::Line;
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::rule::Pair;

/// What an unknown distance counts as: half of the longest, so behind what is near and before what is far.
pub(super) const KM_IF_UNKNOWN: u32 = 10_000;

/// What a day of lateness costs, in kilometres: a fifth of a day's travel, so time matters, but goods from next door
/// a day late still come before goods from another continent.
const KM_PER_DAY_LATE: u32 = 200;

/// What each replacement upward costs, in kilometres: better goods are kept for those who need them.
const KM_PER_STEP_HIGHER: u32 = 500;

/// What each replacement downward costs, in kilometres: less than asked is the last resort.
const KM_PER_STEP_LOWER: u32 = 2_000;

/// What an offer line costs, in kilometres, of which almost nothing would be left of the need: several consignments are
/// more work than one. An offer line that could cover the need alone costs nothing.
const KM_SPLIT_MAX: u32 = 100;

/// What a partnership of the two cities is worth, in kilometres: who works together already needs fewer words.
const KM_PARTNERSHIP: u32 = 300;

/// What it is worth, in kilometres, that an offer is meant for this city: others may not have it.
const KM_EARMARK: u32 = 200;

/// What a pair costs; less comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Price {
    /// In kilometres, penalties included. Never less than the distance.
    pub(super) cost: u32,
    /// Among equals.
    pub(super) tie: u64,
}

impl Price {
    /// The price of this pair.
    pub(super) fn of(pair: &Pair<'_>) -> Self {
        Self { cost: cost(pair), tie: mix(pair.offer.seed(), pair.need.seed()) }
    }
}

/// What speaks for a pair, for people to check.
pub(super) fn supports(pair: &Pair<'_>, catalogue: &Catalogue) -> Vec<Reason> {
    let (asked, offered) = (&pair.need.line.item, &pair.offer.line.item);
    let mut reasons = vec![item(pair.substitution, asked, offered)];
    if let Substitution::Higher(_) = pair.substitution {
        let conditions = conditions(catalogue, asked, offered);
        reasons.extend(conditions.map(|words| Reason::new(RuleCode::ItemCondition).with("condition", words)));
    }
    if pair.need.amount.is_none() {
        reasons.push(Reason::new(RuleCode::NeedOpenEnded));
    }
    if pair.within_one_city() {
        reasons.push(Reason::new(RuleCode::OwnCity));
    }
    if pair.partners {
        reasons.push(Reason::new(RuleCode::Partners));
    }
    if pair.is_earmarked() {
        reasons.push(Reason::new(RuleCode::Earmarked).with("city", pair.need.city()));
    }
    reasons.push(match pair.km {
        Some(km) => Reason::new(RuleCode::Distance).with("km", km),
        None => Reason::new(RuleCode::DistanceUnknown),
    });
    reasons.push(pair.tell_times(Reason::new(match pair.need.line.needed.latest() {
        None => RuleCode::Arrives,
        Some(due) if pair.arrival <= due => RuleCode::OnTime,
        Some(_) => RuleCode::Late,
    })));
    if pair.shelf_life_left_days().is_some() {
        reasons.push(pair.tell_shelf_life(Reason::new(RuleCode::ShelfLife)));
    } else if pair.shelf_life_needed_days > 0 {
        reasons.push(pair.tell_shelf_life(Reason::new(RuleCode::ShelfLifeUnknown)));
    }
    if pair.need.lowered {
        reasons.push(Reason::new(RuleCode::TierLowered));
    }
    reasons
}

fn item(substitution: Substitution, asked: &ItemCode, offered: &ItemCode) -> Reason {
    let code = match substitution {
        Substitution::Open => return Reason::new(RuleCode::ItemOpen).with("asked", asked),
        Substitution::Higher(_) => RuleCode::ItemReplaces,
        Substitution::Lower(_) => RuleCode::ItemLowerAccepted,
        _ => return Reason::new(RuleCode::ItemEqual).with("asked", asked),
    };
    Reason::new(code).with("asked", asked).with("offered", offered)
}

fn cost(pair: &Pair<'_>) -> u32 {
    Charges {
        km: pair.km,
        days_late: pair.days_late,
        substitution: pair.substitution,
        needed: quantity(&*pair.need.line),
        offered: quantity(&*pair.offer.line),
        partners: pair.partners,
        earmarked: pair.is_earmarked(),
    }
    .sum()
}

/// What a pair is charged for.
pub(super) struct Charges {
    pub(super) km: Option<u32>,
    pub(super) days_late: u32,
    pub(super) substitution: Substitution,
    /// The whole quantities of both lines, so that what is promised meanwhile changes nothing.
    pub(super) needed: i64,
    pub(super) offered: i64,
    pub(super) partners: bool,
    pub(super) earmarked: bool,
}

impl Charges {
    /// In kilometres.
    pub(super) fn sum(&self) -> u32 {
        self.km.unwrap_or(KM_IF_UNKNOWN)
            + self.days_late.saturating_mul(KM_PER_DAY_LATE).min(u32::MAX / 2)
            + substitution_cost(self.substitution)
            + split(self.needed, self.offered)
            + fit_cost(self.partners, self.earmarked)
    }
}

/// The whole quantity of a line, as far as it says.
pub(super) fn quantity<L: Line>(line: &L) -> i64 {
    line.quantity().cap().unwrap_or_default().get()
}

/// What a replacement costs, in kilometres.
pub(super) fn substitution_cost(substitution: Substitution) -> u32 {
    match substitution {
        Substitution::Higher(steps) => u32::from(steps) * KM_PER_STEP_HIGHER,
        Substitution::Lower(steps) => u32::from(steps) * KM_PER_STEP_LOWER,
        _ => 0,
    }
}

/// What it costs, in kilometres, that two cities are no partners and that the offer is not meant for this one.
pub(super) fn fit_cost(partners: bool, earmarked: bool) -> u32 {
    let missing = |fits: bool, worth: u32| if fits { 0 } else { worth };
    missing(partners, KM_PARTNERSHIP) + missing(earmarked, KM_EARMARK)
}

/// What it costs, in kilometres, that an offer line does not cover the whole need.
pub(super) fn split(needed: i64, offered: i64) -> u32 {
    let beyond = needed.saturating_sub(offered).max(0);
    if beyond == 0 {
        return 0;
    }
    u32::try_from(i64::from(KM_SPLIT_MAX) * beyond / needed.max(1)).unwrap_or(KM_SPLIT_MAX)
}

/// Mixes the two seeds, each the beginning of the SHA-256 of a line's id, with the finalizer of SplitMix64: every bit
/// of either changes half the bits of the outcome, and offer and need do not commute.
pub(super) fn mix(offer: u64, need: u64) -> u64 {
    let z = offer.rotate_left(32) ^ need;
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
