//! Mistakes of a driver or a store, planted one at a time: within a few seeds each is seen, and for what it is.

use quince_tests::sim::{self, Invariant, Options, Planted};

/// Seeds within which a mistake must show.
const SEEDS_MAX: u64 = 60;

/// What the first run in which the mistake shows fails by.
fn seen(planted: Planted) -> Invariant {
    let runs = (0..SEEDS_MAX).map(|seed| sim::run(&Options::of(seed).planted(planted)));
    let violation = runs.filter_map(|outcome| outcome.violation).next();
    violation.unwrap_or_else(|| panic!("{} is not seen in {SEEDS_MAX} seeds", planted.name())).invariant
}

#[test]
fn an_answer_before_the_disk_has_it_is_seen() {
    assert_eq!(seen(Planted::SkipSync), Invariant::SaveThenSend);
}

#[test]
fn telling_before_saving_is_seen() {
    assert_eq!(seen(Planted::TellBeforeSave), Invariant::SaveThenSend);
}

#[test]
fn entries_lost_at_a_restart_are_seen() {
    assert_eq!(seen(Planted::LoseEntries), Invariant::Contiguous);
}

#[test]
fn own_entries_lost_at_a_restart_are_seen() {
    assert_eq!(seen(Planted::LoseOwnEntries), Invariant::Acknowledged);
}

#[test]
fn an_altered_entry_is_seen_before_it_is_stored() {
    assert_eq!(seen(Planted::ServeAltered), Invariant::Blame);
}

#[test]
fn an_index_used_twice_is_seen() {
    assert_eq!(seen(Planted::ReuseIndex), Invariant::OneHistory);
}

#[test]
fn a_commit_that_is_not_told_is_seen() {
    assert_eq!(seen(Planted::ForgetToTell), Invariant::Liveness);
}

#[test]
fn entries_let_go_that_the_list_calls_live_are_seen() {
    assert_eq!(seen(Planted::LetLiveGo), Invariant::Prefix);
}

#[test]
fn an_echo_that_is_not_looked_at_is_seen() {
    assert_eq!(seen(Planted::IgnoreEcho), Invariant::Echo);
}
