//! What follows by itself between two cities: conversions, releases, declines, and holds that end.

use std::sync::Arc;

use quince_core::domain::coverage::Track;
use quince_core::domain::{CommitmentState, Number, ReasonCode, RecordId, RequisitionState};
use quince_node::agreement;
use quince_node::office::ErrorKind;
use quince_node::office::request::{NeedStep, OfferStep, Withdrawal};
use quince_node::office::view::{Answer, TodoSubject};
use tokio_util::sync::CancellationToken;

use crate::city::tamper;
use crate::database::on_both;
use crate::desk::{
    Desk, amount, declined, first_line, grounds, meet, page, pieces, positive, reason, target, write,
};
use quince_tests::samples::requisition;

/// A need of 100 in Isfahan and an offer of 100 in Quanzhou, known to both.
async fn introduce(isfahan: &Desk, quanzhou: &Desk) -> (RecordId, RecordId) {
    let ids = (isfahan.need(100).await, quanzhou.offer(100).await);
    meet(isfahan, quanzhou).await;
    ids
}

async fn reason_of(desk: &Desk, commitment: &RecordId) -> Option<ReasonCode> {
    desk.office.commitment(commitment).await.unwrap().snapshot.record.reason_code()
}

#[test]
fn a_hold_that_is_asked_for_becomes_the_promise() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let hold = quanzhou.hold(&offer, &need, 80).await;
        isfahan.hear(&quanzhou).await;
        assert_eq!(isfahan.need_coverage(&need).await.held, pieces(80));
        let asked = isfahan.take(&hold, 60).await.snapshot.id;
        quanzhou.hear(&isfahan).await;
        isfahan.hear(&quanzhou).await;

        for desk in [&isfahan, &quanzhou] {
            let promise = desk.office.commitment(&hold.snapshot.id).await.unwrap();
            assert!(promise.paired);
            assert_eq!((promise.snapshot.record.requisition(), amount(&promise)), (Some(&asked), 60));
            assert_eq!(desk.answer(&asked).await, Some(Answer::Committed));
            assert_eq!(desk.need_coverage(&need).await.committed, pieces(60));
            assert_eq!(desk.offer_coverage(&offer).await.outstanding, Some(pieces(40)));
        }
        quanzhou.audit().await;
    });
}

#[test]
fn a_refused_hold_is_released_at_once() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let hold = quanzhou.hold(&offer, &need, 80).await.snapshot.id;
        isfahan.hear(&quanzhou).await;
        let refusal = isfahan.office.refuse_hold(&write(), &hold, reason("too late")).await.unwrap();
        assert_eq!(refusal.answer, None);
        quanzhou.hear(&isfahan).await;
        assert_eq!(reason_of(&quanzhou, &hold).await, Some(ReasonCode::RefusedByRequester));
        assert_eq!(quanzhou.offer_coverage(&offer).await.outstanding, Some(pieces(100)));
        quanzhou.audit().await;
    });
}

#[test]
fn a_withdrawn_requisition_gets_its_answer_and_a_promise_comes_back() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let withdraw = |asked: RecordId| {
            let office = isfahan.office.clone();
            let withdrawal = Withdrawal { reason: reason("another city helps"), force: false };
            async move { office.withdraw_requisition(&write(), &target(&asked), withdrawal).await.unwrap() }
        };
        let unanswered = isfahan.ask(&need, &offer, 30).await;
        withdraw(unanswered.clone()).await;
        meet(&isfahan, &quanzhou).await;
        assert_eq!(isfahan.answer(&unanswered).await, Some(Answer::Declined));
        assert_eq!(isfahan.need_coverage(&need).await.requested, pieces(0));

        let promised = isfahan.ask(&need, &offer, 100).await;
        quanzhou.hear(&isfahan).await;
        let commitment = quanzhou.commit(&promised).await.snapshot.id;
        isfahan.hear(&quanzhou).await;
        withdraw(promised.clone()).await;
        meet(&isfahan, &quanzhou).await;
        assert_eq!(isfahan.answer(&promised).await, Some(Answer::Released));
        assert_eq!(reason_of(&isfahan, &commitment).await, Some(ReasonCode::WithdrawnByRequester));
        assert_eq!(quanzhou.offer_coverage(&offer).await.outstanding, Some(pieces(100)));
        quanzhou.audit().await;
    });
}

#[test]
fn a_need_that_ends_withdraws_what_it_asked_for_in_the_same_breath() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let asked = isfahan.ask(&need, &offer, 30).await;
        let step = NeedStep::Withdraw(reason("the hospital closed"));
        isfahan.office.move_need(&write(), &target(&need), step).await.unwrap();
        let requisition = isfahan.office.requisition(&asked).await.unwrap().snapshot.record;
        assert_eq!(requisition.state.as_str(), "withdrawn");
        assert_eq!(requisition.common.reason, Some(reason("the hospital closed")));
        meet(&isfahan, &quanzhou).await;
        assert_eq!(isfahan.answer(&asked).await, Some(Answer::Declined));
    });
}

