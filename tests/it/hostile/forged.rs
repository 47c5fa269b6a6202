//! Entries that their owner never signed, and heads of a federation that only has the same name.

use std::time::Duration;

use prost::Message as _;
use quince_core::feed::{FederationId, Hash, Lane, NodeId};
use quince_proto::sync::v1 as sync;
use quince_tests::acts;
use quince_tests::attacker::{Feed, Session, body};
use quince_tests::paper;
use sync::RefuseCode;
use sync::frame::Frame;
use tokio::time::timeout;

use super::stage::{Stage, node_of, push_honest, status};

/// More than any honest feed of a test holds.
const MANY: u64 = 50;

/// Half of the time after which a silent upstream is given up.
const SOON: Duration = Duration::from_secs(15);

/// A feed of another city as the attacker would have it.
fn forgery(stage: &Stage, node: NodeId, lane: Lane) -> Feed {
    let mut feed = Feed::new(stage.ahriman.federation, node, lane, stage.ahriman.mask.key.clone());
    for number in 1_000..1_000 + MANY {
        feed.push(body::NEED, (number, 1), body::need(paper::MASKS, 1_000_000, 1).encode_to_vec());
    }
    feed
}

#[tokio::test]
async fn entries_of_another_city_under_another_key_are_refused() {
    let stage = Stage::set().await;
    let isfahan = node_of(&stage.taker).await;
    let forged = forgery(&stage, isfahan, Lane::Bulk);
    let mut session = stage.enter().await;
    let handle = session.announce(&forged);
    for frame in forged.frames(handle, 0) {
        session.send(frame);
    }
    assert_eq!(session.refused(handle).await, RefuseCode::Unverified);
    assert!(acts::need_at(&stage.giver, "nodes/isfahan/needs/1000").await.is_err());
    let mut own = stage.ahriman.feed(Lane::Normal);
    push_honest(&mut own, 2);
    stage.enter().await.bring(&own).await;
    stage.assert_behind_arrived(2).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_city_is_brought_nothing_of_its_own() {
    let stage = Stage::set().await;
    for lane in [Lane::Ledger, Lane::Urgent, Lane::Normal, Lane::Bulk] {
        let forged = forgery(&stage, node_of(&stage.giver).await, lane);
        let mut session = stage.enter().await;
        let handle = session.announce(&forged);
        session.settled().await;
        session.send(forged.batch(handle, 0, forged.head()));
        assert_eq!(session.parting().await.code(), Some(RefuseCode::Malformed));
        assert_eq!(
            status(&stage.giver).await.read_only_reason,
            "",
            "a head that it did not sign stops nobody"
        );
    }
    assert!(acts::need_at(&stage.giver, "nodes/quanzhou/needs/1000").await.is_err());
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_federation_of_the_same_name_is_another_federation() {
    let stage = Stage::set().await;
    let namesake = FederationId::from(Hash::of(&[b"another first roster"]));
    let line = stage.ahriman.dial(&stage.quanzhou).await;

    let mut session = Session::open(&line);
    let federation_id = namesake.0.to_vec().into();
    session.send(Frame::Hello(sync::Hello { federation_id, ..stage.ahriman.hello() }));
    assert_eq!(session.parting().await.code(), Some(RefuseCode::Federation));

    let mut feed = stage.ahriman.feed(Lane::Normal);
    push_honest(&mut feed, 2);
    let mut session = Session::enter(&line, &stage.ahriman).await;
    let handle = session.announce_as(&feed, feed.head_of(namesake));
    session.send(feed.batch(handle, 0, feed.head_of(namesake)));
    session.refused(handle).await;

    stage.enter().await.bring(&feed).await;
    stage.assert_behind_arrived(2).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_head_that_its_owner_never_signed_keeps_no_entry_waiting() {
    let mut stage = Stage::set().await;
    let isfahan = node_of(&stage.taker).await;
    stage.isfahan.kill();
    let mut session = stage.enter().await;
    for lane in [Lane::Ledger, Lane::Urgent] {
        let handle = session.announce(&forgery(&stage, isfahan, lane));
        assert_eq!(session.refused(handle).await, RefuseCode::Unverified, "{lane}");
        session.settled().await;
    }
    session.announce(&forgery(&stage, isfahan, Lane::Normal));
    assert_eq!(
        session.parting().await.code(),
        Some(RefuseCode::Unverified),
        "who lies three times is heard no more"
    );
    stage.taker = stage.isfahan.start().await;
    let arrive = stage.assert_honest_entries_arrive();
    timeout(SOON, arrive).await.expect("nobody waits for what a liar said it would bring");
    stage.assert_unharmed().await;
}
