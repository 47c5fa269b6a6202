//! `quince requisition bundle`: what is taken of the suggestions, what is shown first, and what is sent.

use quince_proto::api::v1::{
    Carriage, CarriageOutcome, CreateBundleRequest, CreateBundleResponse, Match, Need, Offer, Requisition,
    Ride,
};
use quince_proto::record::v1::{
    self as record, Common, LineRef, OfferLine, Quantity, RecordRef, RequisitionState,
};

use crate::fake::{Fake, Listener};
use crate::matches::{carriage, stdout, suggestion};

const UMBRELLA: &str = "nodes/umbrella/offers/7/lines/1";
const RED: &str = "nodes/red-moon/offers/2/lines/1";

fn carried(need_line: &str, offer_line: &str, amount: i64, rides: &[(&str, u32, i64)]) -> Match {
    let ride = |(line, journey, units): &(&str, u32, i64)| Ride {
        transport_line: (*line).to_owned(),
        journey: *journey,
        units: *units,
        share_e4: 10_000,
        ..Ride::default()
    };
    let rides = rides.iter().map(ride).collect();
    let outcome = CarriageOutcome::Carried.into();
    let carriage = Some(Carriage { outcome, rides, ..Carriage::default() });
    Match { carriage, ..suggestion(need_line, offer_line, amount) }
}

fn transport(unit: &str, min_lot: i64) -> Offer {
    let line = OfferLine {
        line: 1,
        item: "transport.air".to_owned(),
        quantity: Some(Quantity { unit: unit.to_owned(), ..Quantity::default() }),
        min_lot,
        ..OfferLine::default()
    };
    Offer { record: Some(record::Offer { lines: vec![line], ..Default::default() }), ..Offer::default() }
}

fn named(number: u64) -> Requisition {
    Requisition { name: format!("nodes/isfahan/requisitions/{number}"), ..Requisition::default() }
}

fn line(owner: &str, number: u64) -> LineRef {
    LineRef { owner: owner.to_owned(), number, line: 1 }
}

/// What is asked of whom for what, in short.
fn asked(request: &CreateBundleRequest) -> Vec<String> {
    let short = |line: &LineRef| format!("{}/{}.{}", line.owner, line.number, line.line);
    let one = |one: &Requisition| {
        let record = one.record.as_ref().expect("a record");
        let need = record.need_line.as_ref().map(short).unwrap_or_default();
        format!("{} {} <- {}", record.amount, need, record.offer_line.as_ref().map(short).unwrap_or_default())
    };
    request.goods.iter().map(one).chain([String::new()]).chain(request.transport.iter().map(one)).collect()
}

/// Two lines that share a journey, and one that nobody carries.
fn sharing() -> Fake {
    let fake = Fake::start(Listener::Plain);
    let mut stranded = suggestion("isfahan/17.3", "wuhan/9.1", 20);
    stranded.carriage = carriage(CarriageOutcome::Stranded);
    fake.script().matches.extend([
        carried("isfahan/17.1", "quanzhou/4.1", 1_500, &[(UMBRELLA, 1, 1)]),
        carried("isfahan/17.2", "quanzhou/4.2", 30, &[(UMBRELLA, 1, 0), (UMBRELLA, 2, 1)]),
        stranded,
    ]);
    fake
}

