//! What must stay the same when the same situation is written down differently: in another order, under other names, in more
//! lines, in other units, or with a line that is of no use to anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::quantity::AMOUNT_MAX;
use crate::matching::tests::random::{Built, Dice, Family, RATIOS};
use crate::matching::tests::served::{Ranks, by_city, most, of_need, ranks, tiers};
use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Epoch, Plan, Planner, exact, pair, plan};

/// How many families each property is tried on.
const FAMILIES: u64 = 60;

/// Both planners, live first.
pub(super) const PLANNERS: [fn(&crate::matching::View, &crate::domain::item::Catalogue) -> Plan; 2] =
    [plan, exact];

/// So many families over all ratios, each with its seed.
pub(super) fn families(count: u64) -> impl Iterator<Item = (u64, Family)> {
    let ratio = |seed: u64| RATIOS[usize::try_from(seed).unwrap() % RATIOS.len()];
    (1_000..1_000 + count).map(move |seed| (seed, Family::draw(seed, ratio(seed))))
}

/// What both planners make of a family.
pub(super) fn both(family: &Family) -> [Plan; 2] {
    let view = family.build().town.view();
    PLANNERS.map(|planner| planner(&view, &CATALOGUE))
}

/// Who gives whom how much.
fn given(plan: &Plan) -> BTreeMap<(String, String), i64> {
    let one =
        |m: &crate::matching::Match| ((m.need_line.to_string(), m.offer_line.to_string()), m.amount.get());
    plan.suggestions().iter().map(one).collect()
}

fn times(ranks: [i64; 4], factor: i64) -> [i64; 4] {
    ranks.map(|units| units * factor)
}

fn scaled(family: &Family, factor: i64) -> Family {
    let mut family = family.clone();
    family.needs.iter_mut().for_each(|need| need.amount *= factor);
    family.offers.iter_mut().for_each(|offer| offer.amount *= factor);
    family
}

fn planner(town: &Town) -> Planner {
    Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()))
}

#[test]
fn in_whatever_order_lines_places_and_partners_arrive_the_plan_is_the_one_from_nothing() {
    for (seed, family) in families(FAMILIES / 2) {
        let mut dice = Dice::new(seed);
        let Built { town, needs, offers } = family.build();
        let mut planner = planner(&town);
        let mut lines: Vec<_> = needs.into_iter().chain(offers).collect();
        let mut places: Vec<_> = town.sources.places.clone().into_iter().collect();
        dice.shuffle(&mut lines);
        dice.shuffle(&mut places);
        let partners_after = dice.below(lines.len());
        for (at, line) in lines.iter().enumerate() {
            town.tell(&mut planner, line);
            if at == partners_after {
                planner.set_partners(town.sources.partners.clone());
            }
            if let Some((city, place)) = places.pop() {
                planner.set_place(&city, Some(place));
            }
            if dice.chance(10) {
                planner.plan();
            }
        }
        places.into_iter().for_each(|(city, place)| planner.set_place(&city, Some(place)));
        assert_eq!(planner.plan(), town.plan(), "seed {seed}\n{}", family.shown());
    }
}

#[test]
fn two_changes_in_either_order_give_the_plan_from_nothing() {
    for (seed, before) in families(FAMILIES / 2) {
        let mut dice = Dice::new(seed);
        let mut after = before.clone();
        let (need, offer) = (dice.below(after.needs.len()), dice.below(after.offers.len()));
        after.needs[need].amount += dice.between(1, 500);
        after.needs[need].tier = u8::try_from(dice.between(1, 4)).unwrap();
        after.offers[offer].counted = dice.between(0, after.offers[offer].amount);
        let (old, new) = (before.build(), after.build());
        for turned in [false, true] {
            let mut planner = planner(&old.town);
            old.town
                .sources
                .places
                .iter()
                .for_each(|(city, place)| planner.set_place(city, Some(place.clone())));
            planner.set_partners(old.town.sources.partners.clone());
            old.needs.iter().chain(&old.offers).for_each(|line| old.town.tell(&mut planner, line));
            planner.plan();
            let mut changed = [&new.needs[need], &new.offers[offer]];
            if turned {
                changed.reverse();
            }
            for line in changed {
                new.town.tell(&mut planner, line);
                planner.plan();
            }
            assert_eq!(planner.plan(), new.town.plan(), "seed {seed} {turned}\n{}", after.shown());
        }
    }
}

