//! Legs and lanes on the left, who carries what on the right, in the order in which legs are served.

use crate::matching::reason::RuleCode;
use crate::matching::sentence::sentence;
use crate::matching::transport::berth::JOURNEYS_MAX;
use crate::matching::transport::tests::port::Port;
use crate::matching::transport::{Carried, Outcome};

fn check(table: &[&str]) {
    for row in table {
        let (lines, expected) = row.split_once("=>").expect("a row has an arrow");
        assert_eq!(Port::of(lines).shown(), expected.trim(), "{lines}");
    }
}

fn carried(lines: &str) -> Vec<Carried> {
    let answers = Port::of(lines).carry();
    let carried = answers.into_iter().filter_map(|one| match one.outcome {
        Outcome::Carried(carried) => Some(carried),
        _ => None,
    });
    carried.flatten().collect()
}

#[test]
fn goods_in_zhengzhou_a_free_flight_and_a_need_in_luxembourg_are_one_bundle() {
    check(&[
        "leg L1 zhengzhou>luxembourg tier=1 | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1",
        "leg L1 zhengzhou>luxembourg tier=1 by=9 weight=8 volume=60 \
         | lane T1 zhengzhou>luxembourg 1 mission by=4 weight=100 volume=600 => L1 T1 1",
        "leg L1 xinzheng>trier | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1",
    ]);
    let one = &carried("leg L1 xinzheng>trier | lane T1 zhengzhou>luxembourg 1 mission")[0];
    assert_eq!((one.detour_km, one.journey, one.share_e4), (80, 1, 10_000));
    assert_eq!((one.weight_grams, one.volume_millilitres), (None, None));
    let said: Vec<_> = one.reasons.iter().map(sentence).collect();
    let expected = [
        "it leaves 40 km from the goods and ends 40 km from where they are needed",
        "it can arrive on 2020-03-26",
        "the weight of the goods is not stated",
        "the volume of the goods is not stated",
        "the weight that it can carry is not stated",
        "the volume that it can carry is not stated",
    ];
    assert_eq!(said, expected);
}

#[test]
fn legs_of_one_lane_share_a_mission_while_what_is_stated_lasts() {
    check(&[
        "leg L1 zhengzhou>luxembourg | leg L2 xinzheng>luxembourg | lane T1 zhengzhou>luxembourg 1 mission \
         => L1 T1 1, L2 T1 0",
        "leg L1 zhengzhou>luxembourg weight=60 | leg L2 zhengzhou>luxembourg weight=40 \
         | lane T1 zhengzhou>luxembourg 1 mission weight=100 => L1 T1 1, L2 T1 0",
        "leg L1 zhengzhou>luxembourg weight=60 | leg L2 zhengzhou>luxembourg weight=41 \
         | lane T1 zhengzhou>luxembourg 1 mission weight=100 => L1 T1 1, L2 - taken.order",
        "leg L1 zhengzhou>luxembourg weight=60 | leg L2 zhengzhou>luxembourg weight=41 \
         | lane T1 zhengzhou>luxembourg 2 mission weight=100 => L1 T1 1, L2 T1 1",
        "leg L1 zhengzhou>luxembourg weight=60 | leg L2 zhengzhou>luxembourg \
         | lane T1 zhengzhou>luxembourg 1 mission weight=100 => L1 T1 1, L2 T1 0",
        "leg L1 zhengzhou>luxembourg weight=100 | leg L2 zhengzhou>luxembourg \
         | lane T1 zhengzhou>luxembourg 1 mission weight=100 => L1 T1 1, L2 - taken.order",
        "leg L1 zhengzhou>luxembourg | leg L2 zhengzhou>luxembourg | leg L3 zhengzhou>luxembourg \
         | leg L4 zhengzhou>luxembourg | leg L5 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission \
         | lane T2 zhengzhou>luxembourg 1 mission | lane T3 zhengzhou>luxembourg 1 mission \
         => L1 T2 1, L2 T2 0, L3 T2 0, L4 T2 0, L5 T2 0",
    ]);
}

