//! The owner's write path.

use std::sync::Arc;

use quince_core::domain::{Audience, Need, Offer, Record, RecordId, RecordKind};
use quince_core::feed::{EntryKind, Lane, TILE_LEAVES};
use quince_node::store::{ListQuery, Meta, NewEntry, NewRevision, StoreError};

use crate::city::{City, FEDERATION, commit, revision};
use crate::database::on_both;
use quince_tests::samples::{need, now, offer};

#[test]
fn an_appended_record_is_read_back_under_a_head_that_its_key_signed() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let (written, committed) = city.try_create(need("masks", "mask.surgical.iir", 1)).await.unwrap();
        assert_eq!(written.id.to_string(), "isfahan/1");
        let [head] = committed.heads[..] else { panic!("one feed grew: {committed:?}") };
        assert_eq!(head.head.feed, city.feed(Lane::Urgent));
        city.verifier().check(&head).unwrap();
        let mut view = city.store.view().await.unwrap();
        let stored = view.record(RecordKind::Need, &written.id).await.unwrap().unwrap();
        assert_eq!(stored.snapshot, written);
        assert!(stored.published && !stored.contested);
        assert_eq!(view.get::<Need>(&written.id).await.unwrap().unwrap().record.title.as_slice().len(), 1);
        assert_eq!(view.get::<Offer>(&written.id).await.unwrap(), None);
        let feed = view.feed(&head.head.feed).await.unwrap().unwrap();
        assert_eq!((feed.head, feed.change_no), (Some(head), committed.progress.change_no));
    });
}

#[test]
fn a_dropped_transaction_leaves_nothing_behind_and_its_number_is_free() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let before = *city.store.progress().borrow();
        let mut tx = city.store.begin_write().await.unwrap();
        let number = tx.allocate_number().await.unwrap();
        let new = revision(RecordId::new(city.handle.clone(), number), 1, need("masks", "mask", 1));
        tx.append(new, now()).await.unwrap();
        drop(tx);
        let city = city.reopen().await;
        let mut view = city.store.view().await.unwrap();
        assert!(view.counts().await.unwrap().records.is_empty());
        assert!(view.feeds().await.unwrap().is_empty());
        assert_eq!(*city.store.progress().borrow(), before);
        drop(view);
        assert_eq!(city.create(need("masks", "mask", 1)).await.id.number, number);
    });
}

#[test]
fn what_a_dropped_transaction_believed_is_forgotten_by_the_next_one() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let first = city.create(need("masks", "mask", 1)).await;
        let before = *city.store.progress().borrow();
        let mut tx = city.store.begin_write().await.unwrap();
        for place in 0..3 {
            let number = tx.allocate_number().await.unwrap();
            let id = RecordId::new(city.handle.clone(), number);
            tx.append(revision(id, 1, need(&place.to_string(), "mask", 1)), now()).await.unwrap();
        }
        tx.put_meta(Meta::Federation, &[9; 32]).await.unwrap();
        drop(tx);
        let (second, committed) = city.try_create(need("gloves", "glove", 1)).await.unwrap();
        assert_eq!(second.id.number.get(), first.id.number.get() + 1);
        assert_eq!(committed.heads[0].head.feed, city.feed(Lane::Urgent));
        assert_eq!(committed.progress.change_no, before.change_no + 1);
        assert_eq!(committed.progress.changed, before.changed + 1);
        let changes = city.store.view().await.unwrap().changes(before.changed, 10).await.unwrap();
        assert_eq!(changes.records.iter().map(|one| one.changed).collect::<Vec<_>>(), [before.changed + 1]);
    });
}

#[test]
fn several_appends_of_one_transaction_share_a_head_and_see_each_other() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let mut tx = city.store.begin_write().await.unwrap();
        let mut ids = Vec::new();
        for place in 0..3 {
            let number = tx.allocate_number().await.unwrap();
            let new =
                revision(RecordId::new(city.handle.clone(), number), 1, offer(&place.to_string(), "mask", 5));
            ids.push(tx.append(new, now()).await.unwrap().id);
        }
        assert!(tx.get::<Offer>(&ids[2]).await.unwrap().is_some());
        let committed = tx.commit().await.unwrap();
        assert_eq!(committed.heads.len(), 1);
        assert_eq!(committed.heads[0].head.size, 3);
        assert_eq!(ids.iter().map(|id| id.number.get()).collect::<Vec<_>>(), [1, 2, 3]);
    });
}

#[test]
fn a_stale_revision_is_refused() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let first = city.create(need("masks", "mask", 1)).await;
        city.revise(&first, need("more masks", "mask", 1)).await;
        for stale in [1, 2, 4] {
            let mut tx = city.store.begin_write().await.unwrap();
            let new = revision(first.id.clone(), stale, need("other masks", "mask", 1));
            let appended = tx.append(new, now()).await;
            let refused = commit(tx, appended).await;
            assert!(matches!(refused, Err(StoreError::Conflict(_))), "revision {stale}: {refused:?}");
        }
    });
}

