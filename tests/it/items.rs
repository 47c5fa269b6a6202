//! A city's own code from one real node to another, which finds it in another language.

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::federation;

use crate::OFFICE;

const HOOD: &str = "isfahan:hood.padded";

#[tokio::test]
async fn what_one_city_defines_another_finds_in_french_and_sees_whose_it_is() {
    let mut quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
    let mut isfahan = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let (finder, owner) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&finder).await;
    federation::admit(&finder, &owner, "isfahan").await;

    let text = |language: &str, text: &str| record::Text {
        language: language.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    };
    let written = record::OwnItem {
        code: HOOD.to_owned(),
        terms: vec![text("en", "Padded hood"), text("fr", "Capuche matelassée")],
        base_unit: "piece".to_owned(),
        packs: vec![record::Pack { name: "box".to_owned(), contains: 50 }],
        ..Default::default()
    };
    let item = Some(api::Item { record: Some(written), ..Default::default() });
    let request = api::CreateItemRequest { item, ..Default::default() };
    let made = owner.items.clone().create_item(request).await.unwrap().into_inner();
    assert_eq!(
        (made.name.as_str(), made.packs.as_slice()),
        ("items/isfahan:hood.padded", &["box=50".to_owned()][..])
    );

    let found = eventually("the item to be found", || first(&finder, "capuche matelassee")).await;
    assert_eq!((found.reason.as_str(), found.found_in.as_str()), ("term in fr", "fr"));
    assert_eq!(found.fit(), api::ItemFit::Equal);
    let item = found.item.unwrap();
    assert_eq!((item.code.as_str(), item.record_name), (HOOD, made.record_name));
    assert_eq!(item.record, made.record);
    assert_eq!(item.provenance.map(|from| (from.owner, from.own)), Some(("isfahan".to_owned(), false)));
}

async fn first(desk: &Desk, query: &str) -> Result<api::ItemProposal, String> {
    let request = api::SearchItemsRequest { query: query.to_owned(), page_size: 1 };
    let answer = desk.items.clone().search_items(request).await.map_err(|error| error.to_string())?;
    let found = answer.into_inner().proposals.into_iter().next();
    found
        .filter(|found| found.item.as_ref().is_some_and(|item| item.code == HOOD))
        .ok_or("not yet".to_owned())
}
