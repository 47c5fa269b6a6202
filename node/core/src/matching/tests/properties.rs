//! What holds of every plan, tried on random small towns.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::domain::id::LineId;
use crate::domain::quantity::Amount;
use crate::matching::family::{self, Remaining};
use crate::matching::rank::Order;
use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Plan, View};

/// A line as it would stand in a table: anything that a city might write.
pub(super) fn line() -> impl Strategy<Value = String> {
    let city = prop::sample::select(vec!["north", "south", "harbor", "east", "far"]);
    let item = prop::sample::select(vec!["masks", "masks", "basic", "respirators", "tests", "south:gadget"]);
    let amount = (0..40_u32, prop::sample::select(vec!["", "", "", "+"]));
    let need_when = prop::sample::select(vec!["", "", "", "by=2", "by=-3", "from=5", "on_hold", "shelf=90"]);
    let need = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "lower",
        "private",
        "exercise",
        "lot=9",
        "bases=gift",
        "attr=bfe:98",
        "group=medics",
        "counted=7",
    ]);
    let offer_when =
        prop::sample::select(vec!["", "", "", "by=2", "by=-3", "from=20", "expires=30", "stale", "closed"]);
    let offer = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "private",
        "exercise",
        "lot=9",
        "basis=loan",
        "attr=bfe:95",
        "group=medics",
        "counted=7",
        "earmark=east,SO",
        "exclude=south",
        "at=Depot",
    ]);
    let options = (1..=4_u8, need_when, need, offer_when, offer);
    (any::<bool>(), city, item, amount, options).prop_map(|(is_need, city, item, (amount, plus), options)| {
        let (tier, need_a, need_b, offer_a, offer_b) = options;
        if is_need {
            format!("need {city} {item} {amount}{plus} tier={tier} {need_a} {need_b}")
        } else {
            format!("offer {city} {item} {amount}{plus} {offer_a} {offer_b}")
        }
    })
}

pub(super) fn town(lines: &[String]) -> Town {
    let mut town = Town::new();
    for line in lines {
        town.add(line);
    }
    town
}

/// The plan by its definition: every possible pair of the shared lines in order, then the others.
fn by_definition(view: &View) -> Vec<(LineId, LineId, Amount)> {
    let mut remaining = Remaining::all(view);
    let mut dealt = Vec::new();
    for shared in [true, false] {
        let mut pairs = Vec::new();
        for (n, need) in view.needs.iter().enumerate() {
            for (o, offer) in view.offers.iter().enumerate() {
                let pair = family::pair(view, &CATALOGUE, need, offer);
                let ready = need.readiness.need_code().is_none() && offer.readiness.offer_code().is_none();
                if ready && (need.is_shared() && offer.is_shared()) == shared && pair.blocks().is_empty() {
                    pairs.push((Order::of(&pair, n as u32, o as u32), pair.lot()));
                }
            }
        }
        pairs.sort();
        for (order, lot) in pairs {
            let (n, o) = (order.need as usize, order.offer as usize);
            let amount = remaining.needs[n].min(remaining.offers[o]);
            if amount >= lot && !amount.is_zero() {
                remaining.needs[n] = remaining.needs[n].saturating_sub(amount);
                remaining.offers[o] = remaining.offers[o].saturating_sub(amount);
                dealt.push((view.needs[n].id.clone(), view.offers[o].id.clone(), amount));
            }
        }
    }
    dealt
}

fn dealt(plan: &Plan) -> Vec<(LineId, LineId, Amount)> {
    let one = |m: &crate::matching::Match| (m.need_line.clone(), m.offer_line.clone(), m.amount.amount());
    plan.suggestions.iter().map(one).collect()
}

fn given<'a>(
    plan: &'a Plan,
    line: impl Fn(&'a crate::matching::Match) -> &'a LineId,
) -> BTreeMap<LineId, Amount> {
    let mut sums = BTreeMap::new();
    for one in &plan.suggestions {
        let sum: &mut Amount = sums.entry(line(one).clone()).or_default();
        *sum = sum.checked_add(one.amount.amount()).unwrap();
    }
    sums
}