#[test]
fn what_is_too_small_is_too_small_by_weight_or_by_volume_and_units_add_up() {
    check(&[
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 1 mission weight=19 => L1 - lane.weight",
        "leg L1 zhengzhou>luxembourg volume=20 | lane T1 zhengzhou>luxembourg 1 mission volume=19 => L1 - lane.volume",
        "leg L1 zhengzhou>luxembourg volume=20 | lane T1 zhengzhou>luxembourg 1 mission weight=1 => L1 T1 1",
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 33 pallet weight=1 => L1 T1 20",
        "leg L1 zhengzhou>luxembourg weight=20 volume=66 | lane T1 zhengzhou>luxembourg 33 pallet weight=1 volume=2 \
         => L1 T1 33",
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 33 pallet weight=1 free=19 \
         => L1 - lane.weight",
        "leg L1 zhengzhou>luxembourg grams=500 | lane T1 zhengzhou>luxembourg 500 gram => L1 T1 500",
        "leg L1 zhengzhou>luxembourg grams=501 | lane T1 zhengzhou>luxembourg 500 gram => L1 - lane.weight",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 500 gram => L1 T1 0",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 50 person => L1 - lane.people",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission free=0 => L1 - offer.exhausted",
    ]);
    let port =
        Port::of("leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 2 mission weight=9");
    let Outcome::Stranded(obstacles) = &port.carry()[0].outcome else { panic!("it is too heavy") };
    let said = sentence(&obstacles[0].reasons[0]);
    assert_eq!(said, "the goods weigh 20000000 g, and it can carry 18000000 g");
}

#[test]
fn the_largest_amounts_do_not_overflow() {
    check(&[
        "leg L1 zhengzhou>luxembourg weight=1000000 volume=1000000 \
         | leg L2 zhengzhou>luxembourg weight=1000000 volume=1000000 \
         | lane T1 zhengzhou>luxembourg 9007199254740991 gram weight=1000000 volume=1000000 => L1 T1 1, L2 T1 1",
        "leg L1 zhengzhou>luxembourg weight=1000000 | leg L2 zhengzhou>luxembourg weight=1000000 \
         | lane T1 zhengzhou>luxembourg 1000000000000 gram => L1 T1 1000000000000, L2 - taken.order",
    ]);
}

#[test]
fn a_leg_that_no_line_carries_alone_goes_by_the_fewest_and_by_no_more_than_three() {
    check(&[
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 1 mission weight=5 \
         | lane T2 zhengzhou>luxembourg 1 mission weight=15 => L1 T2 1 75%, L1 T1 1 25%",
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 1 mission weight=5 \
         | lane T2 zhengzhou>luxembourg 1 mission weight=15 | lane T3 zhengzhou>luxembourg 1 mission weight=1 \
         => L1 T2 1 75%, L1 T1 1 25%",
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 1 mission weight=5 \
         | lane T2 zhengzhou>luxembourg 1 mission weight=5 | lane T3 zhengzhou>luxembourg 1 mission weight=5 \
         | lane T4 zhengzhou>luxembourg 1 mission weight=5 => L1 - lane.weight lane.weight lane.weight",
        "leg L1 zhengzhou>luxembourg weight=20 | lane T1 zhengzhou>luxembourg 1 mission weight=12 \
         | lane T2 zhengzhou>luxembourg 1 mission weight=21 => L1 T2 1",
        "leg L1 zhengzhou>luxembourg weight=20 | leg L2 zhengzhou>luxembourg weight=2 \
         | lane T1 zhengzhou>luxembourg 1 mission weight=15 => L1 - lane.weight, L2 T1 1",
    ]);
    let parts = carried(
        "leg L1 zhengzhou>luxembourg grams=10 volume=7 | lane T1 zhengzhou>luxembourg 1 mission grams=3 \
         | lane T2 zhengzhou>luxembourg 1 mission grams=8",
    );
    let weights: Vec<_> = parts.iter().map(|part| part.weight_grams.unwrap()).collect();
    assert_eq!(weights, [8, 2]);
    assert_eq!(parts.iter().map(|part| part.volume_millilitres.unwrap()).sum::<i64>(), 7_000_000);
}