#[test]
fn closing_an_offer_declines_what_waits_and_what_comes_later() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let early = isfahan.ask(&need, &offer, 30).await;
        quanzhou.hear(&isfahan).await;
        let other = isfahan.need(100).await;
        let late = isfahan.ask(&other, &offer, 30).await;

        quanzhou.office.move_offer(&write(), &target(&offer), OfferStep::Close(None)).await.unwrap();
        assert_eq!(quanzhou.answer(&early).await, Some(Answer::Declined), "with the closing itself");
        quanzhou.hear(&isfahan).await;
        isfahan.hear(&quanzhou).await;

        for asked in [early, late] {
            let answer = isfahan.office.requisition(&asked).await.unwrap().commitment.unwrap();
            assert_eq!(reason_of(&isfahan, &answer).await, Some(ReasonCode::OfferClosed));
        }
    });
}

#[test]
fn promising_the_last_piece_declines_everybody_else() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let other = isfahan.need(100).await;
        let (first, second) = (isfahan.ask(&need, &offer, 100).await, isfahan.ask(&other, &offer, 30).await);
        quanzhou.hear(&isfahan).await;
        quanzhou.commit(&first).await;
        assert_eq!(quanzhou.answer(&second).await, Some(Answer::Declined));
        let told = quanzhou.commit(&second).await;
        assert_eq!(declined(&told), Some(ReasonCode::Exhausted), "a no with its reason, not an error");
    });
}

#[test]
fn a_second_requisition_for_one_hold_is_declined_as_answered() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let hold = quanzhou.hold(&offer, &need, 50).await;
        isfahan.hear(&quanzhou).await;
        isfahan.take(&hold, 50).await;
        quanzhou.hear(&isfahan).await;
        // A requester that does not keep the rules writes the second one past its own office.
        let hold = Some(hold.snapshot.id);
        let mut second = requisition(first_line(&need), first_line(&offer), 10);
        second.state = RequisitionState::Requested { amount: positive(10), hold };
        let second = isfahan.city.create(second).await.id;
        quanzhou.hear(&isfahan).await;
        let answer = quanzhou.office.requisition(&second).await.unwrap().commitment.unwrap();
        assert_eq!(reason_of(&quanzhou, &answer).await, Some(ReasonCode::AlreadyAnswered));
        quanzhou.audit().await;
    });
}

#[test]
fn the_worker_ends_a_hold_at_its_time_and_stops_when_told() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let stop = CancellationToken::new();
        let worker = tokio::spawn(agreement::run(quanzhou.office.clone(), stop.clone()));
        let hold = quanzhou.hold(&offer, &need, 80).await.snapshot;
        let CommitmentState::Held { until, .. } = hold.record.state else { panic!("a hold is held") };
        let mut changes = quanzhou.office.latest_change();
        let before = changes.borrow_and_update().changed;

        quanzhou.clock.set(until);
        changes.wait_for(|progress| progress.changed > before).await.unwrap();

        assert_eq!(reason_of(&quanzhou, &hold.id).await, Some(ReasonCode::HoldEnded));
        stop.cancel();
        worker.await.unwrap();
        quanzhou.audit().await;
    });
}

#[test]
fn a_hold_lasts_until_its_owner_ends_it_whatever_a_reader_thinks_the_time_is() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let hold = quanzhou.hold(&offer, &need, 80).await;
        isfahan.hear(&quanzhou).await;
        isfahan.clock.set("2028-01-01T00:00:00Z".parse().unwrap());
        isfahan.settle().await;
        assert_eq!(isfahan.need_coverage(&need).await.held, pieces(80));
        let asked = isfahan.take(&hold, 80).await.snapshot.id;
        meet(&isfahan, &quanzhou).await;
        assert_eq!(isfahan.answer(&asked).await, Some(Answer::Committed));
        assert_eq!(isfahan.need_coverage(&need).await.commit, Track::Partial);
    });
}

#[test]
fn settling_again_writes_nothing_and_a_restart_goes_on_where_it_was() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        isfahan.ask(&need, &offer, 30).await;
        quanzhou.hear(&isfahan).await;
        let mut view = quanzhou.city.store.view().await.unwrap();
        let (changed, cursor) =
            (view.last_changed().await.unwrap(), view.consumer("agreement").await.unwrap());
        drop(view);
        assert_eq!(cursor, changed, "everything was read");
        quanzhou.settle().await;
        let mut view = quanzhou.city.store.view().await.unwrap();
        assert_eq!(view.last_changed().await.unwrap(), changed);
    });
}

