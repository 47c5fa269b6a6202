//! `quince match`: what is suggested, why, and how far it covers a need.

use prost_types::Timestamp;
use quince_proto::api::v1::{
    Candidate, Carriage, CarriageOutcome, ComparePlanResponse, Coverage, ExplainMatchResponse, Match, Need,
    Obstacle, Plan, PlanComparison, Provenance, Reason, Ride,
};
use quince_proto::record::v1::{self as record, NeedLine, Quantity};

use crate::fake::{Fake, Listener};

/// A suggestion of goods for a line of a need.
pub(crate) fn suggestion(need_line: &str, offer_line: &str, amount: i64) -> Match {
    let line = |short: &str, collection: &str| {
        let (owner, rest) = short.split_once('/').expect("an owner");
        let (number, line) = rest.split_once('.').expect("a line");
        format!("nodes/{owner}/{collection}/{number}/lines/{line}")
    };
    Match {
        need_line: line(need_line, "needs"),
        offer_line: line(offer_line, "offers"),
        amount,
        unit: "piece".to_owned(),
        item: "mask.surgical.iir".to_owned(),
        tier: 1,
        rank: 3,
        distance_km: Some(620),
        mine: true,
        ..Match::default()
    }
}

/// A reason in the words of the node.
pub(crate) fn reason(code: &str, sentence: &str, blocks: bool) -> Reason {
    Reason { code: code.to_owned(), sentence: sentence.to_owned(), blocks, ..Reason::default() }
}

/// How it travels.
pub(crate) fn carriage(outcome: CarriageOutcome) -> Option<Carriage> {
    Some(Carriage { outcome: outcome.into(), ..Carriage::default() })
}

/// A need of two lines of 2,000, of which 500 came and 700 are to come of the first.
pub(crate) fn need(name: &str, own: bool) -> Need {
    let line = |line| NeedLine {
        line,
        quantity: Some(Quantity { amount: 2_000, unit: "piece".to_owned(), ..Quantity::default() }),
        ..NeedLine::default()
    };
    Need {
        name: name.to_owned(),
        record: Some(record::Need { lines: vec![line(1), line(2)], ..record::Need::default() }),
        coverage: vec![Coverage { line: 1, committed: 1_200, good: 500, ..Coverage::default() }],
        provenance: Some(Provenance { own, ..Provenance::default() }),
        ..Need::default()
    }
}