#[test]
fn a_record_never_goes_into_a_less_urgent_lane() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let urgent = city.create(need("masks", "mask", 1)).await;
        city.revise(&urgent, need("masks", "mask", 4)).await;
        let slow = city.create(need("beds", "bed", 3)).await;
        city.revise(&slow, need("beds", "bed", 1)).await;
        let mut view = city.store.view().await.unwrap();
        let size = async |view: &mut quince_node::store::View, lane| {
            view.feed(&city.feed(lane)).await.unwrap().map_or(0, |feed| feed.size())
        };
        assert_eq!(size(&mut view, Lane::Urgent).await, 3);
        assert_eq!(size(&mut view, Lane::Normal).await, 1);
    });
}

#[test]
fn private_records_and_drafts_are_in_no_feed_until_they_are_published() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let mut tx = city.store.begin_write().await.unwrap();
        let id = RecordId::new(city.handle.clone(), tx.allocate_number().await.unwrap());
        let draft =
            NewRevision { audience: Audience::Private, ..revision(id.clone(), 1, need("masks", "mask", 1)) };
        let draft = tx.append(draft, now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        assert!(view.feeds().await.unwrap().is_empty());
        assert!(!view.record(RecordKind::Need, &id).await.unwrap().unwrap().published);
        drop(view);
        city.revise(&draft, need("masks", "mask", 1)).await;
        let mut view = city.store.view().await.unwrap();
        let stored = view.record(RecordKind::Need, &id).await.unwrap().unwrap();
        assert!(stored.published);
        assert_eq!(stored.snapshot.revision.get(), 2);
        let audiences: Vec<Audience> =
            view.history(id.number, None, 10).await.unwrap().into_iter().map(|one| one.audience).collect();
        assert_eq!(audiences, [Audience::Private, Audience::Federation]);
    });
}

#[test]
fn what_was_written_before_the_federation_is_published_behind_the_inception() {
    on_both(|server| async move {
        let city = City::alone(&server, "isfahan", &Arc::default()).await;
        let written = city.create(need("masks", "mask", 1)).await;
        assert!(city.store.view().await.unwrap().feeds().await.unwrap().is_empty());
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_meta(Meta::Federation, &FEDERATION.0).await.unwrap();
        tx.append_entry(NewEntry { kind: EntryKind::INCEPTION, body: vec![1, 2, 3] }, now()).await.unwrap();
        assert_eq!(tx.publish_backlog(now()).await.unwrap(), 1);
        assert_eq!(tx.commit().await.unwrap().heads.len(), 2);
        let mut view = city.store.view().await.unwrap();
        let stored = view.record(RecordKind::Need, &written.id).await.unwrap().unwrap();
        assert_eq!(stored.snapshot, written);
        assert!(stored.published && !stored.contested);
        let lane = view.entries(&city.feed(Lane::Identity), 0..9, usize::MAX).await.unwrap();
        assert_eq!(lane[0].body().unwrap()[..], [1, 2, 3]);
        assert!(view.history(written.id.number, None, 9).await.unwrap()[0].record.is_some());
    });
}

#[test]
fn many_appends_cross_tiles_and_the_index_rebuilds_the_head() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        for part in 0..3 {
            let mut tx = city.store.begin_write().await.unwrap();
            let mut all = Vec::new();
            for place in 0..200 {
                let id = RecordId::new(city.handle.clone(), tx.allocate_number().await.unwrap());
                all.push(revision(id, 1, offer(&format!("{part} {place}"), "mask", 5)));
            }
            tx.append_all(all, now()).await.unwrap();
            let heads = tx.commit().await.unwrap().heads;
            assert!(heads.iter().all(|head| city.verifier().check(head).is_ok()));
        }
        let mut view = city.store.view().await.unwrap();
        let feed = view.feed(&city.feed(Lane::Normal)).await.unwrap().unwrap();
        let index = view.tile_index(&feed.id, 0, feed.size()).await.unwrap();
        assert_eq!((index.tiles.len(), index.edge.len() as u64), (2, 600 - 2 * TILE_LEAVES));
        index.verify(&Default::default(), &feed.head.unwrap().head).unwrap();
        let listed = view.list(&ListQuery::of(RecordKind::Offer, 1000)).await.unwrap();
        assert_eq!(listed.len(), 600);
        let Record::Offer(last) = &listed[599].snapshot.record else { panic!("an offer was written") };
        assert_eq!(last.title.as_slice()[0].words.as_str(), "2 199");
    });
}
