//! A flipped bit in a stored entry is found before it is used, and the copy mends itself.

use std::sync::Arc;

use quince_core::domain::RecordKind;
use quince_core::feed::Lane;
use quince_node::store::{ListQuery, Mended, StoreError};

use crate::city::{City, tamper};
use crate::database::on_both;
use quince_tests::samples::{now, offer};

#[test]
fn a_flipped_byte_is_never_served_and_the_copy_is_cut_back_and_fetched_again() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let recife = City::found(&server, "recife", &codec).await;
        for place in 0..600 {
            isfahan.create(offer(&place.to_string(), "mask", 5)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        let feed = isfahan.feed(Lane::Normal);
        let mut mends = 0;
        let other = if quanzhou.is_sqlite() { "zeroblob(300)" } else { "decode(repeat('00', 300), 'hex')" };
        for (statement, good) in [
            (format!("UPDATE entry SET body = {other} WHERE idx = 300"), 256),
            (format!("UPDATE entry SET body = {other} WHERE idx = 599"), 512),
            (
                "UPDATE entry SET leaf_hash = (SELECT root FROM tile WHERE tile = 0) WHERE idx = 3"
                    .to_owned(),
                0,
            ),
            ("DELETE FROM entry WHERE idx = 260".to_owned(), 256),
            (
                "UPDATE tile SET root = (SELECT leaf_hash FROM entry WHERE idx = 1) WHERE tile = 1"
                    .to_owned(),
                256,
            ),
        ] {
            tamper(&quanzhou, &statement).await;
            assert!(!quanzhou.store.check().await.unwrap().faults.is_empty(), "{statement}");
            let mut tx = quanzhou.store.begin_write().await.unwrap();
            assert_eq!(
                tx.mend_feed(&feed, now()).await.unwrap(),
                Mended::Truncated { from: 600, to: good },
                "{statement}"
            );
            mends += 1;
            assert_eq!(tx.mends().await.unwrap(), mends, "cursors from before do not count");
            tx.commit().await.unwrap();
            quanzhou.pull(&isfahan, feed, &isfahan.verifier()).await.unwrap();
            let mut tx = quanzhou.store.begin_write().await.unwrap();
            assert_eq!(tx.mend_feed(&feed, now()).await.unwrap(), Mended::Intact, "{statement}");
            drop(tx);
            assert!(quanzhou.store.check().await.unwrap().faults.is_empty());
        }
        tamper(&quanzhou, &format!("UPDATE entry SET body = {other} WHERE idx = 300")).await;
        let refused = recife.pull(&quanzhou, feed, &isfahan.verifier()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { table: "entry", .. }), "{refused}");
        assert!(refused.to_string().contains("300"), "{refused}");
        let listed = quanzhou.store.view().await.unwrap().list(&ListQuery::of(RecordKind::Offer, 1000)).await;
        assert!(matches!(listed, Err(StoreError::Corrupt { .. })), "{listed:?}");
    });
}

#[test]
fn an_own_feed_is_never_cut_back() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        city.create(offer("masks", "mask", 5)).await;
        tamper(&city, "DELETE FROM entry WHERE idx = 0").await;
        let mut tx = city.store.begin_write().await.unwrap();
        let refused = tx.mend_feed(&city.feed(Lane::Normal), now()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    });
}