#[test]
fn a_bundle_shows_what_is_asked_of_whom_and_sends_all_of_it_at_once() {
    let fake = sharing();
    fake.script().offer.push_back(Ok(transport("mission", 0)));
    fake.script().bundle.push_back(Ok(CreateBundleResponse {
        goods: vec![named(20), named(21)],
        transport: vec![named(22)],
        need: Some(Need { name: "nodes/isfahan/needs/23".to_owned(), ..Need::default() }),
    }));
    let output = fake.quince(&["requisition", "bundle", "isfahan/17", "--yes"]).assert().success();
    let output = output.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "isfahan/20 isfahan/21 isfahan/22\n");
    let expected = "\
left out: wuhan/9.1 for isfahan/17.3, nobody carries it
ask quanzhou for 1,500 piece of mask.surgical.iir: quanzhou/4.1 for isfahan/17.1
ask quanzhou for 30 piece of mask.surgical.iir: quanzhou/4.2 for isfahan/17.2
ask umbrella for 2 mission of transport.air: umbrella/7.1, to carry it
2 requisitions of goods and 1 of transport are written; need isfahan/23 is for the transport
";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    let script = fake.script();
    assert!(!script.bundled[0].request_id.is_empty() && !script.bundled[0].validate_only);
    assert_eq!(
        asked(&script.bundled[0]),
        ["1500 isfahan/17.1 <- quanzhou/4.1", "30 isfahan/17.2 <- quanzhou/4.2", "", "2  <- umbrella/7.1"]
    );
}

#[test]
fn nothing_is_sent_before_somebody_agrees() {
    let fake = sharing();
    fake.script().offer.push_back(Ok(transport("mission", 0)));
    let output = fake.quince(&["requisition", "bundle", "isfahan/17"]).assert().code(2);
    let words = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(words.contains("ask umbrella for 2 mission"), "{words}");
    assert!(
        words.contains("error: this asks for 3 lines at once, and nobody is here to confirm it"),
        "{words}"
    );
    assert!(words.contains("hint: add --yes if it is meant"), "{words}");
    assert!(fake.script().bundled.is_empty());
}

#[test]
fn a_line_that_rides_along_takes_a_unit_when_it_is_taken_alone() {
    let fake = Fake::start(Listener::Plain);
    fake.script().matches.extend([
        carried("isfahan/17.1", "quanzhou/4.1", 1_500, &[(UMBRELLA, 1, 3)]),
        carried("isfahan/17.2", "quanzhou/4.2", 30, &[(UMBRELLA, 1, 0)]),
        carried("isfahan/17.2", "quanzhou/5.2", 30, &[(UMBRELLA, 1, 0)]),
    ]);
    let least = [(transport("mission", 0), 1), (transport("pallet", 3), 3)];
    for (at, (offer, expected)) in least.into_iter().enumerate() {
        fake.script().offer.push_back(Ok(offer));
        fake.script().bundle.push_back(Ok(CreateBundleResponse::default()));
        let args = ["requisition", "bundle", "isfahan/17.2", "--offer", "quanzhou/4.2", "--validate-only"];
        let args = [&args[..], &["--transport-need", "isfahan/18.1"]].concat();
        fake.quince(&args).assert().success();
        let request = fake.script().bundled[at].clone();
        assert!(request.validate_only, "and nobody is asked to agree");
        // The offer of another number is not meant, also where its line is of the same number.
        assert_eq!(fake.script().matches_listed[at].offer, "nodes/quanzhou/offers/4");
        assert_eq!(asked(&request)[0], "30 isfahan/17.2 <- quanzhou/4.2");
        assert_eq!(asked(&request).last().expect("one"), &format!("{expected} isfahan/18.1 <- umbrella/7.1"));
    }
}

#[test]
fn what_nobody_weighed_is_not_asked_for_by_weight_unless_somebody_says_how_much() {
    let fake = Fake::start(Listener::Plain);
    fake.script().matches.push(carried("isfahan/17.1", "quanzhou/4.1", 1_500, &[(UMBRELLA, 1, 0)]));
    fake.script().offer.extend([Ok(transport("gram", 0)), Ok(transport("gram", 0))]);
    let refused = fake.quince(&["requisition", "bundle", "isfahan/17", "--yes"]).assert().code(2);
    let words = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(words.contains("umbrella/7.1 is counted in gram"), "{words}");
    assert!(words.contains("hint: say it with --transport-quantity"), "{words}");
    assert!(fake.script().bundled.is_empty());

    fake.script().bundle.push_back(Ok(CreateBundleResponse::default()));
    let args = ["requisition", "bundle", "isfahan/17", "--yes", "--transport-quantity", "250000"];
    fake.quince(&args).assert().success();
    assert_eq!(asked(&fake.script().bundled[0]).last().expect("one"), "250000  <- umbrella/7.1");
}