#[test]
fn under_other_names_and_numbers_every_tier_gets_as_many_units_and_exactly_planned_every_step() {
    for (seed, family) in families(FAMILIES) {
        let mut dice = Dice::new(seed);
        let mut other = family.clone();
        let mut names: Vec<_> = (0..other.cities.len()).map(|at| format!("burgh-{at}")).collect();
        dice.shuffle(&mut names);
        other.cities.iter_mut().zip(names).for_each(|(city, name)| city.name = name);
        let mut numbers: Vec<_> = other.needs.iter().map(|need| need.number + 7_000).collect();
        dice.shuffle(&mut numbers);
        other.needs.iter_mut().zip(numbers).for_each(|(need, number)| need.number = number);
        let mut numbers: Vec<_> = other.offers.iter().map(|offer| offer.number + 7_000).collect();
        dice.shuffle(&mut numbers);
        other.offers.iter_mut().zip(numbers).for_each(|(offer, number)| offer.number = number);
        let (one, other) = (both(&family).map(|plan| ranks(&plan)), both(&other).map(|plan| ranks(&plan)));
        assert_eq!(tiers(&one[0]), tiers(&other[0]), "seed {seed}\n{}", family.shown());
        assert_eq!(one[1], other[1], "seed {seed}\n{}", family.shown());
    }
}

#[test]
fn a_need_in_two_halves_brings_its_city_as_much_as_a_whole_one_and_changes_no_step_of_an_exact_plan() {
    for (seed, family) in families(FAMILIES) {
        let mut dice = Dice::new(seed);
        let at = dice.below(family.needs.len());
        let mut halved = family.clone();
        let mut half = halved.needs[at].clone();
        if half.amount < 2 {
            continue;
        }
        (half.number, half.amount) = (family.next_need(), half.amount / 2);
        halved.needs[at].amount -= half.amount;
        halved.needs.push(half);
        let city = family.cities[family.needs[at].city].name.parse().unwrap();
        let (one, other) = (both(&family), both(&halved));
        assert_eq!(tiers(&ranks(&one[0])), tiers(&ranks(&other[0])), "seed {seed}\n{}", family.shown());
        assert_eq!(ranks(&one[1]), ranks(&other[1]), "seed {seed}\n{}", family.shown());
        for (one, other) in one.iter().zip(&other) {
            let of = |plan: &Plan| by_city(plan).get(&city).copied().unwrap_or_default();
            assert_eq!(of(one), of(other), "seed {seed} {city}\n{}", family.shown());
        }
    }
}

#[test]
fn any_factor_on_all_quantities_is_a_factor_on_every_tier() {
    for (seed, family) in families(FAMILIES) {
        let one = both(&family).map(|plan| tiers(&ranks(&plan)));
        for factor in [3, 1_000] {
            let other = both(&scaled(&family, factor)).map(|plan| tiers(&ranks(&plan)));
            assert_eq!(
                one.map(|tiers| times(tiers, factor)),
                other,
                "seed {seed} {factor}\n{}",
                family.shown()
            );
        }
    }
}

/// Where a unit cannot be divided, a factor lets it be: so only from quantities on that no step cuts to single units.
#[test]
fn a_power_of_two_on_all_quantities_is_a_factor_on_every_suggestion() {
    for (seed, family) in families(FAMILIES) {
        let family = scaled(&family, 64);
        for (one, other) in both(&family).iter().zip(&both(&scaled(&family, 8))) {
            let mut times = given(one);
            times.values_mut().for_each(|units| *units *= 8);
            assert_eq!(times, given(other), "seed {seed}\n{}", family.shown());
        }
    }
}

