//! Own items in the store: found by their code, and without effect where they are not their writer's to define.

use std::sync::Arc;

use quince_core::domain::{RecordKind, Snapshot};
use quince_core::feed::Lane;
use quince_node::store::{ListQuery, Stored, View};

use crate::city::City;
use crate::database::on_both;
use quince_tests::samples::{need, own_item};

/// The records that define a code.
async fn defining(view: &mut View, code: &str) -> Vec<String> {
    let query = ListQuery { item: Some(code.parse().unwrap()), ..ListQuery::of(RecordKind::OwnItem, 10) };
    view.list(&query).await.unwrap().into_iter().map(|one| one.snapshot.id.to_string()).collect()
}

#[test]
fn an_own_item_travels_in_the_bulk_lane_and_is_found_by_its_code() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let hood = isfahan.create(own_item("isfahan:hood", &[("en", "padded hood")])).await;
        isfahan.create(need("hoods", "isfahan:hood", 1)).await;
        let bulk = isfahan.store.view().await.unwrap().feed(&isfahan.feed(Lane::Bulk)).await.unwrap();
        assert_eq!(bulk.map(|feed| feed.size()), Some(1));

        quanzhou.pull_all(&isfahan).await;

        let mut view = quanzhou.store.view().await.unwrap();
        assert_eq!(
            defining(&mut view, "isfahan:hood").await,
            [hood.id.to_string()],
            "not the need that names it"
        );
        assert_eq!(defining(&mut view, "isfahan:hoo").await, Vec::<String>::new());
        assert_eq!(view.count_of(RecordKind::OwnItem, &isfahan.handle).await.unwrap(), 1);
        assert_eq!(view.count_of(RecordKind::OwnItem, &quanzhou.handle).await.unwrap(), 0);
    });
}

#[test]
fn a_record_that_defines_somebody_elses_code_is_quarantined_by_every_reader() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let recife = City::found(&server, "recife", &codec).await;
        let claimed = ["quanzhou:hood", "mask.surgical.iir"];
        for code in claimed {
            isfahan.create(own_item(code, &[("en", "whatever I say")])).await;
        }
        isfahan.create(own_item("isfahan:hood", &[("en", "padded hood")])).await;
        quanzhou.pull_all(&isfahan).await;
        recife.pull(&quanzhou, isfahan.feed(Lane::Bulk), &isfahan.verifier()).await.unwrap();

        for reader in [&quanzhou, &recife] {
            let mut view = reader.store.view().await.unwrap();
            for code in claimed {
                assert_eq!(defining(&mut view, code).await, Vec::<String>::new(), "{code}");
            }
            assert_eq!(defining(&mut view, "isfahan:hood").await, ["isfahan/3"], "what follows arrives");
            let quarantined = view.quarantined(&isfahan.feed(Lane::Bulk), 10).await.unwrap();
            let reasons = claimed.map(|code| {
                format!("code is {code:?}, expected a code of isfahan itself, such as isfahan:mask.local")
            });
            assert_eq!(quarantined, [(0, reasons[0].clone()), (1, reasons[1].clone())]);
        }
    });
}

#[test]
fn changes_of_one_kind_are_read_without_the_others() {
    on_both(|server| async move {
        let isfahan = City::found(&server, "isfahan", &Arc::default()).await;
        isfahan.create(need("masks", "mask", 1)).await;
        let hood = isfahan.create(own_item("isfahan:hood", &[("en", "padded hood")])).await;
        isfahan.create(need("masks", "mask", 1)).await;
        isfahan.create(own_item("isfahan:cap", &[("en", "cap")])).await;
        isfahan.revise(&hood, own_item("isfahan:hood", &[("en", "warm hood")])).await;
        let mut view = isfahan.store.view().await.unwrap();
        let (mut seen, mut cursor) = (Vec::new(), 0);
        loop {
            let (changes, damaged) = view.sound_changes_of(RecordKind::OwnItem, cursor, 1).await.unwrap();
            assert!(damaged.is_empty());
            if changes.cursor == cursor {
                break;
            }
            cursor = changes.cursor;
            let ids = changes
                .records
                .into_iter()
                .map(|Stored { snapshot: Snapshot { id, revision, .. }, .. }| format!("{id} at {revision}"));
            seen.extend(ids);
        }
        assert_eq!(seen, ["isfahan/4 at 1", "isfahan/2 at 2"]);
    });
}
