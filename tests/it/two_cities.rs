//! Two cities, from nothing to a promise that both tell the same.

use quince_proto::api::v1 as api;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{federation, paper};

use crate::OFFICE;

#[tokio::test]
async fn two_cities_agree_on_eighty_thousand_masks_and_tell_the_same() {
    let mut quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
    let mut isfahan = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&giver).await;
    federation::admit(&giver, &taker, "isfahan").await;

    let need = create_need(&taker, 80_000).await;
    let offer = create_offer(&giver, 80_000).await;
    eventually("the need to arrive", || get_need(&giver, &need)).await;
    eventually("the match", || first_match(&taker, &need, &offer)).await;

    let requisition = request(&taker, &need, &offer, 80_000).await;
    eventually("the requisition to arrive", || get_requisition(&giver, &requisition)).await;
    let commit = api::CommitStockRequest { requisition: requisition.clone(), ..Default::default() };
    giver.commitments.clone().commit_stock(commit).await.unwrap();
    eventually("the answer", || is_answered(&taker, &requisition)).await;

    eventually("one story of the need", || same(get_need(&giver, &need), get_need(&taker, &need))).await;
    eventually("one story of the offer", || same(get_offer(&giver, &offer), get_offer(&taker, &offer))).await;
    let told = get_need(&giver, &need).await.unwrap();
    assert_eq!(told.coverage[0].committed, 80_000);
    assert_eq!(get_offer(&taker, &offer).await.unwrap().coverage[0].outstanding, Some(0));
}

async fn create_need(desk: &Desk, amount: i64) -> String {
    let request = api::CreateNeedRequest { need: Some(paper::need(amount)), ..Default::default() };
    desk.needs.clone().create_need(request).await.unwrap().into_inner().name
}

async fn create_offer(desk: &Desk, amount: i64) -> String {
    let request = api::CreateOfferRequest { offer: Some(paper::offer(amount)), ..Default::default() };
    desk.offers.clone().create_offer(request).await.unwrap().into_inner().name
}

async fn request(desk: &Desk, need: &str, offer: &str, amount: i64) -> String {
    let requisition = Some(paper::requisition(need, offer, amount));
    let request = api::CreateRequisitionRequest { requisition, ..Default::default() };
    desk.requisitions.clone().create_requisition(request).await.unwrap().into_inner().name
}

async fn get_need(desk: &Desk, name: &str) -> Result<api::Need, String> {
    let answer = desk.needs.clone().get_need(api::GetNeedRequest { name: name.to_owned() }).await;
    let need = answer.map_err(|error| error.to_string())?.into_inner();
    Ok(api::Need { provenance: None, ..need })
}

async fn get_offer(desk: &Desk, name: &str) -> Result<api::Offer, String> {
    let answer = desk.offers.clone().get_offer(api::GetOfferRequest { name: name.to_owned() }).await;
    let offer = answer.map_err(|error| error.to_string())?.into_inner();
    Ok(api::Offer { provenance: None, ..offer })
}

async fn get_requisition(desk: &Desk, name: &str) -> Result<api::Requisition, String> {
    let request = api::GetRequisitionRequest { name: name.to_owned() };
    let answer = desk.requisitions.clone().get_requisition(request).await;
    answer.map(tonic::Response::into_inner).map_err(|error| error.to_string())
}

async fn is_answered(desk: &Desk, requisition: &str) -> Result<(), String> {
    let found = get_requisition(desk, requisition).await?;
    if found.answer() == api::Answer::Committed { Ok(()) } else { Err(format!("{found:?}")) }
}

async fn first_match(desk: &Desk, need: &str, offer: &str) -> Result<(), String> {
    let answer = desk.matches.clone().list_matches(api::ListMatchesRequest::default()).await;
    let matches = answer.map_err(|error| error.to_string())?.into_inner().matches;
    let pair = |found: &api::Match| found.need_line.starts_with(need) && found.offer_line.starts_with(offer);
    if matches.iter().any(pair) { Ok(()) } else { Err(format!("{matches:?}")) }
}

async fn same<T: PartialEq + std::fmt::Debug>(
    left: impl Future<Output = Result<T, String>>,
    right: impl Future<Output = Result<T, String>>,
) -> Result<(), String> {
    let (left, right) = (left.await?, right.await?);
    if left == right { Ok(()) } else { Err(format!("{left:?}\n{right:?}")) }
}
