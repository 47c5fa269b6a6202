//! A thin link: what is urgent does not wait until everything else has come.

use std::time::Duration;

use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::acts;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::link::{Link, Quality};
use quince_tests::{federation, paper, port};
use tonic::Status;

use crate::OFFICE;

/// Offers that wait, of [`DESCRIPTION`] bytes: more than a minute at 64 kbit/s.
const OFFERS: u64 = 300;

const DESCRIPTION: usize = 2_000;

#[tokio::test]
async fn an_urgent_need_overtakes_a_minute_of_offers_on_a_link_of_64_kbit_per_second() {
    let (mut quanzhou, mut isfahan, link) = two().await;
    let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&giver).await;
    federation::admit(&giver, &taker, "isfahan").await;
    link.becomes(Quality::cut());
    for _ in 0..OFFERS {
        long_offer(&giver).await;
    }
    link.becomes(Quality::line(64, Duration::from_millis(100)));
    eventually("some offers to arrive", || at_least(&taker, 10)).await;

    let need = acts::ask(&giver, 500, "").await.unwrap().name;
    eventually("the urgent need to arrive", || acts::need_at(&taker, &need)).await;
    let arrived = offers(&taker).await.unwrap();
    assert!(arrived < OFFERS / 2, "{arrived} of {OFFERS} offers came before the urgent need");
    link.becomes(Quality::default());
    eventually("all offers to arrive", || at_least(&taker, OFFERS)).await;
}

/// Quanzhou, Isfahan, which dials it, and the link between them.
async fn two() -> (City, City, Link) {
    let near = port::free();
    let reached = Premises { reached_by: Some(near), ..Premises::default() };
    let quanzhou = City::set_up_in(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676", &reached);
    let hidden = Premises { dials_out_only: true, ..Premises::default() };
    let isfahan = City::set_up_in(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668", &hidden);
    let link = Link::at(near, quanzhou.peer_address()).await;
    (quanzhou, isfahan, link)
}

async fn long_offer(desk: &Desk) {
    let mut offer = paper::offer(100);
    if let Some(record) = &mut offer.record {
        record.description = vec![paper::text(&"word ".repeat(DESCRIPTION / 5))];
    }
    let request = api::CreateOfferRequest { offer: Some(offer), ..Default::default() };
    desk.offers.clone().create_offer(request).await.unwrap();
}

async fn at_least(desk: &Desk, count: u64) -> Result<(), Status> {
    let here = offers(desk).await?;
    if here >= count { Ok(()) } else { Err(Status::not_found(format!("{here} of {count} offers"))) }
}

async fn offers(desk: &Desk) -> Result<u64, Status> {
    Ok(desk.status.clone().get_status(admin::GetStatusRequest {}).await?.into_inner().offers)
}
