//! Other people's tables: three days of six needs and three offers, worked out by hand.
//!
//! There are three rounds: at the end of the first and of the second day, and a minute after the last row. In the first,
//! Ashford's 10 masks go to Oakdale (6) and Pinehurst (4), and its 4 gowns wait. In the second, Birchwood has 5 masks,
//! Pinehurst still lacks 4 and Oakdale 2 more, and the gowns go to Oakdale. In the third nothing is left for Pinehurst's
//! gowns. In all 19 units move.

use std::path::Path;

use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::external::{Distance, Replay, Row, Score, Shipment, Tables};
use quince_tests::evaluation::strategy::Strategy;

fn sample() -> Tables {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/matching/sample");
    let [offers, needs, distances] =
        ["offers", "needs", "distances"].map(|name| folder.join(name).with_extension("csv"));
    Tables::read(&offers, &needs, Some(&distances)).expect("the sample can be read")
}

fn replayed(strategy: Strategy, interval_days: u32) -> (Vec<Shipment>, Score) {
    let catalogue = Catalogue::embedded();
    let replay = Replay::new(&sample(), interval_days, &catalogue).expect("the sample can be replayed");
    let mut shipments = replay.run(|case| strategy.moves(case)).expect("plans can be carried out");
    let score = Score::of(&replay, &shipments);
    shipments.sort_unstable();
    (shipments, score)
}

/// Ways are kept in whole metres, so a mile may be off by a half thousandth.
fn close(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 5e-4)
}

/// Each as round, offer, need, amount.
fn listed(shipments: &[Shipment]) -> Vec<[i64; 4]> {
    let number = |place: usize| i64::try_from(place).expect("a short list");
    shipments.iter().map(|one| [number(one.round), number(one.offer), number(one.need), one.amount]).collect()
}

#[test]
fn the_nearest_first_give_the_figures_that_were_worked_out_by_hand() {
    let (shipments, score) = replayed(Strategy::Nearest, 1);
    // Birchwood is nearer to Oakdale (n5) than to Pinehurst (n2).
    let expected = [[0, 0, 0, 6], [0, 0, 1, 4], [1, 1, 1, 3], [1, 1, 4, 2], [1, 2, 2, 4]];
    assert_eq!(listed(&shipments), expected);
    assert_eq!((score.units_offered, score.units_asked, score.units_moved), (19, 24, 19));
    // Masks: Oakdale 8 of 8, Pinehurst 7 of 8. Gowns: Oakdale 4 of 4, Pinehurst 0 of 4. Quarry asks for nothing.
    assert!(close(score.fill_rate, (0.9375 + 0.5) / 2.0), "{score:?}");
    assert!(close(score.fill_rate_without_zeros, (0.9375 + 1.0) / 2.0), "{score:?}");
    assert!(close(score.unit_miles, (6.0 * 10.0 + 4.0 * 40.0 + 3.0 * 30.0 + 2.0 * 5.0 + 4.0 * 10.0) / 19.0));
    // What leaves at the end of its first day waited one day; the gowns waited two.
    assert!(close(score.holding_days, (15.0 + 4.0 * 2.0) / 19.0), "{score:?}");
    // Ashford sends three shipments, Birchwood two.
    assert!(close(score.shipments_per_donor, 2.5), "{score:?}");
}

#[test]
fn first_come_first_served_serves_the_older_need_and_goes_further() {
    let (shipments, score) = replayed(Strategy::FirstCome, 1);
    let expected = [[0, 0, 0, 6], [0, 0, 1, 4], [1, 1, 1, 4], [1, 1, 4, 1], [1, 2, 2, 4]];
    assert_eq!(listed(&shipments), expected);
    assert!(close(score.fill_rate, 0.71875), "{score:?}");
    assert!(close(score.unit_miles, (6.0 * 10.0 + 4.0 * 40.0 + 4.0 * 30.0 + 5.0 + 4.0 * 10.0) / 19.0));
}

#[test]
fn proportional_gives_every_need_its_share_and_the_largest_remainder_a_unit_more() {
    let (shipments, _) = replayed(Strategy::Proportional, 1);
    // 10 masks for 6 and 8: 4 and 2/7, 5 and 5/7. Then 5 for 2, 2 and 2, from near: Pinehurst's two are one line.
    let first: Vec<_> = listed(&shipments).into_iter().filter(|one| one[0] == 0).collect();
    assert_eq!(first, [[0, 0, 0, 4], [0, 0, 1, 6]]);
    assert_eq!(shipments.iter().map(|one| one.amount).sum::<i64>(), 19);
}

#[test]
fn with_a_week_between_rounds_there_is_one_and_one_shipment_carries_several_items() {
    let (shipments, score) = replayed(Strategy::Nearest, 7);
    assert!(shipments.iter().all(|one| one.round == 0));
    // Two days and a minute from o1 and o3, one day and a minute from o2.
    assert!(close(score.holding_days, (14.0 * 2.0 + 5.0) / 19.0), "{score:?}");
    // Masks first to Oakdale from Birchwood (5) and Ashford (3), then Ashford's other 7 to Pinehurst; its gowns go to
    // Oakdale with the masks.
    assert!(close(score.shipments_per_donor, 3.0 / 2.0), "{score:?}");
}

#[test]
fn the_planner_of_the_core_moves_as_much() {
    assert_eq!(replayed(Strategy::Live, 1).1.units_moved, 19);
}

#[test]
fn every_fault_is_told_with_its_row_and_column() {
    let table = "id,date,item,quantity,place\na,2020-04-01,masks,5,Ashford\na,yesterday,masks,5,Ashford\n\
                 a,2020-04-01,masks,5,Ashford\nb,2020-04-01,masks,2.5,Ashford\nc,2020-04-01,,5,Ashford\n";
    let faults = Row::read("offers.csv", table.as_bytes()).unwrap_err();
    let expected = "offers.csv, row 2, column date: \"yesterday\", expected a day such as 2020-04-02 or an instant with its offset
offers.csv, row 3, column id: \"a\", expected a name of its own; row 1 has the same
offers.csv, row 4, column quantity: \"2.5\", expected a whole number, 0 or more
offers.csv, row 5, column item: \"\", expected a text";
    assert_eq!(faults.to_string(), expected);
    let headless = Row::read("needs.csv", "id,date,item,place\n".as_bytes()).unwrap_err();
    assert_eq!(headless.to_string(), "needs.csv, heading, column quantity: is missing");
    let ragged = Row::read("needs.csv", "id,date,item,quantity,place\na,b\n".as_bytes()).unwrap_err();
    assert!(ragged.to_string().starts_with("needs.csv, row 1: "), "{ragged}");
    let unmeasured = Distance::read("distances.csv", "from,to\na,b\n".as_bytes()).unwrap_err();
    assert_eq!(
        unmeasured.to_string(),
        "distances.csv, row 1, column km: \"\", expected a column km or a column miles"
    );
}

#[test]
fn rows_are_read_with_instants_and_points_as_others_write_them() {
    let table = ",don_id,date,item,quantity,place,lat,lon,id\n0,x,2020-03-27 11:47:00+00:00,masks,20.0,Ashford,1.5,-2,o1\n";
    let row = &Row::read("offers.csv", table.as_bytes()).unwrap()[0];
    assert_eq!((row.date.to_string().as_str(), row.quantity), ("2020-03-27T11:47:00Z", 20));
    let point = row.point.unwrap();
    assert_eq!((point.latitude_e6(), point.longitude_e6()), (1_500_000, -2_000_000));
}
