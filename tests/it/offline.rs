//! Cities that no link joins: they join by files, and what they tell each other comes by hand.

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

#[tokio::test]
async fn a_town_joins_by_files_and_what_it_needs_reaches_a_third_that_it_never_met() {
    let mut cities = hidden([
        ("isfahan", "Isfahan,IR,32.654,51.668"),
        ("khajura", "Khajura,NP,28.1,81.6"),
        ("turin", "Turin,IT,45.07,7.69"),
    ]);
    let steward = cities[0].start().await;
    let (taker, giver) = (cities[1].start().await, cities[2].start().await);
    federation::found(&steward).await;
    join(&steward, &taker, "khajura").await;
    join(&steward, &giver, "turin").await;

    let need = acts::ask(&taker, 500, "").await.unwrap().name;
    let offer = acts::offer(&giver, 500, "").await.unwrap().name;
    carry(&taker, &steward, "isfahan").await;
    carry(&steward, &giver, "turin").await;
    acts::need_at(&giver, &need).await.unwrap();
    carry(&giver, &steward, "isfahan").await;
    carry(&steward, &taker, "khajura").await;
    acts::offer_at(&taker, &offer).await.unwrap();
    eventually("the match at both", || async {
        matched(&taker, &need).await.and(matched(&giver, &need).await)
    })
    .await;
}

