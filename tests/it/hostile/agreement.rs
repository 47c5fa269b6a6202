//! What a city writes about an agreement that it has no part in.

use prost::Message as _;
use quince_core::feed::Lane;
use quince_proto::api::v1::Answer;
use quince_proto::record::v1::{Commitment, CommitmentState, ReasonCode, Requisition, RequisitionState};
use quince_proto::record::v1::{LineRef, RecordRef};
use quince_tests::acts;
use quince_tests::attacker::body;
use quince_tests::eventually::eventually;
use quince_tests::paper::first_line;

use super::stage::{AHRIMAN, Stage, push_honest};

fn record(name: &str) -> RecordRef {
    let LineRef { owner, number, .. } = first_line(name);
    RecordRef { owner, number }
}

/// Says no to a hold.
fn refusal(hold: &RecordRef, need: &LineRef, offer: &LineRef) -> Requisition {
    let (state, hold) = (RequisitionState::Refused.into(), Some(hold.clone()));
    let mut refusal = Requisition { state, hold, ..body::requisition(need, offer, 0) };
    refusal.common.as_mut().unwrap().reason = "no".to_owned();
    refusal
}

/// Takes a hold.
fn taking(hold: &RecordRef, need: &LineRef, offer: &LineRef, amount: i64) -> Requisition {
    Requisition { hold: Some(hold.clone()), ..body::requisition(need, offer, amount) }
}

/// Says no to a request.
fn decline(asked: &RecordRef, need: &LineRef, offer: &LineRef) -> Commitment {
    let mut decline = body::promise(asked.clone(), need, offer, 0);
    decline.state = CommitmentState::Declined.into();
    decline.reason_code = ReasonCode::Exhausted.into();
    decline.common.as_mut().unwrap().reason = "no".to_owned();
    decline
}

/// Gives up what somebody else holds.
fn release(asked: Option<&RecordRef>, need: &LineRef, offer: &LineRef) -> Commitment {
    let state = CommitmentState::Released.into();
    Commitment { state, requisition: asked.cloned(), ..decline(&record("nodes/x/x/1"), need, offer) }
}

#[tokio::test]
async fn what_a_third_city_writes_about_an_agreement_moves_nothing() {
    let mut stage = Stage::set().await;
    let hold = acts::hold(&stage.giver, &stage.need, &stage.offer, 5_000, "").await.unwrap().name;
    eventually("the hold", || acts::commitment_at(&stage.taker, &hold)).await;
    stage.look().await;

    let (held, asked) = (record(&hold), record(&stage.requisition));
    let (need, offer) = (first_line(&stage.need), first_line(&stage.offer));
    let (own_need, own_offer) = (body::line(AHRIMAN, 500), body::line(AHRIMAN, 600));
    let requisitions = [
        refusal(&held, &need, &offer),
        refusal(&held, &own_need, &offer),
        taking(&held, &need, &offer, 5_000),
        taking(&held, &own_need, &offer, 1),
        body::requisition(&need, &offer, 80_000),
    ];
    let commitments = [
        decline(&asked, &need, &offer),
        decline(&asked, &need, &own_offer),
        body::promise(asked.clone(), &need, &offer, 30_000),
        body::promise(asked.clone(), &need, &own_offer, 30_000),
        body::hold(&need, &offer, 80_000),
        release(Some(&asked), &need, &offer),
        release(None, &need, &offer),
    ];
    let mut feed = stage.ahriman.feed(Lane::Ledger);
    for (number, requisition) in (10..).zip(&requisitions) {
        feed.push(body::REQUISITION, (number, 1), requisition.encode_to_vec());
    }
    // The numbers of the others' own halves, too: a number means nothing without its owner.
    for (number, commitment) in (held.number..).zip(&commitments) {
        feed.push(body::COMMITMENT, (100 + number, 1), commitment.encode_to_vec());
    }
    feed.push(body::COMMITMENT, (held.number, 2), commitments[6].encode_to_vec());
    let mut session = stage.enter().await;
    session.bring(&feed).await;
    let mut behind = stage.ahriman.feed(Lane::Normal);
    push_honest(&mut behind, 2);
    session.bring(&behind).await;
    stage.assert_behind_arrived(2).await;

    stage.assert_unharmed_but(|picture| picture.offer.coverage[0].requested = 30_000).await;
    for desk in [&stage.giver, &stage.taker] {
        let found = acts::commitment_at(desk, &hold).await.unwrap().record.unwrap();
        assert_eq!((found.state(), found.amount), (CommitmentState::Held, 5_000));
        acts::answered(desk, &stage.requisition, Answer::Pending).await.unwrap();
    }
    acts::commit(&stage.giver, &stage.requisition, 30_000, "").await.unwrap();
    for desk in [&stage.giver, &stage.taker] {
        eventually("the answer", || acts::answered(desk, &stage.requisition, Answer::Committed)).await;
    }
}
