//! Whole commands against a node that answers as it is told.

use prost_types::Timestamp;
use quince_proto::api::v1::{Commitment, Coverage, Need, Provenance, Track, WatchResponse, watch_response};
use quince_proto::record::v1::{
    self as record, CommitmentState, NeedLine, NeedState, Pack, Place, Quantity, ReasonCode, Text, When,
};
use tonic::Status;

use crate::fake::{Fake, Listener, TOKEN, masks};

const CREATE: [&str; 12] = [
    "need",
    "create",
    "--item",
    "mask.surgical.iir",
    "--quantity",
    "1600 box",
    "--urgency",
    "1",
    "--by",
    "2027-03-15",
    "--to",
    "Isfahan,IR,32.654,51.668",
];

fn need(number: u64) -> Need {
    Need {
        name: format!("nodes/isfahan/needs/{number}"),
        etag: "1".to_owned(),
        record: Some(record::Need { state: NeedState::Open.into(), ..record::Need::default() }),
        ..Need::default()
    }
}

fn lines_of(fake: &Fake) -> Vec<NeedLine> {
    let created = fake.script().created.pop().expect("a request came");
    created.need.and_then(|need| need.record).expect("with a record").lines
}

#[test]
fn a_need_in_one_line_is_sent_whole_over_tls_with_the_token() {
    let fake = Fake::start(Listener::Tls);
    fake.script().items.push(masks());
    fake.script().need.push_back(Ok(need(17)));
    fake.quince(&CREATE).assert().success().stdout("isfahan/17\n").stderr("need isfahan/17 is open\n");

    let authorization = fake.script().authorization.clone();
    assert!(authorization.iter().all(|value| *value == format!("Bearer {TOKEN}")), "{authorization:?}");
    assert_eq!(fake.script().created[0].request_id.len(), 32);
    let line = NeedLine {
        line: 1,
        kind: record::Kind::Goods.into(),
        item: "mask.surgical.iir".to_owned(),
        quantity: Some(Quantity {
            qualifier: record::Qualifier::Exact.into(),
            amount: 80_000,
            unit: "piece".to_owned(),
            pack: Some(Pack { name: "box".to_owned(), contains: 50 }),
        }),
        urgency: 1,
        // The end of 15 March 2027 in UTC.
        needed: Some(When {
            latest: Some(Timestamp { seconds: 1_805_155_199, nanos: 0 }),
            ..When::default()
        }),
        deliver_to: Some(Place {
            name: "Isfahan".to_owned(),
            country: "IR".to_owned(),
            point: Some(record::Point { latitude_e6: 32_654_000, longitude_e6: 51_668_000 }),
            aliases: Vec::new(),
            region: String::new(),
        }),
        ..NeedLine::default()
    };
    assert_eq!(lines_of(&fake), [line]);
}

#[test]
fn a_file_from_standard_input_says_the_same_as_the_flags() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    fake.script().need.extend([Ok(need(17)), Ok(need(18))]);
    fake.quince(&CREATE).assert().success();
    let flags = lines_of(&fake);
    let file = "lines: [{item: mask.surgical.iir, quantity: 1600 box, urgency: 1, by: 2027-03-15, \
                to: 'Isfahan,IR,32.654,51.668'}]";
    fake.quince(&["need", "create", "--file", "-"]).write_stdin(file).assert().success();
    assert_eq!(lines_of(&fake), flags);
}

#[test]
fn a_write_that_found_no_node_is_sent_once_more_with_the_same_request_id() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    fake.script().need.extend([Err(Status::unavailable("starting")), Ok(need(17))]);
    fake.quince(&CREATE).assert().success().stdout("isfahan/17\n");
    let created = fake.script().created.clone();
    assert_eq!(created.len(), 2);
    assert_eq!(created[0], created[1]);
}

