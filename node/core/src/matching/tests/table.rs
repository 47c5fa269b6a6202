//! Plans as tables: what is offered and needed on the left, who gets what on the right, in the order of the plan.

use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Partners, RuleCode};

fn check(table: &[&str]) {
    for row in table {
        let (lines, expected) = row.split_once("=>").expect("a row has an arrow");
        assert_eq!(Town::of(lines).shown(), expected.trim(), "{lines}");
    }
}

#[test]
fn an_offer_serves_a_need_of_the_same_item_as_far_as_both_go() {
    check(&[
        "offer O1 north masks 500 | need N1 south masks 300 => O1 N1 300",
        "offer O1 north masks 500 | need N1 south masks 900 => O1 N1 500",
        "offer O1 north masks 500 | need N1 south masks 300 | need N2 south masks 300 => O1 N2 300, O1 N1 200",
        "offer O1 north masks 200 | offer O2 east masks 200 | need N1 south masks 300 => O1 N1 200, O2 N1 100",
        "offer O1 south masks 500 | need N1 south masks 300 => O1 N1 300",
        "offer O1 north blankets 500 | need N1 south masks 300 =>",
        "offer O1 north masks 500 service | need N1 south masks 300 =>",
        "offer O1 north masks 500 unit=set | need N1 south masks 300 =>",
    ]);
}

#[test]
fn the_more_urgent_need_comes_first_however_far_and_then_the_nearest() {
    check(&[
        "offer O1 north masks 500 | need N1 north masks 400 tier=2 | need N2 far masks 400 tier=1 => O1 N2 400, O1 N1 100",
        "offer O1 far masks 500 | offer O2 harbor masks 500 | need N1 south masks 300 => O2 N1 300",
    ]);
}

#[test]
fn no_city_gets_its_next_step_before_every_city_has_the_one_before() {
    check(&[
        "offer O1 north masks 512 | need N1 far masks 400 | need N2 south masks 400 => O1 N2 256, O1 N1 256",
        "offer O1 north masks 600 | need N1 far masks 400 | need N2 south masks 400 => O1 N2 344, O1 N1 256",
        "offer O1 north masks 600 | need N1 far masks 100 | need N2 south masks 900 => O1 N2 500, O1 N1 100",
        "offer O1 north masks 96 | need N1 far masks 900 counted=32 | need N2 south masks 900 => O1 N2 64, O1 N1 32",
    ]);
}

#[test]
fn who_asks_for_more_or_in_more_lines_gets_no_more() {
    let of_south = |lines: &str| -> i64 {
        let town = Town::of(&format!("offer O1 south masks 512 | need N0 far masks 400 | {lines}"));
        let plan = town.plan();
        let own = plan.suggestions().iter().filter(|one| one.need_line.owner().as_str() == "south");
        own.map(|one| one.amount.get()).sum()
    };
    for lines in [
        "need N1 south masks 400",
        "need N1 south masks 800",
        "need N1 south masks 100000",
        "need N1 south masks 200 | need N2 south masks 200",
        "need N1 south masks 400 | need N2 south masks 400 | need N3 south masks 400",
    ] {
        assert_eq!(of_south(lines), 256, "{lines}");
    }
}

#[test]
fn what_another_city_gets_is_rerouted_so_that_nobody_stays_without() {
    check(&[
        "offer O1 south masks 9 | offer O2 far masks 9 exclude=north | need N1 south masks 9 | need N2 north masks 9 \
         => O1 N2 9, O2 N1 9",
        "offer O1 south masks 4 | offer O2 harbor masks 4 exclude=north | offer O3 far masks 4 exclude=north,south \
         | need N1 south masks 4 | need N2 north masks 4 | need N3 east masks 4 => O2 N1 4, O1 N2 4, O3 N3 4",
    ]);
}

#[test]
fn partners_and_those_an_offer_is_meant_for_come_before_others_nearby() {
    check(&[
        "offer O1 harbor masks 9 | offer O2 south masks 9 earmark=south | need N1 south masks 9 => O2 N1 9",
        "offer O1 north masks 9 | offer O2 harbor masks 9 earmark=south | need N1 south masks 9 => O2 N1 9",
    ]);
    let mut town = Town::of("offer O1 south masks 9 | need N1 harbor masks 1 | need N2 north masks 1");
    assert_eq!(town.shown(), "O1 N1 1, O1 N2 1");
    let publishes = |one: &str, other: &str| (one.parse().unwrap(), other.parse().unwrap());
    let half = [publishes("south", "north")].into();
    let both = [publishes("south", "north"), publishes("north", "south")].into();
    town.sources.partners = Partners::of(&half);
    assert_eq!(town.shown(), "O1 N1 1, O1 N2 1", "one side alone says nothing");
    town.sources.partners = Partners::of(&both);
    let fits = town.plan().supports(&CATALOGUE, &town.explain("N2").matches[0]);
    assert!(fits.iter().any(|reason| reason.code == RuleCode::Partners), "{fits:?}");
}