/// What a command prints on success.
pub(crate) fn stdout(fake: &Fake, args: &[&str]) -> String {
    let output = fake.quince(args).assert().success().get_output().clone();
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn ride(line: &str, journey: u32) -> Ride {
    Ride {
        transport_line: line.to_owned(),
        journey,
        units: 2,
        share_e4: 5_000,
        detour_km: 40,
        // 10 March 2027, the first second in UTC.
        arrival: Some(Timestamp { seconds: 1_804_636_800, nanos: 0 }),
        reasons: vec![reason("lane.anywhere", "it leaves 3 km from the goods and goes anywhere", false)],
    }
}

fn carried() -> Option<Carriage> {
    let [umbrella, red] = ["nodes/umbrella/offers/7/lines/1", "nodes/red-moon/offers/2/lines/1"];
    let rides = vec![ride(umbrella, 1), ride(umbrella, 2), ride(red, 1)];
    Some(Carriage { outcome: CarriageOutcome::Carried.into(), rides, ..Carriage::default() })
}

#[test]
fn a_list_says_who_carries_each_suggestion() {
    let fake = Fake::start(Listener::Plain);
    let outcomes = [
        None,
        carriage(CarriageOutcome::WithinCity),
        carriage(CarriageOutcome::SupplierBrings),
        carriage(CarriageOutcome::Stranded),
        carried(),
    ];
    let matches =
        outcomes.map(|carriage| Match { carriage, ..suggestion("isfahan/17.1", "quanzhou/4.1", 10) });
    fake.script().matches.extend(matches);
    let table = stdout(&fake, &["match", "list"]);
    let expected = "\
RANK  TIER  NEED          OFFER         ITEM               AMOUNT    KM   MINE  CARRIAGE                        WHY
3     1     isfahan/17.1  quanzhou/4.1  mask.surgical.iir  10 piece  620  yes   -                               -
3     1     isfahan/17.1  quanzhou/4.1  mask.surgical.iir  10 piece  620  yes   within city                     -
3     1     isfahan/17.1  quanzhou/4.1  mask.surgical.iir  10 piece  620  yes   supplier brings                 -
3     1     isfahan/17.1  quanzhou/4.1  mask.surgical.iir  10 piece  620  yes   nobody carries it               -
3     1     isfahan/17.1  quanzhou/4.1  mask.surgical.iir  10 piece  620  yes   by umbrella/7.1 + red-moon/2.1  -
";
    assert_eq!(table, expected);
}

#[test]
fn below_the_suggestions_of_a_need_stands_how_far_each_line_is_covered() {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Ok(need("nodes/isfahan/needs/17", true)));
    fake.script().matches.extend([
        suggestion("isfahan/17.1", "quanzhou/4.1", 200),
        suggestion("isfahan/17.1", "wuhan/9.1", 100),
        suggestion("isfahan/18.1", "wuhan/9.2", 900),
    ]);
    // The list is cut off after one row, and the bars count all of them.
    let args = ["match", "list", "--need", "isfahan/17", "--limit", "1"];
    let output = fake.quince(&args).assert().success().get_output().clone();
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    let (rows, bars) = table.split_once("\n\n").expect("a gap");
    assert!(rows.contains("quanzhou/4.1") && !rows.contains("wuhan"), "{rows}");
    let expected = "\
isfahan/17.1  [#####=======---.....]  500 of 2,000 received, 700 promised, 300 suggested, 500 open
isfahan/17.2  [....................]  0 of 2,000 received, 0 promised, 0 suggested, 2,000 open
";
    assert_eq!(bars, expected);
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        words.contains("# received, = promised and still to come, - only suggested, . open\n"),
        "{words}"
    );
}

#[test]
fn a_list_of_what_is_mine_draws_the_own_needs_only() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let named = |number: u32| need(&format!("nodes/isfahan/needs/{number}"), true);
    fake.script().needs.extend([named(3), named(9), named(17)]);
    fake.script().matches.extend([
        suggestion("wuhan/2.1", "isfahan/3.1", 5),
        suggestion("wuhan/1.1", "isfahan/3.1", 5),
        suggestion("isfahan/17.1", "quanzhou/4.1", 300),
        suggestion("isfahan/9.2", "quanzhou/4.1", 2_000),
    ]);
    let table = stdout(&fake, &["match", "list", "--mine"]);
    let (_, bars) = table.split_once("\n\n").expect("a gap");
    let lines: Vec<&str> = bars.lines().map(|line| line.split_once("  ").expect("a bar").0.trim()).collect();
    assert_eq!(lines, ["isfahan/9.1", "isfahan/9.2", "isfahan/17.1", "isfahan/17.2"], "{bars}");
    assert!(bars.contains("2,000 suggested, 0 open"), "{bars}");
    let script = fake.script();
    let parents: Vec<&str> = script.listed.iter().map(|request| request.parent.as_str()).collect();
    assert_eq!((script.matches_listed.len(), &parents[..]), (1, &["nodes/isfahan"][..]));
}

#[test]
fn bars_that_cannot_be_drawn_are_left_out_and_fail_nothing() {
    let fake = Fake::start(Listener::Plain);
    fake.script().matches.push(suggestion("isfahan/17.1", "quanzhou/4.1", 300));
    let output = fake.quince(&["match", "list", "--mine"]).assert().success().get_output().clone();
    let (table, words) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    assert!(table.expect("UTF-8").contains("quanzhou/4.1"));
    let words = words.expect("UTF-8");
    assert!(words.contains("how far the needs are covered is left out"), "{words}");
}