#[test]
fn a_write_whose_fate_is_unknown_tells_how_to_repeat_it() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    let unavailable = || Err(Status::unavailable("starting"));
    fake.script().need.extend([unavailable(), unavailable()]);
    let expected =
        "error: starting\n\nhint: whether it was written is not known: repeat it with --request-id again-1\n";
    let args = [&CREATE[..], &["--request-id", "again-1"]].concat();
    fake.quince(&args).assert().code(7).stdout("").stderr(expected);
}

#[test]
fn an_update_changes_one_line_at_the_revision_that_was_read() {
    let fake = Fake::start(Listener::Plain);
    let mut read = need(17);
    read.etag = "3".to_owned();
    let line = |line, note: &str| NeedLine { line, urgency: 2, note: note.to_owned(), ..NeedLine::default() };
    read.record.as_mut().expect("a record").lines = vec![line(1, "one"), line(2, "two")];
    fake.script().need.extend([Ok(read.clone()), Ok(read)]);
    let args = ["need", "update", "isfahan/17", "--line", "2", "--urgency", "1", "--reason", "worse"];
    fake.quince(&args).assert().success();
    let updated = fake.script().updated.pop().expect("a request came");
    assert_eq!(updated.update_mask.expect("a mask").paths, ["lines"]);
    let sent = updated.need.expect("a need");
    assert_eq!(sent.etag, "3");
    let expected = [line(1, "one"), NeedLine { urgency: 1, ..line(2, "two") }];
    assert_eq!(sent.record.expect("a record").lines, expected);
}

#[test]
fn a_list_asks_for_pages_and_says_when_there_is_more() {
    let fake = Fake::start(Listener::Plain);
    fake.script().needs = (1..=120).map(need).collect();
    let output =
        fake.quince(&["need", "list", "--limit", "70", "--json"]).assert().success().get_output().clone();
    let rows = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(rows.lines().count(), 70);
    assert!(rows.lines().last().expect("rows").contains("nodes/isfahan/needs/70\""));
    assert_eq!(output.stderr, b"there is more than these 70; raise --limit to see it\n");
    let sizes: Vec<i32> = fake.script().listed.iter().map(|request| request.page_size).collect();
    assert_eq!(sizes, [50, 20]);
    fake.quince(&["need", "list", "--limit", "120"]).assert().success().stderr("");
}

#[test]
fn a_node_that_sends_more_than_was_asked_for_is_cut_to_the_limit() {
    let fake = Fake::start(Listener::Plain);
    fake.script().needs = (1..=20).map(need).collect();
    fake.script().page_rows_min = 20;
    let args = ["need", "list", "--limit", "7", "--json"];
    let output = fake.quince(&args).assert().success().get_output().clone();
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8").lines().count(), 7);
    assert_eq!(output.stderr, b"there is more than these 7; raise --limit to see it\n");
}

pub(crate) fn three_minutes_ago() -> Timestamp {
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    Timestamp { seconds: i64::try_from(now).expect("in this era") - 200, nanos: 0 }
}

/// A need of another city, whose texts mean no good.
fn hostile() -> Need {
    let mut need = need(17);
    let record = need.record.as_mut().expect("a record");
    record.title = vec![Text {
        language: "en".to_owned(),
        text: "Masks\u{1b}[2J\u{202e}\nerror: fake".to_owned(),
        origin: 1,
    }];
    record.lines = vec![NeedLine {
        line: 1,
        item: "mask.surgical.iir\u{9b}".to_owned(),
        quantity: Some(Quantity { qualifier: 2, amount: 80_000, unit: "piece".to_owned(), pack: None }),
        urgency: 1,
        note: "\u{7}ring".to_owned(),
        ..NeedLine::default()
    }];
    need.coverage = vec![Coverage {
        line: 1,
        requested: 5_000,
        committed: 60_000,
        outstanding: Some(20_000),
        commit_track: Track::Partial.into(),
        ..Coverage::default()
    }];
    need.provenance = Some(Provenance {
        owner: "isfahan".to_owned(),
        own: false,
        owner_last_heard: Some(three_minutes_ago()),
    });
    need
}

