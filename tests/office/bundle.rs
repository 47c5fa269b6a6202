//! Bundles: goods and who carries them are asked for together or not at all, and fall together when one half fails.

mod fall;

use std::sync::Arc;

use quince_core::domain::common::RELATED_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::terms::Terms;
use quince_core::domain::{
    Kind, Need, NeedState, Offer, OfferState, Quantity, ReasonCode, RecordId, Requisition, Unit,
};
use quince_node::office::request::{NewBundle, NewTransport};
use quince_node::office::view::BundleView;
use quince_node::office::{BusinessTime, Error, ErrorKind, Settings, Write};

use crate::city::City;
use crate::database::{Server, on_both};
use crate::desk::{Desk, first_line, grounds, positive, spoken_for, wish, write, write_for, write_once};
use quince_tests::samples;

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
        let codec = Arc::default();
        let isfahan = Desk::open(server, "isfahan", &codec).await;
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
    desk.office.create_offer(&write(), truck_offer(), true).await.unwrap().snapshot.id
}

fn truck_offer() -> Offer {
    let offer = samples::offer("trucks", "transport.truck", 10);
    let mut line = offer.lines.iter().next().unwrap().clone();
    line.kind = Kind::Transport;
    line.quantity = Quantity::exact(samples::amount(10), Unit::Mission);
    Offer { state: OfferState::Draft, lines: Lines::new(vec![line]).unwrap(), ..offer }
}

fn truck_need(missions: i64) -> Need {
    let need = crate::desk::need(missions);
    let mut line = need.lines.iter().next().unwrap().clone();
    line.kind = Kind::Transport;
    line.item = "transport.truck".parse().unwrap();
    line.quantity.unit = Unit::Mission;
    Need { lines: Lines::new(vec![line]).unwrap(), ..need }
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
        assert_eq!(goods.common.related.to_vec(), vec![taken.transport.clone()]);
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
        let other = three.isfahan.need(5).await;
        let for_trucks = three.isfahan.office.create_need(&write(), truck_need(2), true).await;
        let for_trucks = for_trucks.unwrap().snapshot.id;

        let more = three.refused(&write(), goods(vec![wish(60), wish(41)])).await;
        assert_eq!(more.kind, ErrorKind::State);
        let what = format!("{} for {}", first_line(&three.goods), first_line(&three.need));
        assert!(more.message.starts_with(&what), "it says which: {more}");
        let twice = three.refused(&write(), goods(vec![wish(60), wish(40)])).await;
        assert_eq!(twice.kind, ErrorKind::Limit, "one open half for the same lines");

        let masks = NewTransport { need_line: Some(first_line(&other)), ..carried_by(&three.goods, 2) };
        let not_transport = three.refused(&write(), transport(vec![masks])).await;
        assert_eq!(not_transport.kind, ErrorKind::Invalid);
        assert!(not_transport.message.contains("goods, expected transport"), "{not_transport}");
        let not_goods = crate::desk::wish(&for_trucks, &three.trucks, 2);
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
        let own = three.isfahan.office.create_need(&write(), truck_need(2), true).await.unwrap().snapshot.id;
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
fn a_bundle_is_an_exercise_altogether_or_not_at_all() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
        let mut played = truck_need(2);
        played.common.exercise = true;
        let played = three.isfahan.office.create_need(&write(), played, true).await.unwrap().snapshot.id;
        let mut trucks = truck_offer();
        trucks.common.exercise = true;
        let trucks = three.recife.office.create_offer(&write(), trucks, true).await.unwrap().snapshot.id;
        three.talk().await;
        let carried = NewTransport { need_line: Some(first_line(&played)), ..carried_by(&trucks, 2) };
        let mixed = NewBundle { transport: List::new(vec![carried]).unwrap(), ..three.bundle() };
        let refused = three.refused(&write(), mixed).await;
        assert_eq!(refused.kind, ErrorKind::Invalid);
        assert!(refused.message.contains("exercise"), "{refused}");
    });
}

#[test]
fn where_needs_are_approved_first_transport_needs_a_line_of_its_own() {
    on_both(|server| async move {
        let three = Three::meet(&server).await;
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
        let mut halves = view.goods.iter().chain(&view.transport);
        assert!(halves.all(|one| one.snapshot.record.common.exercise));
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
