//! Generated and planted problems: as asked for, the same from one seed, under the rules of the core, and with optima that
//! no strategy beats.

use quince_core::domain::item::Catalogue;
use quince_core::matching::TIER_ONE_LINES_MAX;
use quince_tests::evaluation::generate::Recipe;
use quince_tests::evaluation::geography::{Geography, MERIDIAN_CITIES, ROW_KM, row};
use quince_tests::evaluation::measure::Figures;
use quince_tests::evaluation::problem::Problem;
use quince_tests::evaluation::strategy::{Case, Strategy, check};

fn recipe(geography: Geography, supply_percent: u32) -> Recipe {
    Recipe { seed: 7, geography, supply_percent, cities: 30, families: 4, needs: 200, offers: 160 }
}

#[test]
fn one_seed_gives_one_problem_and_another_seed_another() {
    let catalogue = Catalogue::embedded();
    for geography in Geography::ALL {
        let text = |seed| {
            let problem = Recipe { seed, ..recipe(geography, 90) }.instance(&catalogue).problem;
            format!("{:?} {:?}", problem.needs, problem.offers)
        };
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}

#[test]
fn supply_is_what_was_asked_for_and_no_city_has_too_many_lines_of_tier_one() {
    let catalogue = Catalogue::embedded();
    for geography in Geography::ALL {
        for percent in [30, 60, 90, 100, 120, 200] {
            let problem = Recipe { cities: 3, ..recipe(geography, percent) }.instance(&catalogue).problem;
            for (needs, offers) in problem.families() {
                let asked: i64 = needs.iter().map(|at| problem.needs[*at].amount).sum();
                let there: i64 = offers.iter().map(|at| problem.offers[*at].amount).sum();
                let off = (there * 100 - asked * i64::from(percent)).abs();
                assert!(off < 100 + asked / 100, "{geography:?} {percent}: {there} for {asked}");
            }
            for city in 0..3 {
                let first = problem.needs.iter().filter(|need| need.city == city && need.tier == 1);
                assert!(first.count() <= TIER_ONE_LINES_MAX);
            }
        }
    }
}

#[test]
fn families_beyond_the_catalogue_have_codes_that_a_city_made_up() {
    let catalogue = Catalogue::embedded();
    let problem = Recipe { families: 100, ..recipe(Geography::Uniform, 90) }.instance(&catalogue).problem;
    assert_eq!(problem.items.family_count(), 100);
    for one in &problem.items.list {
        for other in &problem.items.list {
            let together = catalogue.component(&one.code) == catalogue.component(&other.code);
            assert_eq!(one.family == other.family, together, "{} {}", one.code, other.code);
        }
    }
}

/// A pair alone, planned by the core, gets something exactly if the rules that the baselines go by allow it.
#[test]
fn the_rules_for_pairs_are_those_of_the_core() {
    let catalogue = Catalogue::embedded();
    let mut seen = [0, 0];
    for geography in [Geography::Uniform, Geography::TwoContinents, Geography::Clustered] {
        let all = Recipe { families: 2, ..recipe(geography, 90) }.instance(&catalogue).problem;
        for at in 0..all.needs.len() * 5 {
            let (need, offer) = (at % all.needs.len(), at * 7 % all.offers.len());
            let pair = Problem {
                needs: vec![all.needs[need].clone()],
                offers: vec![all.offers[offer].clone()],
                ..all.clone()
            };
            let moves = Strategy::Live.moves(&Case::new(&pair, &catalogue));
            let possible = pair.possible(0, 0);
            seen[usize::from(possible)] += 1;
            assert_eq!(!moves.is_empty(), possible, "{:?} {:?}", pair.needs, pair.offers);
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn every_strategy_makes_plans_that_can_be_carried_out() {
    let catalogue = Catalogue::embedded();
    for geography in Geography::ALL {
        let problem = recipe(geography, 90).instance(&catalogue).problem;
        for strategy in Strategy::ALL {
            let moves = strategy.moves(&Case::new(&problem, &catalogue));
            assert!(!moves.is_empty(), "{strategy:?}");
            check(&problem, &moves).unwrap();
        }
    }
}

#[test]
fn heights_are_prices_no_way_is_shorter_and_a_meridian_is_as_long() {
    let catalogue = Catalogue::embedded();
    let problem = Recipe { cities: 80, ..recipe(Geography::Planted, 90) }.instance(&catalogue).problem;
    let cities = &problem.map.cities;
    for from in 0..cities.len() {
        for to in 0..cities.len() {
            let up_km = row(&cities[to]).saturating_sub(row(&cities[from])) * ROW_KM;
            let km = problem.map.km(from, to).unwrap();
            let northward =
                from / MERIDIAN_CITIES == to / MERIDIAN_CITIES && row(&cities[to]) >= row(&cities[from]);
            assert!(if northward { km == up_km } else { km >= up_km }, "{from} {to}: {km} for {up_km}");
        }
    }
}

#[test]
fn no_strategy_beats_a_planted_optimum() {
    let catalogue = Catalogue::embedded();
    for percent in [30, 60, 90, 100, 120, 200] {
        let instance = recipe(Geography::Planted, percent).instance(&catalogue);
        let best = instance.optimum.unwrap().total();
        for strategy in Strategy::ALL {
            let moves = strategy.moves(&Case::new(&instance.problem, &catalogue));
            let figures = Figures::of(&instance.problem, &moves);
            for tier in 0..best.units.len() {
                let up_to = |units: &[i64]| units[..=tier].iter().sum::<i64>();
                assert!(up_to(&figures.units) <= up_to(&best.units), "{strategy:?} at {percent} %");
            }
            let as_much = figures.units == best.units;
            assert!(!as_much || figures.unit_km >= best.unit_km, "{strategy:?} at {percent} %");
        }
    }
}
