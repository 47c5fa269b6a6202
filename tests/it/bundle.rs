//! Goods of one city on an aircraft of another: asked for in one step, and withdrawn when the carrier says no.

use std::collections::BTreeSet;

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use quince_tests::acts::{self, Answer};
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{federation, paper};
use tonic::{Response, Status};

use crate::OFFICE;

/// Lines of the need, and of the offer of goods.
const LINES: u32 = 3;

#[tokio::test]
async fn when_the_carrier_says_no_the_goods_are_withdrawn_at_their_supplier_also_by_a_node_that_was_down() {
    let mut henan = City::set_up(OFFICE, "henan", "Zhengzhou,CN,34.747,113.625");
    let mut cargo = City::set_up(OFFICE, "cargo", "Zhengzhou,CN,34.747,113.625");
    let mut luxembourg = City::set_up(OFFICE, "luxembourg", "Luxembourg,LU,49.612,6.130");
    let (supplier, carrier, taker) = (henan.start().await, cargo.start().await, luxembourg.start().await);
    federation::found(&supplier).await;
    federation::admit(&supplier, &carrier, "cargo").await;
    federation::admit(&supplier, &taker, "luxembourg").await;
    let need = create_need(&taker).await;
    create_offers(&supplier, &carrier).await;

    let suggested = eventually("all goods to be carried", || carried(&taker, &need)).await;
    let request = api::CreateBundleRequest { request_id: "all".to_owned(), ..bundle(&suggested) };
    let taken = create(&taker, request.clone()).await.unwrap();
    assert_eq!(taken.goods.len(), LINES as usize);
    let flight = taken.transport[0].name.clone();
    for goods in &taken.goods {
        eventually("the goods to be asked for", || acts::requisition_at(&supplier, &goods.name)).await;
        acts::commit(&supplier, &goods.name, 0, "").await.unwrap();
        eventually("a promise", || acts::answered(&taker, &goods.name, api::Answer::Committed)).await;
    }
    eventually("the flight to be asked for", || acts::requisition_at(&carrier, &flight)).await;

    luxembourg.kill();
    acts::decline(&carrier, &flight, "").await.unwrap();
    let taker = luxembourg.start().await;

    for goods in &taken.goods {
        let withdrawn = eventually("goods to be given back", || {
            acts::answered(&supplier, &goods.name, api::Answer::Released)
        })
        .await;
        let half = withdrawn.record.unwrap();
        assert_eq!(half.state(), record::RequisitionState::Withdrawn);
        let why = half.common.unwrap().reason;
        assert!(why.ends_with("which it belongs with, was declined (no_transport)"), "{why}");
    }
    let for_flight = taken.need.as_ref().unwrap().name.clone();
    let ended = acts::need_at(&taker, &for_flight).await.unwrap().record.unwrap();
    assert_eq!(ended.state(), record::NeedState::Withdrawn);
    let names = |answer: &api::CreateBundleResponse| -> Vec<String> {
        answer.goods.iter().chain(&answer.transport).map(|one| one.name.clone()).collect()
    };
    let again = create(&taker, request).await.unwrap();
    assert_eq!(names(&again), names(&taken), "a retry asks for nothing again");
}

async fn create(desk: &Desk, request: api::CreateBundleRequest) -> Answer<api::CreateBundleResponse> {
    desk.requisitions.clone().create_bundle(request).await.map(Response::into_inner)
}

async fn create_need(desk: &Desk) -> String {
    let mut need = paper::need(1_000);
    let record = need.record.as_mut().unwrap();
    record.lines[0].deliver_to = None;
    record.lines = (1..=LINES).map(|line| record::NeedLine { line, ..record.lines[0].clone() }).collect();
    let request = api::CreateNeedRequest { need: Some(need), ..Default::default() };
    desk.needs.clone().create_need(request).await.unwrap().into_inner().name
}

/// Goods in Zhengzhou, and one aircraft that goes anywhere from there.
async fn create_offers(supplier: &Desk, carrier: &Desk) {
    let mut goods = paper::offer(1_000);
    let record = goods.record.as_mut().unwrap();
    record.lines[0].available_at = None;
    record.lines = (1..=LINES).map(|line| record::OfferLine { line, ..record.lines[0].clone() }).collect();
    let mut flight = paper::offer(1);
    let line = &mut flight.record.as_mut().unwrap().lines[0];
    line.kind = record::Kind::Transport.into();
    line.item = "transport.air".to_owned();
    line.available_at = None;
    line.quantity.as_mut().unwrap().unit = "mission".to_owned();
    for (desk, offer) in [(supplier, goods), (carrier, flight)] {
        let request = api::CreateOfferRequest { offer: Some(offer), ..Default::default() };
        desk.offers.clone().create_offer(request).await.unwrap();
    }
}

/// The suggestions for a need, once every line of it is to be carried.
async fn carried(desk: &Desk, need: &str) -> Answer<Vec<api::Match>> {
    let request = api::ListMatchesRequest { need: need.to_owned(), page_size: 100, ..Default::default() };
    let found = desk.matches.clone().list_matches(request).await?.into_inner().matches;
    let is_carried = |one: &&api::Match| {
        one.carriage.as_ref().is_some_and(|way| way.outcome() == api::CarriageOutcome::Carried)
    };
    let lines: BTreeSet<_> = found.iter().filter(is_carried).map(|one| &one.need_line).collect();
    if lines.len() == LINES as usize { Ok(found) } else { Err(Status::not_found(format!("{found:?}"))) }
}

/// What the suggestions say: all the goods, and the units that they take of the flight together.
fn bundle(suggested: &[api::Match]) -> api::CreateBundleRequest {
    let half = |need: Option<&str>, offer: &str, amount: i64| {
        let record = record::Requisition {
            need_line: need.map(line),
            offer_line: Some(line(offer)),
            amount,
            ..Default::default()
        };
        api::Requisition { record: Some(record), ..Default::default() }
    };
    let goods = suggested.iter().map(|one| half(Some(&one.need_line), &one.offer_line, one.amount));
    let rides: Vec<_> = suggested.iter().flat_map(|one| &one.carriage.as_ref().unwrap().rides).collect();
    let units = rides.iter().map(|ride| ride.units).sum();
    let transport = vec![half(None, &rides[0].transport_line, units)];
    api::CreateBundleRequest { goods: goods.collect(), transport, ..Default::default() }
}

fn line(name: &str) -> record::LineRef {
    let (of, number) = name.split_once("/lines/").unwrap();
    record::LineRef { line: number.parse().unwrap(), ..paper::first_line(of) }
}
