//! A session between real nodes begins where the last one ended, or by a digest when one side has forgotten.

use quince_core::feed::Lane;
use quince_core::sync::{Cursors, Nonce};

use crate::streaming::two;
use crate::town::{Running, Town, wait};

/// What a node has stored of another.
async fn cursors(of: &Running, with: &Town) -> Option<Cursors> {
    let handle = with.name.parse().unwrap();
    of.store.view().await.unwrap().peer(&handle).await.unwrap().and_then(|peer| peer.cursors)
}

/// Waits until both have stored the same session, and the first has told all up to more than before.
async fn agreed(towns: &[Town; 2], [first, second]: [&Running; 2], before: u64) -> Cursors {
    wait("both store how far they are", async || {
        let there = cursors(second, &towns[0]).await?;
        let here = cursors(first, &towns[1]).await?;
        let fits = here.session == there.session && here.said > before && there.read == here.said;
        (fits && (here.roster, there.roster) == (2, 2)).then_some(here)
    })
    .await
}

#[tokio::test]
async fn after_a_restart_the_session_is_the_same_and_what_was_written_meanwhile_arrives() {
    let (towns, [steward, member]) = two().await;
    let feed = steward.feed(Lane::Normal).await;
    steward.write(3, "before").await;
    member.reaches(feed, 3).await;
    let before = agreed(&towns, [&steward, &member], 0).await;
    let known = cursors(&member, &towns[0]).await.unwrap();
    let told_by = steward.store.view().await.unwrap().instances().await.unwrap().pop().unwrap();
    assert_eq!(known.instance, Some(told_by.nonce), "a cursor names who told it");
    member.stop().await;
    steward.write(1, "meanwhile").await;
    let member = towns[1].start().await;
    member.reaches(feed, 4).await;
    let after = agreed(&towns, [&steward, &member], before.said).await;
    assert_eq!(after.session, before.session);
    member.stop().await;
    steward.stop().await;
}

#[tokio::test]
async fn a_node_that_has_forgotten_begins_anew_and_misses_nothing() {
    let (towns, [steward, member]) = two().await;
    let feed = steward.feed(Lane::Normal).await;
    steward.write(3, "before").await;
    member.reaches(feed, 3).await;
    let before = agreed(&towns, [&steward, &member], 0).await;
    let known = cursors(&member, &towns[0]).await.unwrap();
    let mut tx = member.store.begin_write().await.unwrap();
    let other = Cursors { session: Nonce([9; 16]), ..known };
    tx.save_cursors(&towns[0].name.parse().unwrap(), &other).await.unwrap();
    tx.commit().await.unwrap();
    member.stop().await;
    steward.write(1, "meanwhile").await;
    let member = towns[1].start().await;
    member.reaches(feed, 4).await;
    let after = agreed(&towns, [&steward, &member], before.said).await;
    assert!(after.session != before.session && after.session != other.session, "{after:?}");
    member.stop().await;
    steward.stop().await;
}
