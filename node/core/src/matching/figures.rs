//! Figures: what the rules and the price take of a line, as numbers that lie close together. A planner holds hundreds of
//! thousands of pairs against the rules, nearly all of which fail or hold by what stands here; only what a line asks in
//! words (attributes, terms, an audience) is looked up in full. `rule` and `rank` say what a pair must satisfy and what it
//! costs; this says the same, faster, and a test holds the two against each other.

use crate::domain::item::Substitution;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::time::Instant;
use crate::matching::entry::Entry;
use crate::matching::rank::{Charges, fit_cost, quantity, split, substitution_cost};
use crate::matching::rule::{LATE_DAYS_MAX, days_begun, days_whole, names, transit_micros};

/// In place of a time that is not stated: after every instant.
const NEVER: i64 = i64::MAX;

/// The figures of a need line. Times are in microseconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct NeedFigures {
    /// The smallest lot.
    pub(super) lot: i64,
    /// Rules in words must be looked up.
    pub(super) in_words: bool,
    /// The tier in force.
    pub(super) tier: u8,
    amount: i64,
    /// The whole quantity.
    pub(super) quantity: i64,
    receives: i64,
    /// Not before now; [`NEVER`] if the need states no day.
    due: i64,
    shelf_life_days: u32,
    accepts_lower: bool,
}

/// The figures of an offer line. Times are in microseconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct OfferFigures {
    /// The smallest lot.
    pub(super) lot: i64,
    /// Rules in words must be looked up.
    pub(super) in_words: bool,
    amount: i64,
    quantity: i64,
    /// Not before now.
    leaves: i64,
    /// [`NEVER`] if the offer states no last day.
    last: i64,
    /// It can still leave.
    is_there: bool,
    expires: Option<i64>,
    /// It is meant for some cities only.
    pub(super) is_earmarked: bool,
    /// Some cities may not have it.
    excludes: bool,
}

/// What both lines together say.
pub(super) struct Between {
    /// What the offered item is to the one that is asked for.
    pub(super) substitution: Substitution,
    /// The distance, if it is known; nothing within one city.
    pub(super) km: Option<u32>,
    /// The two cities are partners.
    pub(super) partners: bool,
}

impl NeedFigures {
    /// The figures of this line; `default_days` is the shelf life needed if it states none.
    pub(super) fn of(entry: &Entry<NeedLine>, epoch: Instant, default_days: u32) -> Self {
        let line = &*entry.line;
        Self {
            lot: line.min_lot.get(),
            in_words: !line.attributes.is_empty() || !line.acceptable_bases.is_empty() || !entry.is_shared(),
            tier: line.urgency.tier(),
            amount: entry.amount.map_or(i64::MAX, |amount| amount.get()),
            quantity: quantity(line),
            receives: line.needed.earliest().unwrap_or(Instant::MIN).micros(),
            due: line.needed.latest().map_or(NEVER, |due| due.max(epoch).micros()),
            shelf_life_days: line.min_shelf_life.map_or(default_days, |life| life.days()),
            accepts_lower: line.accept_lower_grade,
        }
    }
}

impl OfferFigures {
    /// The figures of this line.
    pub(super) fn of(entry: &Entry<OfferLine>, epoch: Instant) -> Self {
        let line = &*entry.line;
        Self {
            lot: line.min_lot.get(),
            in_words: !entry.is_shared(),
            amount: entry.amount.map_or(i64::MAX, |amount| amount.get()),
            quantity: quantity(line),
            leaves: line.available.earliest().map_or(epoch, |from| from.max(epoch)).micros(),
            last: line.available.latest().map_or(NEVER, Instant::micros),
            is_there: line.available.latest().is_none_or(|last| last >= epoch),
            expires: line.expires.map(Instant::micros),
            is_earmarked: !line.earmarked_for.is_empty(),
            excludes: !line.excluded.is_empty(),
        }
    }
}

/// What is asked thousands of times more often than all else of a need line: 24 bytes.
pub(super) struct Gist {
    pub(super) quantity: i64,
    pub(super) spot: u32,
    pub(super) item: u32,
    pub(super) has_partners: bool,
}

impl Gist {
    /// Whether every pair with this offer line costs at least this much.
    pub(super) fn costs_at_least(
        &self,
        cost: i64,
        offer: &OfferFigures,
        substitution: Substitution,
        km: u32,
    ) -> bool {
        let fit = fit_cost(self.has_partners, offer.is_earmarked);
        let least = i64::from(km + substitution_cost(substitution) + fit);
        // The last part takes a division, and is asked for only where it may decide.
        least >= cost || least + i64::from(split(self.quantity, offer.quantity)) >= cost
    }
}

/// What this pair costs; `None` if a rule in figures forbids it. The rules in words are not asked.
pub(super) fn cost(
    (asks, need): (&Entry<NeedLine>, &NeedFigures),
    (gives, offer): (&Entry<OfferLine>, &OfferFigures),
    between: &Between,
) -> Option<u32> {
    let &Between { substitution, km, partners } = between;
    let serves = match substitution {
        Substitution::Same | Substitution::Open | Substitution::Higher(_) => true,
        Substitution::Lower(_) => need.accepts_lower,
        Substitution::Unspecified | Substitution::Unrelated => false,
    };
    let transit = transit_micros(km);
    let arrives = |leaves: i64| leaves.saturating_add(transit).min(Instant::MAX.micros());
    let arrival = arrives(offer.leaves).max(need.receives);
    let days_late = days_begun(arrival.saturating_sub(need.due));
    let keeps =
        offer.expires.is_none_or(|end| end >= arrival && days_whole(end - arrival) >= need.shelf_life_days);
    let in_time = offer.is_there && arrives(offer.last) >= need.receives && days_late <= LATE_DAYS_MAX;
    let makes_a_lot = need.amount.min(offer.amount) >= need.lot.max(offer.lot);
    if !(serves && in_time && keeps && makes_a_lot) {
        return None;
    }
    let earmarked = offer.is_earmarked && names(&gives.line.earmarked_for, asks);
    if offer.is_earmarked && !earmarked || offer.excludes && names(&gives.line.excluded, asks) {
        return None;
    }
    let (needed, offered) = (need.quantity, offer.quantity);
    Some(Charges { km, days_late, substitution, needed, offered, partners, earmarked }.sum())
}