#[test]
fn only_what_is_lacking_and_free_is_planned() {
    check(&[
        "offer O1 north masks 500 counted=400 | need N1 south masks 300 => O1 N1 100",
        "offer O1 north masks 500 | need N1 south masks 300 counted=250 => O1 N1 50",
        "offer O1 north masks 500 counted=500 | need N1 south masks 300 =>",
        "offer O1 north masks 500 | need N1 south masks 300 counted=300 =>",
        "offer O1 north masks 500+ | need N1 south masks ~900 => O1 N1 500",
        "offer O1 north masks ? | need N1 south masks 300 =>",
        "offer O1 north masks 500 | need N1 south masks ? => O1 N1 500",
        "offer O1 north masks 500 | need N1 far masks ? tier=1 | need N2 south masks 300 => O1 N1 200, O1 N2 300",
        "offer O1 north masks 500 | need N1 south masks ? | need N2 far masks ? tier=2 => O1 N2 500",
    ]);
}

#[test]
fn what_is_not_open_or_not_confirmed_takes_no_part() {
    check(&[
        "offer O1 north masks 500 stale | need N1 south masks 300 =>",
        "offer O1 north masks 500 closed | need N1 south masks 300 =>",
        "offer O1 north masks 500 draft | need N1 south masks 300 =>",
        "offer O1 north masks 500 | need N1 south masks 300 on_hold =>",
        "offer O1 north masks 500 | need N1 south masks 300 fulfilled =>",
        "offer O1 north masks 500 | need N1 south masks 300 draft =>",
    ]);
}

#[test]
fn better_goods_may_stand_in_at_a_penalty_and_lower_ones_only_if_the_need_says_so() {
    check(&[
        "offer O1 north respirators 500 | need N1 south masks 300 => O1 N1 300",
        "offer O1 south respirators 500 | offer O2 harbor masks 100 | need N1 south masks 300 => O2 N1 100, O1 N1 200",
        "offer O1 south basic 500 | need N1 south masks 300 =>",
        "offer O1 south basic 500 | offer O2 north masks 100 | need N1 south masks 300 lower => O2 N1 100, O1 N1 200",
        "offer O1 south masks 500 | need N1 south respirators 300 lower =>",
        "offer O1 south mask.unspecified 500 | need N1 south mask.unspecified 300 => O1 N1 300",
        "offer O1 south masks 500 | need N1 south mask.unspecified 300 =>",
        "offer O1 north south:gadget 500 | need N1 south south:gadget 300 => O1 N1 300",
        "offer O1 north south:mask.surgical.iir 500 | need N1 south masks 300 =>",
        "offer O1 north unheard.of 500 | need N1 south unheard.of 300 => O1 N1 300",
    ]);
}

#[test]
fn asked_attributes_must_be_stated_at_the_level_and_with_the_evidence() {
    check(&[
        "offer O1 north masks 9 | need N1 south masks 3 attr=bfe:98 =>",
        "offer O1 north masks 9 attr=bfe:98 | need N1 south masks 3 attr=BFE:98 => O1 N1 3",
        "offer O1 north masks 9 attr=bfe:99 | need N1 south masks 3 attr=bfe:98 => O1 N1 3",
        "offer O1 north masks 9 attr=bfe:95 | need N1 south masks 3 attr=bfe:98 =>",
        "offer O1 north masks 9 attr=size:9 | need N1 south masks 3 attr=size:8 =>",
        "offer O1 north masks 9 attr=bfe:98:EN14683 | need N1 south masks 3 attr=bfe:98:ASTM =>",
        "offer O1 north masks 9 attr=bfe:98::label | need N1 south masks 3 attr=bfe:98::test-report =>",
        "offer O1 north masks 9 attr=bfe:98::certificate | need N1 south masks 3 attr=bfe:98::label => O1 N1 3",
    ]);
}

