//! What became of promises, who gave thanks, what a call gathered: found through the records that name others.

use quince_core::domain::common::Common;
use quince_core::domain::consignment::ConsignmentState;
use quince_core::domain::{Consignment, RecordId, RecordKind, Snapshot};

use crate::city::City;
use crate::database::on_both;
use quince_tests::samples::{call, consignment, line, need, offer, promise, receipt, requisition, thanks};

/// Isfahan asked, Quanzhou promised 60 and sent 40 and 20; Isfahan counted the first and said thanks.
async fn sent(isfahan: &City, quanzhou: &City) -> (RecordId, RecordId) {
    isfahan.create(need("masks", "mask", 1)).await;
    quanzhou.create(offer("masks", "mask", 90)).await;
    let (need_line, offer_line) = (line("isfahan/1"), line("quanzhou/1"));
    let asked = isfahan.create(requisition(need_line.clone(), offer_line.clone(), 60)).await;
    let promised = quanzhou.create(promise(&asked.id, need_line.clone(), offer_line.clone(), 60)).await;
    let send = |pieces| consignment(&promised.id, need_line.clone(), offer_line.clone(), pieces);
    let first = quanzhou.create(send(40)).await;
    quanzhou.create(send(20)).await;
    isfahan.create(receipt(&first.id, need_line.clone(), 40)).await;
    // A second one does not count, and neither does a stranger's.
    isfahan.create(receipt(&first.id, need_line, 1)).await;
    isfahan.create(thanks(&first.id)).await;
    (promised.id, first.id)
}

#[test]
fn what_was_sent_of_a_promise_and_counted_of_that_is_found_on_a_third_city() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let acre = City::found(&server, "acre", &codec).await;
        let (promised, first) = sent(&isfahan, &quanzhou).await;
        acre.create(receipt(&first, line("isfahan/1"), 7)).await;
        let stray = consignment(&promised, line("isfahan/1"), line("quanzhou/1"), 9);
        acre.create(stray).await;
        let recife = City::found(&server, "recife", &codec).await;
        // The receipt arrives before what it counts, as it may.
        for from in [&isfahan, &acre, &quanzhou] {
            recife.pull_all(from).await;
        }
        let mut view = recife.store.view().await.unwrap();
        let shipments = view.shipments(std::slice::from_ref(&promised)).await.unwrap();
        let ids: Vec<_> = shipments.consignments.iter().map(|one| one.id.to_string()).collect();
        assert_eq!(ids, ["quanzhou/3", "quanzhou/4"], "a stranger's is not looked for");
        let receipts: Vec<_> = shipments.receipts.iter().map(|one| one.id.to_string()).collect();
        assert_eq!(receipts, ["isfahan/3"], "the receiver's first");
        let promise = view.get(&promised).await.unwrap().unwrap();
        let delivery = shipments.deliveries().of(&promise);
        assert_eq!((delivery.dispatched.get(), delivery.count.good.get()), (60, 40));
        let halves = view.halves_of_need(&"isfahan/1".parse().unwrap()).await.unwrap();
        assert_eq!(halves.deliveries.of(&promise), delivery, "what is read of a need brings it along");
        let about = view.messages_about(&first, &isfahan.handle).await.unwrap();
        assert_eq!(about.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(), ["isfahan/5"]);
        assert_eq!(view.messages_about(&first, &acre.handle).await.unwrap(), [], "it said nothing");
    });
}

#[test]
fn a_record_that_names_no_longer_what_it_named_is_read_as_it_stands() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let (promised, first) = sent(&isfahan, &quanzhou).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let old: Snapshot<Consignment> = view.get(&first).await.unwrap().unwrap();
        drop(view);
        let cancelled = Consignment { state: ConsignmentState::Cancelled, ..old.record.clone() };
        quanzhou.revise(&old.map(Into::into), cancelled).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let shipments = view.shipments(std::slice::from_ref(&promised)).await.unwrap();
        let promise = view.get(&promised).await.unwrap().unwrap();
        assert_eq!(shipments.deliveries().of(&promise).dispatched.get(), 20);
    });
}

#[test]
fn a_call_counts_what_names_it_by_kind_and_keeps_drills_apart() {
    on_both(|server| async move {
        let codec = Default::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let called = quanzhou.create(call("Masks for Isfahan")).await.id;
        let under = |common: Common| Common { call: Some(called.clone()), ..common };
        for exercise in [false, false, true] {
            let mut need = need("masks", "mask", 1);
            need.common = under(Common { exercise, ..need.common });
            isfahan.create(need).await;
        }
        let mut offer = offer("masks", "mask", 90);
        offer.common = under(offer.common);
        quanzhou.create(offer).await;
        quanzhou.pull_all(&isfahan).await;
        let gathered = quanzhou.store.view().await.unwrap().gathered(&called, false).await.unwrap();
        assert_eq!(gathered, [(RecordKind::Need, 2), (RecordKind::Offer, 1)].into());
        let drilled = quanzhou.store.view().await.unwrap().gathered(&called, true).await.unwrap();
        assert_eq!(drilled, [(RecordKind::Need, 1)].into());
    });
}
