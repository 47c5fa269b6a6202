//! What falls with what: the other half is withdrawn, once, for a reason that is told, and nothing else is.

use std::sync::Arc;

use quince_core::domain::list::List;
use quince_core::domain::{LineId, NeedState, Number, ReasonCode, RecordId, Unit};
use quince_node::agreement;
use quince_node::office::Settings;
use quince_node::office::request::{NeedStep, NewBundle, Withdrawal};

use super::{Three, changes, decline, truck_need};
use crate::city::tamper;
use crate::database::on_both;
use crate::desk::{Desk, first_line, reason, target, wish, write};
use quince_tests::samples;

#[test]
fn when_the_goods_are_declined_the_transport_is_withdrawn_and_its_need_ends() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let taken = three.take(three.bundle()).await;
        three.talk().await;
        let promise = three.recife.commit(&taken.transport).await.snapshot.id;
        three.talk().await;
        decline(&three.quanzhou, &taken.goods[0]).await;
        three.talk().await;

        let transport = three.requisition(&taken.transport).await;
        assert_eq!(transport.state.as_str(), "withdrawn");
        let why = format!("{}, which it belongs with, was declined (no_transport)", taken.goods[0]);
        assert_eq!(transport.common.reason, Some(reason(&why)));
        assert_eq!(three.need_state(taken.need.as_ref().unwrap()).await, NeedState::Withdrawn);
        let promise = three.recife.office.commitment(&promise).await.unwrap().snapshot.record;
        assert_eq!(
            promise.reason_code(),
            Some(ReasonCode::WithdrawnByRequester),
            "the trucks are free again"
        );
        assert_eq!(three.need_state(&three.need).await, NeedState::Open);
        three.recife.audit().await;
    });
}

#[test]
fn when_the_transport_is_declined_or_given_back_the_goods_are_withdrawn() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        for given_back in [false, true] {
            let taken = three.take(three.bundle()).await;
            three.talk().await;
            let promise = three.quanzhou.commit(&taken.goods[0]).await.snapshot.id;
            if given_back {
                let carried = three.recife.commit(&taken.transport).await.snapshot.id;
                three.talk().await;
                three.recife.release(&carried, 0).await.unwrap();
            } else {
                decline(&three.recife, &taken.transport).await;
            }
            three.talk().await;

            let goods = three.requisition(&taken.goods[0]).await;
            assert_eq!(goods.state.as_str(), "withdrawn");
            let how = if given_back { "released (stock_lost)" } else { "declined (no_transport)" };
            let why = format!("{}, which it belongs with, was {how}", taken.transport);
            assert_eq!(goods.common.reason, Some(reason(&why)));
            assert_eq!(three.need_state(taken.need.as_ref().unwrap()).await, NeedState::Withdrawn);
            let promise = three.quanzhou.office.commitment(&promise).await.unwrap().snapshot.record;
            assert_eq!(promise.reason_code(), Some(ReasonCode::WithdrawnByRequester));
        }
        assert_eq!(three.quanzhou.offer_coverage(&three.goods).await.outstanding, Some(samples::amount(100)));
        three.quanzhou.audit().await;
    });
}

#[test]
fn goods_that_share_transport_fall_with_it_and_one_of_them_alone_does_not_take_it_along() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let others = [three.isfahan.need(10).await, three.isfahan.need(10).await];
        three.talk().await;
        let goods = |needs: &[RecordId]| {
            let all = needs.iter().map(|need| wish(need, &three.goods, 10)).collect();
            NewBundle { goods: List::new(all).unwrap(), ..three.bundle() }
        };
        let taken = three.take(goods(&others)).await;
        three.talk().await;
        three.recife.commit(&taken.transport).await;
        decline(&three.quanzhou, &taken.goods[0]).await;
        three.talk().await;
        assert_eq!(three.state(&taken.transport).await, "requested", "the second still rides");
        decline(&three.quanzhou, &taken.goods[1]).await;
        three.talk().await;
        assert_eq!(three.state(&taken.transport).await, "withdrawn");

        let taken = three.take(goods(&others)).await;
        three.talk().await;
        decline(&three.recife, &taken.transport).await;
        three.talk().await;
        for goods in &taken.goods {
            assert_eq!(three.state(goods).await, "withdrawn");
        }
    });
}

