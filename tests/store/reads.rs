//! Lists, halves and history.

use std::sync::Arc;

use quince_core::domain::{Number, RecordId, RecordKind, Revision};
use quince_node::store::ListQuery;

use crate::city::{City, revision};
use crate::database::on_both;
use quince_tests::samples::{hold, line, need, now, offer, promise, requisition};

#[test]
fn a_list_is_filtered_and_paged_in_the_order_of_owners_and_numbers() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        for (item, tier) in [("mask.surgical.iir", 1), ("mask", 3), ("bed", 2)] {
            isfahan.create(need(item, item, tier)).await;
            quanzhou.create(need(item, item, tier)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let all = ListQuery::of(RecordKind::Need, 4);
        let ids = async |view: &mut quince_node::store::View, query: &ListQuery| {
            let listed = view.list(query).await.unwrap();
            listed.iter().map(|stored| stored.snapshot.id.to_string()).collect::<Vec<_>>()
        };
        let page = ids(&mut view, &all).await;
        assert_eq!(page, ["isfahan/1", "isfahan/2", "isfahan/3", "quanzhou/1"]);
        let after = ListQuery { after: Some(page[3].parse().unwrap()), ..all.clone() };
        assert_eq!(ids(&mut view, &after).await, ["quanzhou/2", "quanzhou/3"]);
        let own = ListQuery { owner: Some("quanzhou".parse().unwrap()), ..all.clone() };
        assert_eq!(ids(&mut view, &own).await, ["quanzhou/1", "quanzhou/2", "quanzhou/3"]);
        let masks = ListQuery { item: Some("mask".parse().unwrap()), ..all.clone() };
        assert_eq!(ids(&mut view, &masks).await, ["isfahan/2", "quanzhou/2"]);
        let urgent = ListQuery { urgency_at_most: Some(2), ..own.clone() };
        assert_eq!(ids(&mut view, &urgent).await, ["quanzhou/1", "quanzhou/3"]);
        let states = ListQuery { states: vec!["on_hold", "withdrawn"], ..all.clone() };
        assert!(ids(&mut view, &states).await.is_empty());
        let open = ListQuery { states: vec!["withdrawn", "open"], ..own };
        assert_eq!(ids(&mut view, &open).await.len(), 3);
    });
}

#[test]
fn both_halves_of_an_agreement_are_found_from_either_side() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        isfahan.create(need("masks", "mask", 1)).await;
        quanzhou.create(offer("masks", "mask", 90)).await;
        isfahan.create(requisition(line("isfahan/1"), line("quanzhou/1"), 5)).await;
        quanzhou.create(hold(line("isfahan/1"), line("quanzhou/1"), 7, 9)).await;
        quanzhou.create(hold(line("isfahan/9"), line("quanzhou/1"), 8, 5)).await;
        quanzhou.pull_all(&isfahan).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let of_need = view.halves_of_need(&"isfahan/1".parse().unwrap()).await.unwrap();
        assert_eq!((of_need.requisitions.len(), of_need.commitments.len()), (1, 1));
        assert_eq!(of_need.commitments[0].id.to_string(), "quanzhou/2");
        let of_offer = view.halves_of_offer(&"quanzhou/1".parse().unwrap()).await.unwrap();
        assert_eq!((of_offer.requisitions.len(), of_offer.commitments.len()), (1, 2));
        let ending =
            view.holds_ending(&quanzhou.handle, "2027-03-06T00:00:00Z".parse().unwrap(), 9).await.unwrap();
        assert_eq!(ending.iter().map(|hold| hold.id.to_string()).collect::<Vec<_>>(), ["quanzhou/3"]);
    });
}

#[test]
fn history_keeps_every_revision_with_its_holder() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let first = city.create(need("masks", "mask", 1)).await;
        let second = city.revise(&first, need("more masks", "mask", 1)).await;
        city.revise(&second, need("fewer masks", "mask", 1)).await;
        let mut view = city.store.view().await.unwrap();
        let history = view.history(first.id.number, None, 10).await.unwrap();
        assert_eq!(history.iter().map(|one| one.revision.get()).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(history.iter().all(|one| one.holder == "layla"));
        assert_eq!(history[0].record.as_ref(), Some(&first.record));
        let rest = view.history(first.id.number, Some(Revision::new(2).unwrap()), 10).await.unwrap();
        assert_eq!(rest, history[2..]);
        let one = view.revision(first.id.number, Revision::new(2).unwrap()).await.unwrap();
        assert_eq!(one.as_ref(), Some(&history[1]));
        assert_eq!(view.revision(first.id.number, Revision::new(4).unwrap()).await.unwrap(), None);
        assert!(view.history(Number::new(9).unwrap(), None, 10).await.unwrap().is_empty());
    });
}

#[test]
fn a_flood_of_halves_crowds_out_nothing_that_counts() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        isfahan.create(need("masks", "mask", 1)).await;
        let asked = isfahan.create(requisition(line("isfahan/1"), line("quanzhou/1"), 5)).await;
        quanzhou.create(offer("masks", "mask", 90)).await;
        let answer = quanzhou.create(promise(&asked.id, line("isfahan/1"), line("quanzhou/1"), 5)).await;
        // A third city asks, holds and promises more often than is read, under a handle that sorts before the
        // supplier's.
        let flooder = City::found(&server, "acre", &codec).await;
        let mut tx = flooder.store.begin_write().await.unwrap();
        let mut all = Vec::new();
        for place in 0..8_400 {
            let id = RecordId::new(flooder.handle.clone(), tx.allocate_number().await.unwrap());
            all.push(match place % 6 {
                0 | 2 | 4 => revision(id, 1, requisition(line("acre/1"), line("quanzhou/1"), 5)),
                1 => revision(id, 1, requisition(line("isfahan/1"), line("quanzhou/1"), 5)),
                3 => revision(id, 1, hold(line("isfahan/1"), line("quanzhou/1"), 5, 9)),
                _ => revision(id, 1, promise(&asked.id, line("isfahan/1"), line("quanzhou/1"), 5)),
            });
        }
        tx.append_all(all, now()).await.unwrap();
        tx.commit().await.unwrap();
        isfahan.pull_all(&quanzhou).await;
        isfahan.pull_all(&flooder).await;
        let mut view = isfahan.store.view().await.unwrap();
        let (named_need, named_offer) = (["isfahan/1".parse().unwrap()], ["quanzhou/1".parse().unwrap()]);
        let all = [
            view.halves_of_need(&named_need[0]).await.unwrap(),
            view.halves_of_offer(&named_offer[0]).await.unwrap(),
            view.halves_of_needs(&named_need).await.unwrap().remove(&named_need[0]).unwrap(),
            view.halves_of_offers(&named_offer).await.unwrap().remove(&named_offer[0]).unwrap(),
        ];
        for halves in all {
            assert_eq!(halves.requisitions.len() + halves.commitments.len(), 4_000);
            assert!(halves.requisitions.iter().any(|half| half.id == asked.id));
            assert!(halves.commitments.iter().any(|half| half.id == answer.id));
        }
    });
}
