//! How the story ends.

use quince_node::demo::verdict::Judged;

use crate::replay::replay;

#[test]
fn every_flow_ends_as_told_at_an_office_that_had_no_part_in_it() {
    let verdict = &replay().verdict;
    let otherwise: Vec<&Judged> = verdict.rows().filter(|judged| !judged.as_told).collect();
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert_eq!(verdict.flows.len(), 35);
}

#[test]
fn every_office_shows_the_same_rows() {
    let replay = replay();
    for (office, seen) in &replay.seen {
        for judged in replay.verdict.rows() {
            let row = quince_node::demo::row::Row::of(seen, &replay.story.scheme, &judged.id);
            assert_eq!(row, judged.row, "{} at {office}", judged.id);
        }
    }
}

#[test]
fn a_story_that_is_told_otherwise_is_found_out() {
    let replay = replay();
    let judged = replay.verdict.flows.iter().find(|judged| judged.id == "F15").unwrap();
    assert_eq!((judged.row.sent.as_str(), judged.row.received.as_str()), ("80,000 piece", "–"));
    let mut told = replay.story.flows.iter().find(|flow| flow.id == "F15").unwrap().clone();
    assert!(quince_node::demo::verdict::judged(&told, "koidu", judged.row.clone()).as_told);
    told.state = "received".to_owned();
    assert!(!quince_node::demo::verdict::judged(&told, "koidu", judged.row.clone()).as_told);
}
