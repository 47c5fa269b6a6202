//! The evidence of long runs is read as it was written, and its sums count nothing twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

use std::collections::BTreeMap;
use std::fs;

use quince_tests::evidence::{self, Run, Seeds, Totals, Work};

const COMMIT: &str = "b39603cf4f3f1c0d5a4f0e7c6b2a1d9e8f7a6b5c";

fn simulator(commit: &str, first: u64, end: u64, violations: u64) -> Run {
    let faults = BTreeMap::from([("crash".to_owned(), 7)]);
    let work = Work::Simulator { seeds: Seeds { first, end }, virtual_node_hours: 1.5, faults };
    run(commit, work, violations)
}

fn run(commit: &str, work: Work, violations: u64) -> Run {
    Run { commit: commit.to_owned(), date: "2027-03-01T08:00:00Z".to_owned(), work, violations }
}

/// The number in the line that begins so.
fn told(runs: &[Run], line: &str) -> String {
    let text = Totals::of(runs).to_string();
    let found = text.lines().find_map(|found| found.strip_prefix(line));
    found.unwrap_or_else(|| panic!("no {line} in {text}")).split_whitespace().next().unwrap().to_owned()
}

#[test]
fn the_file_in_the_repository_can_be_read() {
    evidence::parse(&fs::read_to_string(evidence::file()).unwrap()).unwrap();
}

#[test]
fn runs_of_every_kind_are_read_as_they_were_written() {
    let seeds = Seeds { first: 1, end: 4 };
    let faults = BTreeMap::from([("torn".to_owned(), 3)]);
    let runs = [
        simulator(COMMIT, 0, 9, 0),
        run(COMMIT, Work::Kills { seeds, kills: 5, acknowledged: 60, answers_cut_off: 4 }, 0),
        run(COMMIT, Work::PowerCuts { seeds, cuts: 30, acknowledged: 200, faults }, 1),
        run(
            COMMIT,
            Work::Fuzz { target: "frame".to_owned(), seed: 8, executions: 1_000, cpu_seconds: 61.5 },
            0,
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.jsonl");
    for run in &runs {
        run.append(&file).unwrap();
    }
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), runs.len());
    assert_eq!(evidence::parse(&text).unwrap(), runs);
}

#[test]
fn a_line_that_is_no_run_fails_the_whole_file() {
    let good = serde_json::to_string(&simulator(COMMIT, 0, 9, 0)).unwrap() + "\n";
    for bad in [
        "{}\n".to_owned(),
        "\n".to_owned(),
        good.trim_end().to_owned(),
        good.replace("\"violations\":0", "\"violations\":0,\"other\":1"),
        good.replace("\"virtual_node_hours\"", "\"hours\""),
        good.replace("\"simulator\"", "\"guess\""),
    ] {
        let refused = evidence::parse(&format!("{good}{bad}")).unwrap_err();
        assert!(refused.contains("line"), "{bad}: {refused}");
    }
}

#[test]
fn seeds_count_once_at_one_commit_and_again_at_another() {
    let first = simulator(COMMIT, 0, 100, 0);
    let other = simulator(&COMMIT.replace('b', "c"), 0, 100, 0);
    let behind = simulator(COMMIT, 100, 150, 0);
    let across = simulator(COMMIT, 149, 200, 0);
    let federations = "simulator: federations";
    assert_eq!(told(&[first.clone(), first.clone()], federations), "100");
    assert_eq!(told(&[first.clone(), other], federations), "200");
    assert_eq!(told(&[first.clone(), behind.clone()], federations), "150");
    assert_eq!(told(&[first, behind, across], federations), "150");
}

#[test]
fn a_tree_that_no_commit_names_counts_nothing_and_hides_no_violation() {
    let run = simulator(&format!("{COMMIT}+"), 0, 100, 2);
    assert_eq!(told(std::slice::from_ref(&run), "simulator: federations"), "0");
    assert_eq!(told(&[run], "violations"), "2");
}

#[test]
fn what_did_not_hold_counts_although_its_seeds_were_run_before() {
    let good = simulator(COMMIT, 0, 100, 0);
    let bad = simulator(COMMIT, 0, 100, 1);
    assert_eq!(told(&[good, bad], "violations"), "1");
}
