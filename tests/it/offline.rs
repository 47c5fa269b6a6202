//! Cities that no link joins: what they tell each other comes by hand, in files.

use quince_proto::admin::v1 as admin;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::{acts, books, federation, offline};

use crate::OFFICE;

#[tokio::test]
async fn a_need_and_an_offer_travel_by_file_and_match_and_a_second_import_changes_nothing() {
    let Apart { taker, giver, _cities } = Apart::begin().await;
    let need = acts::ask(&taker, 500, "").await.unwrap().name;
    let offer = acts::offer(&giver, 300, "").await.unwrap().name;

    let file = carry(&taker, &giver, "quanzhou").await;
    acts::need_at(&giver, &need).await.unwrap();
    let again = offline::import(&giver, &file).await.unwrap();
    assert_eq!((again.entries, again.feeds_grown, again.feeds_refused), (0, 0, 0), "{again:?}");

    carry(&giver, &taker, "isfahan").await;
    let requisition = acts::request(&taker, &need, &offer, 300, "").await.unwrap().name;
    carry(&taker, &giver, "quanzhou").await;
    acts::commit(&giver, &requisition, 0, "").await.unwrap();
    carry(&giver, &taker, "isfahan").await;
    acts::answered(&taker, &requisition, quince_proto::api::v1::Answer::Committed).await.unwrap();
    eventually("both to tell the same", || books::same(&taker, &giver)).await;
}

/// Carries a file from one city to the other: only what it lacks, and it takes all of it.
async fn carry(from: &Desk, to: &Desk, to_handle: &str) -> Vec<u8> {
    let have = offline::have(to).await.unwrap();
    let file = offline::export(from, to_handle, Some(&have), false).await.unwrap();
    let report = offline::import(to, &file).await.unwrap();
    let whole = report.broken_off.is_empty() && report.roster_refused.is_empty() && report.feeds_refused == 0;
    assert!(whole && report.read_only_reason.is_empty(), "{report:?}");
    file
}

/// Two cities that were members once, and whose steward is gone: neither can reach the other.
struct Apart {
    taker: Desk,
    giver: Desk,
    _cities: [City; 3],
}

impl Apart {
    async fn begin() -> Self {
        let hidden = Premises { dials_out_only: true, ..Premises::default() };
        let mut isfahan = City::set_up_in(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668", &hidden);
        let mut kashgar = City::set_up(OFFICE, "kashgar", "Kashgar,CN,39.47,75.989");
        let mut quanzhou = City::set_up_in(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676", &hidden);
        let (taker, steward, giver) = (isfahan.start().await, kashgar.start().await, quanzhou.start().await);
        federation::found(&steward).await;
        federation::admit(&steward, &taker, "isfahan").await;
        federation::admit(&steward, &giver, "quanzhou").await;
        eventually("each to know the other", || async {
            knows(&taker, "quanzhou").await.and(knows(&giver, "isfahan").await)
        })
        .await;
        kashgar.kill();
        Self { taker, giver, _cities: [isfahan, kashgar, quanzhou] }
    }
}

/// Whether a member's profile has arrived: its name is shown, and there is something to encrypt to.
async fn knows(desk: &Desk, handle: &str) -> Result<(), String> {
    let request = admin::ListMembersRequest { page_size: 10, ..Default::default() };
    let members = desk.federation.clone().list_members(request).await.map_err(|error| error.to_string())?;
    let known =
        members.into_inner().members.into_iter().any(|it| it.handle == handle && it.last_heard.is_some());
    if known { Ok(()) } else { Err(format!("{handle} is not known yet")) }
}
