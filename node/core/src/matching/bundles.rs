//! Bundles: who could carry what a plan suggests. The goods are planned first; what then has to travel is offered to the lanes
//! that nobody needs for transport of their own.

use std::collections::BTreeMap;

use crate::domain::id::LineId;
use crate::domain::kind::Kind;
use crate::domain::quantity::Amount;
use crate::domain::terms::Payer;
use crate::matching::family::Family;
use crate::matching::part::Given;
use crate::matching::plan::Plan;
use crate::matching::rule::{DAY, LATE_DAYS_MAX};
use crate::matching::transport::{Carriage, Lane, Leg, carry};

/// What becomes of each suggestion of goods on its way, in the order of the plan.
pub(super) fn carriages(plan: &Plan) -> Vec<Carriage> {
    let ranked = (1..).zip(plan.ranked());
    let legs: Vec<_> = ranked.filter_map(|(rank, (given, family))| leg(plan, given, family, rank)).collect();
    if legs.is_empty() {
        return Vec::new();
    }
    carry(&plan.view.home, plan.epoch.begin(), &legs, &lanes(plan))
}

fn leg<'a>(plan: &Plan, given: &Given, family: &'a Family, rank: u32) -> Option<Leg<'a>> {
    let (need, offer) = (&family.needs[given.need as usize], &family.offers[given.offer as usize]);
    if need.line.kind != Kind::Goods {
        return None;
    }
    let whole = offer.line.quantity.cap().unwrap_or_default();
    Some(Leg {
        need_line: need.id.clone(),
        offer_line: offer.id.clone(),
        country: need.country,
        audience: &need.audience,
        shared: need.is_shared() && offer.is_shared(),
        exercise: need.exercise,
        tier: need.line.urgency,
        order: rank,
        from: offer.place.as_deref(),
        to: need.place.as_deref(),
        ready: offer.line.available.earliest(),
        due: need.line.needed.latest().map(|due| due.max(plan.epoch.begin()).plus(DAY * LATE_DAYS_MAX)),
        freight: offer.line.freight.of_part(given.amount.amount(), whole),
        supplier_brings: offer.line.terms.freight == Some(Payer::Supplier),
    })
}

/// The transport that is on offer, less what the plan gives to those who need transport for themselves.
fn lanes(plan: &Plan) -> Vec<Lane<'_>> {
    let mut given: BTreeMap<&LineId, Amount> = BTreeMap::new();
    for one in plan.suggestions().iter().filter(|one| one.kind == Kind::Transport) {
        let sum = given.entry(&one.offer_line).or_default();
        *sum = sum.saturating_add(one.amount.amount());
    }
    let families = plan.view.families.iter().filter(|(key, _)| key.kind == Kind::Transport);
    let ready = families.flat_map(|(_, family)| &family.offers).filter(|offer| offer.is_ready());
    let lane = ready.map(|offer| Lane {
        id: offer.id.clone(),
        line: &offer.line,
        from: offer.place.as_deref(),
        free: offer
            .amount
            .unwrap_or_default()
            .saturating_sub(given.get(&offer.id).copied().unwrap_or_default()),
        audience: &offer.audience,
        exercise: offer.exercise,
    });
    lane.collect()
}