#[test]
fn a_need_is_shown_on_a_sheet_and_hostile_texts_are_harmless() {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Ok(hostile()));
    let output = fake.quince(&["need", "show", "isfahan/17"]).assert().success().get_output().clone();
    insta::assert_snapshot!(String::from_utf8(output.stdout).expect("UTF-8"));
}

#[test]
fn what_is_promised_counts_against_the_whole_line_although_nothing_came_yet() {
    let fake = Fake::start(Listener::Plain);
    let mut need = hostile();
    need.coverage[0].committed = 80_000;
    need.coverage[0].outstanding = Some(80_000);
    need.coverage[0].commit_track = Track::Complete.into();
    fake.script().need.push_back(Ok(need));
    let output = fake.quince(&["need", "show", "isfahan/17"]).assert().success().get_output().clone();
    let sheet = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(sheet.contains("OUTSTANDING") && !sheet.contains("MISSING"), "{sheet}");
    assert!(sheet.contains("[####################] 100 %"), "{sheet}");
}

#[test]
fn a_line_of_unknown_quantity_has_no_share() {
    let fake = Fake::start(Listener::Plain);
    let mut need = hostile();
    let line = &mut need.record.as_mut().expect("a record").lines[0];
    line.quantity = Some(Quantity { qualifier: 4, unit: "piece".to_owned(), ..Quantity::default() });
    need.coverage[0].outstanding = None;
    fake.script().need.push_back(Ok(need));
    let output = fake.quince(&["need", "show", "isfahan/17"]).assert().success().get_output().clone();
    let sheet = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(sheet.contains("of an unknown quantity") && !sheet.contains('%'), "{sheet}");
}

#[test]
fn the_conditions_of_a_line_are_shown() {
    let fake = Fake::start(Listener::Plain);
    let mut need = hostile();
    let line = &mut need.record.as_mut().expect("a record").lines[0];
    (line.min_shelf_life_days, line.min_lot, line.accept_lower_grade) = (90, 500, true);
    line.acceptable_bases = vec![record::terms::Basis::Gift.into()];
    line.note.clear();
    fake.script().need.push_back(Ok(need));
    let output = fake.quince(&["need", "show", "isfahan/17"]).assert().success().get_output().clone();
    let sheet = String::from_utf8(output.stdout).expect("UTF-8");
    let expected =
        "90 days of shelf life on arrival; lots of at least 500; a lower grade will do; only as gift\n";
    assert!(sheet.contains(expected), "{sheet}");
}

#[test]
fn a_need_that_was_only_checked_is_not_said_to_be_open() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    fake.script().need.push_back(Ok(need(17)));
    let args = [&CREATE[..], &["--validate-only"]].concat();
    let words = "this need is valid; nothing was written\n";
    fake.quince(&args).assert().success().stdout("").stderr(words);
}

#[test]
fn a_promise_of_less_than_was_typed_says_so() {
    let fake = Fake::start(Listener::Plain);
    let promised = record::Commitment {
        state: CommitmentState::Committed.into(),
        amount: 50_000,
        unit: "piece".to_owned(),
        ..record::Commitment::default()
    };
    let name = "nodes/quanzhou/commitments/21".to_owned();
    fake.script().commitment.push_back(Ok(Commitment {
        name,
        record: Some(promised),
        ..Commitment::default()
    }));
    let args = ["commitment", "commit", "isfahan/19", "--quantity", "60000"];
    fake.quince(&args).assert().success().stdout("quanzhou/21\n").stderr(
        "commitment quanzhou/21 is committed, 50000 piece\n\
         50000 and not 60000: no more was asked for, or no more is free\n",
    );
}

#[test]
fn a_negative_quantity_is_a_wrong_value_and_not_an_unknown_flag() {
    let fake = Fake::start(Listener::Plain);
    let args = ["need", "create", "--item", "mask.cloth", "--quantity", "-5", "--urgency", "1"];
    let output = fake.quince(&args).assert().code(2).get_output().clone();
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.contains("--quantity: got \"-5\", expected 80000"), "{words}");
}

