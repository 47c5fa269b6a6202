//! `quince match why-not`, `simulate` and `watch`: what is in the way, what would change, and what changes.

use quince_proto::api::v1::{
    Candidate, CarriageOutcome, Coverage, ExplainMatchResponse, Match, MatchChange, MatchChangeType,
    Obstacle, Offer, Plan, SimulateMatchResponse, WatchMatchesResponse, simulate_match_request,
};
use quince_proto::record::v1::{self as record, OfferLine, Quantity};
use tonic::Status;

use crate::fake::{Fake, Listener, masks};
use crate::matches::{carriage, need, reason, stdout, suggestion};

const NEED: [&str; 10] = [
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

fn candidate(need: &str, offer: &str, sentence: &str) -> Candidate {
    let Match { need_line, offer_line, .. } = suggestion(need, offer, 0);
    let reasons = vec![reason("window.late", sentence, true)];
    Candidate { need_line, offer_line, reasons, ..Candidate::default() }
}

fn explained(matches: &[Match], blocked: &[Candidate]) -> Result<ExplainMatchResponse, Status> {
    let (matches, blocked) = (matches.to_vec(), blocked.to_vec());
    Ok(ExplainMatchResponse { matches, blocked, plan: None })
}

fn change(kind: MatchChangeType, one: Match, previous_amount: i64) -> MatchChange {
    MatchChange { r#type: kind.into(), r#match: Some(one), previous_amount, ..MatchChange::default() }
}

fn offer() -> Offer {
    let quantity = Some(Quantity { amount: 90, unit: "piece".to_owned(), ..Quantity::default() });
    let lines = vec![OfferLine { line: 1, quantity, ..OfferLine::default() }];
    Offer {
        name: "nodes/quanzhou/offers/4".to_owned(),
        record: Some(record::Offer { lines, ..record::Offer::default() }),
        coverage: vec![Coverage { line: 1, outstanding: Some(60), requested: 10, ..Coverage::default() }],
        ..Offer::default()
    }
}

#[test]
fn lines_that_lack_suggestions_name_the_nearest_candidates_and_what_blocks_them() {
    let fake = Fake::start(Listener::Plain);
    let late = "it could not arrive before 2027-04-02, 3 days too late";
    let answers = || {
        fake.script().need.push_back(Ok(need("nodes/isfahan/needs/17", true)));
        fake.script().explained.extend([
            explained(&[suggestion("isfahan/17.1", "wuhan/9.1", 800)], &[]),
            explained(
                &[suggestion("isfahan/17.2", "wuhan/9.1", 1_500)],
                &[candidate("isfahan/17.2", "quanzhou/4.1", late)],
            ),
        ]);
    };
    answers();
    assert_eq!(
        stdout(&fake, &["match", "why-not", "isfahan/17"]),
        "\
isfahan/17.1: all 800 that are open are suggested
isfahan/17.2: 1,500 of 2,000 open are suggested
  need isfahan/17.2 <- offer quanzhou/4.1
    blocked: it could not arrive before 2027-04-02, 3 days too late
"
    );
    answers();
    let json = stdout(&fake, &["match", "why-not", "--need", "isfahan/17", "--json"]);
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let figures =
        |line: &serde_json::Value| [&line["line"], &line["open"], &line["suggested"]].map(Clone::clone);
    assert_eq!(figures(&lines[0]), ["nodes/isfahan/needs/17/lines/1", "800", "800"]);
    assert_eq!(figures(&lines[1]), ["nodes/isfahan/needs/17/lines/2", "2000", "1500"]);
    assert_eq!(lines[1]["explanation"]["blocked"][0]["offerLine"], "nodes/quanzhou/offers/4/lines/1");
}

#[test]
fn what_is_suggested_and_nobody_carries_is_told_too() {
    let fake = Fake::start(Listener::Plain);
    fake.script().offer.push_back(Ok(offer()));
    let mut one = suggestion("isfahan/17.1", "quanzhou/4.1", 50);
    one.carriage = carriage(CarriageOutcome::Stranded);
    let reasons = vec![reason("lane.none", "no transport begins near the goods", true)];
    let obstacle = Obstacle { reasons, ..Obstacle::default() };
    one.carriage.as_mut().expect("carriage").obstacles.push(obstacle);
    fake.script().explained.push_back(explained(&[one], &[]));
    assert_eq!(
        stdout(&fake, &["match", "why-not", "--offer", "quanzhou/4.1"]),
        "\
quanzhou/4.1: all 50 that are open are suggested
  need isfahan/17.1 <- offer quanzhou/4.1: 50 suggested, and nobody carries it
    blocked: no transport begins near the goods
"
    );
}

#[test]
fn an_id_that_is_no_needs_is_looked_up_as_an_offers() {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Err(Status::not_found("no such need")));
    fake.script().offer.push_back(Ok(offer()));
    fake.script().explained.push_back(explained(&[suggestion("isfahan/17.1", "quanzhou/4.1", 20)], &[]));
    let told = stdout(&fake, &["match", "why-not", "quanzhou/4.1"]);
    assert_eq!(told, "quanzhou/4.1: 20 of 50 open are suggested; nothing else comes near it\n");
    assert_eq!(fake.script().explanations[0].offer_line, "nodes/quanzhou/offers/4/lines/1");
}

#[test]
fn an_id_that_is_nobodys_or_a_line_that_is_not_there_is_said_to_be_so() {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Err(Status::not_found("no such need")));
    fake.script().offer.push_back(Err(Status::not_found("no such offer")));
    let expected = "error: isfahan/99: this node knows neither a need nor an offer of that name\n\n\
                    hint: quince need list and quince offer list show them\n";
    fake.quince(&["match", "why-not", "isfahan/99"]).assert().code(3).stdout("").stderr(expected);

    fake.script().offer.push_back(Ok(offer()));
    let expected = "error: quanzhou/4 has no line 7, expected one of 1\n";
    fake.quince(&["match", "why-not", "--offer", "quanzhou/4.7"]).assert().code(3).stderr(expected);

    let refused = fake.quince(&["match", "why-not", "isfahan"]).assert().code(2).get_output().clone();
    let words = String::from_utf8(refused.stderr).expect("UTF-8");
    let expected = "expected a need, an offer or a line of one, such as isfahan/17 or isfahan/17.2";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn a_supposed_need_is_sent_as_a_created_one_and_nothing_is_written() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    fake.script().need.push_back(Ok(need("nodes/isfahan/needs/17", true)));
    fake.quince(&[&["need", "create"], &NEED[..]].concat()).assert().success();
    let gone = suggestion("wuhan/2.1", "quanzhou/4.1", 70);
    let mut added = suggestion("isfahan/4294967295.1", "quanzhou/4.1", 1_500);
    added.carriage = carriage(CarriageOutcome::SupplierBrings);
    let taken = "isfahan/4294967295.1 takes it, which is more urgent (tier 1)";
    fake.script().simulated.push_back(Ok(SimulateMatchResponse {
        changes: vec![
            change(MatchChangeType::Added, added, 0),
            change(MatchChangeType::Removed, gone, 70),
            change(MatchChangeType::Updated, suggestion("harbor/3.1", "quanzhou/4.1", 20), 90),
        ],
        name: "nodes/isfahan/needs/4294967295".to_owned(),
        blocked: vec![candidate("isfahan/4294967295.2", "harbor/5.1", taken)],
        changes_left_out: 1_200,
        lines_left_out: 3,
        ..SimulateMatchResponse::default()
    }));
    let args = [&["match", "simulate", "need"], &NEED[..]].concat();
    fake.quince(&args)
        .assert()
        .success()
        .stderr("this need was only supposed; nothing was written\n")
        .stdout(
            "\
CHANGE     NEED        OFFER         ITEM               AMOUNT          KM   CARRIAGE
+ added    supposed.1  quanzhou/4.1  mask.surgical.iir  1,500 piece     620  supplier brings
- removed  wuhan/2.1   quanzhou/4.1  mask.surgical.iir  70 piece        620  -
~ changed  harbor/3.1  quanzhou/4.1  mask.surgical.iir  90 -> 20 piece  620  -
and 1,200 more changes

what stands in the way:
need supposed.2 <- offer harbor/5.1
  blocked: supposed.1 takes it, which is more urgent (tier 1)
not looked into: 3 more lines
",
        );
    let created = fake.script().created[0].need.clone().and_then(|need| need.record).expect("a record");
    let supposed = fake.script().supposed[0].supposed.clone();
    assert_eq!(supposed, Some(simulate_match_request::Supposed::Need(created)));
}

