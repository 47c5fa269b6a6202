//! Many seeds: nothing that must hold breaks, and no class of faults is left out.

use quince_tests::sim::{self, Counts, Options, Outcome};
use rand::RngExt as _;

/// Fixed seeds of small federations.
const SEEDS: u64 = 2_000;

/// Fixed seeds of a large one: five to six minutes of one processor.
const LARGE_SEEDS: u64 = 20;

/// Virtual seconds of bad weather there: one run takes as long as two hundred of small federations.
const LARGE_SECONDS: u64 = 20;

/// Members of a large federation.
const LARGE: usize = 200;

/// Runs seeds, and fails with all that did not hold.
fn run_all(seeds: u64, options: impl Fn(u64) -> Options + Sync) -> Counts {
    let outcomes = sim::run_many(0..seeds, || true, options);
    let mut counts = Counts::default();
    outcomes.iter().for_each(|outcome| counts.add(&outcome.counts));
    let failed: Vec<String> = outcomes.iter().filter_map(failure).collect();
    assert!(failed.is_empty(), "{} of {seeds} runs failed:\n{}", failed.len(), failed.join("\n"));
    counts
}

fn failure(outcome: &Outcome) -> Option<String> {
    outcome.violation.as_ref().map(|violation| format!("{violation}\n  {}", outcome.options))
}

#[test]
fn nothing_breaks_in_small_federations_and_every_fault_has_struck() {
    let counts = run_all(SEEDS, Options::of);
    assert_eq!(counts.missing(), [""; 0], "faults that did not strike in {SEEDS} runs: {counts:?}");
}

#[test]
fn nothing_breaks_in_a_large_federation() {
    run_all(LARGE_SEEDS, |seed| Options::of(seed).nodes(LARGE).seconds(LARGE_SECONDS));
}

#[test]
fn nothing_breaks_under_a_fresh_seed() {
    let seed = rand::rng().random();
    println!("seed {seed}: {}", Options::of(seed));
    run_all(1, |_| Options::of(seed));
}
