//! The plan: suggestions dealt out greedily in rank order, tier by tier. Not optimal and not fair between cities of
//! one tier beyond what distance gives; but deterministic, bounded in work, and never more than there is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::domain::id::LineId;
use crate::domain::item::{CATALOGUE_VERSION, Catalogue, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::need::Urgency;
use crate::domain::quantity::{Amount, Positive, Unit};
use crate::matching::digest::{self, Digest};
use crate::matching::family::{self, Family, Remaining, Scope};
use crate::matching::rank::{self, Order};
use crate::matching::reason::Reason;
use crate::matching::rule::RULE_VERSION;
use crate::matching::view::{Epoch, View};

/// How many candidates a need line draws at first; each further draw doubles, so that a line whose candidates are all
/// taken looks at the offers a few times and not once for every offer.
const DRAW_FIRST: usize = 16;

/// The most candidates of one draw: what 5,000 lines may keep in memory at once stays near 100 MiB.
const DRAW_MAX: usize = 1_024;

/// The most pairs that a family looks at in one pass: 5,000 × 5,000 lines twice over with room to spare, in seconds.
/// A family beyond it is planned in part, the most urgent first.
const VISITS_MAX: usize = 1 << 26;

/// Suggestions by rank, with what they were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// First those that every node shares, then those of this node's private and group lines; each by rank.
    pub suggestions: Vec<Match>,
    /// Of the shared suggestions.
    pub digest: Digest,
    /// Of the shared lines and the rule. Equal inputs with unequal plans are an alarm.
    pub input_digest: Digest,
    /// By which rule.
    pub rule_version: &'static str,
    /// By which catalogue.
    pub catalogue_version: &'static str,
    /// What counted as now.
    pub epoch: Epoch,
}

/// A suggestion: this much of that offer line for this need line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Follows from the two lines.
    pub id: MatchId,
    /// For whom.
    pub need_line: LineId,
    /// From whom.
    pub offer_line: LineId,
    /// How much.
    pub amount: Positive,
    /// Of what unit.
    pub unit: Unit,
    /// What would be sent.
    pub item: ItemCode,
    /// What it is about.
    pub kind: Kind,
    /// The tier in force.
    pub tier: Urgency,
    /// Its place in the plan, from 1.
    pub rank: u32,
    /// How far, if that is known.
    pub distance_km: Option<u32>,
    /// Between drills.
    pub exercise: bool,
    /// Known to this node only, because one of the lines is private or a group's.
    pub local: bool,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
}

/// The id of a suggestion, the same on every node and in every plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchId([u8; 16]);

/// Computes the plan. The same view gives the same plan, whatever the order of its sources was.
#[must_use]
pub fn plan(view: &View, catalogue: &Catalogue) -> Plan {
    let mut remaining = Remaining::all(view);
    let mut suggestions: Vec<Match> = Vec::new();
    for scope in [Scope::Shared, Scope::Local] {
        let families = Family::split(view, catalogue, scope);
        let mut dealt: Vec<_> =
            families.into_iter().flat_map(|one| deal(view, one, &mut remaining)).collect();
        dealt.sort_unstable();
        for (order, amount) in dealt {
            let rank = u32::try_from(suggestions.len() + 1).unwrap_or(u32::MAX);
            suggestions.push(Match::of(view, catalogue, order, amount, rank));
        }
    }
    Plan {
        digest: digest::of_plan(suggestions.iter().filter(|one| !one.local)),
        input_digest: digest::of_input(view),
        suggestions,
        rule_version: RULE_VERSION,
        catalogue_version: CATALOGUE_VERSION,
        epoch: view.epoch,
    }
}

/// Walks the pairs of a family in rank order and gives each what is still lacking and free.
fn deal(view: &View, mut family: Family<'_>, remaining: &mut Remaining) -> Vec<(Order, Positive)> {
    let mut tiers: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for need in family.needs.clone() {
        tiers.entry(view.needs[need as usize].line.urgency.tier()).or_default().push(need);
    }
    let mut visits_left = VISITS_MAX;
    let mut dealt = Vec::new();
    for needs in tiers.into_values() {
        let mut queue = Queue::default();
        for need in needs {
            queue.draw(&mut family, need, Hand::default(), remaining, &mut visits_left);
        }
        while let Some((order, hand)) = queue.next() {
            dealt.extend(give(view, order, remaining).map(|amount| (order, amount)));
            queue.draw(&mut family, order.need, hand, remaining, &mut visits_left);
        }
    }
    dealt
}

