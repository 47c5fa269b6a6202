//! Bundles: goods and who carries them are asked for together or not at all, and fall together when one half fails.

use std::sync::Arc;

use quince_core::domain::common::RELATED_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::terms::Terms;
use quince_core::domain::{
    Kind, LineId, Need, NeedState, Offer, OfferState, Quantity, ReasonCode, RecordId, Requisition, Unit,
};
use quince_node::office::request::{NeedStep, NewBundle, NewTransport, Withdrawal};
use quince_node::office::view::BundleView;
use quince_node::office::{BusinessTime, Error, ErrorKind, Settings, Write};

use crate::city::City;
use crate::database::{Server, on_both};
use crate::desk::{
    Desk, first_line, grounds, positive, reason, spoken_for, target, wish, write, write_for, write_once,
};
use crate::samples;

/// A city in need, a city with goods and a city with trucks, each of which knows what the others have.
struct Three {
    isfahan: Desk,
    quanzhou: Desk,
    recife: Desk,
    need: RecordId,
    goods: RecordId,
    trucks: RecordId,
}

impl Three {
    async fn meet(server: &Server) -> Self {
        Self::meet_with(server, Settings::default()).await
    }

    async fn meet_with(server: &Server, settings: Settings) -> Self {
        let codec = Arc::default();
        let isfahan = Desk::with(City::found(server, "isfahan", &codec).await, settings).await;
        let quanzhou = Desk::open(server, "quanzhou", &codec).await;
        let recife = Desk::open(server, "recife", &codec).await;
        let need = isfahan.need(100).await;
        let three = Self {
            goods: quanzhou.offer(100).await,
            trucks: trucks(&recife).await,
            isfahan,
            quanzhou,
            recife,
            need,
        };
        three.talk().await;
        three
    }

    /// All hear of each other, so often that answers to answers arrive.
    async fn talk(&self) {
        let all = [&self.isfahan, &self.quanzhou, &self.recife];
        for _ in 0..3 {
            for one in all {
                for other in all {
                    if one.city.handle != other.city.handle {
                        one.hear(other).await;
                    }
                }
            }
        }
    }

    /// 60 masks on two trucks.
    fn bundle(&self) -> NewBundle {
        NewBundle {
            goods: List::new(vec![wish(&self.need, &self.goods, 60)]).unwrap(),
            transport: List::new(vec![carried_by(&self.trucks, 2)]).unwrap(),
        }
    }

    async fn take(&self, bundle: NewBundle) -> Taken {
        Taken::of(self.isfahan.office.create_bundle(&write(), bundle).await.unwrap())
    }

    async fn refused(&self, write: &Write, bundle: NewBundle) -> Error {
        let before = changes(&self.isfahan).await;
        let refused = self.isfahan.office.create_bundle(write, bundle).await.unwrap_err();
        assert_eq!(changes(&self.isfahan).await, before, "something was written all the same: {refused}");
        refused
    }

    async fn requisition(&self, id: &RecordId) -> Requisition {
        self.isfahan.office.requisition(id).await.unwrap().snapshot.record
    }

    async fn state(&self, id: &RecordId) -> &'static str {
        self.requisition(id).await.state.as_str()
    }

    async fn need_state(&self, need: &RecordId) -> NeedState {
        self.isfahan.office.need(need).await.unwrap().snapshot.record.state
    }
}

/// The ids of what was written.
#[derive(Debug)]
struct Taken {
    goods: Vec<RecordId>,
    transport: RecordId,
    need: Option<RecordId>,
}

impl Taken {
    fn of(view: BundleView) -> Self {
        let transport = view.transport[0].snapshot.id.clone();
        let need = view.need.map(|need| need.snapshot.id);
        Self { goods: view.goods.into_iter().map(|one| one.snapshot.id).collect(), transport, need }
    }
}

/// Ten trucks.
async fn trucks(desk: &Desk) -> RecordId {
    let offer = samples::offer("trucks", "transport.truck", 10);
    let mut line = offer.lines.iter().next().unwrap().clone();
    line.kind = Kind::Transport;
    line.quantity = Quantity::exact(samples::amount(10), Unit::Mission);
    let offer = Offer { state: OfferState::Draft, lines: Lines::new(vec![line]).unwrap(), ..offer };
    desk.office.create_offer(&write(), offer, true).await.unwrap().snapshot.id
}