#[test]
fn goods_and_lane_must_be_there_at_the_same_time_and_arrive_while_it_helps() {
    check(&[
        "leg L1 zhengzhou>luxembourg by=9 | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1",
        "leg L1 zhengzhou>luxembourg by=8 | lane T1 zhengzhou>luxembourg 1 mission => L1 - lane.late",
        "leg L1 zhengzhou>luxembourg by=9 | lane T1 zhengzhou>luxembourg 1 mission from=3 => L1 - lane.late",
        "leg L1 zhengzhou>luxembourg by=9 from=3 | lane T1 zhengzhou>luxembourg 1 mission => L1 - lane.late",
        "leg L1 zhengzhou>luxembourg from=3 | lane T1 zhengzhou>luxembourg 1 mission by=2 => L1 - lane.early",
        "leg L1 zhengzhou>luxembourg from=3 | lane T1 zhengzhou>luxembourg 1 mission by=3 => L1 T1 1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission by=-1 => L1 - window.closed",
    ]);
}

#[test]
fn legs_share_a_journey_only_if_all_aboard_arrive_in_time() {
    check(&[
        "leg L1 zhengzhou>luxembourg by=9 | leg L2 zhengzhou>luxembourg from=5 \
         | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1, L2 - taken.order",
        "leg L1 zhengzhou>luxembourg by=9 | leg L2 zhengzhou>luxembourg from=5 \
         | lane T1 zhengzhou>luxembourg 2 mission => L1 T1 1, L2 T1 1",
        "leg L1 zhengzhou>luxembourg by=9 | leg L2 zhengzhou>luxembourg from=5 | leg L3 zhengzhou>luxembourg from=5 \
         | lane T1 zhengzhou>luxembourg 2 mission => L1 T1 1, L2 T1 1, L3 T1 0",
        "leg L1 zhengzhou>luxembourg from=5 | leg L2 zhengzhou>luxembourg by=9 \
         | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1, L2 - taken.order",
    ]);
    let journeys: Vec<_> = carried(
        "leg L1 zhengzhou>luxembourg by=9 | leg L2 zhengzhou>luxembourg from=5 | leg L3 zhengzhou>luxembourg from=5 \
         | lane T1 zhengzhou>luxembourg 2 mission",
    );
    assert_eq!(journeys.iter().map(|one| one.journey).collect::<Vec<_>>(), [1, 2, 2]);
}

#[test]
fn what_must_be_kept_cold_rides_only_where_it_is() {
    check(&[
        "leg L1 zhengzhou>luxembourg cold | lane T1 zhengzhou>luxembourg 1 mission => L1 - cold_chain",
        "leg L1 zhengzhou>luxembourg cold | lane T1 zhengzhou>luxembourg 1 mission cold => L1 T1 1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission cold => L1 T1 1",
    ]);
}

#[test]
fn the_more_urgent_leg_comes_first_and_then_the_order_of_the_plan() {
    let lane = "lane T1 zhengzhou>luxembourg 1 mission weight=10";
    check(&[
        &format!(
            "leg L1 zhengzhou>luxembourg weight=9 tier=2 | leg L2 zhengzhou>luxembourg weight=9 tier=1 | {lane} \
            => L2 T1 1, L1 - taken.tier"
        ),
        &format!(
            "leg L1 zhengzhou>luxembourg weight=9 order=8 | leg L2 zhengzhou>luxembourg weight=9 order=7 | {lane} \
            => L2 T1 1, L1 - taken.order"
        ),
        &format!(
            "leg L1 zhengzhou>luxembourg weight=9 tier=2 order=1 | leg L2 zhengzhou>luxembourg weight=1 tier=2 order=2 \
            | {lane} => L1 T1 1, L2 T1 0"
        ),
    ]);
}