#[tokio::test]
async fn a_request_with_a_wrong_proof_counts_and_five_of_them_void_the_invitation() {
    let mut cities = hidden([("isfahan", "Isfahan,IR,32.654,51.668"), ("khajura", "Khajura,NP,28.1,81.6")]);
    let steward = cities[0].start().await;
    let newcomer = cities[1].start().await;
    federation::found(&steward).await;
    let code = invite(&steward, "khajura").await;
    let request = request(&newcomer, &code).await;
    let place = request.windows(2).position(|bytes| bytes == [0x12, 32]).unwrap() + 2;
    let mut forged = request.clone();
    forged[place] ^= 1;
    for _ in 0..5 {
        let refused = admit(&steward, "khajura", "", &forged).await.unwrap_err();
        assert!(refused.message().contains("proof does not match"), "{refused:?}");
    }
    let refused = admit(&steward, "khajura", "", &request).await.unwrap_err();
    assert!(refused.message().contains("void"), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_or_foreign_file_stores_nothing_that_is_not_true_and_never_stops_the_office() {
    let Apart { taker, giver, _cities } = Apart::begin().await;
    let asked = acts::ask(&taker, 500, "").await.unwrap();
    let asked = quince_proto::api::v1::Need { provenance: None, ..asked };
    let sealed = offline::export(&taker, "quanzhou", None, false).await.unwrap();
    let plain = offline::export(&taker, "quanzhou", None, true).await.unwrap();
    assert!(!holds(&sealed, b"masks wanted") && holds(&plain, b"masks wanted"));

    for file in [&sealed, &plain] {
        for place in (0..file.len()).step_by(file.len() / 60) {
            let mut damaged = file.clone();
            damaged[place] ^= 1;
            drop(offline::import(&giver, &damaged).await);
            as_asked_or_absent(&giver, &asked).await;
        }
        for end in [0, 1, 20, file.len() / 2, file.len() - 1] {
            let cut = offline::import(&giver, &file[..end]).await;
            assert!(cut.is_err() || cut.is_ok_and(|report| !report.broken_off.is_empty()), "cut at {end}");
        }
    }
    let elsewhere = offline::export(&taker, "kashgar", None, false).await.unwrap();
    let refused = offline::import(&giver, &elsewhere).await.unwrap_err();
    assert!(refused.message().contains("encrypted to another city"), "{refused:?}");
    let elsewhere = offline::export(&taker, "kashgar", None, true).await.unwrap();
    let refused = offline::import(&giver, &elsewhere).await.unwrap_err();
    assert!(refused.message().contains("is for kashgar"), "{refused:?}");
    let nobody = offline::export(&taker, "turin", None, false).await.unwrap_err();
    assert!(nobody.message().contains("turin is no member"), "{nobody:?}");

    let mut stranger = City::set_up(OFFICE, "turin", "Turin,IT,45.07,7.69");
    let stranger = stranger.start().await;
    federation::found(&stranger).await;
    let refused = offline::import(&stranger, &plain).await.unwrap_err();
    assert!(refused.message().contains("belongs to federation"), "{refused:?}");

    let report = offline::import(&giver, &sealed).await.unwrap();
    assert_eq!((report.broken_off.as_str(), report.feeds_refused), ("", 0), "{report:?}");
    assert_eq!(acts::need_at(&giver, &asked.name).await.unwrap(), asked);
}

fn holds(file: &[u8], words: &[u8]) -> bool {
    file.windows(words.len()).any(|window| window == words)
}

/// Whatever else is seen of the need is what the damage made of it.
async fn as_asked_or_absent(desk: &Desk, asked: &quince_proto::api::v1::Need) {
    match acts::need_at(desk, &asked.name).await {
        Ok(seen) => assert_eq!(seen.record, asked.record),
        Err(absent) => assert_eq!(absent.code(), tonic::Code::NotFound, "{absent:?}"),
    }
}

/// Offices that nobody can dial.
fn hidden<const N: usize>(cities: [(&str, &str); N]) -> [City; N] {
    let premises = Premises { dials_out_only: true, ..Premises::default() };
    cities.map(|(handle, place)| City::set_up_in(OFFICE, handle, place, &premises))
}

/// Joins by a request and an answer file, after the words were compared.
async fn join(steward: &Desk, newcomer: &Desk, handle: &str) {
    let code = invite(steward, handle).await;
    let request = request(newcomer, &code).await;
    let missing = admit(steward, handle, "", &request).await.unwrap_err();
    assert!(missing.message().contains("six words are missing"), "{missing:?}");
    let words = words_at(newcomer).await;
    let listed = steward.federation.clone().list_invitations(admin::ListInvitationsRequest {}).await.unwrap();
    let listed = listed.into_inner().invitations.into_iter().find(|it| it.handle == handle).unwrap();
    assert_eq!((listed.words.as_str(), listed.words.is_empty()), (words.as_str(), false));
    admit(steward, handle, &words, &request).await.unwrap();
    let answer = offline::export(steward, handle, None, false).await.unwrap();
    let report = offline::import(newcomer, &answer).await.unwrap();
    assert_eq!((report.broken_off.as_str(), report.feeds_refused), ("", 0), "{report:?}");
    federation::stands_at(newcomer, admin::MembershipState::Member).await.unwrap();
}

async fn invite(steward: &Desk, handle: &str) -> String {
    let invitation = admin::CreateInvitationRequest {
        handle: handle.to_owned(),
        display_name: handle.to_owned(),
        by_file: true,
        ..Default::default()
    };
    steward.federation.clone().create_invitation(invitation).await.unwrap().into_inner().code
}

async fn request(newcomer: &Desk, code: &str) -> Vec<u8> {
    let join = admin::JoinFederationRequest { code: code.to_owned(), by_file: true };
    newcomer.federation.clone().join_federation(join).await.unwrap().into_inner().request_file.to_vec()
}

async fn words_at(newcomer: &Desk) -> String {
    let federation =
        newcomer.federation.clone().get_federation(admin::GetFederationRequest {}).await.unwrap();
    federation.into_inner().words
}

async fn admit(steward: &Desk, handle: &str, words: &str, request: &[u8]) -> acts::Answer<()> {
    let admit = admin::AdmitMemberRequest {
        handle: handle.to_owned(),
        words: words.to_owned(),
        request_file: request.to_vec().into(),
    };
    steward.federation.clone().admit_member(admit).await.map(|_| ())
}

async fn matched(desk: &Desk, need: &str) -> Result<(), String> {
    let answer = desk
        .matches
        .clone()
        .list_matches(quince_proto::api::v1::ListMatchesRequest::default())
        .await
        .map_err(|e| e.to_string())?;
    let matches = answer.into_inner().matches;
    if matches.iter().any(|found| found.need_line.starts_with(need)) {
        Ok(())
    } else {
        Err(format!("{matches:?}"))
    }
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