fn carried_by(trucks: &RecordId, missions: i64) -> NewTransport {
    let terms = Terms::default();
    NewTransport {
        need_line: None,
        offer_line: first_line(trucks),
        amount: positive(missions),
        hold: None,
        terms,
    }
}

async fn changes(desk: &Desk) -> u64 {
    desk.city.store.view().await.unwrap().last_changed().await.unwrap()
}

async fn decline(desk: &Desk, requisition: &RecordId) {
    desk.office.decline_requisition(&write(), requisition, grounds(ReasonCode::NoTransport)).await.unwrap();
}

#[test]
fn a_bundle_is_written_whole_and_each_half_names_the_other() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let once = write_once("bundle", 1);
        let view = three.isfahan.office.create_bundle(&once, three.bundle()).await.unwrap();
        let again = three.isfahan.office.create_bundle(&once, three.bundle()).await.unwrap();
        assert_eq!(again, view, "a retry gets what was written the first time");

        let need = view.need.clone().unwrap().snapshot;
        let taken = Taken::of(view);
        let (goods, transport) =
            (three.requisition(&taken.goods[0]).await, three.requisition(&taken.transport).await);
        assert_eq!(goods.common.related.to_vec(), [taken.transport.clone()]);
        assert_eq!(transport.common.related.to_vec(), taken.goods);
        assert_eq!((goods.amount().get(), transport.amount().get()), (60, 2));

        assert_eq!(transport.need_line, first_line(&need.id));
        assert_eq!(need.record.state, NeedState::Open);
        assert_eq!(need.record.common.related.to_vec(), taken.goods);
        let line = need.record.lines.iter().next().unwrap();
        assert_eq!((line.kind, line.item.to_string()), (Kind::Transport, "transport.truck".to_owned()));
        assert_eq!((line.quantity.cap(), &line.quantity.unit), (Some(samples::amount(2)), &Unit::Mission));

        three.talk().await;
        three.quanzhou.commit(&taken.goods[0]).await;
        three.recife.commit(&taken.transport).await;
        three.talk().await;
        assert_eq!(three.isfahan.need_coverage(&three.need).await.committed.get(), 60);
        assert_eq!(three.isfahan.need_coverage(&need.id).await.committed.get(), 2);
        assert_eq!(three.state(&taken.goods[0]).await, "requested", "both said yes");
    });
}

#[test]
fn of_a_bundle_of_which_one_part_is_refused_nothing_is_written() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let bundle = || three.bundle();
        let goods = |all| NewBundle { goods: List::new(all).unwrap(), ..bundle() };
        let transport = |all| NewBundle { transport: List::new(all).unwrap(), ..bundle() };
        let wish = |pieces| wish(&three.need, &three.goods, pieces);

        let more = three.refused(&write(), goods(vec![wish(60), wish(41)])).await;
        assert_eq!(more.kind, ErrorKind::State);
        let what = format!("{} for {}", first_line(&three.goods), first_line(&three.need));
        assert!(more.message.starts_with(&what), "it says which: {more}");
        let twice = three.refused(&write(), goods(vec![wish(60), wish(40)])).await;
        assert_eq!(twice.kind, ErrorKind::Limit, "one open half for the same lines");

        let not_transport = three.refused(&write(), transport(vec![carried_by(&three.goods, 2)])).await;
        assert_eq!(not_transport.kind, ErrorKind::Invalid);
        assert!(not_transport.message.contains("goods, expected transport"), "{not_transport}");
        let not_goods = crate::desk::wish(&three.need, &three.trucks, 2);
        let not_goods = three.refused(&write(), goods(vec![not_goods])).await;
        assert!(not_goods.message.contains("transport, expected goods"), "{not_goods}");
        let never: RecordId = "recife/99".parse().unwrap();
        let missing = transport(vec![carried_by(&three.trucks, 1), carried_by(&never, 1)]);
        assert_eq!(three.refused(&write(), missing).await.kind, ErrorKind::NotFound);

        let only_checks = Write { validate_only: true, ..write() };
        let before = changes(&three.isfahan).await;
        three.isfahan.office.create_bundle(&only_checks, bundle()).await.unwrap();
        assert_eq!(changes(&three.isfahan).await, before);
    });
}

