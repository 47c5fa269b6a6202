//! Two histories under one key, each shown to another city.

use prost::Message as _;
use quince_core::feed::Lane;
use quince_tests::acts;
use quince_tests::attacker::{Feed, body};
use quince_tests::city::Desk;
use quince_tests::eventually::eventually;

use super::stage::{AHRIMAN, Stage, feed_status, push_honest};

async fn frozen(desk: &Desk) -> Result<(), String> {
    let feed = feed_status(desk, Lane::Normal).await;
    if feed.as_ref().is_some_and(|feed| !feed.stalled.is_empty()) { Ok(()) } else { Err(format!("{feed:?}")) }
}

#[tokio::test]
async fn a_fork_shown_to_two_cities_freezes_the_feed_in_both_and_no_other() {
    let mut stage = Stage::set().await;
    let history = |amount| -> Feed {
        let mut feed = stage.ahriman.feed(Lane::Normal);
        feed.push(body::NEED, (5, 1), body::need("ahriman:nothing", amount, 4).encode_to_vec());
        feed
    };
    let (one, other) = (history(111), history(222));
    stage.isfahan.kill();
    stage.enter().await.bring(&one).await;
    stage.quanzhou.kill();
    stage.taker = stage.isfahan.start().await;
    stage.enter_at(&stage.isfahan).await.bring(&other).await;
    stage.giver = stage.quanzhou.start().await;
    for desk in [&stage.giver, &stage.taker] {
        eventually("the fork to be found", || frozen(desk)).await;
    }

    let mut session = stage.enter().await;
    let mut longer = one.clone();
    push_honest(&mut longer, 6);
    session.announce(&longer);
    let mut urgent = stage.ahriman.feed(Lane::Urgent);
    push_honest(&mut urgent, 7);
    session.bring(&urgent).await;
    stage.assert_behind_arrived(7).await;
    for desk in [&stage.giver, &stage.taker] {
        assert!(
            acts::need_at(desk, &format!("nodes/{AHRIMAN}/needs/6")).await.is_err(),
            "the feed is frozen"
        );
    }

    stage.quanzhou.kill();
    stage.giver = stage.quanzhou.start().await;
    eventually("the fork to be known after a restart", || frozen(&stage.giver)).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_fork_shown_to_one_city_is_told_to_the_other() {
    let stage = Stage::set().await;
    let history = |amount| -> Feed {
        let mut feed = stage.ahriman.feed(Lane::Normal);
        feed.push(body::NEED, (5, 1), body::need("ahriman:nothing", amount, 4).encode_to_vec());
        feed
    };
    let mut session = stage.enter().await;
    session.bring(&history(111)).await;
    session.announce(&history(222));
    for desk in [&stage.giver, &stage.taker] {
        eventually("the fork to be told", || frozen(desk)).await;
    }
    stage.assert_unharmed().await;
}
