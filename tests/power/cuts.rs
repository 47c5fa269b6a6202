//! Power cuts under seeds: nothing that was acknowledged is lost, nothing is half there, and mistakes are seen.

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::Duration;

use quince_node::clock::Clock;
use quince_tests::evidence::{self, Seeds, Work};
use rand::RngExt as _;

use crate::town::{self, LIVES, Outcome, Planted};

/// Towns of fixed seeds: 500 cuts. `QUINCE_CUTS_TOWNS` asks for more, `QUINCE_CUTS_SEED` for others, and
/// `QUINCE_CUTS_SECONDS` begins no town later.
const TOWNS: u64 = 500_u64.div_ceil(LIVES);

/// Towns at a time: as many as the smallest machine that this is run on has cores.
const THREADS: u64 = 2;

/// Towns with a mistake, of which one must be caught.
const PLANTED_TOWNS: u64 = 8;

/// What came of many towns.
#[derive(Default)]
struct Sum {
    towns: u64,
    cuts: u64,
    acknowledged: u64,
    fates: BTreeMap<String, u64>,
    violations: Vec<String>,
}

impl Sum {
    fn of(outcomes: Vec<Outcome>) -> Self {
        let mut sum = Self::default();
        for outcome in outcomes {
            sum.towns += 1;
            sum.acknowledged += outcome.acknowledged;
            sum.violations.extend(outcome.violation);
            for fate in outcome.cuts {
                sum.cuts += 1;
                *sum.fates.entry(fate.name().to_owned()).or_default() += 1;
            }
        }
        sum
    }
}

/// Runs towns side by side, none begun later than `within`; those that were run are the first.
fn run_all(first: u64, towns: u64, within: Duration, planted: Option<Planted>) -> Sum {
    let clock = Clock::system();
    let next = std::sync::Mutex::new(0);
    let take = || {
        let mut next = next.lock().unwrap();
        (*next < towns && clock.elapsed() <= within).then(|| {
            *next += 1;
            first.wrapping_add(*next - 1)
        })
    };
    let work = || std::iter::from_fn(take).map(|seed| town::run(seed, planted)).collect::<Vec<_>>();
    let outcomes = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    Sum::of(outcomes)
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn what_was_acknowledged_survives_every_power_cut() {
    let towns = number("QUINCE_CUTS_TOWNS").unwrap_or(TOWNS);
    let first = number("QUINCE_CUTS_SEED").unwrap_or(0);
    let within = number("QUINCE_CUTS_SECONDS").map_or(Duration::MAX, Duration::from_secs);
    let sum = run_all(first, towns, within, None);
    say(&sum);
    let seeds = Seeds { first, end: first.wrapping_add(sum.towns) };
    let work =
        Work::PowerCuts { seeds, cuts: sum.cuts, acknowledged: sum.acknowledged, faults: sum.fates.clone() };
    evidence::append(work, sum.violations.len() as u64).unwrap();
    assert!(sum.violations.is_empty(), "{}", sum.violations.join("\n"));
    assert!(sum.acknowledged > sum.cuts, "next to nothing was acknowledged: no proof");
    assert_eq!(sum.fates.len(), 5, "a class of faults never struck: no proof; {:?}", sum.fates);
}

#[test]
fn what_was_acknowledged_survives_power_cuts_of_a_fresh_seed() {
    let seed = rand::rng().random::<u32>().into();
    println!("run again with QUINCE_CUTS_SEED={seed} QUINCE_CUTS_TOWNS=1");
    let sum = run_all(seed, 1, Duration::MAX, None);
    assert!(sum.violations.is_empty(), "{}", sum.violations.join("\n"));
}

#[test]
fn a_disk_that_nobody_makes_synchronize_is_found_out() {
    let sum = run_all(0, PLANTED_TOWNS, Duration::MAX, Some(Planted::LyingDisk));
    assert_eq!(sum.violations.len() as u64, sum.towns, "{:?}", sum.violations);
}

#[test]
fn an_acknowledgement_before_the_commit_is_found_out() {
    let sum = run_all(0, PLANTED_TOWNS, Duration::MAX, Some(Planted::TellBeforeSave));
    assert!(!sum.violations.is_empty());
}

#[expect(clippy::print_stderr, reason = "whoever runs the suite is to see the figures")]
fn say(sum: &Sum) {
    eprintln!(
        "power: {} cuts in {} towns, {} transactions acknowledged, {} violations",
        sum.cuts,
        sum.towns,
        sum.acknowledged,
        sum.violations.len()
    );
}
