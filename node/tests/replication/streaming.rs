//! Entries between nodes: live, in bulk, after a restart, through a third.

use quince_core::feed::Lane;

use crate::town::{Running, Town};

/// A steward and a member behind a wall, both running.
pub(crate) async fn two() -> ([Town; 2], [Running; 2]) {
    let towns = [Town::new("quanzhou").await, Town::behind_a_wall("isfahan").await];
    let running = [towns[0].start().await, towns[1].start().await];
    running[0].found().await;
    running[0].admit(&towns[1], &running[1]).await;
    (towns, running)
}

#[tokio::test]
async fn what_one_writes_the_other_reads_while_both_run() {
    let (_towns, [quanzhou, isfahan]) = two().await;
    let feed = quanzhou.feed(Lane::Normal).await;
    for round in 1..=3 {
        quanzhou.write(1, "one more").await;
        isfahan.reaches(feed, round).await;
    }
    isfahan.stop().await;
    quanzhou.stop().await;
}

#[tokio::test]
async fn a_node_that_was_down_catches_up_tile_by_tile() {
    let ([_quanzhou, isfahan], [steward, member]) = two().await;
    member.reaches(steward.feed(Lane::Identity).await, 2).await;
    member.stop().await;
    let ids = steward.write(700, "while you were away").await;
    let member = isfahan.start().await;
    let feed = steward.feed(Lane::Normal).await;
    member.reaches(feed, 700).await;
    for id in [&ids[0], &ids[300], &ids[699]] {
        assert_eq!(member.need(id).await, steward.need(id).await);
    }
    member.stop().await;
    steward.stop().await;
}

#[tokio::test]
async fn a_session_comes_back_when_the_dialled_side_restarts() {
    let ([quanzhou, _isfahan], [steward, member]) = two().await;
    let feed = steward.feed(Lane::Normal).await;
    steward.write(1, "before").await;
    member.reaches(feed, 1).await;
    steward.stop().await;
    let steward = quanzhou.start().await;
    steward.write(1, "after").await;
    member.reaches(feed, 2).await;
    member.stop().await;
    steward.stop().await;
}

#[tokio::test]
async fn two_that_cannot_reach_each_other_read_each_other_through_a_third() {
    let towns = [
        Town::new("quanzhou").await,
        Town::behind_a_wall("isfahan").await,
        Town::behind_a_wall("turin").await,
    ];
    let [quanzhou, isfahan, turin] = [towns[0].start().await, towns[1].start().await, towns[2].start().await];
    quanzhou.found().await;
    quanzhou.admit(&towns[1], &isfahan).await;
    quanzhou.admit(&towns[2], &turin).await;
    isfahan.knows_roster(3).await;
    isfahan.write(300, "from isfahan").await;
    turin.write(2, "from turin").await;
    turin.reaches(isfahan.feed(Lane::Normal).await, 300).await;
    isfahan.reaches(turin.feed(Lane::Normal).await, 2).await;
    for running in [isfahan, turin, quanzhou] {
        running.stop().await;
    }
}
