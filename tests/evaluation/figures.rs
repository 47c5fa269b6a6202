//! Figures on paper: a plan of three moves, indices of a few values, a network of two lines.

use std::rc::Rc;

use quince_core::domain::item::Catalogue;
use quince_core::domain::{Instant, Unit};
use quince_tests::evaluation::measure::{Figures, gini, jain, median, regret};
use quince_tests::evaluation::network::Network;
use quince_tests::evaluation::planted::Best;
use quince_tests::evaluation::problem::{City, Item, Items, Map, Move, Need, Offer, Problem};
use quince_tests::evaluation::strategy::check;

fn now() -> Instant {
    "2027-03-01T00:00:00Z".parse().expect("an instant")
}

/// Two cities, 250 km apart; north offers 10 and 5, north asks for 4 (tier 1), south for 20 (tier 2) and 6 (tier 4).
fn problem() -> Problem {
    let cities = ["north", "south"].map(|handle| City {
        handle: handle.parse().expect("a handle"),
        country: "AA".parse().expect("two capitals"),
        point: None,
    });
    let table = |from: usize, to: usize| (from != to).then_some(250_700);
    let item = Item { code: "north:stove".parse().expect("an item code"), unit: Unit::Piece, family: 0 };
    let need = |city, amount, tier| Need {
        city,
        item: 0,
        amount,
        tier,
        created: now(),
        earliest: None,
        due: Some(now()),
        accept_lower: false,
    };
    let offer = |amount| Offer {
        city: 0,
        item: 0,
        amount,
        created: now(),
        from: None,
        until: None,
        earmarked_for: Vec::new(),
        excluded: Vec::new(),
    };
    Problem {
        now: now(),
        map: Rc::new(Map::of_table(cities.to_vec(), &[0], table)),
        items: Rc::new(Items::new(vec![item], &Catalogue::embedded())),
        needs: vec![need(0, 4, 1), need(1, 20, 2), need(1, 6, 4)],
        offers: vec![offer(10), offer(5)],
    }
}

fn moved(offer: usize, need: usize, amount: i64) -> Move {
    Move { offer, need, amount }
}

#[test]
fn a_plan_has_the_figures_that_were_worked_out_by_hand() {
    let moves = [moved(0, 0, 4), moved(0, 1, 6), moved(1, 1, 5)];
    check(&problem(), &moves).unwrap();
    let figures = Figures::of(&problem(), &moves);
    assert_eq!((figures.units_asked, figures.units), ([4, 20, 0, 6], [4, 11, 0, 0]));
    assert_eq!((figures.lines, figures.lines_touched, figures.lines_filled, figures.lots), (3, 2, 1, 3));
    // South is a quarter of a day away, and everything was due at once.
    assert_eq!((figures.units_on_time, figures.unit_km), (4, 11 * 250));
    // North has all it asked for, south 11 of 26.
    let south = 11.0 / 26.0;
    assert!((figures.worst_city - south).abs() < 1e-9);
    assert!((figures.jain - (1.0 + south).powi(2) / (2.0 * (1.0 + south * south))).abs() < 1e-9);
    assert!((figures.gini - (1.0 - south) / (2.0 * (1.0 + south))).abs() < 1e-9);
}

#[test]
fn moves_that_nobody_could_carry_out_are_refused() {
    for (moves, expected) in [
        (vec![moved(0, 0, 5)], "need 0 gets 1 too much"),
        (vec![moved(1, 1, 4), moved(1, 2, 2)], "offer 1 gives 1 too much"),
        (vec![moved(1, 1, 0)], "offer 1 gives 0 to need 1"),
    ] {
        assert_eq!(check(&problem(), &moves).unwrap_err().to_string(), expected);
    }
    let mut problem = problem();
    problem.offers[1].excluded = vec!["south".parse().unwrap()];
    let refused = check(&problem, &[moved(1, 1, 1)]).unwrap_err().to_string();
    assert_eq!(refused, "offer 1 may not serve need 1");
}

#[test]
fn indices_of_equality_have_their_textbook_values() {
    assert_eq!((jain(&[0.5; 4]), gini(&[0.5; 4])), (1.0, 0.0));
    assert_eq!((jain(&[1.0, 0.0, 0.0, 0.0]), gini(&[1.0, 0.0, 0.0, 0.0])), (0.25, 0.75));
    assert_eq!((jain(&[0.0, 0.0]), gini(&[0.0, 0.0])), (1.0, 0.0));
    assert_eq!(
        (median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0]), median(vec![])),
        (Some(2.0), Some(1.0), None)
    );
}

#[test]
fn regret_counts_what_is_missing_up_to_each_tier() {
    let plans = [[10, 0, 0, 0], [8, 12, 0, 0]].map(|units| Best { units, unit_km: 0 });
    assert_eq!(regret([10, 0, 0, 0], &plans), [0.0, 0.5, 0.5, 0.5]);
    assert_eq!(regret([8, 12, 0, 0], &plans), [0.2, 0.0, 0.0, 0.0]);
    assert_eq!(regret([0; 4], &[]), [0.0; 4]);
}

#[test]
fn a_family_is_written_as_dimacs_has_it() {
    let mut problem = problem();
    problem.needs.truncate(2);
    problem.offers.truncate(1);
    let network = Network::of_family(&problem, &[0, 1], &[0]);
    let mut text = Vec::new();
    network.write_dimacs(&mut text, &["two needs".to_owned()]).unwrap();
    // One line on the short side, so a tier's step is 20,016 + 1.
    let expected = "c two needs
p min 5 6
n 1 24
n 5 -24
a 1 5 0 24 0
a 1 2 0 10 0
a 2 3 0 4 0
a 2 4 0 10 250
a 3 5 0 4 -80068
a 4 5 0 20 -60051
";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    let best = Best { units: [4, 6, 0, 0], unit_km: 1_500 };
    assert_eq!(Network::cost_of(&best, 2, 1), 1_500 - 4 * 80_068 - 6 * 60_051);
}