#[test]
fn an_offer_that_no_need_can_use_changes_neither_plan() {
    for (seed, family) in families(FAMILIES) {
        let mut dice = Dice::new(seed);
        let mut other = family.clone();
        let mut useless = other.offers[dice.below(other.offers.len())].clone();
        let all = (0..other.cities.len()).collect();
        (useless.number, useless.countries) = (other.next_offer(), Vec::new());
        match dice.below(5) {
            0 => useless.more = "stale".to_owned(),
            1 => useless.more = "closed".to_owned(),
            2 => useless.more = "unit=set".to_owned(),
            3 => useless.more = "from=90".to_owned(),
            _ => useless.excluded = all,
        }
        if useless.more == "from=90" {
            other.needs.iter_mut().for_each(|need| need.more = "by=9".to_owned());
        }
        let before = both(&other);
        other.offers.push(useless);
        for (before, after) in before.iter().zip(both(&other)) {
            assert_eq!(before.suggestions(), after.suggestions(), "seed {seed}\n{}", other.shown());
            assert_eq!(before.digest, after.digest);
        }
    }
}

#[test]
fn what_is_given_is_possible_and_no_line_gives_or_gets_more_than_it_has_or_lacks() {
    for (seed, family) in families(FAMILIES) {
        let Built { town, needs, offers } = family.build();
        let view = town.view();
        for planner in PLANNERS {
            let plan = planner(&view, &CATALOGUE);
            let told = || format!("seed {seed}\n{}", family.shown());
            for (need, row) in needs.iter().zip(&family.needs) {
                assert!(of_need(&plan, need) <= row.amount, "{need} {}", told());
            }
            for (offer, row) in offers.iter().zip(&family.offers) {
                let sum: i64 = plan
                    .suggestions()
                    .iter()
                    .filter(|one| one.offer_line == *offer)
                    .map(|one| one.amount.get())
                    .sum();
                assert!(sum <= row.amount, "{offer} {}", told());
            }
            for one in plan.suggestions() {
                let (need, offer) =
                    (view.need(&one.need_line).unwrap(), view.offer(&one.offer_line).unwrap());
                assert_eq!(pair::of(&view, &CATALOGUE, need, offer).blocks(), Vec::new(), "{}", told());
            }
        }
    }
}

#[test]
fn the_largest_quantities_are_planned_like_small_ones() {
    for (seed, family) in families(FAMILIES / 2) {
        let largest = family.needs.iter().map(|need| need.amount);
        let largest = largest.chain(family.offers.iter().map(|offer| offer.amount)).max().unwrap();
        let factor = AMOUNT_MAX / largest;
        let one = both(&family).map(|plan| times(tiers(&ranks(&plan)), factor));
        let large = scaled(&family, factor);
        let other = both(&large).map(|plan| ranks(&plan));
        assert_eq!(
            one,
            other.each_ref().map(|ranks: &Ranks| tiers(ranks)),
            "seed {seed}\n{}",
            family.shown()
        );
        assert_eq!(other[1], most(&large.build()), "seed {seed}\n{}", large.shown());
    }
}

#[test]
fn a_thousand_lines_of_one_city_are_served_like_one() {
    for seed in 0..2 {
        let mut family = Family::sized(seed, 60, (5, 8), (10, 12));
        let mut large = family.needs[0].clone();
        family.needs.retain(|need| need.city != large.city);
        (large.amount, large.tier) = (40_000, 3);
        let mut split = family.clone();
        split.needs.extend((0..1_000).map(|at| {
            let mut part = large.clone();
            (part.number, part.amount) = (5_000 + at, 40);
            part
        }));
        family.needs.push(large);
        let (one, other) = (both(&family), both(&split));
        assert_eq!(tiers(&ranks(&one[0])), tiers(&ranks(&other[0])), "seed {seed}");
        assert_eq!(ranks(&one[1]), ranks(&other[1]), "seed {seed}");
        assert_eq!(ranks(&other[1]), most(&split.build()), "seed {seed}");
        assert!(other.iter().all(|plan| plan.parts.values().all(|part| !part.cut_short)));
    }
}