#[test]
fn transport_is_asked_for_on_an_own_line_where_one_is_named() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let mut need = crate::desk::need(1);
        let mut line = need.lines.iter().next().unwrap().clone();
        line.kind = Kind::Transport;
        line.item = "transport.truck".parse().unwrap();
        line.quantity = Quantity::exact(samples::amount(2), Unit::Mission);
        need.lines = Lines::new(vec![line]).unwrap();
        let own = three.isfahan.office.create_need(&write(), need, true).await.unwrap().snapshot.id;
        let carried = NewTransport { need_line: Some(first_line(&own)), ..carried_by(&three.trucks, 2) };
        let bundle = NewBundle { transport: List::new(vec![carried]).unwrap(), ..three.bundle() };

        let taken = three.take(bundle).await;

        assert_eq!(taken.need, None, "no second need");
        three.talk().await;
        decline(&three.quanzhou, &taken.goods[0]).await;
        three.talk().await;
        assert_eq!(three.state(&taken.transport).await, "withdrawn");
        assert_eq!(three.need_state(&own).await, NeedState::Open, "a person wrote it, a person ends it");
    });
}

#[test]
fn where_needs_are_approved_first_transport_needs_a_line_of_its_own() {
    on_both(|server| async move {
        let three = Three::meet_with(&server, Settings::default()).await;
        let strict = Settings { approve_needs: true, ..Settings::default() };
        let three = Three { isfahan: Desk::with(three.isfahan.city, strict).await, ..three };
        let refused = three.refused(&write(), three.bundle()).await;
        assert_eq!(refused.kind, ErrorKind::State);
        assert!(refused.hint.unwrap().contains("have it approved"));
    });
}

#[test]
fn a_token_bound_to_one_party_takes_a_bundle_for_that_party_only() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let (party, other) = (three.isfahan.party().await, three.isfahan.party().await);
        let mut need = crate::desk::need(100);
        need.common.parties = spoken_for(&party);
        let own = three.isfahan.office.create_need(&write(), need, true).await.unwrap().snapshot.id;
        let bundle =
            NewBundle { goods: List::new(vec![wish(&own, &three.goods, 60)]).unwrap(), ..three.bundle() };

        let refused = three.refused(&write_for(&other), bundle.clone()).await;
        assert_eq!(refused.kind, ErrorKind::Forbidden);
        let taken = three.isfahan.office.create_bundle(&write_for(&party), bundle).await.unwrap();
        assert_eq!(taken.need.unwrap().snapshot.record.common.parties, spoken_for(&party));
    });
}

#[test]
fn a_bundle_taken_in_a_drill_is_an_exercise() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let desk = Desk::with(city, Settings { time: BusinessTime::Drill, ..Settings::default() }).await;
        let (need, goods, trucks) = (desk.need(100).await, desk.offer(100).await, trucks(&desk).await);
        let bundle = NewBundle {
            goods: List::new(vec![wish(&need, &goods, 60)]).unwrap(),
            transport: List::new(vec![carried_by(&trucks, 2)]).unwrap(),
        };
        let view = desk.office.create_bundle(&write(), bundle).await.unwrap();
        assert!(view.need.unwrap().snapshot.record.common.exercise);
        let halves = view.goods.iter().chain(&view.transport);
        assert!(halves.map(|one| one.snapshot.record.common.exercise).all(|exercise| exercise));
    });
}

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
        let isfahan = Desk::with(city.reopen().await, Settings::default()).await;
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
fn a_bundle_is_as_long_as_a_record_can_name_others() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let mut goods = Vec::new();
        for _ in 0..2 {
            let offer = three.quanzhou.offer(100).await;
            for _ in 0..RELATED_MAX / 2 {
                goods.push((three.isfahan.need(1).await, offer.clone()));
            }
        }
        three.talk().await;
        let all: Vec<_> = goods.iter().map(|(need, offer)| wish(need, offer, 1)).collect();
        assert!(List::<_, 1, RELATED_MAX>::new([all.clone(), all.clone()].concat()).is_err());
        let taken = three.take(NewBundle { goods: List::new(all).unwrap(), ..three.bundle() }).await;
        three.talk().await;
        decline(&three.recife, &taken.transport).await;
        three.talk().await;
        for goods in &taken.goods {
            assert_eq!(three.state(goods).await, "withdrawn");
        }
        let Need { state, .. } =
            three.isfahan.office.need(&taken.need.unwrap()).await.unwrap().snapshot.record;
        assert_eq!(state, NeedState::Withdrawn);
    });
}