#[test]
fn goods_must_be_able_to_arrive_while_they_are_needed() {
    check(&[
        "offer O1 far masks 9 | need N1 south masks 3 by=20 => O1 N1 3",
        "offer O1 far masks 9 | need N1 south masks 3 by=1 =>",
        "offer O1 north masks 9 from=20 | need N1 south masks 3 by=10 => O1 N1 3",
        "offer O1 north masks 9 from=40 | need N1 south masks 3 by=10 =>",
        "offer O1 harbor masks 9 from=2 | offer O2 north masks 3 | need N1 south masks 5 by=1 => O1 N1 5",
        "offer O1 harbor masks 9 from=9 | offer O2 north masks 3 | need N1 south masks 5 by=1 => O2 N1 3, O1 N1 2",
        "offer O1 north masks 9 by=-1 | need N1 south masks 3 =>",
        "offer O1 north masks 9 by=1 | need N1 south masks 3 from=5 =>",
        "offer O1 north masks 9 | need N1 south masks 3 by=-9 => O1 N1 3",
    ]);
}

#[test]
fn medicines_and_tests_must_keep_a_year_unless_the_need_says_otherwise() {
    check(&[
        "offer O1 north tests 9 unit=test expires=300 | need N1 south tests 3 unit=test =>",
        "offer O1 north tests 9 unit=test expires=400 | need N1 south tests 3 unit=test => O1 N1 3",
        "offer O1 north tests 9 unit=test expires=300 | need N1 south tests 3 unit=test shelf=200 => O1 N1 3",
        "offer O1 north tests 9 unit=test | need N1 south tests 3 unit=test => O1 N1 3",
        "offer O1 north masks 9 expires=30 | need N1 south masks 3 => O1 N1 3",
        "offer O1 north masks 9 expires=0 | need N1 south masks 3 =>",
    ]);
}

#[test]
fn donors_choose_for_whom_and_both_sides_on_which_terms_and_in_which_lots() {
    check(&[
        "offer O1 north masks 9 earmark=east | need N1 south masks 3 =>",
        "offer O1 north masks 9 earmark=east,SO | need N1 south masks 3 => O1 N1 3",
        "offer O1 north masks 9 exclude=south | need N1 south masks 3 =>",
        "offer O1 north masks 9 exclude=SO | need N1 harbor masks 3 | need N2 east masks 3 => O1 N2 3",
        "offer O1 north masks 9 basis=loan | need N1 south masks 3 bases=gift =>",
        "offer O1 north masks 9 basis=gift | need N1 south masks 3 bases=gift,loan => O1 N1 3",
        "offer O1 north masks 9 | need N1 south masks 3 bases=gift => O1 N1 3",
        "offer O1 north masks 9 lot=5 | need N1 south masks 3 =>",
        "offer O1 north masks 3 | need N1 south masks 9 lot=5 =>",
        "offer O1 north masks 9 lot=5 | need N1 south masks 6 | need N2 east masks 6 => O1 N1 6",
    ]);
}

#[test]
fn drills_match_drills_and_private_lines_match_what_their_owner_holds_alone() {
    check(&[
        "offer O1 north masks 9 exercise | need N1 south masks 3 =>",
        "offer O1 north masks 9 exercise | need N1 south masks 3 exercise => O1 N1 3",
        "offer O1 south masks 9 private | need N1 south masks 3 => O1 N1 3",
        "offer O1 south masks 9 private | need N1 north masks 3 =>",
        "offer O1 south masks 9 | need N1 south masks 3 private => O1 N1 3",
        "offer O1 north masks 9 group=medics | need N1 south masks 3 => O1 N1 3",
        "offer O1 north masks 9 group=medics | need N1 east masks 3 =>",
        "offer O1 north masks 9 group=medics | need N1 east masks 3 group=medics => O1 N1 3",
    ]);
}

#[test]
fn a_private_line_gets_only_what_the_shared_plan_leaves_and_does_not_change_its_digest() {
    let shared = "offer O1 south masks 9 | need N1 north masks 7";
    let both = format!("{shared} | need N2 south masks 5 tier=1 private");
    assert_eq!(Town::of(&both).shown(), "O1 N1 7, O1 N2 2");
    let (alone, with) = (Town::of(shared).plan(), Town::of(&both).plan());
    assert_eq!((alone.digest, alone.input_digest), (with.digest, with.input_digest));
}

#[test]
fn places_without_coordinates_do_not_block_and_count_as_far() {
    check(&[
        "offer O1 north masks 9 at=Depot | need N1 south masks 3 by=1 => O1 N1 3",
        "offer O1 north masks 2 at=Depot | offer O2 east masks 2 | need N1 south masks 3 => O2 N1 2, O1 N1 1",
        "offer O1 north masks 2 at=Depot | offer O2 east masks 2 | need N1 south masks 3 at=Depot => O1 N1 2, O2 N1 1",
    ]);
    let town = Town::of("offer O1 north masks 9 at=Depot | need N1 south masks 3");
    assert_eq!(town.plan().suggestions()[0].distance_km, None);
}
