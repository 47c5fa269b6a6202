//! What one city cannot do to the others, and that many lines are still dealt with completely.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::lines::Lines;
use crate::domain::offer::OfferLine;
use crate::domain::place::Place;
use crate::domain::quantity::{AMOUNT_MAX, Unit};
use crate::domain::text::Words;
use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Epoch, LINES_PER_CITY_MAX, Plan, Planner, Readiness, TIER_ONE_LINES_MAX, exact};

#[test]
fn a_city_that_calls_everything_life_saving_gets_twenty_lines_before_an_honest_one() {
    let mut town = Town::new();
    town.add("offer O1 north masks 1000");
    for _ in 0..LINES_PER_CITY_MAX {
        town.add("need north masks 10 tier=1");
    }
    town.add("need N1 far masks 500 tier=1");
    let plan = town.plan();
    let honest: i64 =
        plan.suggestions().iter().filter(|m| m.need_line == town.lines["N1"]).map(|m| m.amount.get()).sum();
    assert_eq!(honest, 500);
    let life_saving =
        plan.suggestions().iter().filter(|m| m.tier.tier() == 1 && m.need_line.owner().as_str() == "north");
    assert_eq!(life_saving.count(), TIER_ONE_LINES_MAX);
}

#[test]
fn the_largest_amounts_neither_wrap_nor_stop_the_plan() {
    let town = Town::of(&format!(
        "offer O1 north masks {AMOUNT_MAX} | offer O2 north masks {AMOUNT_MAX} | need N1 south masks {AMOUNT_MAX}+ counted=1"
    ));
    let plan = town.plan();
    assert_eq!(plan.suggestions().iter().map(|m| m.amount.get()).sum::<i64>(), AMOUNT_MAX - 1);
}

#[test]
fn a_city_that_claims_to_have_more_than_can_be_counted_still_gets_a_plan_and_the_last_turn() {
    let mut town = Town::of("offer O1 north masks 100 | need N1 south masks 60 | need N2 east masks 60");
    for _ in 0..1_030 {
        town.add(&format!("need south masks 10 counted={AMOUNT_MAX}"));
    }
    assert_eq!(town.shown(), "O1 N1 40, O1 N2 60");
    let exactly = exact(&town.view(), &CATALOGUE);
    assert_eq!(exactly.suggestions().iter().map(|m| m.amount.get()).sum::<i64>(), 100);
}

#[test]
fn of_needs_without_a_figure_no_city_is_first_for_its_name_or_its_many_lines() {
    let mut firsts = BTreeSet::new();
    for number in 0..20 {
        let mut town = Town::new();
        town.next = 100 * number + 10;
        for _ in 0..3 {
            town.add("need east masks ?");
        }
        town.add("need west masks ?");
        town.add("offer north masks 9");
        town.add("offer south masks 5");
        let served: BTreeSet<_> =
            town.plan().suggestions().iter().map(|m| m.need_line.owner().as_str().to_owned()).collect();
        assert_eq!(served.len(), 2, "one each before anybody's second");
        firsts.insert(town.plan().suggestions()[0].need_line.owner().as_str().to_owned());
    }
    assert_eq!(firsts.len(), 2);
}

/// The most that is ever kept while one offer changes ten thousand times.
fn most_kept(change: impl Fn(&Town, &mut OfferLine, u32), kept: impl Fn(&mut Planner) -> usize) -> usize {
    let town = Town::of("offer O1 north masks 9 | need N1 south masks 3");
    let mut planner =
        Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()));
    town.tell(&mut planner, &town.lines["N1"]);
    let after = (0..10_000).map(|number| {
        let mut offer = town.sources.offers[&town.lines["O1"].record].clone();
        let mut line = offer.record.lines.iter().next().unwrap().clone();
        change(&town, &mut line, number);
        offer.record.lines = Lines::new(vec![line]).unwrap();
        planner.set_offer(offer);
        kept(&mut planner)
    });
    after.max().unwrap()
}

#[test]
fn places_of_lines_that_changed_are_not_kept_for_ever() {
    let change = |town: &Town, line: &mut OfferLine, number: u32| {
        let name = Words::new(format!("Depot {number}")).unwrap();
        line.available_at = town.sources.places.values().next().map(|place| Place { name, ..place.clone() });
    };
    let most = most_kept(change, |planner| planner.plan().view().geography.len());
    assert!(most < 5_000, "{most} places");
}

#[test]
fn units_of_lines_that_changed_are_not_kept_for_ever() {
    let change = |_: &Town, line: &mut OfferLine, number: u32| {
        line.quantity.unit = Unit::Pack(Words::new(format!("crate {number}")).unwrap());
    };
    let kept = |planner: &mut Planner| {
        planner.plan();
        planner.units_kept()
    };
    let most = most_kept(change, kept);
    assert!(most < 5_000, "{most} units");
}

