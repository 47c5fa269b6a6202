//! From promise to receipt over the wire: what is sent, what arrives, and that every city tells the same of it.

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{acts, deliveries, federation};
use tonic::Code;

use crate::OFFICE;

/// Two offices with a promise between them, and one that only watches.
struct Promise {
    giver: Desk,
    taker: Desk,
    witness: Desk,
    need: String,
    offer: String,
    commitment: String,
    _cities: [City; 3],
}

impl Promise {
    /// The need, the offer and the promise are of this much.
    async fn of(amount: i64) -> Self {
        let mut quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
        let mut isfahan = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
        let mut yuxi = City::set_up(OFFICE, "yuxi", "Yuxi,CN,24.352,102.547");
        let (giver, taker, witness) = (quanzhou.start().await, isfahan.start().await, yuxi.start().await);
        federation::found(&giver).await;
        federation::admit(&giver, &taker, "isfahan").await;
        federation::admit(&giver, &witness, "yuxi").await;
        let need = acts::ask(&taker, amount, "").await.unwrap().name;
        let offer = acts::offer(&giver, amount, "").await.unwrap().name;
        eventually("the offer to arrive", || acts::offer_at(&taker, &offer)).await;
        let asked = acts::request(&taker, &need, &offer, amount, "").await.unwrap().name;
        eventually("the requisition to arrive", || acts::requisition_at(&giver, &asked)).await;
        let commitment = acts::commit(&giver, &asked, 0, "").await.unwrap().name;
        let _cities = [quanzhou, isfahan, yuxi];
        Self { giver, taker, witness, need, offer, commitment, _cities }
    }

    /// Waits until all three cities tell the same of the need, and it is this.
    async fn all_tell(&self, expected: impl Fn(&api::Coverage) -> bool) -> api::Coverage {
        let mut told = Vec::new();
        for desk in [&self.giver, &self.taker, &self.witness] {
            let covered = || deliveries::covered(desk, &self.need, &expected);
            told.push(eventually("the coverage that is expected", covered).await);
        }
        assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:#?}");
        told.remove(0)
    }
}

#[tokio::test]
async fn a_consignment_with_losses_is_counted_and_every_city_tells_the_same() {
    let world = Promise::of(80_000).await;
    let Promise { giver, taker, need, offer, commitment, .. } = &world;

    let planned = deliveries::plan(giver, commitment, 8_000).await.unwrap();
    let early = deliveries::dispatch(giver, &planned.name).await.unwrap_err();
    assert_eq!(early.code(), Code::FailedPrecondition, "{early}");
    assert!(early.message().contains("packing-list"), "{early}");
    let planned = deliveries::papers_ready(giver, &planned).await.unwrap();
    let sent = deliveries::dispatch(giver, &planned.name).await.unwrap();
    world.all_tell(|coverage| coverage.dispatched == 8_000).await;

    // Somebody forgot a zero.
    let silent = deliveries::recount(giver, &sent, 80_000, "").await.unwrap_err();
    assert_eq!(silent.code(), Code::InvalidArgument, "{silent}");
    let sent = deliveries::recount(giver, &sent, 80_000, "a zero was missing").await.unwrap();
    let under_way = world.all_tell(|coverage| coverage.dispatched == 80_000).await;
    assert_eq!(
        (under_way.transit_track(), under_way.fulfil_track()),
        (api::Track::Complete, api::Track::None)
    );
    assert_eq!(under_way.outstanding, Some(80_000), "what is under way has not arrived");

    deliveries::event(giver, &sent.name, record::EventType::CustomsHold).await.unwrap();
    deliveries::event(giver, &sent.name, record::EventType::Arrived).await.unwrap();
    eventually("the consignment to arrive", || deliveries::consignment_at(taker, &sent.name)).await;
    eventually("its count", || deliveries::count(taker, &sent.name, 79_840, 120, 40)).await;
    deliveries::thank(taker, &sent.name).await.unwrap();
    let counted = world.all_tell(|coverage| coverage.good == 79_840).await;
    assert_eq!((counted.damaged, counted.missing, counted.outstanding), (120, 40, Some(160)));
    assert_eq!(counted.fulfil_track(), api::Track::Partial);

    // What did not arrive in good order may be asked for anew, and no more than that.
    let over = acts::request(taker, need, offer, 161, "").await.unwrap_err();
    assert!(over.message().contains("160"), "{over}");
    acts::request(taker, need, offer, 160, "").await.unwrap();

    let told = async || {
        let consignment = deliveries::consignment_at(&world.witness, &sent.name).await?;
        if consignment.thanks.is_empty() || consignment.receipts.is_empty() {
            return Err(tonic::Status::not_found(format!("{consignment:?}")));
        }
        Ok(consignment)
    };
    let seen = eventually("receipt and thanks at the witness", told).await;
    let outcome = seen.outcomes[0];
    assert_eq!((outcome.good, outcome.damaged, outcome.missing), (79_840, 120, 40));
    let story = deliveries::history(giver, &sent.name).await.unwrap();
    let states: Vec<&str> = story.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["planned", "planned", "dispatched", "dispatched", "dispatched", "arrived"]);
    assert_eq!(story[3].1, "a zero was missing");
}

#[tokio::test]
async fn goods_go_back_to_their_promise_or_reopen_the_need_as_they_fare() {
    let world = Promise::of(100).await;
    let Promise { giver, commitment, offer, .. } = &world;

    let cancelled = deliveries::plan(giver, commitment, 100).await.unwrap();
    deliveries::cancel(giver, &cancelled.name).await.unwrap();
    let lost = deliveries::send(giver, commitment, 30).await.unwrap();
    let below = acts::release(giver, commitment, 29, "").await.unwrap_err();
    assert_eq!(below.code(), Code::FailedPrecondition, "{below}");
    let kept = acts::release(giver, commitment, 50, "").await.unwrap();
    assert_eq!(kept.record.unwrap().amount, 50, "a partial release keeps what has left");
    let over = deliveries::plan(giver, commitment, 21).await.unwrap_err();
    assert!(over.message().contains("20"), "{over}");

    deliveries::event(giver, &lost.name, record::EventType::Lost).await.unwrap();
    let told = world.all_tell(|coverage| coverage.lost == 30).await;
    assert_eq!((told.committed, told.dispatched, told.outstanding), (50, 30, Some(100)));
    let stock = acts::offer_at(giver, offer).await.unwrap();
    assert_eq!(stock.coverage[0].outstanding, Some(50), "what is lost is not in stock again");
}