#[test]
fn json_of_a_hostile_text_is_escaped() {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Ok(hostile()));
    let output =
        fake.quince(&["need", "show", "isfahan/17", "--json"]).assert().success().get_output().clone();
    let json = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(json.contains(r"Masks\u001b[2J\u202e\nerror: fake"), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).expect("valid");
    assert_eq!(value["record"]["title"][0]["text"], "Masks\u{1b}[2J\u{202e}\nerror: fake");
    assert_eq!(value["coverage"][0]["committed"], "60000");
}

#[test]
fn a_promise_that_came_back_declined_is_no_success() {
    let fake = Fake::start(Listener::Plain);
    let declined = record::Commitment {
        state: CommitmentState::Declined.into(),
        reason_code: ReasonCode::Exhausted.into(),
        unit: "piece".to_owned(),
        ..record::Commitment::default()
    };
    let name = "nodes/quanzhou/commitments/21".to_owned();
    let answer = Commitment { name, record: Some(declined), ..Commitment::default() };
    fake.script().commitment.push_back(Ok(answer));
    let output =
        fake.quince(&["commitment", "commit", "isfahan/19"]).assert().code(4).stdout("quanzhou/21\n");
    let words = String::from_utf8(output.get_output().stderr.clone()).expect("UTF-8");
    assert!(words.starts_with("commitment quanzhou/21 is declined (exhausted)\nerror: "), "{words}");
}

#[test]
fn what_cannot_be_undone_needs_a_yes() {
    let fake = Fake::start(Listener::Plain);
    let args = ["need", "withdraw", "isfahan/17", "--reason", "met elsewhere"];
    let expected = "error: withdrawing this need cannot be undone, and nobody is here to confirm it\n\n\
                    hint: add --yes if it is meant\n";
    fake.quince(&args).assert().code(2).stderr(expected);
    assert!(fake.script().withdrawn.is_empty());
    fake.script().need.push_back(Ok(need(17)));
    fake.quince(&[&args[..], &["--yes"]].concat()).assert().success();
    assert_eq!(fake.script().withdrawn[0].reason, "met elsewhere");
}

#[test]
fn a_drill_is_announced_and_marked() {
    let fake = Fake::start(Listener::Plain);
    let profile = std::fs::read_to_string(fake.folder.path().join("profile.toml")).expect("a profile");
    fake.write_profile(&format!("{profile}exercise = true\n"));
    fake.script().items.push(masks());
    fake.script().need.push_back(Ok(need(17)));
    let banner = "EXERCISE: everything written through this profile is a drill\nneed isfahan/17 is open\n";
    fake.quince(&CREATE).assert().success().stderr(banner);
    let created = fake.script().created.pop().expect("a request came");
    assert!(created.need.and_then(|need| need.record?.common).expect("common").exercise);
}

#[test]
fn a_watch_that_breaks_off_is_taken_up_after_the_last_cursor() {
    let fake = Fake::start(Listener::Plain);
    let change = |cursor: &str, number| {
        let resource = Some(watch_response::Resource::Need(need(number)));
        Ok(WatchResponse { cursor: cursor.to_owned(), resource })
    };
    fake.script().watches.extend([
        Ok(vec![change("c1", 1), change("c2", 2), Err(Status::unavailable("stopping"))]),
        Err(Status::unavailable("starting")),
        Ok(vec![change("c3", 3), Err(Status::permission_denied("the token was revoked"))]),
    ]);
    let args = ["watch", "--json", "--cursor", "c0", "--collection", "needs"];
    let output = fake.quince(&args).assert().code(6).get_output().clone();
    let seen = String::from_utf8(output.stdout).expect("UTF-8");
    let cursors: Vec<serde_json::Value> = seen
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["cursor"].take())
        .collect();
    assert_eq!(cursors, ["c1", "c2", "c3"]);
    let asked: Vec<String> = fake.script().watched.iter().map(|request| request.cursor.clone()).collect();
    assert_eq!(asked, ["c0", "c2", "c2"]);
}