#[test]
fn a_lane_serves_what_is_near_its_ends_and_the_nearest_serves_first() {
    check(&[
        "leg L1 zhengzhou>luxembourg =>L1 - lane.none",
        "leg L1 zhengzhou>luxembourg | lane T1 wuhan>frankfurt 1 mission => L1 - lane.none",
        "leg L1 zhengzhou>luxembourg | lane T1 luxembourg>zhengzhou 1 mission => L1 - lane.none",
        "leg L1 zhengzhou>luxembourg | lane T1 wuhan>luxembourg 1 mission => L1 - lane.from",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>frankfurt 1 mission => L1 - lane.to",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>liege 1 mission => L1 T1 1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>liege 1 mission | lane T2 xinzheng>luxembourg 1 mission => L1 T2 1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>anywhere 1 mission => L1 T1 1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>anywhere 1 mission | lane T2 zhengzhou>luxembourg 1 mission \
         | lane T3 zhengzhou>anywhere 1 mission => L1 T2 1",
        "leg L1 zhengzhou>luxembourg | lane T1 wuhan>anywhere 1 mission => L1 - lane.none",
    ]);
}

#[test]
fn a_mission_that_goes_anywhere_goes_to_one_end() {
    check(&[
        "leg L1 zhengzhou>luxembourg | leg L2 zhengzhou>frankfurt | lane T1 zhengzhou>anywhere 1 mission \
         => L1 T1 1, L2 - taken.order",
        "leg L1 zhengzhou>luxembourg | leg L2 zhengzhou>frankfurt | lane T1 zhengzhou>anywhere 2 mission \
         => L1 T1 1, L2 T1 1",
        "leg L1 zhengzhou>luxembourg | leg L2 zhengzhou>trier | lane T1 zhengzhou>anywhere 2 mission \
         => L1 T1 1, L2 T1 0",
    ]);
}

#[test]
fn a_line_makes_no_more_journeys_than_its_bound() {
    let legs: Vec<String> = (0..=JOURNEYS_MAX)
        .map(|at| format!("leg L{at} zhengzhou>luxembourg from={0} by={1} order={at}", 20 * at, 20 * at + 9))
        .collect();
    let answers =
        Port::of(&format!("{} | lane T1 zhengzhou>luxembourg 900 mission", legs.join(" | "))).carry();
    let carried = answers.iter().filter(|answer| matches!(answer.outcome, Outcome::Carried(_))).count();
    assert_eq!(carried, JOURNEYS_MAX);
    assert!(matches!(answers[JOURNEYS_MAX].outcome, Outcome::Stranded(_)));
}

#[test]
fn places_that_are_not_known_are_near_nothing_but_themselves() {
    check(&[
        "leg L1 ?>luxembourg | lane T1 zhengzhou>anywhere 1 mission => L1 - leg.unknown",
        "leg L1 ?>luxembourg | lane T1 zhengzhou>luxembourg 1 mission => L1 - lane.unknown",
        "leg L1 depot>luxembourg | lane T1 zhengzhou>luxembourg 1 mission => L1 - lane.unknown",
        "leg L1 depot>luxembourg | lane T1 depot>luxembourg 1 mission => L1 T1 1",
        "leg L1 zhengzhou>luxembourg | lane T1 ?>luxembourg 1 mission => L1 - lane.unknown",
    ]);
}

#[test]
fn what_stays_in_its_city_and_what_the_supplier_brings_needs_no_lane() {
    check(&[
        "leg L1 zhengzhou>zhengzhou => L1 city",
        "leg L1 zhengzhou>xinzheng => L1 - lane.none",
        "leg L1 zhengzhou>luxembourg donor=luxembourg => L1 city",
        "leg L1 ?>? donor=luxembourg => L1 city",
        "leg L1 zhengzhou>luxembourg brings | lane T1 zhengzhou>luxembourg 1 mission => L1 supplier",
    ]);
}

#[test]
fn carriers_choose_for_whom_and_drills_ride_with_drills() {
    let with = |leg: &str, lane: &str, expected: &str| {
        let lines =
            format!("leg L1 zhengzhou>luxembourg {leg} | lane T1 zhengzhou>luxembourg 1 mission {lane}");
        assert_eq!(Port::of(&lines).shown(), expected, "{lines}");
    };
    with("", "earmark=isfahan", "L1 - earmark");
    with("", "earmark=isfahan,LU", "L1 T1 1");
    with("country=BE", "earmark=luxembourg", "L1 T1 1");
    with("", "exclude=luxembourg", "L1 - excluded");
    with("", "exclude=LU", "L1 - excluded");
    with("", "exclude=BE", "L1 T1 1");
    with("exercise", "", "L1 - exercise");
    with("exercise", "exercise", "L1 T1 1");
    with("cold exercise", "earmark=isfahan", "L1 - exercise+earmark+cold_chain");
}

