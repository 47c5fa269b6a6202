//! Two cities, from nothing to a promise that both tell the same.

use quince_proto::api::v1 as api;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{acts, books, federation};

use crate::OFFICE;

#[tokio::test]
async fn two_cities_agree_on_eighty_thousand_masks_and_tell_the_same() {
    let mut quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
    let mut isfahan = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&giver).await;
    federation::admit(&giver, &taker, "isfahan").await;

    let need = acts::ask(&taker, 80_000, "").await.unwrap().name;
    let offer = acts::offer(&giver, 80_000, "").await.unwrap().name;
    eventually("the need to arrive", || acts::need_at(&giver, &need)).await;
    eventually("the match", || first_match(&taker, &need, &offer)).await;

    let requisition = acts::request(&taker, &need, &offer, 80_000, "").await.unwrap().name;
    eventually("the requisition to arrive", || acts::requisition_at(&giver, &requisition)).await;
    acts::commit(&giver, &requisition, 0, "").await.unwrap();
    eventually("the answer", || acts::answered(&taker, &requisition, api::Answer::Committed)).await;

    let told = eventually("one story", || books::same(&giver, &taker)).await;
    assert_eq!(told.needs[0].coverage[0].committed, 80_000);
    assert_eq!(told.offers[0].coverage[0].outstanding, Some(0));
}

async fn first_match(desk: &Desk, need: &str, offer: &str) -> Result<(), String> {
    let answer = desk.matches.clone().list_matches(api::ListMatchesRequest::default()).await;
    let matches = answer.map_err(|error| error.to_string())?.into_inner().matches;
    let pair = |found: &api::Match| found.need_line.starts_with(need) && found.offer_line.starts_with(offer);
    if matches.iter().any(pair) { Ok(()) } else { Err(format!("{matches:?}")) }
}
