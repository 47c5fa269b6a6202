//! Records that take over others, when an office gets a node of its own: only one of the two counts.

use quince_core::domain::{Common, Offer, OfferState, RecordId};
use quince_node::office::request::{NeedStep, OfferStep};
use quince_node::office::{ErrorKind, Office};

use crate::database::on_both;
use crate::desk::{Desk, meet, need, reason, target, write};
use quince_tests::samples;

/// A need that takes over another one.
async fn continuing(office: &Office, other: &RecordId) -> RecordId {
    let mut need = need(100);
    need.common = Common { continues: Some(other.clone()), ..need.common };
    office.create_need(&write(), need, true).await.unwrap().snapshot.id
}

#[test]
fn a_need_that_takes_over_a_live_one_asks_for_nothing_until_that_has_ended() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (spoken_for, offer) = (quanzhou.need(100).await, quanzhou.offer(100).await);
        meet(&isfahan, &quanzhou).await;
        let own = continuing(&isfahan.office, &spoken_for).await;
        let refused = isfahan.try_ask(&write(), &own, &offer, 60).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::State);
        assert!(refused.to_string().contains(&spoken_for.to_string()), "{refused}");

        let withdrawal = NeedStep::Withdraw(reason("Isfahan speaks for itself now"));
        quanzhou.office.move_need(&write(), &target(&spoken_for), withdrawal).await.unwrap();
        meet(&isfahan, &quanzhou).await;
        isfahan.ask(&own, &offer, 60).await;
    });
}

#[test]
fn an_offer_that_takes_over_a_live_one_promises_nothing_until_that_has_ended() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let need = isfahan.need(100).await;
        let spoken_for = isfahan.offer(100).await;
        meet(&isfahan, &quanzhou).await;
        let offer = Offer { state: OfferState::Draft, ..samples::offer("masks", "mask.surgical.iir", 100) };
        let common = Common { continues: Some(spoken_for.clone()), ..offer.common.clone() };
        let own = quanzhou.office.create_offer(&write(), Offer { common, ..offer }, true).await.unwrap();
        let own = own.snapshot.id;
        meet(&isfahan, &quanzhou).await;
        let asked = isfahan.ask(&need, &own, 60).await;
        meet(&isfahan, &quanzhou).await;
        let refused = quanzhou.try_commit(&write(), &asked).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::State, "the same stock would be promised twice");

        let withdrawal = OfferStep::Withdraw(reason("Quanzhou speaks for itself now"));
        isfahan.office.move_offer(&write(), &target(&spoken_for), withdrawal).await.unwrap();
        meet(&isfahan, &quanzhou).await;
        quanzhou.commit(&asked).await;
    });
}
