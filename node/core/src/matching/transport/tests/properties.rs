//! What holds of every answer, tried on random ports.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::domain::id::LineId;
use crate::domain::quantity::Unit;
use crate::matching::transport::tests::port::Port;
use crate::matching::transport::{Carried, LANES_PER_LEG_MAX, OBSTACLES_MAX, Outcome};

/// A line as it would stand in a table.
fn line() -> impl Strategy<Value = String> {
    let from = prop::sample::select(vec!["zhengzhou", "zhengzhou", "xinzheng", "wuhan", "depot", "?"]);
    let to = prop::sample::select(vec!["luxembourg", "luxembourg", "trier", "liege", "frankfurt"]);
    let weight = prop::sample::select(vec!["", "weight=1", "weight=3", "weight=7", "grams=5000001"]);
    let volume = prop::sample::select(vec!["", "", "volume=2", "volume=9"]);
    let more = prop::sample::select(vec![
        "",
        "",
        "",
        "cold",
        "exercise",
        "by=9",
        "from=3",
        "from=1 by=20",
        "private",
        "city=isfahan",
        "group=medics",
    ]);
    let units = prop::sample::select(vec![
        "1 mission",
        "2 mission",
        "9 pallet",
        "6000000 gram",
        "4 pack:truck",
        "9 person",
    ]);
    let kind = (0..3_u8, 1..=4_u8, units, any::<bool>());
    (kind, from, to, weight, volume, more).prop_map(
        |((kind, tier, units, open), from, to, weight, volume, more)| {
            if kind < 2 {
                format!("leg L {from}>{to} {weight} {volume} {more} tier={tier}")
            } else {
                let to = if open { "anywhere" } else { to };
                format!("lane T {from}>{to} {units} {weight} {volume} {more}")
            }
        },
    )
}

fn ports() -> impl Strategy<Value = Port> {
    prop::collection::vec(line(), 1..24).prop_map(|lines| Port::of(&lines.join("|")))
}

fn carried(port: &Port) -> Vec<Carried> {
    let answers = port.carry().into_iter().filter_map(|answer| match answer.outcome {
        Outcome::Carried(carried) => Some(carried),
        _ => None,
    });
    answers.flatten().collect()
}

/// What one unit is stated to carry, in grams and millilitres.
fn stated(port: &Port, id: &LineId) -> (Option<i64>, Option<i64>) {
    let lane = port.lanes().into_iter().find(|lane| lane.id == *id).unwrap();
    let gram = (lane.line.quantity.unit == Unit::Gram).then_some(1);
    (lane.line.freight.weight_grams().or(gram), lane.line.freight.volume_millilitres())
}

proptest! {
    #[test]
    fn no_journey_carries_more_than_its_units_can_and_no_line_gives_more_than_it_has(port in ports()) {
        let mut journeys: BTreeMap<(LineId, u32), (i64, i64, i64)> = BTreeMap::new();
        for one in carried(&port) {
            let journey = journeys.entry((one.transport_line, one.journey)).or_default();
            journey.0 += one.units.get();
            journey.1 += one.weight_grams.unwrap_or(0);
            journey.2 += one.volume_millilitres.unwrap_or(0);
        }
        let mut units: BTreeMap<LineId, i64> = BTreeMap::new();
        for ((line, _), (taken, weight, volume)) in journeys {
            let (weight_each, volume_each) = stated(&port, &line);
            prop_assert!(weight_each.is_none_or(|each| weight <= each * taken), "{line} carries {weight} g");
            prop_assert!(volume_each.is_none_or(|each| volume <= each * taken), "{line} carries {volume} ml");
            *units.entry(line).or_default() += taken;
        }
        for lane in port.lanes() {
            prop_assert!(units.get(&lane.id).is_none_or(|taken| *taken <= lane.free.get()), "{}", lane.id);
        }
    }

    #[test]
    fn a_leg_is_carried_whole_or_not_at_all_and_by_few_lines(port in ports()) {
        let answers = port.carry();
        prop_assert_eq!(answers.len(), port.legs().len());
        for answer in answers {
            let legs = port.legs();
            let leg = legs.iter().find(|leg| leg.need_line == answer.need_line).unwrap();
            match answer.outcome {
                Outcome::Carried(parts) => {
                    prop_assert!((1..=LANES_PER_LEG_MAX).contains(&parts.len()));
                    prop_assert_eq!(parts.iter().map(|part| part.share_e4).sum::<u32>(), 10_000);
                    let weight = parts.iter().map(|part| part.weight_grams).sum::<Option<i64>>();
                    prop_assert_eq!(weight, leg.freight.weight_grams());
                    let volume = parts.iter().map(|part| part.volume_millilitres).sum::<Option<i64>>();
                    prop_assert_eq!(volume, leg.freight.volume_millilitres());
                    for part in parts {
                        prop_assert!(leg.due.is_none_or(|due| part.arrival <= due));
                        prop_assert!(part.reasons.iter().all(|reason| !reason.blocks()));
                    }
                }
                Outcome::Stranded(obstacles) => {
                    prop_assert!((1..=OBSTACLES_MAX).contains(&obstacles.len()));
                    for obstacle in obstacles {
                        prop_assert!(!obstacle.reasons.is_empty());
                        prop_assert!(obstacle.reasons.iter().all(|reason| reason.blocks()));
                    }
                }
                Outcome::WithinCity | Outcome::SupplierBrings => {}
            }
        }
    }

    #[test]
    fn the_order_in_which_legs_and_lanes_arrive_does_not_matter(port in ports(), turn in any::<usize>()) {
        prop_assert_eq!(port.carry(), port.carry_shuffled(turn));
    }

    #[test]
    fn what_only_this_node_sees_changes_nothing_for_what_all_see(
        lines in prop::collection::vec(line(), 1..16), local in prop::collection::vec(line(), 0..8),
    ) {
        let shared = |port: &Port| -> Vec<_> {
            let answers = port.carry().into_iter().filter(|answer| !answer.local);
            answers.filter(|answer| matches!(answer.outcome, Outcome::Carried(_))).collect()
        };
        let hidden = local.iter().map(|line| format!("{line} private"));
        let all = lines.iter().cloned().chain(hidden).collect::<Vec<_>>().join("|");
        prop_assert_eq!(shared(&Port::of(&lines.join("|"))), shared(&Port::of(&all)));
    }
}