#[test]
fn what_only_this_node_sees_gets_what_the_shared_legs_leave() {
    check(&[
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission private => L1 T1 1 local",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission private city=isfahan => L1 - audience",
        "leg L1 zhengzhou>luxembourg private | lane T1 zhengzhou>luxembourg 1 mission => L1 T1 1 local",
        "leg L1 zhengzhou>luxembourg private | lane T1 zhengzhou>luxembourg 1 mission city=isfahan => L1 - audience local",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>luxembourg 1 mission city=isfahan group=medics => L1 T1 1 local",
        "leg L1 zhengzhou>luxembourg city=trier \
         | lane T1 zhengzhou>luxembourg 1 mission city=isfahan group=medics => L1 - audience",
        "leg L1 zhengzhou>luxembourg city=trier group=medics \
         | lane T1 zhengzhou>luxembourg 1 mission city=isfahan group=medics => L1 T1 1 local",
        "leg L1 zhengzhou>luxembourg weight=9 tier=1 local | leg L2 zhengzhou>luxembourg weight=9 \
         | lane T1 zhengzhou>luxembourg 1 mission weight=10 => L1 - taken.order local, L2 T1 1",
    ]);
}

#[test]
fn every_reason_has_a_sentence_without_a_hole() {
    let ports = [
        "leg L1 zhengzhou>luxembourg weight=9 by=1 cold from=1 | lane T1 wuhan>luxembourg 1 mission by=0 earmark=BE",
        "leg L1 zhengzhou>luxembourg volume=9 | lane T1 zhengzhou>frankfurt 1 mission volume=1",
        "leg L1 zhengzhou>luxembourg volume=9 | lane T1 zhengzhou>luxembourg 1 mission volume=1",
        "leg L1 zhengzhou>luxembourg | lane T1 zhengzhou>anywhere 1 mission",
        "leg L1 zhengzhou>luxembourg",
    ];
    let mut codes = Vec::new();
    for answer in ports.iter().flat_map(|lines| Port::of(lines).carry()) {
        let reasons: Vec<_> = match answer.outcome {
            Outcome::Carried(carried) => carried.into_iter().flat_map(|one| one.reasons).collect(),
            Outcome::Stranded(obstacles) => obstacles.into_iter().flat_map(|one| one.reasons).collect(),
            Outcome::WithinCity | Outcome::SupplierBrings => Vec::new(),
        };
        for reason in reasons {
            let said = sentence(&reason);
            assert!(!said.is_empty() && !said.contains(['{', '}']), "{said}");
            codes.push(reason.code);
        }
    }
    for code in [RuleCode::LaneFrom, RuleCode::LaneEarly, RuleCode::LaneLate, RuleCode::LaneAnywhere] {
        assert!(codes.contains(&code), "{code}");
    }
}

#[test]
fn beyond_the_bound_of_looks_the_most_urgent_legs_are_served_and_the_others_are_said_to_be_left_out() {
    let lines = "leg L1 zhengzhou>luxembourg tier=2 | leg L2 xinzheng>trier tier=1 | leg L3 wuhan>wuhan city=wuhan \
                 | lane T1 zhengzhou>luxembourg 9 mission | lane T2 zhengzhou>trier 9 mission";
    // Two places are held against two lanes, and then each lane against the leg.
    let one_leg = 2 * 2 + 2;
    let port = Port::of(lines);
    assert_eq!(port.shown_within(one_leg), "L2 T2 1, L1 - lane.visits, L3 city");
    assert_eq!(port.shown_within(one_leg - 1), "L2 - lane.visits, L1 - lane.visits, L3 city");
    // The other leg finds two lanes, on one of which there is a journey.
    assert_eq!(port.shown_within(2 * one_leg + 1), port.shown());
    // What only this node sees takes nothing from what all nodes share.
    let private = format!("{lines} | lane T3 zhengzhou>luxembourg 9 mission private city=luxembourg");
    assert_eq!(Port::of(&private).shown_within(one_leg), "L2 T2 1, L1 - lane.visits, L3 city");
}