#[test]
fn a_flood_of_requisitions_is_owed_ten_answers_and_hides_nobody_elses() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = Desk::open(&server, "isfahan", &codec).await;
        let quanzhou = Desk::open(&server, "quanzhou", &codec).await;
        let recife = Desk::open(&server, "recife", &codec).await;
        let offer = quanzhou.offer(1_000).await;
        recife.hear(&quanzhou).await;
        // A requester that does not keep the limits writes past its own office.
        let mut flood = Vec::new();
        for _ in 0..30 {
            let need = isfahan.need(10).await;
            flood.push(isfahan.city.create(requisition(first_line(&need), first_line(&offer), 10)).await.id);
        }
        let honest = recife.ask(&recife.need(10).await, &offer, 10).await;
        quanzhou.hear(&isfahan).await;
        quanzhou.hear(&recife).await;

        assert_eq!(quanzhou.answer(&flood[9]).await, Some(Answer::Pending));
        assert_eq!(quanzhou.answer(&flood[10]).await, Some(Answer::OverLimit));
        let todos = quanzhou.office.todos(&page(100)).await.unwrap().items;
        assert_eq!(todos.len(), 11);
        assert!(todos.iter().any(|todo| todo.subject == TodoSubject::Requisition(honest.clone())));

        quanzhou.office.move_offer(&write(), &target(&offer), OfferStep::Close(None)).await.unwrap();
        assert_eq!(quanzhou.answer(&honest).await, Some(Answer::Declined));
        quanzhou.audit().await;
    });
}

#[test]
fn a_damaged_record_holds_up_nobody_else() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let (other, second) = introduce(&isfahan, &quanzhou).await;
        let damaged = isfahan.ask(&need, &offer, 10).await;
        let holds = [quanzhou.hold(&offer, &other, 10).await, quanzhou.hold(&second, &other, 10).await];
        isfahan.hear(&quanzhou).await;
        for hold in &holds {
            isfahan.office.refuse_hold(&write(), &hold.snapshot.id, reason("too late")).await.unwrap();
        }
        quanzhou.city.pull_all(&isfahan.city).await;
        let statement = "UPDATE record SET revision = -1 WHERE kind = 20 AND number = ";
        tamper(&quanzhou.city, &format!("{statement}{}", damaged.number)).await;

        quanzhou.settle().await;

        for hold in &holds {
            let reason = reason_of(&quanzhou, &hold.snapshot.id).await;
            assert_eq!(reason, Some(ReasonCode::RefusedByRequester));
        }
        let told = quanzhou.try_commit(&write(), &damaged).await.unwrap_err();
        assert_eq!(told.kind, ErrorKind::Internal);
    });
}

#[test]
fn an_offer_whose_stock_cannot_be_read_is_not_promised_and_holds_up_no_other() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, damaged) = introduce(&isfahan, &quanzhou).await;
        let (other, whole) = introduce(&isfahan, &quanzhou).await;
        let promise = quanzhou.hold(&damaged, &need, 90).await.snapshot.id;
        let refused = quanzhou.hold(&whole, &other, 10).await.snapshot.id;
        isfahan.hear(&quanzhou).await;
        let asked = isfahan.ask(&isfahan.need(50).await, &damaged, 50).await;
        isfahan.office.refuse_hold(&write(), &refused, reason("too late")).await.unwrap();
        quanzhou.city.pull_all(&isfahan.city).await;
        let statement = "UPDATE record SET revision = -1 WHERE kind = 21 AND number = ";
        tamper(&quanzhou.city, &format!("{statement}{}", promise.number)).await;

        quanzhou.settle().await;

        assert_eq!(reason_of(&quanzhou, &refused).await, Some(ReasonCode::RefusedByRequester));
        assert_eq!(quanzhou.try_commit(&write(), &asked).await.unwrap_err().kind, ErrorKind::Internal);
    });
}

#[test]
fn a_requisition_of_what_never_was_does_not_keep_the_others_from_being_declined() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = introduce(&isfahan, &quanzhou).await;
        let never = RecordId::new(offer.owner.clone(), Number::new(999).unwrap());
        isfahan.city.create(requisition(first_line(&need), first_line(&never), 5)).await;
        let asked = isfahan.ask(&need, &offer, 60).await;
        quanzhou.hear(&isfahan).await;
        let requester = &isfahan.city.handle;
        let terms = grounds(ReasonCode::Terms);
        let declined = quanzhou.office.decline_all_requisitions(&write(), requester, terms).await.unwrap();
        let answered: Vec<_> = declined.iter().filter_map(|one| one.snapshot.record.requisition()).collect();
        assert_eq!(answered, [&asked]);
    });
}
