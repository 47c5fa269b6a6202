//! A relay's disk changes a byte; a restored database comes back.

use quince_core::feed::Lane;
use sqlx::Connection as _;

use crate::town::Town;

#[tokio::test]
async fn a_byte_flipped_in_a_relays_database_never_arrives_and_the_relay_mends_itself() {
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
    turin.stop().await;
    let ids = isfahan.write(300, "from isfahan").await;
    let feed = isfahan.feed(Lane::Normal).await;
    quanzhou.reaches(feed, 300).await;
    flip(&towns[0], 280).await;
    let turin = towns[2].start().await;
    turin.reaches(feed, 300).await;
    quanzhou.reaches(feed, 300).await;
    assert_eq!(turin.need(&ids[280]).await, isfahan.need(&ids[280]).await);
    let entries = quanzhou.store.view().await.unwrap().entries(&feed, 0..300, usize::MAX).await;
    assert_eq!(entries.expect("every entry is sound again").len(), 300);
    for running in [isfahan, turin, quanzhou] {
        running.stop().await;
    }
}

#[tokio::test]
async fn a_node_restored_from_an_old_copy_is_told_by_its_peer_and_signs_nothing() {
    let [quanzhou, isfahan] = [Town::new("quanzhou").await, Town::behind_a_wall("isfahan").await];
    let (steward, member) = (quanzhou.start().await, isfahan.start().await);
    steward.found().await;
    steward.admit(&isfahan, &member).await;
    let feed = member.feed(Lane::Normal).await;
    member.write(5, "before the copy").await;
    steward.reaches(feed, 5).await;
    member.stop().await;
    let kept = std::fs::read(isfahan.dir.path().join("quince.db")).unwrap();
    // The head file is restored as well: only the peer can know.
    let kept_heads = std::fs::read(isfahan.dir.path().join("heads")).unwrap();
    let member = isfahan.start().await;
    member.write(5, "after it").await;
    steward.reaches(feed, 10).await;
    member.stop().await;
    std::fs::write(isfahan.dir.path().join("quince.db"), kept).unwrap();
    std::fs::write(isfahan.dir.path().join("heads"), kept_heads).unwrap();
    let member = isfahan.start().await;
    let told = async {
        while member.store.read_only().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), told).await.expect("the peer tells it");
    member.stop().await;
    steward.stop().await;
}

/// Flips a byte in the body of an entry, behind the back of a running node.
async fn flip(town: &Town, index: i64) {
    let path = town.dir.path().join("quince.db");
    let mut database =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let (feed, mut body): (i64, Vec<u8>) = sqlx::query_as(
        "SELECT e.feed, e.body FROM entry e JOIN feed f ON f.feed = e.feed WHERE idx = $1 AND NOT own",
    )
    .bind(index)
    .fetch_one(&mut database)
    .await
    .unwrap();
    body[20] ^= 1;
    let update = sqlx::query("UPDATE entry SET body = $3 WHERE feed = $1 AND idx = $2");
    update.bind(feed).bind(index).bind(body).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}