#[test]
fn a_supposed_offer_may_come_from_a_file_and_change_nothing() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(masks());
    let name = "nodes/quanzhou/offers/4294967295".to_owned();
    let unchanged = SimulateMatchResponse { name: name.clone(), ..SimulateMatchResponse::default() };
    fake.script().simulated.extend([Ok(unchanged.clone()), Ok(unchanged)]);
    let file = "lines: [{item: mask.surgical.iir, quantity: 30, from: 'Quanzhou,CN'}]";
    let args = ["match", "simulate", "offer", "--file", "-"];
    let words = "this offer was only supposed; nothing was written\n";
    let told = fake.quince(&args).write_stdin(file).assert().success().stderr(words);
    told.stdout("no suggestion would change\n");
    let told = fake.quince(&[&args[..], &["--json"]].concat()).write_stdin(file).assert().success();
    told.stdout(format!("{{\"name\":\"{name}\"}}\n"));
    let Some(simulate_match_request::Supposed::Offer(offer)) = fake.script().supposed[0].supposed.clone()
    else {
        panic!("an offer was supposed");
    };
    assert_eq!(offer.lines[0].quantity.as_ref().map(|quantity| quantity.amount), Some(30));
}

#[test]
fn a_watch_tells_what_came_changed_and_went_and_why() {
    let fake = Fake::start(Listener::Plain);
    let one = |amount| suggestion("isfahan/17.1", "quanzhou/4.1", amount);
    let mut gone = change(MatchChangeType::Removed, one(300), 300);
    gone.reasons.push(reason("offer.closed", "the offer is not open", true));
    let message = |changes| {
        let plan = Some(Plan::default());
        Ok(WatchMatchesResponse { changes, plan, complete: true, ..WatchMatchesResponse::default() })
    };
    let whole = |changes| message(changes).map(|message| WatchMatchesResponse { snapshot: true, ..message });
    let other = change(MatchChangeType::Added, suggestion("isfahan/17.1", "wuhan/9.1", 40), 0);
    let added = || change(MatchChangeType::Added, one(1_500), 0);
    fake.script().match_watches.extend([
        Ok(vec![
            whole(vec![added(), other]),
            message(vec![change(MatchChangeType::Updated, one(300), 1_500)]),
            message(Vec::new()),
            message(vec![gone]),
            Err(Status::unavailable("stopping")),
        ]),
        Err(Status::unavailable("starting")),
        Ok(vec![whole(vec![added()]), Err(Status::permission_denied("the token was revoked"))]),
    ]);
    let output = fake.quince(&["match", "watch", "--mine"]).assert().code(6).get_output().clone();
    assert_eq!(
        String::from_utf8(output.stdout).expect("UTF-8"),
        "\
+ isfahan/17.1 <- quanzhou/4.1  1,500 piece of mask.surgical.iir; carriage: -
+ isfahan/17.1 <- wuhan/9.1  40 piece of mask.surgical.iir; carriage: -
~ isfahan/17.1 <- quanzhou/4.1  1,500 -> 300 piece of mask.surgical.iir; carriage: -
- isfahan/17.1 <- quanzhou/4.1  300 piece of mask.surgical.iir; gone: the offer is not open
+ isfahan/17.1 <- quanzhou/4.1  1,500 piece of mask.surgical.iir; carriage: -
- isfahan/17.1 <- wuhan/9.1  40 piece of mask.surgical.iir; gone
"
    );
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.contains("the watch goes on; what comes first repeats every suggestion\n"), "{words}");
    let watched = fake.script().matches_watched.clone();
    assert!(watched.len() == 3 && watched.iter().all(|request| request.mine_only), "{watched:?}");
}

#[test]
fn a_watch_as_json_is_a_message_a_line() {
    let fake = Fake::start(Listener::Plain);
    let changes = vec![change(MatchChangeType::Added, suggestion("isfahan/17.1", "quanzhou/4.1", 5), 0); 2];
    let told = WatchMatchesResponse { changes, ..WatchMatchesResponse::default() };
    let refused = Status::permission_denied("the token was revoked");
    fake.script().match_watches.push_back(Ok(vec![
        Ok(told),
        Ok(WatchMatchesResponse::default()),
        Err(refused),
    ]));
    let output = fake.quince(&["match", "watch", "--json"]).assert().code(6).get_output().clone();
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let messages: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(messages[0]["changes"].as_array().map(Vec::len), Some(2));
    assert_eq!(messages[1], serde_json::json!({}));
}