/// Takes what the pair can have; `None` if that is no lot.
fn give(view: &View, order: Order, remaining: &mut Remaining) -> Option<Positive> {
    let (need, offer) = (order.need as usize, order.offer as usize);
    let amount = remaining.needs[need].min(remaining.offers[offer]);
    if amount < view.needs[need].line.min_lot.max(view.offers[offer].line.min_lot) {
        return None;
    }
    let given = Positive::try_from(amount).ok()?;
    remaining.needs[need] = remaining.needs[need].saturating_sub(amount);
    remaining.offers[offer] = remaining.offers[offer].saturating_sub(amount);
    Some(given)
}

/// The first candidate of each need line, and behind it the hand from which the line goes on.
#[derive(Default)]
struct Queue {
    first: BinaryHeap<Reverse<Order>>,
    hands: BTreeMap<u32, Hand>,
}

/// Candidates that a need line has drawn and not yet played, in order.
#[derive(Default)]
struct Hand {
    candidates: VecDeque<Order>,
    draws: u32,
    exhausted: bool,
}

impl Queue {
    /// The pair that comes first of all, with the rest of its need line's hand.
    fn next(&mut self) -> Option<(Order, Hand)> {
        let Reverse(order) = self.first.pop()?;
        let hand = self.hands.remove(&order.need).expect("a line in the queue has a hand");
        Some((order, hand))
    }

    /// Puts the next candidate of a need line into the queue, unless the line is served or has none left.
    fn draw(
        &mut self,
        family: &mut Family<'_>,
        need: u32,
        mut hand: Hand,
        remaining: &Remaining,
        visits_left: &mut usize,
    ) {
        if remaining.needs[need as usize].is_zero() {
            return;
        }
        if hand.candidates.is_empty() && !hand.exhausted && *visits_left >= family.offer_count() {
            *visits_left -= family.offer_count();
            let count = (DRAW_FIRST << hand.draws.min(6)).min(DRAW_MAX);
            hand.candidates = family.draw(need, count, remaining);
            hand.exhausted = hand.candidates.len() < count;
            hand.draws += 1;
        }
        if let Some(order) = hand.candidates.pop_front() {
            self.first.push(Reverse(order));
            self.hands.insert(need, hand);
        }
    }
}

impl Match {
    fn of(view: &View, catalogue: &Catalogue, order: Order, amount: Positive, rank: u32) -> Self {
        let (need, offer) = (&view.needs[order.need as usize], &view.offers[order.offer as usize]);
        let pair = family::pair(view, catalogue, need, offer);
        Self {
            id: MatchId::of(&need.id, &offer.id),
            need_line: need.id.clone(),
            offer_line: offer.id.clone(),
            amount,
            unit: offer.line.quantity.unit.clone(),
            item: offer.line.item.clone(),
            kind: offer.line.kind,
            tier: need.line.urgency,
            rank,
            distance_km: pair.km,
            exercise: need.exercise,
            local: !need.is_shared() || !offer.is_shared(),
            reasons: rank::supports(&pair, view, catalogue),
        }
    }

    /// The sum of what these suggestions give.
    pub(super) fn total<'a>(matches: impl IntoIterator<Item = &'a Self>) -> Amount {
        matches.into_iter().map(|one| one.amount.amount()).sum()
    }
}

impl MatchId {
    /// The id of the suggestion for this pair.
    #[must_use]
    pub fn of(need_line: &LineId, offer_line: &LineId) -> Self {
        let hash = Sha256::digest(format!("match {need_line} {offer_line}"));
        Self(hash[..16].try_into().expect("a SHA-256 has more than 16 bytes"))
    }
}

impl fmt::Display for MatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}