#[test]
fn what_travels_apart_is_taken_apart_and_what_nobody_carries_not_at_all() {
    let fake = Fake::start(Listener::Plain);
    fake.script().matches.extend([
        carried("isfahan/17.1", "quanzhou/4.1", 10, &[(UMBRELLA, 1, 1)]),
        carried("isfahan/17.2", "quanzhou/4.1", 10, &[(RED, 1, 1)]),
    ]);
    let refused = fake.quince(&["requisition", "bundle", "isfahan/17", "--yes"]).assert().code(2);
    let words = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    let apart = "in 2 bundles: isfahan/17.1 by umbrella/7.1; isfahan/17.2 by red-moon/2.1";
    assert!(words.contains(apart), "{words}");

    // A third that rides with both makes one bundle of all.
    fake.script().matches.push(carried("isfahan/17.3", "quanzhou/4.1", 10, &[(UMBRELLA, 2, 1), (RED, 1, 0)]));
    fake.script().offer.extend([Ok(transport("mission", 0)), Ok(transport("mission", 0))]);
    fake.script().bundle.push_back(Ok(CreateBundleResponse::default()));
    fake.quince(&["requisition", "bundle", "isfahan/17", "--yes"]).assert().success();
    let sent = asked(&fake.script().bundled[0]);
    assert_eq!(sent.len(), 6, "{sent:?}");
    assert_eq!(sent[4..], ["1  <- red-moon/2.1", "2  <- umbrella/7.1"]);

    let refused = fake.quince(&["requisition", "bundle", "isfahan/99", "--yes"]).assert().code(3);
    let words = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(words.contains("no suggestion for isfahan/99 is carried by an offer of transport"), "{words}");
}

#[test]
fn a_bundle_is_one_message_as_json() {
    let fake = sharing();
    fake.script().offer.push_back(Ok(transport("mission", 0)));
    let response = CreateBundleResponse { goods: vec![named(20)], transport: vec![named(22)], need: None };
    fake.script().bundle.push_back(Ok(response));
    let json = stdout(&fake, &["requisition", "bundle", "isfahan/17", "--yes", "--json"]);
    assert_eq!(
        json,
        "{\"goods\":[{\"name\":\"nodes/isfahan/requisitions/20\"}],\"transport\":[{\"name\":\"nodes/isfahan/requisitions/22\"}]}\n"
    );
}

#[test]
fn a_requisition_says_what_it_belongs_with_and_why_it_was_withdrawn() {
    let fake = Fake::start(Listener::Plain);
    let related = [22, 24].map(|number| RecordRef { owner: "isfahan".to_owned(), number }).to_vec();
    let reason = "isfahan/22, which it belongs with, was declined (no_transport)".to_owned();
    let record = record::Requisition {
        common: Some(Common { related, reason, ..Common::default() }),
        state: RequisitionState::Withdrawn.into(),
        need_line: Some(line("isfahan", 17)),
        offer_line: Some(line("quanzhou", 4)),
        amount: 1_500,
        unit: "piece".to_owned(),
        ..record::Requisition::default()
    };
    fake.script().requisitions.push(Requisition { record: Some(record), ..named(20) });
    let table = stdout(&fake, &["requisition", "list"]);
    let row = table.lines().nth(1).expect("a row");
    assert!(
        row.ends_with("isfahan/22 + 1  isfahan/22, which it belongs with, was declined (no_transport)"),
        "{table}"
    );
    let sheet = stdout(&fake, &["requisition", "show", "isfahan/20"]);
    for expected in ["with all    isfahan/22, isfahan/24", "reason      isfahan/22, which it belongs with"] {
        assert!(sheet.contains(expected), "{sheet}");
    }
}