proptest! {
    #[test]
    fn the_order_in_which_records_arrive_does_not_matter(lines in prop::collection::vec(line(), 0..24), seed in any::<u64>()) {
        let town = town(&lines);
        let mut shuffled = Town::new();
        let mut needs: Vec<_> = town.sources.needs.clone().into_iter().collect();
        let turn = seed as usize % needs.len().max(1);
        needs.rotate_left(turn);
        shuffled.sources.offers.extend(town.sources.offers.clone().into_iter().rev());
        shuffled.sources.needs.extend(needs);
        shuffled.sources.counted = town.sources.counted.clone();
        prop_assert_eq!(town.view(), shuffled.view());
        prop_assert_eq!(town.plan(), shuffled.plan());
    }

    #[test]
    fn the_plan_is_the_one_that_the_order_defines(lines in prop::collection::vec(line(), 0..40)) {
        let town = town(&lines);
        prop_assert_eq!(dealt(&town.plan()), by_definition(&town.view()));
    }

    #[test]
    fn nothing_is_given_twice_and_nothing_is_served_twice(lines in prop::collection::vec(line(), 0..40)) {
        let town = town(&lines);
        let (view, plan) = (town.view(), town.plan());
        for (line, sum) in given(&plan, |one| &one.need_line) {
            prop_assert!(sum <= view.need(&line).unwrap().amount.unwrap());
        }
        for (line, sum) in given(&plan, |one| &one.offer_line) {
            prop_assert!(sum <= view.offer(&line).unwrap().amount.unwrap());
        }
    }

    #[test]
    fn no_unit_goes_to_a_tier_while_a_more_urgent_need_could_use_it(lines in prop::collection::vec(line(), 0..40)) {
        let town = town(&lines);
        let (view, plan) = (town.view(), town.plan());
        let served = given(&plan, |one| &one.need_line);
        for one in plan.suggestions.iter().filter(|one| !one.local) {
            let offer = view.offer(&one.offer_line).unwrap();
            for need in view.needs.iter().filter(|need| need.line.urgency < one.tier && need.is_shared()) {
                let pair = family::pair(&view, &CATALOGUE, need, offer);
                let lacks = need.amount.unwrap_or_default();
                let lacks = lacks.saturating_sub(served.get(&need.id).copied().unwrap_or_default());
                let could = pair.blocks().is_empty() && !lacks.is_zero() && lacks.min(one.amount.amount()) >= pair.lot();
                prop_assert!(!could, "{} goes to {} instead of {}", one.offer_line, one.need_line, need.id);
            }
        }
    }

    #[test]
    fn an_offer_that_nobody_can_use_changes_nothing(
        lines in prop::collection::vec(line(), 0..24),
        unusable in prop::sample::select(vec![
            "offer north masks 99 stale", "offer north masks 99 closed", "offer north masks 99 earmark=west",
            "offer north blankets 99", "offer north masks ?", "offer north masks 99 by=-1", "offer north masks 0",
            "offer north north:mask.surgical.iir 99", "offer north masks 99 expires=-1",
        ]),
    ) {
        let before = town(&lines);
        let mut after = before.clone();
        after.add(unusable);
        prop_assert_eq!(before.plan().suggestions, after.plan().suggestions);
        prop_assert_eq!(before.plan().digest, after.plan().digest);
    }

    #[test]
    fn what_a_city_calls_its_own_connects_nothing(lines in prop::collection::vec(line(), 0..24)) {
        let before = town(&lines);
        let mut after = before.clone();
        for code in ["west:mask.surgical.iir", "west:respirator.n95.surgical", "west:x"] {
            after.add(&format!("offer west {code} 999"));
            after.add(&format!("need west {code} 5 tier=1"));
        }
        let of_others = |plan: &Plan| -> Vec<_> {
            dealt(plan).into_iter().filter(|(need, _, _)| need.owner().as_str() != "west").collect()
        };
        prop_assert_eq!(of_others(&before.plan()), of_others(&after.plan()));
    }

    #[test]
    fn every_suggestion_is_ranked_named_and_reasoned_and_its_reasons_support_it(lines in prop::collection::vec(line(), 0..24)) {
        let plan = town(&lines).plan();
        for (at, one) in plan.suggestions.iter().enumerate() {
            prop_assert_eq!(one.rank as usize, at + 1);
            prop_assert_eq!(one.id, crate::matching::MatchId::of(&one.need_line, &one.offer_line));
            prop_assert!(!one.reasons.is_empty() && one.reasons.iter().all(|reason| !reason.blocks()));
        }
    }
}
