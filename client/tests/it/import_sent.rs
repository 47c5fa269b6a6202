//! Needs from a spreadsheet at a node: all of them are written or none, and none twice.

use std::fs;

use quince_proto::api::v1::{CreateNeedRequest, Need};
use quince_proto::record::v1::{self as record, NeedState};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::fake::{Fake, Listener, masks};
use crate::import::NEEDS;

fn need(number: u64) -> Need {
    Need {
        name: format!("nodes/isfahan/needs/{number}"),
        etag: "1".to_owned(),
        record: Some(record::Need { state: NeedState::Open.into(), ..record::Need::default() }),
        ..Need::default()
    }
}

/// The name in a message of canonical JSON; empty where it has none.
fn name_in(line: &str) -> String {
    let message: serde_json::Value = serde_json::from_str(line).expect("a message a line");
    message["name"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_dry_run_reports_row_by_row_and_writes_nothing() {
    let fake = Fake::start(Listener::Tls);
    fake.script().need.extend([Ok(need(0)), Ok(need(0))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap(), "--dry-run"]).assert().success();
    let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["ROW", "RECORD", "TITLE", "ITEM", "QUANTITY"]);
    assert_eq!(rows[1][..6], ["2", "need", "1", "Masks", "and", "gowns"]);
    assert_eq!(rows[2][..4], ["3", "need", "1", "gown.isolation.l3"]);
    assert_eq!(rows[3][..5], ["4", "need", "2", "Gloves", "glove.exam.nitrile"]);
    let created = fake.script().created.clone();
    assert!(created.len() == 2 && created.iter().all(|request| request.validate_only), "{created:?}");
}

#[test]
fn one_refused_row_and_nothing_is_written() {
    let fake = Fake::start(Listener::Tls);
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("need.record.lines[1].item", "is unknown");
    let refused = Status::with_error_details(
        tonic::Code::InvalidArgument,
        "need.record.lines[1].item is unknown",
        details,
    );
    fake.script().need.extend([Err(refused), Ok(need(0))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().code(2);
    let err = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(err.contains("row 3, item: is unknown"), "{err}");
    let created = fake.script().created.clone();
    assert!(created.len() == 2 && created.iter().all(|request| request.validate_only), "{created:?}");
}

#[test]
fn what_is_in_order_is_written_once_however_often_it_is_imported() {
    let fake = Fake::start(Listener::Tls);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    for _ in 0..2 {
        fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), Ok(need(18))]);
        fake.quince(&["import", file.to_str().unwrap()])
            .assert()
            .success()
            .stdout("ROWS  RECORD  ID\n2-3   need    isfahan/17\n4     need    isfahan/18\n")
            .stderr("records written: 2\n");
    }
    let written: Vec<String> = fake
        .script()
        .created
        .iter()
        .filter(|request| !request.validate_only)
        .map(|one| one.request_id.clone())
        .collect();
    assert_eq!(written.len(), 4);
    assert_eq!(written[..2], written[2..]);
    let checked = fake
        .script()
        .created
        .iter()
        .filter(|request| request.validate_only)
        .all(|one| one.request_id.is_empty());
    assert!(checked, "a check is another request than the one that writes");
}

#[test]
fn a_connection_that_breaks_in_between_says_which_rows_are_written_and_what_to_do() {
    let fake = Fake::start(Listener::Tls);
    let gone = || Err(Status::unavailable("gone"));
    fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), gone(), gone()]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().code(7);
    let run = run.stdout("ROWS  RECORD  ID\n2-3   need    isfahan/17\n");
    let err = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    let expected =
        "1 of 2 records are written, rows 2-3; it ended at row 4, and whether it was written is not known";
    assert!(err.contains(expected) && err.contains("same command on the same file"), "{err}");
}

#[test]
fn a_record_that_is_refused_only_when_it_is_written_is_told_by_row_and_not_to_be_repeated_as_it_is() {
    let fake = Fake::start(Listener::Tls);
    let refused = Status::failed_precondition("the call has ended");
    fake.script().need.extend([Ok(need(0)), Ok(need(0)), Err(refused)]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().code(4).stdout("");
    let err = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    let expected = "no record is written; it ended at rows 2-3, and it was not written: the call has ended";
    assert!(err.contains(expected) && err.contains("correct what is refused"), "{err}");
}

#[test]
fn draft_and_exercise_reach_the_node_and_json_is_its_messages() {
    let fake = Fake::start(Listener::Tls);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let path = file.to_str().unwrap();
    fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), Ok(need(18))]);
    let run = fake.quince(&["import", path, "--draft", "--exercise", "--json"]).assert().success();
    let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let names: Vec<String> = out.lines().map(name_in).collect();
    assert_eq!(names, ["nodes/isfahan/needs/17", "nodes/isfahan/needs/18"]);
    let drill = |request: &CreateNeedRequest| {
        let record = request.need.as_ref().unwrap().record.as_ref().unwrap();
        request.draft && record.common.as_ref().unwrap().exercise
    };
    assert!(fake.script().created.iter().all(drill));
    fake.script().need.extend([Ok(need(0)), Ok(need(0))]);
    let run = fake.quince(&["import", path, "--dry-run", "--json"]).assert().success();
    let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert_eq!(out.lines().map(name_in).collect::<Vec<_>>(), ["", ""], "it is nobody's yet");
}

#[test]
fn rows_that_say_the_same_are_warned_of_and_written() {
    let fake = Fake::start(Listener::Tls);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, "record,item,quantity,urgency\nneed,mask,5 piece,1\nneed,mask,5 piece,1\n").unwrap();
    fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), Ok(need(18))]);
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().success();
    run.stderr("warning: row 3 says the same as row 2\nrecords written: 2\n");
}

#[test]
fn the_catalogue_knows_units_and_packs_as_for_a_flag() {
    let fake = Fake::start(Listener::Tls);
    fake.script().items.push(masks());
    fake.script().need.extend([Ok(need(0)), Ok(need(17))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, "record,item,quantity,urgency\nneed,mask.surgical.iir,1600 box,1\n").unwrap();
    fake.quince(&["import", file.to_str().unwrap()]).assert().success();
    let lines = fake.script().created.pop().unwrap().need.unwrap().record.unwrap().lines;
    assert_eq!(lines[0].quantity.as_ref().unwrap().amount, 80_000);
}
