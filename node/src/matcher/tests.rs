//! The matcher beside a real store, with a clock that stands still.

use std::sync::{Arc, Mutex};

use quince_core::domain::common::Common;
use quince_core::domain::freight::Freight;
use quince_core::domain::item::Catalogue;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::need::Urgency;
use quince_core::domain::terms::Terms;
use quince_core::domain::time::When;
use quince_core::domain::{
    Amount, Audience, Codec, Commitment, CommitmentState, Instant, Kind, LineId, LineNumber, Malformed, Need,
    NeedLine, NeedState, Offer, OfferLine, OfferState, Positive, Quantity, Record, RecordId, RecordKind,
    Requisition, RequisitionState, Revision, Snapshot, Unit,
};
use quince_core::matching::{Epoch, Subject};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::advice::Home;
use super::pool::Pool;
use super::{Advice, Filter, Matcher, MatcherError, MatcherHandle};
use crate::clock::Clock;
use crate::store::{Access, Database, Meta, NewRevision, Store, StoreConfig, Stored};

/// Bodies name records that it remembers.
#[derive(Default)]
struct Remembering(Mutex<Vec<Record>>);

impl Codec for Remembering {
    fn encode(&self, record: &Record) -> Vec<u8> {
        let mut known = self.0.lock().unwrap();
        known.push(record.clone());
        (known.len() - 1).to_string().into_bytes()
    }

    fn decode(&self, _: RecordKind, body: &[u8]) -> Result<Record, Malformed> {
        let place: usize = std::str::from_utf8(body).unwrap().parse().unwrap();
        Ok(self.0.lock().unwrap()[place].clone())
    }
}

fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

/// Isfahan's office with a running matcher.
struct Office {
    store: Store,
    clock: Clock,
    matcher: MatcherHandle,
    _stop: tokio_util::sync::DropGuard,
    _dir: TempDir,
}