#[test]
fn what_a_person_withdraws_leaves_the_goods_and_takes_the_transport_along() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let withdraw = async |id: &RecordId| {
            let withdrawal = Withdrawal { reason: reason("our own truck goes"), force: true };
            three.isfahan.office.withdraw_requisition(&write(), &target(id), withdrawal).await.unwrap();
            three.isfahan.settle().await;
        };
        let taken = three.take(three.bundle()).await;
        withdraw(&taken.transport).await;
        assert_eq!(three.state(&taken.goods[0]).await, "requested");
        let need = taken.need.unwrap();
        assert_eq!(three.need_state(&need).await, NeedState::Open, "others may carry it");
        // Others are asked to carry it, by hand; what was withdrawn counts until it is answered.
        three.talk().await;
        let by_hand = three.isfahan.ask(&need, &three.trucks, 1).await;
        withdraw(&taken.goods[0]).await;
        assert_eq!(three.need_state(&need).await, NeedState::Withdrawn);
        assert_eq!(three.state(&by_hand).await, "withdrawn", "there is nothing to carry any more");

        three.talk().await;
        let taken = three.take(three.bundle()).await;
        let step = NeedStep::Withdraw(reason("the hospital closed"));
        three.isfahan.office.move_need(&write(), &target(&three.need), step).await.unwrap();
        three.isfahan.settle().await;
        assert_eq!(three.state(&taken.transport).await, "withdrawn");
    });
}

#[test]
fn a_requisition_that_names_another_one_sidedly_is_not_touched() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let taken = three.take(three.bundle()).await;
        // As a second attempt names the first, and as another city would name what is not its own.
        let stranger = three.isfahan.need(50).await;
        three.talk().await;
        let write = async |desk: &Desk, line: LineId| {
            let mut asked = samples::requisition(line, first_line(&three.goods), 10);
            asked.common.related = List::new(vec![taken.transport.clone()]).unwrap();
            desk.city.create(asked).await.id
        };
        let one_sided = write(&three.isfahan, first_line(&stranger)).await;
        let foreign = write(&three.recife, first_line(&three.recife.need(50).await)).await;
        three.talk().await;
        decline(&three.recife, &taken.transport).await;
        three.talk().await;
        assert_eq!(three.state(&taken.goods[0]).await, "withdrawn");
        assert_eq!(three.state(&one_sided).await, "requested");
        assert_eq!(three.state(&foreign).await, "requested");
    });
}

#[test]
fn goods_that_have_left_are_not_withdrawn_when_their_transport_is_given_back() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let taken = three.take(three.bundle()).await;
        three.talk().await;
        let promise = three.quanzhou.commit(&taken.goods[0]).await.snapshot.id;
        let carried = three.recife.commit(&taken.transport).await.snapshot.id;
        three.talk().await;
        let lines = (first_line(&three.need), first_line(&three.goods));
        three.quanzhou.city.create(samples::consignment(&promise, lines.0, lines.1, 60)).await;
        three.talk().await;
        three.recife.release(&carried, 0).await.unwrap();
        three.talk().await;
        assert_eq!(three.state(&taken.goods[0]).await, "requested");
        assert_eq!(three.need_state(taken.need.as_ref().unwrap()).await, NeedState::Open);
        assert_eq!(three.isfahan.need_coverage(&three.need).await.delivery.dispatched.get(), 60);
    });
}