#[test]
fn a_city_whose_lines_begin_anywhere_in_a_family_has_no_more_than_its_limit() {
    for before in [1, LINES_PER_CITY_MAX / 2 - 1, LINES_PER_CITY_MAX / 2] {
        let mut town = Town::new();
        (0..before).for_each(|_| drop(town.add("need east masks 1")));
        (0..=LINES_PER_CITY_MAX).for_each(|_| drop(town.add("need south masks 1")));
        let view = town.view();
        assert_eq!(view.needs().filter(|need| need.readiness == Readiness::OverLimit).count(), 1, "{before}");
    }
}

#[test]
fn a_need_goes_on_drawing_until_all_small_offers_are_used() {
    let mut town = Town::new();
    for _ in 0..300 {
        town.add("offer north masks 1");
    }
    town.add("need N1 south masks 1000");
    town.add("need N2 east masks 1000 tier=4");
    assert_eq!(town.plan().suggestions().len(), 300);
    assert!(town.plan().suggestions().iter().all(|m| m.need_line == town.lines["N1"]));
}

#[test]
fn plans_of_one_epoch_are_equal_and_the_next_epoch_has_another_input_digest() {
    let mut town = Town::of("offer O1 north masks 9 | need N1 south masks 3");
    let first = town.plan();
    town.now = "2027-03-01T00:04:59Z".parse().unwrap();
    assert_eq!(town.plan(), first);
    town.now = "2027-03-01T00:05:00Z".parse().unwrap();
    assert_ne!(town.plan().input_digest, first.input_digest);
    assert_eq!(town.plan().digest, first.digest);
}

#[test]
fn every_change_of_a_line_that_takes_part_changes_the_input_digest() {
    let digest = |lines: &str| Town::of(lines).plan().input_digest;
    let first = digest("offer O1 north masks 9 | need N1 south masks 3");
    for other in [
        "offer O1 north masks 8 | need N1 south masks 3",
        "offer O1 north masks 9 counted=1 | need N1 south masks 3",
        "offer O1 north masks 9 lot=1 | need N1 south masks 3",
        "offer O1 north masks 9 by=9 | need N1 south masks 3",
        "offer O1 north masks 9 earmark=south | need N1 south masks 3",
        "offer O1 north masks 9 exclude=south | need N1 south masks 3",
        "offer O1 north masks 9 | need N1 south masks 3 tier=2",
        "offer O1 north masks 9 | need N1 south masks 3 lower",
        "offer O1 north masks 9 | need N1 south masks 3 shelf=3",
        "offer O1 north masks 9 at=Depot | need N1 south masks 3",
        "offer O1 north masks 9 | need N1 south masks 3 attr=bfe:98",
        "offer O1 north masks 9 basis=loan | need N1 south masks 3",
        "offer O1 north masks 9 | need N1 south masks 3 bases=loan",
        "offer O1 north masks 9 | need N1 south masks 3 exercise",
    ] {
        assert_ne!(digest(other), first, "{other}");
    }
    assert_eq!(
        digest("offer O1 north masks 9 | need N1 south masks 3 | offer O2 north masks 9 stale"),
        first
    );
}

#[test]
fn a_line_is_kept_once_by_its_record_and_by_the_plan() {
    let town = Town::of("offer O1 north masks 9 | need N1 south masks 3");
    let mut planner =
        Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()));
    ["O1", "N1"].iter().for_each(|line| town.tell(&mut planner, &town.lines[*line]));
    let plan = planner.plan();
    let asked = planner.sources().needs.values().flat_map(|need| need.record.lines.shared());
    assert!(asked.zip(plan.view().needs()).all(|(line, entry)| Arc::ptr_eq(line, &entry.line)));
    let offered = planner.sources().offers.values().flat_map(|offer| offer.record.lines.shared());
    assert!(offered.zip(plan.view().offers()).all(|(line, entry)| Arc::ptr_eq(line, &entry.line)));
}

#[test]
fn lines_at_one_place_keep_it_once() {
    let town = Town::of("offer O1 north masks 9 | offer O2 north masks 3 | need N1 south masks 3");
    let view = town.view();
    let place = |line: &str| view.offer(&town.lines[line]).unwrap().place.as_ref().unwrap();
    assert!(Arc::ptr_eq(place("O1"), place("O2")));
}

#[test]
fn a_line_that_says_the_same_in_the_next_epoch_is_kept_once() {
    let town = Town::of("offer O1 north masks 9 | need N1 south masks 3");
    let epoch = Epoch::containing(town.now);
    let mut planner = Planner::new(town.home.clone(), epoch, Arc::new(CATALOGUE.clone()));
    ["N1", "O1"].iter().for_each(|line| town.tell(&mut planner, &town.lines[*line]));
    // The first epoch numbers places as lines come, the others by the order of ids.
    planner.turn_to(Epoch::containing(epoch.end()));
    let before = planner.plan();
    planner.turn_to(Epoch::containing(before.epoch.end()));
    let after = planner.plan();
    let lines = |plan: &Plan| -> Vec<*const _> { plan.view().needs().map(std::ptr::from_ref).collect() };
    assert_eq!(lines(&before), lines(&after));
    assert_eq!(lines(&after).len(), 1);
}
