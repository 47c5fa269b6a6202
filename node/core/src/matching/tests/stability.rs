//! What a small change may do to everybody else: more supply, a need that becomes more urgent, a suggestion that becomes a
//! commitment. Held of exact plans, counted of live ones.

use std::collections::BTreeMap;

use crate::matching::tests::invariants::{PLANNERS, both, families};
use crate::matching::tests::random::{Asked, Dice, Family, Offered};
use crate::matching::tests::served::{is_behind, of_need, ranks, tiers};
use crate::matching::tests::town::CATALOGUE;
use crate::matching::{Match, Plan};

/// How many families each change is tried on.
const FAMILIES: u64 = 120;

/// How many tight families: many are quick.
const TIGHT: u64 = 400;

/// Units by need and offer.
type Given = BTreeMap<(String, String), i64>;

fn given(plan: &Plan) -> Given {
    let one = |m: &Match| ((m.need_line.to_string(), m.offer_line.to_string()), m.amount.get());
    plan.suggestions().iter().map(one).collect()
}

/// How many pairs have another amount in the second plan, and how many have any in one of the two.
fn moved(one: &Given, other: &Given) -> (usize, usize) {
    let pairs: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    (pairs.iter().filter(|pair| one.get(**pair) != other.get(**pair)).count(), pairs.len())
}

#[test]
fn more_supply_takes_nothing_from_any_tier_and_those_above_it_together() {
    for (seed, family) in families(FAMILIES) {
        let mut dice = Dice::new(seed);
        let mut more = family.clone();
        if dice.chance(50) {
            let mut offer = more.offers[dice.below(more.offers.len())].clone();
            (offer.number, offer.amount) = (more.next_offer(), dice.between(1, 2_000));
            offer.city = dice.below(more.cities.len());
            more.offers.push(offer);
        } else {
            let at = dice.below(more.offers.len());
            more.offers[at].amount += dice.between(1, 2_000);
        }
        let (one, other) = (both(&family).map(|plan| ranks(&plan)), both(&more).map(|plan| ranks(&plan)));
        for planner in 0..2 {
            let (before, after) = (tiers(&one[planner]), tiers(&other[planner]));
            for tier in 1..=4 {
                let sum = |tiers: &[i64; 4]| tiers[..tier].iter().sum::<i64>();
                assert!(sum(&before) <= sum(&after), "seed {seed} {planner}\n{}", more.shown());
            }
        }
        assert!(!is_behind(&other[1], &one[1]), "seed {seed}\n{}", more.shown());
    }
}

/// A need line made more urgent, by this many tiers.
fn raised(family: &Family, at: usize, tier: u8) -> Family {
    let mut family = family.clone();
    family.needs[at].tier = tier;
    family
}

/// What a need line loses when it becomes more urgent, with each planner.
fn loss(family: &Family, at: usize, tier: u8) -> [i64; 2] {
    let (one, other) = (family.build(), raised(family, at, tier).build());
    let line = &one.needs[at];
    PLANNERS.map(|planner| {
        let fill = |view| of_need(&planner(&view, &CATALOGUE), line);
        fill(one.town.view()) - fill(other.town.view())
    })
}

#[test]
fn a_need_that_becomes_more_urgent_does_not_get_less() {
    let (mut cases, mut less) = (0, 0);
    for (seed, family) in families(FAMILIES) {
        let at = Dice::new(seed).below(family.needs.len());
        for tier in 1..family.needs[at].tier {
            let [live, exactly] = loss(&family, at, tier);
            assert!(exactly <= 0, "seed {seed}, need {at} to tier {tier}\n{}", family.shown());
            cases += 1;
            less += u32::from(live > 0);
        }
    }
    println!("of {cases} needs that became more urgent {less} get less in the live plan");
    assert!(less * 50 <= cases, "{less} of {cases}");
}

/// Three to five lines a side in two or three cities, so tight that everything depends on everything.
fn tight(seed: u64) -> Family {
    let mut family = Family::sized(seed, 100, (2, 3), (3, 5));
    let mut dice = Dice::new(seed);
    for need in &mut family.needs {
        (need.amount, need.tier) = (dice.between(1, 6), 1 + need.tier % 2);
        (need.item, need.more) = ("masks".to_owned(), String::new());
    }
    let cities = family.cities.len();
    for offer in &mut family.offers {
        offer.excluded = (0..cities).filter(|_| dice.chance(35)).collect();
        (offer.amount, offer.countries) = (dice.between(1, 5), Vec::new());
        (offer.item, offer.more) = ("masks".to_owned(), String::new());
    }
    family
}

#[test]
fn a_need_that_becomes_more_urgent_does_not_get_less_where_everything_is_tight() {
    let (mut cases, mut less) = (0, 0);
    for seed in 0..TIGHT {
        let family = tight(seed);
        for at in (0..family.needs.len()).filter(|at| family.needs[*at].tier == 2) {
            let [live, exactly] = loss(&family, at, 1);
            assert!(exactly <= 0, "seed {seed}, need {at}\n{}", family.shown());
            cases += 1;
            less += u32::from(live > 0);
        }
    }
    println!("of {cases} needs that became more urgent {less} get less in the live plan");
    assert!(less * 50 <= cases, "{less} of {cases}");
}

/// The family after a suggestion became a commitment.
fn committed(family: &Family, suggestion: &Match) -> Family {
    let mut family = family.clone();
    let number = |id: &crate::domain::id::LineId| id.record.number.get();
    let is_need = |need: &&mut Asked| need.number == number(&suggestion.need_line);
    family.needs.iter_mut().find(is_need).unwrap().counted += suggestion.amount.get();
    let is_offer = |offer: &&mut Offered| offer.number == number(&suggestion.offer_line);
    family.offers.iter_mut().find(is_offer).unwrap().counted += suggestion.amount.get();
    family
}

#[test]
fn a_suggestion_that_becomes_a_commitment_leaves_the_rest_of_an_exact_plan_as_it_was() {
    let (mut cases, mut changed, mut lines) = (0, 0, (0, 0));
    for (seed, family) in families(FAMILIES) {
        let mut dice = Dice::new(seed);
        for (at, (planner, before)) in PLANNERS.iter().zip(both(&family)).enumerate() {
            let Some(last) = before.suggestions().len().checked_sub(1) else { continue };
            let suggestion = &before.suggestions()[dice.below(last + 1)];
            let mut rest = given(&before);
            rest.remove(&(suggestion.need_line.to_string(), suggestion.offer_line.to_string()));
            let after = committed(&family, suggestion);
            let plan = planner(&after.build().town.view(), &CATALOGUE);
            let (moved, all) = moved(&rest, &given(&plan));
            let units = |given: &Given| given.values().sum::<i64>();
            assert_eq!(units(&rest), units(&given(&plan)), "seed {seed} {at}\n{}", family.shown());
            assert!(at == 0 || moved == 0, "seed {seed}\n{}", family.shown());
            cases += at;
            if at == 0 {
                changed += usize::from(moved > 0);
                lines = (lines.0 + moved, lines.1 + all);
            }
        }
    }
    println!("of {cases} commitments {changed} move something else in the live plan, and {lines:?} lines");
    assert!(lines.0 * 10 <= lines.1, "{lines:?}");
}