impl Office {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            data_dir: dir.path().to_owned(),
            database: Database::Sqlite,
            access: Access::Node,
            fresh_token: [1; 16],
        };
        let store = Store::open(config, Arc::new(Remembering::default())).await.unwrap();
        let mut tx = store.begin_write().await.unwrap();
        tx.put_meta(Meta::Handle, b"isfahan").await.unwrap();
        tx.put_meta(Meta::NodeId, &[1; 32]).await.unwrap();
        tx.commit().await.unwrap();
        let (clock, stop) = (Clock::stopped_at(now()), CancellationToken::new());
        let home = "isfahan".parse().unwrap();
        let (worker, matcher) =
            Matcher::new(store.clone(), clock.clone(), home, Arc::new(Catalogue::embedded()));
        tokio::spawn(worker.run(stop.clone()));
        Self { store, clock, matcher, _stop: stop.drop_guard(), _dir: dir }
    }

    async fn write(&self, record: impl Into<Record>) -> RecordId {
        let mut tx = self.store.begin_write().await.unwrap();
        let number = tx.allocate_number().await.unwrap();
        let id = RecordId::new("isfahan".parse().unwrap(), number);
        tx.append(revision(&id, 1, record), now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn rewrite(&self, id: &RecordId, record: impl Into<Record>) {
        let mut tx = self.store.begin_write().await.unwrap();
        tx.append(revision(id, 2, record), now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn amounts(&self) -> Vec<i64> {
        let advice = self.matcher.advice().await.unwrap();
        advice.plan.suggestions().iter().map(|one| one.amount.get()).collect()
    }
}

fn revision(id: &RecordId, revision: u64, record: impl Into<Record>) -> NewRevision {
    NewRevision {
        number: id.number,
        revision: Revision::new(revision).unwrap(),
        audience: Audience::Federation,
        record: record.into(),
        holder: "layla".to_owned(),
    }
}

fn one() -> LineNumber {
    LineNumber::new(1).unwrap()
}

fn pieces(amount: i64) -> Quantity {
    Quantity::exact(Amount::new(amount).unwrap(), Unit::Piece)
}

fn need(amount: i64) -> Need {
    let line = NeedLine {
        line: one(),
        kind: Kind::Goods,
        item: "mask.surgical.iir".parse().unwrap(),
        attributes: List::default(),
        quantity: pieces(amount),
        urgency: Urgency::new(2).unwrap(),
        needed: When::default(),
        deliver_to: None,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: <_>::default(),
        note: None,
    };
    Need {
        common: Common::new(now()),
        state: NeedState::Open,
        title: <_>::default(),
        description: <_>::default(),
        lines: Lines::new(vec![line]).unwrap(),
    }
}

fn offer(amount: i64) -> Offer {
    let line = OfferLine {
        line: one(),
        kind: Kind::Goods,
        item: "mask.surgical.iir".parse().unwrap(),
        attributes: List::default(),
        quantity: pieces(amount),
        available: When::default(),
        available_at: None,
        deliver_to: None,
        freight: Freight::default(),
        expires: None,
        min_lot: Amount::ZERO,
        earmarked_for: List::default(),
        excluded: List::default(),
        terms: Terms::default(),
        note: None,
    };
    Offer {
        common: Common::new(now()),
        state: OfferState::Open,
        title: <_>::default(),
        description: <_>::default(),
        lines: Lines::new(vec![line]).unwrap(),
        confirmed: now(),
    }
}

fn requisition(need_line: LineId, offer_line: LineId, amount: i64) -> Requisition {
    Requisition {
        common: Common::new(now()),
        state: RequisitionState::Requested { amount: Positive::new(amount).unwrap(), hold: None },
        need_line,
        offer_line,
        unit: Unit::Piece,
        terms: Terms::default(),
        accept_short_dated: false,
    }
}

fn hold(need_line: LineId, offer_line: LineId, amount: i64) -> Commitment {
    let amount = Positive::new(amount).unwrap();
    Commitment {
        common: Common::new(now()),
        state: CommitmentState::Held { amount, until: now() },
        need_line,
        offer_line,
        unit: Unit::Piece,
        terms: Terms::default(),
        offer_revision: Revision::FIRST,
        line_amount: amount.amount(),
        reserved_after: amount.amount(),
    }
}

fn stored(id: &str, record: impl Into<Record>) -> Stored {
    let (id, audience) = (id.parse().unwrap(), Audience::Federation);
    let snapshot = Snapshot { id, revision: Revision::FIRST, audience, record: record.into() };
    Stored { snapshot, published: true, contested: false, changed: 1 }
}

fn line(id: &str) -> LineId {
    id.parse::<RecordId>().unwrap().line(one())
}

/// What the node `home` advises on these records.
fn advise(home: &str, records: Vec<Stored>) -> Advice {
    let (catalogue, epoch) = (Arc::new(Catalogue::embedded()), Epoch::containing(now()));
    let home: quince_core::domain::Handle = home.parse().unwrap();
    let mut pool = Pool::new(home.clone(), epoch, catalogue.clone());
    records.into_iter().for_each(|record| pool.take(record));
    Advice::new(pool.plan(epoch), None, 0, Home { handle: home, office: None }, catalogue)
}

#[tokio::test]
async fn advice_asked_for_after_a_write_knows_the_write() {
    let office = Office::open().await;
    assert!(office.amounts().await.is_empty());
    let need_id = office.write(need(300)).await;
    let offer_id = office.write(offer(500)).await;
    assert_eq!(office.amounts().await, [300]);
    office.write(requisition(need_id.line(one()), offer_id.line(one()), 100)).await;
    assert_eq!(office.amounts().await, [200]);
    office.write(hold(line("quanzhou/9"), offer_id.line(one()), 450)).await;
    assert_eq!(office.amounts().await, [50]);
    office.rewrite(&offer_id, Offer { state: OfferState::Closed, ..offer(500) }).await;
    assert!(office.amounts().await.is_empty());
}

#[tokio::test]
async fn a_new_epoch_makes_a_new_plan_also_when_the_clock_is_set_back() {
    let office = Office::open().await;
    for time in ["2027-03-01T08:05:00Z", "2027-03-01T07:00:00Z"] {
        office.clock.set(time.parse().unwrap());
        let advice = office.matcher.advice().await.unwrap();
        assert_eq!(advice.plan.epoch.begin(), time.parse().unwrap());
    }
}

#[tokio::test]
async fn without_any_plan_the_caller_is_told_so() {
    let follow = tokio::sync::watch::channel(None).1;
    let handle = MatcherHandle {
        newest: follow,
        progress: tokio::sync::watch::channel(<_>::default()).1,
        demand: <_>::default(),
        clock: Clock::stopped_at(now()),
    };
    assert_eq!(handle.advice().await.unwrap_err(), MatcherError::NotReady);
}

#[test]
fn strangers_halves_count_neither_on_a_need_nor_on_an_offer() {
    let records = vec![
        stored("isfahan/5", need(300)),
        stored("quanzhou/5", offer(500)),
        stored("recife/6", requisition(line("isfahan/5"), line("quanzhou/5"), 300)),
        stored("recife/7", hold(line("isfahan/5"), line("quanzhou/5"), 500)),
    ];
    let advice = advise("isfahan", records);
    assert_eq!(advice.plan.suggestions()[0].amount.get(), 300);
}

#[test]
fn this_citys_suggestions_are_listed_first_and_every_page_goes_on_where_the_last_one_ended() {
    let records = vec![
        stored("quanzhou/5", need(10)),
        stored("quanzhou/6", offer(10)),
        stored("isfahan/5", need(10)),
        stored("recife/5", offer(10)),
        stored("recife/6", need(10)),
        stored("recife/7", offer(10)),
    ];
    let advice = advise("isfahan", records);
    let whole = advice.list(&Filter::default(), None, 10);
    assert_eq!(whole.iter().map(|one| one.mine).collect::<Vec<_>>(), [true, false, false]);
    let mut paged = Vec::new();
    while let [next] = &advice.list(&Filter::default(), paged.last().map(super::Suggestion::place), 1)[..] {
        paged.push(next.clone());
    }
    assert_eq!(paged, whole);
    let mine = advice.list(&Filter { mine_only: true, ..Filter::default() }, None, 10);
    assert_eq!(mine, whole[..1]);
    let of_offer = Filter { offer: Some("recife/7".parse().unwrap()), ..Filter::default() };
    assert!(advice.list(&of_offer, None, 10).iter().all(|one| one.matched.offer_line == line("recife/7")));
}

#[test]
fn every_node_computes_the_same_plan_and_explains_it() {
    let records =
        || vec![stored("quanzhou/5", need(10)), stored("isfahan/5", offer(4)), stored("recife/5", offer(3))];
    let (isfahan, recife) = (advise("isfahan", records()), advise("recife", records()));
    assert_eq!(isfahan.plan, recife.plan);
    let explanation = recife.explain(&Subject::Need(line("quanzhou/5")));
    assert_eq!(explanation.matches, recife.plan.suggestions());
}
