//! What members have in use: counted with every batch, and held against their quota without skipping anything.

use quince_core::domain::{Need, NeedState, Snapshot};
use quince_core::feed::Lane;
use quince_core::sync::Usage;
use quince_node::store::Applied;

use crate::city::City;
use crate::database::on_both;
use quince_tests::samples::{need, now};

async fn records(at: &City, of: &City) -> u64 {
    at.store.view().await.unwrap().usage(&of.handle).await.unwrap().records
}

/// Brings the normal lane of one city to another within a quota of records, as one batch.
async fn take(at: &City, from: &City, allowed: u64) -> Applied {
    let feed = from.feed(Lane::Normal);
    let mut theirs = from.store.view().await.unwrap();
    let head = theirs.feed(&feed).await.unwrap().and_then(|feed| feed.head).unwrap();
    let log = at.store.view().await.unwrap().replica(&feed).await.unwrap();
    let index = theirs.tile_index(&feed, 0, head.head.size).await.unwrap();
    let catch_up = log.catch_up(index, &head, &from.verifier()).unwrap();
    let start = log.frontier().size();
    let entries = theirs.entries(&feed, start..head.head.size, usize::MAX).await.unwrap();
    let extended = catch_up.log.extend_run(&catch_up.index.edge(), start, &entries, None).unwrap();
    let allowed = Some(Usage { records: allowed, bytes: u64::MAX });
    let mut tx = at.store.begin_write().await.unwrap();
    tx.save_target(&catch_up.log, now()).await.unwrap();
    let applied = tx
        .apply_within(
            &extended,
            &entries,
            at.store.read_ahead(&from.handle, feed.lane, &entries),
            allowed,
            now(),
        )
        .await
        .unwrap();
    tx.commit().await.unwrap();
    applied
}

#[test]
fn a_record_counts_until_it_ends_and_a_revision_counts_once() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let first = isfahan.create(need("masks", "mask", 2)).await;
        isfahan.create(need("beds", "bed", 2)).await;
        quanzhou.pull_all(&isfahan).await;
        assert_eq!(records(&quanzhou, &isfahan).await, 2);
        let first: Snapshot<_> = isfahan.revise(&first, need("more masks", "mask", 2)).await;
        quanzhou.pull_all(&isfahan).await;
        assert_eq!(records(&quanzhou, &isfahan).await, 2, "revised");
        let ended = Need { state: NeedState::Withdrawn, ..need("masks", "mask", 2) };
        isfahan.revise(&first, ended).await;
        quanzhou.pull_all(&isfahan).await;
        assert_eq!(records(&quanzhou, &isfahan).await, 1, "ended");
        assert_eq!(records(&isfahan, &isfahan).await, 0, "one's own are not counted");
    });
}

#[test]
fn a_batch_beyond_the_quota_is_not_taken_and_the_feed_says_why_until_more_is_granted() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        for _ in 0..10 {
            isfahan.create(need("masks", "mask", 2)).await;
        }
        // At the limit, one beyond it, and ten times as much.
        for (allowed, taken) in [(10, true), (9, false), (1, false)] {
            let quanzhou = City::found(&server, "quanzhou", &codec).await;
            let applied = take(&quanzhou, &isfahan, allowed).await;
            assert_eq!(matches!(applied, Applied::Taken(_)), taken, "{allowed}: {applied:?}");
            let feed = isfahan.feed(Lane::Normal);
            let held = quanzhou.store.view().await.unwrap().feed(&feed).await.unwrap().unwrap();
            let expected = if taken { (10, 10) } else { (0, 0) };
            assert_eq!((held.size(), records(&quanzhou, &isfahan).await), expected, "{allowed}");
            assert_eq!(held.stalled.is_some(), !taken, "{allowed}: {:?}", held.stalled);
            if !taken {
                assert!(matches!(take(&quanzhou, &isfahan, 10).await, Applied::Taken(_)), "granted");
                let held = quanzhou.store.view().await.unwrap().feed(&feed).await.unwrap().unwrap();
                assert_eq!((held.size(), held.stalled), (10, None), "it goes on where it stood");
            }
        }
    });
}

#[test]
fn who_is_beyond_its_quota_can_still_end_records() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(isfahan.create(need("masks", "mask", 2)).await);
        }
        quanzhou.pull_all(&isfahan).await;
        for one in &all {
            isfahan.revise(one, Need { state: NeedState::Withdrawn, ..need("masks", "mask", 2) }).await;
        }
        assert!(matches!(take(&quanzhou, &isfahan, 1).await, Applied::Taken(_)));
        assert_eq!(records(&quanzhou, &isfahan).await, 0);
    });
}