#[test]
fn a_drill_what_is_not_public_and_an_unknown_distance_are_marked() {
    let fake = Fake::start(Listener::Plain);
    let one = suggestion("isfahan/17.1", "quanzhou/4.1", 10);
    fake.script().matches.extend([
        Match { exercise: true, ..one.clone() },
        Match { local: true, distance_km: None, ..one.clone() },
        Match { distance_km: Some(0), ..one },
    ]);
    let table = stdout(&fake, &["match", "list"]);
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert!(rows[0].contains("mask.surgical.iir (drill) "), "{table}");
    assert!(rows[1].contains("mask.surgical.iir (not public) ") && rows[1].contains(" unknown "), "{table}");
    assert!(!rows[2].contains('(') && rows[2].contains(" 0 "), "{table}");
}

#[test]
fn bars_never_stand_between_messages() {
    let fake = Fake::start(Listener::Plain);
    fake.script().matches.push(suggestion("isfahan/17.1", "quanzhou/4.1", 200));
    let json = stdout(&fake, &["match", "list", "--need", "isfahan/17", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("one message");
    assert_eq!(value["amount"], "200");
}

#[test]
fn an_explanation_gives_each_reason_its_line_and_names_both_sides() {
    let fake = Fake::start(Listener::Plain);
    let suggested = Match {
        reasons: vec![
            reason("item.equal", "it is the item asked for, mask.surgical.iir", false),
            reason("distance", "it has 620 km to go", false),
        ],
        carriage: carried(),
        ..suggestion("isfahan/17.1", "quanzhou/4.1", 1_500)
    };
    let mut stranded = suggestion("isfahan/17.1", "wuhan/9.1", 20);
    stranded.carriage = carriage(CarriageOutcome::Stranded);
    let lane = "no transport begins near the goods or ends near where they are needed";
    let obstacles = &mut stranded.carriage.as_mut().expect("carriage").obstacles;
    let cold = reason("cold_chain", "the goods must be kept cold, and it does not say that it can", true);
    let transport_line = "nodes/umbrella/offers/7/lines/1".to_owned();
    obstacles.push(Obstacle { transport_line, reasons: vec![cold] });
    let reasons = vec![reason("lane.none", lane, true)];
    obstacles.push(Obstacle { reasons, ..Obstacle::default() });
    let late = "it could not arrive before 2027-04-02, 3 days too late";
    let candidate = Candidate {
        need_line: "nodes/isfahan/needs/17/lines/1".to_owned(),
        offer_line: "nodes/harbor/offers/5/lines/1".to_owned(),
        // What a partner made its node say is harmless here too.
        reasons: vec![reason("window.late", late, true), reason("terms", "terms\u{1b}[2J\nerror: no", true)],
        ..Candidate::default()
    };
    fake.script().explained.push_back(Ok(ExplainMatchResponse {
        matches: vec![suggested, stranded],
        blocked: vec![candidate],
        plan: None,
    }));
    let told = stdout(&fake, &["match", "explain", "--need", "isfahan/17.1"]);
    assert_eq!(told, "\
need isfahan/17.1 <- offer quanzhou/4.1: 1,500 piece of mask.surgical.iir, tier 1, rank 3, 620 km
  it is the item asked for, mask.surgical.iir
  it has 620 km to go
  carriage: by umbrella/7.1 + red-moon/2.1
    umbrella/7.1, journey 1: 50.00 % of it on 2 more of its units, 40 km of detour, there on 2027-03-10 at the earliest
      it leaves 3 km from the goods and goes anywhere
    umbrella/7.1, journey 2: 50.00 % of it on 2 more of its units, 40 km of detour, there on 2027-03-10 at the earliest
      it leaves 3 km from the goods and goes anywhere
    red-moon/2.1, journey 1: 50.00 % of it on 2 more of its units, 40 km of detour, there on 2027-03-10 at the earliest
      it leaves 3 km from the goods and goes anywhere

need isfahan/17.1 <- offer wuhan/9.1: 20 piece of mask.surgical.iir, tier 1, rank 3, 620 km
  carriage: nobody carries it
    transport umbrella/7.1
      blocked: the goods must be kept cold, and it does not say that it can
    blocked: no transport begins near the goods or ends near where they are needed

not suggested:
need isfahan/17.1 <- offer harbor/5.1
  blocked: it could not arrive before 2027-04-02, 3 days too late
  blocked: terms[2J error: no
");
    assert_eq!(fake.script().explanations[0].need_line, "nodes/isfahan/needs/17/lines/1");
}

#[test]
fn a_plan_shows_its_digests_and_is_one_message_as_json() {
    let fake = Fake::start(Listener::Plain);
    fake.script().plan = Plan {
        epoch: Some(Timestamp { seconds: 1_804_636_800, nanos: 0 }),
        rule_version: "3".to_owned(),
        catalogue_version: "2027.1".to_owned(),
        input_digest: "aa11".to_owned(),
        plan_digest: "bb22".to_owned(),
        families_cut_short: vec!["mask.cloth".to_owned()],
        failure: "matching cannot read the records".to_owned(),
        ..Plan::default()
    };
    let sheet = stdout(&fake, &["match", "plan"]);
    for fact in [
        "epoch      2027-03-10\n",
        "plan       bb22\n",
        "cut short  mask.cloth\n",
        "failure    matching cannot read the records\n",
    ] {
        assert!(sheet.contains(fact), "{sheet}");
    }
    let json = r#"{"catalogueVersion":"2027.1","epoch":"2027-03-10T00:00:00Z","failure":"matching cannot read the records","familiesCutShort":["mask.cloth"],"inputDigest":"aa11","planDigest":"bb22","ruleVersion":"3"}"#;
    assert_eq!(stdout(&fake, &["match", "plan", "--json"]), format!("{json}\n"));
}

#[test]
fn a_plan_is_compared_with_what_another_node_printed_and_an_alarm_ends_with_a_failure() {
    let fake = Fake::start(Listener::Plain);
    let plan = Plan { rule_version: "3".to_owned(), input_digest: "aa11".to_owned(), ..Plan::default() };
    fake.script().plan = plan.clone();
    let printed = stdout(&fake, &["match", "plan", "--json"]);
    let file = fake.folder.path().join("other.json");
    std::fs::write(&file, printed).expect("a file in an own folder");
    let compare = ["match", "plan", "--with", file.to_str().expect("a path of ASCII")];
    let told = |comparison: PlanComparison, sentence: &str| {
        let (comparison, sentence) = (comparison.into(), sentence.to_owned());
        Ok(ComparePlanResponse { comparison, sentence, plan: Some(plan.clone()) })
    };
    fake.script().comparisons.extend([
        told(PlanComparison::SamePlan, "both nodes have the same plan"),
        told(PlanComparison::OtherPlan, "ALARM: report it"),
    ]);
    assert!(stdout(&fake, &compare).starts_with("both nodes have the same plan\n\nthis node:\nepoch"));
    assert_eq!(fake.script().compared[0].other, Some(plan.clone()));
    let alarm = fake.quince(&compare).assert().code(1).get_output().clone();
    assert!(alarm.stdout.starts_with(b"ALARM: report it\n"));
    assert!(String::from_utf8_lossy(&alarm.stderr).starts_with("error: the same rules made different plans"));
    std::fs::write(&file, "{\"epoch\":5}").expect("a file in an own folder");
    fake.quince(&compare).assert().code(2);
    assert_eq!(fake.script().compared.len(), 2, "what is no plan is not sent");
}
