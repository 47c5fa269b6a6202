//! One seed is one run, event by event.

use quince_tests::sim::{self, Options};

#[test]
fn a_seed_gives_the_same_events_again_and_another_seed_gives_others() {
    for seed in 0..5 {
        let options = Options::of(seed);
        let (first, second) = (sim::run(&options), sim::run(&options));
        assert_eq!(first, second, "{options}");
        assert_ne!(first.digest, sim::run(&Options::of(seed + 100)).digest);
    }
}

#[test]
fn a_replay_tells_every_event_of_the_run() {
    let options = Options::of(7);
    let (outcome, lines) = sim::replay(&options);
    assert_eq!(outcome, sim::run(&options));
    assert_eq!(lines.len() as u64, outcome.events);
}

#[test]
fn the_command_that_is_printed_names_everything_that_the_run_is_made_from() {
    let options = Options::of(11).nodes(4).seconds(30).planted(sim::Planted::ReuseIndex);
    let expected = "replay --seed 11 --nodes 4 --seconds 30 --planted reuse-index";
    assert!(options.to_string().ends_with(expected), "{options}");
}
