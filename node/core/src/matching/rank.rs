//! Rank: one total order over all pairs: tier, cost, a hash of the two lines, their ids. Whole numbers only, and never
//! chance or the order in which records arrived.

use crate::domain::item::{Catalogue, ItemCode};
use crate::domain::item::{Substitution, conditions};
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::rule::Pair;
use crate::matching::view::View;

/// What an unknown distance counts as: half of the longest, so behind what is near and before what is far.
pub(super) const KM_IF_UNKNOWN: u32 = 10_000;

/// What a day of lateness costs, in kilometres: a fifth of a day's travel, so time matters, but goods from next door
/// a day late still come before goods from another continent.
const KM_PER_DAY_LATE: u32 = 200;

/// What each replacement upward costs, in kilometres: better goods are kept for those who need them.
const KM_PER_STEP_HIGHER: u32 = 500;

/// What each replacement downward costs, in kilometres: less than asked is the last resort.
const KM_PER_STEP_LOWER: u32 = 2_000;

/// Where a pair stands in the order. Lines are named by their place in the view, which is sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) tier: u8,
    pub(super) cost: u32,
    pub(super) tie: u64,
    pub(super) need: u32,
    pub(super) offer: u32,
}

impl Order {
    /// Where this pair stands.
    pub(super) fn of(pair: &Pair<'_>, need: u32, offer: u32) -> Self {
        let tie = mix(pair.offer.seed, pair.need.seed);
        Self { tier: pair.need.line.urgency.tier(), cost: cost(pair), tie, need, offer }
    }
}

/// What speaks for a pair, for people to check.
pub(super) fn supports(pair: &Pair<'_>, view: &View, catalogue: &Catalogue) -> Vec<Reason> {
    let (asked, offered) = (&pair.need.line.item, &pair.offer.line.item);
    let mut reasons = vec![item(pair.substitution, asked, offered)];
    if let Substitution::Higher(_) = pair.substitution {
        let conditions = conditions(catalogue, asked, offered);
        reasons.extend(conditions.map(|words| Reason::new(RuleCode::ItemCondition).with("condition", words)));
    }
    if pair.within_one_city() {
        reasons.push(Reason::new(RuleCode::OwnCity));
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
    if view.lowered.contains(&pair.need.id) {
        reasons.push(Reason::new(RuleCode::TierLowered));
    }
    reasons
}

fn item(substitution: Substitution, asked: &ItemCode, offered: &ItemCode) -> Reason {
    let code = match substitution {
        Substitution::Higher(_) => RuleCode::ItemReplaces,
        Substitution::Lower(_) => RuleCode::ItemLowerAccepted,
        _ => return Reason::new(RuleCode::ItemEqual).with("asked", asked),
    };
    Reason::new(code).with("asked", asked).with("offered", offered)
}

fn cost(pair: &Pair<'_>) -> u32 {
    let substitution = match pair.substitution {
        Substitution::Higher(steps) => u32::from(steps) * KM_PER_STEP_HIGHER,
        Substitution::Lower(steps) => u32::from(steps) * KM_PER_STEP_LOWER,
        _ => 0,
    };
    pair.km.unwrap_or(KM_IF_UNKNOWN)
        + pair.days_late.saturating_mul(KM_PER_DAY_LATE).min(u32::MAX / 2)
        + substitution
}

/// Mixes the two seeds, each the beginning of the SHA-256 of a line's id, with the finalizer of SplitMix64: every bit
/// of either changes half the bits of the outcome, and offer and need do not commute.
fn mix(offer: u64, need: u64) -> u64 {
    let z = offer.rotate_left(32) ^ need;
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