#[test]
fn an_answer_that_arrived_before_a_restart_takes_the_other_half_along_after_it_and_only_once() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let taken = three.take(three.bundle()).await;
        three.talk().await;
        decline(&three.recife, &taken.transport).await;
        // The answer is stored, and the node goes down before anything follows from it.
        three.isfahan.city.pull_all(&three.recife.city).await;
        assert_eq!(three.state(&taken.goods[0]).await, "requested");
        let Three { isfahan: Desk { city, office, .. }, .. } = three;
        drop(office);
        let isfahan = Desk::with(city.reopen_without_key().await, Settings::default()).await;
        agreement::catch_up(&isfahan.office).await.expect_err("it cannot sign yet");
        isfahan.city.store.sign_with(Arc::new(isfahan.city.key().clone()));
        let three = Three { isfahan, ..three };
        three.isfahan.settle().await;
        assert_eq!(three.state(&taken.goods[0]).await, "withdrawn");

        let before = changes(&three.isfahan).await;
        three.isfahan.settle().await;
        // Also where everything is read again from the beginning.
        let mut tx = three.isfahan.city.store.begin_write().await.unwrap();
        tx.put_consumer("agreement", 0).await.unwrap();
        tx.commit().await.unwrap();
        three.isfahan.settle().await;
        assert_eq!(changes(&three.isfahan).await, before);
    });
}

#[test]
fn names_that_nobody_gives_back_lead_nowhere_and_the_search_for_a_bundle_ends() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let city = &three.isfahan.city;
        let needs =
            [three.isfahan.need(50).await, three.isfahan.need(50).await, three.isfahan.need(50).await];
        let [beside, beyond] = [&needs[0], &needs[1]].map(first_line);
        let goods = |line: LineId| samples::requisition(line, first_line(&three.goods), 10);
        let (beside, beyond) = (city.create(goods(beside)).await.id, city.create(goods(beyond)).await.id);
        let next = |after: u64| {
            let number = Number::new(beyond.number.get() + after).unwrap();
            RecordId::new(city.handle.clone(), number)
        };
        // Two that belong together, each of which names a further one as well.
        let for_trucks =
            three.isfahan.office.create_need(&write(), truck_need(2), true).await.unwrap().snapshot.id;
        assert_eq!(for_trucks, next(1));
        let mut carried = goods(first_line(&needs[2]));
        carried.common.related = List::new(vec![next(3), beside.clone()]).unwrap();
        let carried = city.create(carried).await.id;
        let mut carries = samples::requisition(first_line(&for_trucks), first_line(&three.trucks), 2);
        carries.common.related = List::new(vec![carried.clone(), beyond.clone()]).unwrap();
        carries.unit = Unit::Mission;
        let carries = city.create(carries).await.id;
        assert_eq!((&carried, &carries), (&next(2), &next(3)));
        three.talk().await;
        decline(&three.recife, &carries).await;
        three.talk().await;
        assert_eq!(three.state(&carried).await, "withdrawn");
        assert_eq!([three.state(&beside).await, three.state(&beyond).await], ["requested"; 2]);
        assert_eq!(three.need_state(&for_trucks).await, NeedState::Open);
    });
}

#[test]
fn a_bundle_that_cannot_be_read_holds_up_no_other() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let damaged = three.take(three.bundle()).await;
        let need = three.isfahan.need(50).await;
        let goods = List::new(vec![wish(&need, &three.goods, 10)]).unwrap();
        let whole = three.take(NewBundle { goods, ..three.bundle() }).await;
        three.talk().await;
        decline(&three.recife, &damaged.transport).await;
        decline(&three.recife, &whole.transport).await;
        let statement = "UPDATE record SET revision = -1 WHERE kind = 20 AND number = ";
        tamper(&three.isfahan.city, &format!("{statement}{}", damaged.goods[0].number)).await;
        three.isfahan.hear(&three.recife).await;
        assert_eq!(three.state(&whole.goods[0]).await, "withdrawn");
    });
}
