//! What holds of every plan, tried on random small towns.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use crate::domain::id::LineId;
use crate::domain::quantity::Amount;
use crate::matching::board::{Board, Scope};
use crate::matching::geography::Distances;
use crate::matching::pair;
use crate::matching::rank::Price;
use crate::matching::roll::Roll;
use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Epoch, Plan, Planner, exact, plan};

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

/// Units by tier.
fn units(plan: &Plan) -> [i64; 5] {
    let mut units = [0; 5];
    for one in plan.suggestions().iter().filter(|one| !one.local) {
        units[usize::from(one.tier.tier())] += one.amount.get();
    }
    units
}

/// The same lines with any lot: a lot goes whole, which neither planner weighs against everything else.
fn in_any_lot(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| line.replace("lot=9", "")).collect()
}

fn dealt(plan: &Plan) -> Vec<(LineId, LineId, Amount)> {
    let one = |m: &crate::matching::Match| (m.need_line.clone(), m.offer_line.clone(), m.amount.amount());
    plan.suggestions().iter().map(one).collect()
}

fn given<'a>(
    plan: &'a Plan,
    line: impl Fn(&'a crate::matching::Match) -> &'a LineId,
) -> BTreeMap<LineId, Amount> {
    let mut sums = BTreeMap::new();
    for one in plan.suggestions() {
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
    fn every_tier_gets_as_many_units_as_any_plan_could_give_it(lines in prop::collection::vec(line(), 0..40)) {
        let view = town(&in_any_lot(&lines)).view();
        prop_assert_eq!(units(&plan(&view, &CATALOGUE)), units(&exact(&view, &CATALOGUE)));
    }

    #[test]
    fn a_plan_that_was_kept_while_lines_came_and_went_is_the_plan_from_nothing(
        lines in prop::collection::vec((line(), any::<bool>()), 0..24),
    ) {
        let mut town = Town::new();
        let mut planner = Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()));
        for (city, place) in &town.sources.places {
            planner.set_place(city, Some(place.clone()));
        }
        for (line, goes) in lines {
            let id = town.add(&line);
            town.tell(&mut planner, &id);
            if goes {
                let first = town.lines.values().next().unwrap().clone();
                town.remove(&first);
                planner.remove(&first.record);
            }
            prop_assert_eq!(planner.plan(), town.plan());
        }
    }

    #[test]
    fn figures_say_of_every_pair_what_rules_and_rank_say(lines in prop::collection::vec(line(), 0..24)) {
        let view = town(&lines).view();
        for family in view.families.values() {
            let mut distances = Distances::default();
            let needs = family.needs.iter().filter_map(|need| need.spot);
            let offers = family.offers.iter().filter_map(|offer| offer.spot);
            needs.chain(offers).for_each(|spot| distances.keep(&view.geography, spot));
            for scope in [Scope::Shared, Scope::Local] {
                let roll = Roll::of(&view, &CATALOGUE, family);
                let board = Board::new(&view, &distances, &roll, scope);
                for (need, asks) in (0..).zip(&board.needs) {
                    for (offer, gives) in (0..).zip(&board.offers) {
                        let pair = pair::of(&view, &CATALOGUE, asks.entry, gives.entry);
                        let takes =
                            scope == Scope::Shared || !asks.entry.is_shared() || !gives.entry.is_shared();
                        let price = (takes && pair.is_possible()).then(|| Price::of(&pair));
                        prop_assert_eq!(board.price(need, offer), price);
                        prop_assert_eq!(board.km_between(need, offer), pair.km);
                        let cost = i64::from(Price::of(&pair).cost);
                        prop_assert!(!board.reach(offer).costs_at_least(cost + 1, need));
                    }
                }
            }
        }
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
        let town = town(&in_any_lot(&lines));
        let (view, plan) = (town.view(), town.plan());
        let served = given(&plan, |one| &one.need_line);
        for one in plan.suggestions().iter().filter(|one| !one.local) {
            let offer = view.offer(&one.offer_line).unwrap();
            for need in view.needs().filter(|need| need.line.urgency < one.tier && need.is_shared()) {
                let pair = pair::of(&view, &CATALOGUE, need, offer);
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
        let (before, after) = (before.plan(), after.plan());
        prop_assert_eq!(before.suggestions(), after.suggestions());
        prop_assert_eq!(before.digest, after.digest);
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
        for (at, one) in plan.suggestions().iter().enumerate() {
            prop_assert_eq!(plan.suggestions().rank_of(one) as usize, at + 1);
            prop_assert_eq!(one.id, crate::matching::MatchId::of(&one.need_line, &one.offer_line));
            let reasons = plan.supports(&CATALOGUE, one);
            prop_assert!(!reasons.is_empty() && reasons.iter().all(|reason| !reason.blocks()));
        }
    }
}

/// A line of one family: so many of them that no need line has all offers on its list of what is nearby.
fn masks() -> impl Strategy<Value = String> {
    let city = prop::sample::select(vec!["north", "south", "harbor", "east", "far"]);
    let options =
        prop::sample::select(vec!["", "", "", "lot=9", "exclude=south", "at=Depot", "by=2", "counted=3"]);
    (any::<bool>(), city, 1..40_u32, 1..=4_u8, options).prop_map(|(is_need, city, amount, tier, options)| {
        let (word, tier) = if is_need { ("need", format!("tier={tier}")) } else { ("offer", String::new()) };
        let options = if is_need { "" } else { options };
        format!("{word} {city} masks {amount} {tier} {options}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_kept_of_a_large_family_is_what_would_be_made_from_nothing(
        lines in prop::collection::vec(masks(), 110),
        changes in prop::collection::vec((masks(), any::<prop::sample::Index>(), any::<bool>()), 12),
    ) {
        let mut town = town(&lines);
        let mut planner = Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()));
        for (city, place) in &town.sources.places {
            planner.set_place(city, Some(place.clone()));
        }
        town.lines.values().for_each(|line| town.tell(&mut planner, line));
        prop_assert_eq!(planner.plan(), town.plan());
        for (line, at, goes) in changes {
            let ids: Vec<_> = town.lines.values().cloned().collect();
            let old = at.get(&ids);
            if goes {
                town.remove(old);
                planner.remove(&old.record);
            } else {
                let counted = Amount::new(1).unwrap();
                town.sources.counted.insert(old.clone(), counted);
                planner.set_counted(old, counted);
            }
            let new = town.add(&line);
            town.tell(&mut planner, &new);
            prop_assert_eq!(planner.plan(), town.plan());
        }
    }
}
