//! What is kept of the newest changes in memory: the same that the database tells, or nothing.

use std::sync::Arc;

use quince_core::feed::Lane;
use quince_node::store::FeedState;

use crate::city::City;
use crate::database::on_both;
use quince_tests::samples::{need, now, offer};

/// More than entries of a record are.
const BYTES_MAX: usize = 1 << 20;

async fn newest(city: &City) -> u64 {
    city.store.view().await.unwrap().change_no().await.unwrap()
}

/// What memory and database tell of all that changed after this.
async fn told(city: &City, since: u64) -> (Option<Vec<FeedState>>, Vec<FeedState>) {
    let stored = city.store.view().await.unwrap().feeds_since(since, 1_000).await.unwrap();
    (city.store.recent_feeds_since(since), stored)
}

/// Compares all entries that the feeds have, from each on.
async fn entries_are_those_of_the_database(city: &City, feeds: &[FeedState]) {
    let mut view = city.store.view().await.unwrap();
    for feed in feeds {
        for from in 0..feed.size() {
            let stored = view.entries(&feed.id, from..feed.size(), BYTES_MAX).await.unwrap();
            assert_eq!(city.store.recent_entries(&feed.id, from..feed.size(), BYTES_MAX), Some(stored));
        }
        assert_eq!(city.store.recent_entries(&feed.id, 0..feed.size() + 1, BYTES_MAX), None);
        assert_eq!(city.store.recent_entries(&feed.id, 0..feed.size(), 10), None, "more than was asked for");
    }
}

#[test]
fn of_an_owner_and_a_reader_memory_tells_what_the_database_tells() {
    on_both(|server| async move {
        let isfahan = City::found(&server, "isfahan", &Arc::default()).await;
        let quanzhou = City::found(&server, "quanzhou", &isfahan.codec).await;
        for round in 0..3 {
            let written = isfahan.create(need(&format!("masks {round}"), "mask", 1)).await;
            isfahan.create(offer("gloves", "glove", 3)).await;
            isfahan.revise(&written, need("more masks", "mask", 2)).await;
            quanzhou.pull_all(&isfahan).await;
        }
        for since in 0..=newest(&isfahan).await {
            let (recent, stored) = told(&isfahan, since).await;
            assert_eq!(recent, Some(stored), "since {since}");
        }
        entries_are_those_of_the_database(&isfahan, &told(&isfahan, 0).await.1).await;
        // A reader also writes down the heads that it is on the way to, and then does not know what came before.
        let (recent, stored) = told(&quanzhou, newest(&quanzhou).await - 1).await;
        assert_eq!((recent.as_ref(), stored.len()), (Some(&stored), 1));
    });
}

#[test]
fn what_was_written_in_another_way_than_by_growing_is_left_to_the_database() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        city.create(need("masks", "mask", 1)).await;
        let feed = city.feed(Lane::Urgent);
        assert!(city.store.recent_feeds_since(0).is_some());
        let mut tx = city.store.begin_write().await.unwrap();
        tx.stall(&feed, Some("no room"), now()).await.unwrap();
        drop(tx);
        assert!(city.store.recent_feeds_since(0).is_some(), "nothing of it happened");
        let mut tx = city.store.begin_write().await.unwrap();
        tx.stall(&feed, Some("no room"), now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(city.store.recent_feeds_since(0), None);
        assert_eq!(city.store.recent_entries(&feed, 0..1, BYTES_MAX), None);

        let before = newest(&city).await;
        city.create(need("gloves", "glove", 1)).await;
        let (recent, stored) = told(&city, before).await;
        assert_eq!(stored[0].stalled.as_deref(), Some("no room"));
        assert_eq!(recent, Some(stored));
        assert_eq!(city.store.recent_feeds_since(0), None, "the first change is not in memory any more");
    });
}

#[test]
fn a_large_change_and_what_came_before_it_are_left_to_the_database() {
    on_both(|server| async move {
        let isfahan = City::found(&server, "isfahan", &Arc::default()).await;
        let quanzhou = City::found(&server, "quanzhou", &isfahan.codec).await;
        for place in 0..40 {
            isfahan.create(need(&place.to_string(), "mask", 1)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        assert_eq!(quanzhou.store.recent_feeds_since(0), None, "40 entries in one change");
        let before = newest(&quanzhou).await;
        isfahan.create(need("gloves", "glove", 1)).await;
        quanzhou.pull_all(&isfahan).await;
        let (recent, stored) = told(&quanzhou, before).await;
        assert_eq!(recent, Some(stored));
    });
}
