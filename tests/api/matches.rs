//! Suggestions as a caller meets them: watched from before the first plan, marked where they are a drill, explained by name, and
//! supposed by the rules of the office that is asked.

use quince_node::office::Role;
use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::status_service_client::StatusServiceClient;
use quince_proto::api::v1 as api;
use quince_proto::api::v1::match_service_client::MatchServiceClient;
use quince_proto::api::v1::need_service_client::NeedServiceClient;
use quince_proto::api::v1::offer_service_client::OfferServiceClient;
use quince_proto::api::v1::simulate_match_request::Supposed;
use quince_proto::record::v1 as record;
use tonic::{Code, Streaming};

use crate::counter::{Counter, by, masks};
use crate::database::on_both;

/// So many masks, now.
fn offered(amount: i64) -> record::Offer {
    let quantity = record::Quantity {
        qualifier: record::Qualifier::Exact.into(),
        amount,
        unit: "piece".to_owned(),
        pack: None,
    };
    let line = record::OfferLine {
        line: 1,
        kind: record::Kind::Goods.into(),
        item: "mask.surgical.iir".to_owned(),
        quantity: Some(quantity),
        ..Default::default()
    };
    record::Offer { lines: vec![line], ..Default::default() }
}

async fn write_need(counter: &Counter, token: &str) -> api::Need {
    let mut needs = NeedServiceClient::new(counter.routes.clone());
    needs.create_need(by(token, masks(""))).await.unwrap().into_inner()
}

async fn write_offer(counter: &Counter, token: &str, amount: i64) {
    let offer = Some(api::Offer { record: Some(offered(amount)), ..Default::default() });
    let request = api::CreateOfferRequest { offer, ..Default::default() };
    OfferServiceClient::new(counter.routes.clone()).create_offer(by(token, request)).await.unwrap();
}

/// Writes a need and an offer that fit, and lists what is suggested; gives the operator's token and the list.
async fn list_one(counter: &Counter) -> (String, api::ListMatchesResponse) {
    counter.plan();
    let operator = counter.token(Role::Operator).await;
    write_need(counter, &operator).await;
    write_offer(counter, &operator, 500).await;
    let request = by(&operator, api::ListMatchesRequest::default());
    let listed = MatchServiceClient::new(counter.routes.clone()).list_matches(request).await.unwrap();
    (operator, listed.into_inner())
}

async fn watch(counter: &Counter, token: &str) -> Streaming<api::WatchMatchesResponse> {
    let request = by(token, api::WatchMatchesRequest::default());
    MatchServiceClient::new(counter.routes.clone()).watch_matches(request).await.unwrap().into_inner()
}

/// The next message that is no mere sign of life.
async fn next_step(stream: &mut Streaming<api::WatchMatchesResponse>) -> api::WatchMatchesResponse {
    loop {
        let message = stream.message().await.unwrap().unwrap();
        if message.snapshot || !message.changes.is_empty() {
            return message;
        }
    }
}

#[test]
fn a_watch_lives_before_the_first_plan_then_tells_the_whole_list_and_then_what_differs() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        write_need(&counter, &operator).await;
        let mut stream = watch(&counter, &operator).await;
        let alive = stream.message().await.unwrap().unwrap();
        assert_eq!(alive, api::WatchMatchesResponse::default());

        counter.plan();
        let whole = next_step(&mut stream).await;
        assert!(whole.snapshot && whole.complete && whole.changes.is_empty() && whole.plan.is_some());
        write_offer(&counter, &operator, 500).await;
        let step = next_step(&mut stream).await;
        assert!(!step.snapshot && step.complete);
        let [change] = &step.changes[..] else { panic!("{step:?}") };
        assert_eq!(change.r#type(), api::MatchChangeType::Added);

        // Who comes later is told the same as a whole.
        let late = next_step(&mut watch(&counter, &operator).await).await;
        assert!(late.snapshot && late.complete);
        assert_eq!(late.changes, step.changes);
    });
}

#[test]
fn the_plan_of_a_list_is_the_one_that_it_shows_and_says_when_it_was_computed() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let (operator, listed) = list_one(&counter).await;
        let mut matches = MatchServiceClient::new(counter.routes.clone());
        let newest = matches.get_plan(by(&operator, api::GetPlanRequest {})).await.unwrap().into_inner();
        // Nothing was held back from what is shown here.
        let shown = listed.plan.unwrap();
        assert_eq!((&shown.plan_digest, &shown.input_digest), (&newest.plan_digest, &newest.input_digest));
        assert!(newest.computed_time.is_some());
        assert_eq!((newest.failure.as_str(), newest.families_cut_short.len()), ("", 0));
        let mut status = StatusServiceClient::new(counter.routes.clone());
        let status = status.get_status(by(&operator, admin::GetStatusRequest {})).await.unwrap().into_inner();
        assert_eq!((status.plan_computed_time, status.plan_failure), (newest.computed_time, newest.failure));
    });
}

#[test]
fn a_suggestion_is_explained_by_its_name_and_one_that_is_not_shown_is_not_found() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let (operator, listed) = list_one(&counter).await;
        let mut matches = MatchServiceClient::new(counter.routes.clone());
        let [one] = &listed.matches[..] else { panic!("one suggestion") };
        assert_eq!((one.kind(), one.exercise, one.local), (record::Kind::Goods, false, false));
        let asked = |name: &str| api::ExplainMatchRequest { name: name.to_owned(), ..Default::default() };
        let told = matches.explain_match(by(&operator, asked(&one.name))).await.unwrap().into_inner();
        assert_eq!(&told.matches[..], std::slice::from_ref(one));

        let unknown = format!("matches/{}", "0".repeat(32));
        let refused = matches.explain_match(by(&operator, asked(&unknown))).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        for wrong in ["matches/x", "needs/1"] {
            let refused = matches.explain_match(by(&operator, asked(wrong))).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{wrong}");
        }
        let both = api::ExplainMatchRequest { need_line: one.need_line.clone(), ..asked(&one.name) };
        let refused = matches.explain_match(by(&operator, both)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    });
}

#[test]
fn what_is_supposed_in_a_drill_is_an_exercise_and_helps_exercises() {
    on_both(|server| async move {
        let counter = Counter::drill(&server).await;
        counter.plan();
        let operator = counter.token(Role::Operator).await;
        let need = write_need(&counter, &operator).await;
        let supposed = Some(Supposed::Offer(offered(500)));
        let mut matches = MatchServiceClient::new(counter.routes.clone());
        let request = by(&operator, api::SimulateMatchRequest { supposed });
        let told = matches.simulate_match(request).await.unwrap().into_inner();
        let [change] = &told.changes[..] else { panic!("{told:?}") };
        let added = change.r#match.clone().unwrap();
        assert!(added.exercise && added.need_line.starts_with(&need.name));
        assert_eq!((told.changes_left_out, told.lines_left_out), (0, 0));
        assert!(told.plan.is_some());
    });
}
