//! The matcher beside a real store, with a clock that stands still.

use std::sync::{Arc, Mutex};

use quince_core::domain::common::Common;
use quince_core::domain::freight::Freight;
use quince_core::domain::item::Catalogue;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::need::Urgency;
use quince_core::domain::terms::Terms;
use quince_core::domain::text::Words;
use quince_core::domain::time::When;
use quince_core::domain::{
    Amount, Audience, Codec, Commitment, CommitmentState, Instant, Kind, LineId, LineNumber, Malformed, Need,
    NeedLine, NeedState, Offer, OfferLine, OfferState, Positive, Quantity, Record, RecordId, RecordKind,
    Requisition, RequisitionState, Revision, Snapshot, Unit,
};
use quince_core::matching::{Epoch, Subject};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::advice::Home;
use super::pool::{Planned, Pool};
use super::{Advice, Filter, Matcher, MatcherError, MatcherHandle, Newest};
use crate::clock::Clock;
use crate::store::{Access, Database, Meta, NewRevision, Store, StoreConfig, Stored};

mod items;

/// Bodies name records that it remembers. A need on hold is damaged for it.
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
        match self.0.lock().unwrap()[place].clone() {
            Record::Need(need) if need.state == NeedState::OnHold => {
                Err(Malformed { field: "state".to_owned(), value: <_>::default(), expected: <_>::default() })
            }
            record => Ok(record),
        }
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

/// The same for the members of a group only.
fn grouped(stored: Stored) -> Stored {
    let audience = Audience::Group(Words::new("medics").unwrap());
    Stored { snapshot: Snapshot { audience, ..stored.snapshot }, ..stored }
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
    let Planned { plan, shown } = pool.plan(epoch);
    Advice { plan, shown, changed: 0, computed: now(), home: Home { handle: home, office: None }, catalogue }
}

/// Isfahan's pool without any record.
fn pool() -> Pool {
    Pool::new("isfahan".parse().unwrap(), Epoch::containing(now()), Arc::new(Catalogue::embedded()))
}

/// A handle on a matcher that has come so far and does no more, as long as its end is kept.
fn handle_on(newest: Newest) -> (MatcherHandle, watch::Sender<Newest>) {
    let ((end, follow), (_, progress)) = (watch::channel(newest), watch::channel(<_>::default()));
    (MatcherHandle::new(follow, progress, <_>::default(), Clock::stopped_at(now())), end)
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
    let (handle, end) = handle_on(Newest::default());
    // It has stopped, so nobody is kept waiting.
    drop(end);
    assert_eq!(handle.advice().await.unwrap_err(), MatcherError::NotReady);
}

#[tokio::test]
async fn who_asks_for_what_is_fresh_wakes_nobody_and_who_asks_for_what_is_stale_does() {
    let newest = Newest { advice: Some(Arc::new(advise("isfahan", Vec::new()))), failure: None };
    let (handle, _end) = handle_on(newest);
    let woken = async || {
        let soon = std::time::Duration::ZERO;
        tokio::time::timeout(soon, handle.demand.notified()).await.is_ok()
    };
    handle.advice().await.unwrap();
    assert!(!woken().await);
    handle.clock.set("2027-03-01T08:05:00Z".parse().unwrap());
    let asked = handle.clone();
    tokio::spawn(async move { asked.advice().await });
    handle.demand.notified().await;
}

#[tokio::test]
async fn where_matching_fails_the_caller_is_told_at_once_or_gets_the_last_advice_at_once() {
    let failure = Some("matching cannot read the records".to_owned());
    let (none, _end) = handle_on(Newest { advice: None, failure: failure.clone() });
    let expected = MatcherError::Failing("matching cannot read the records".to_owned());
    assert_eq!(none.advice().await.unwrap_err(), expected);
    let advice = Some(Arc::new(advise("isfahan", Vec::new())));
    let (stale, _end) = handle_on(Newest { advice, failure });
    stale.clock.set("2027-03-01T08:05:00Z".parse().unwrap());
    // It would be out of patience only after seconds.
    let began = tokio::time::Instant::now();
    stale.advice().await.unwrap();
    assert!(began.elapsed() < super::handle::PATIENCE);
}

#[tokio::test]
async fn a_damaged_record_is_passed_over_and_all_others_are_matched() {
    let office = Office::open().await;
    office.write(need(300)).await;
    office.write(Need { state: NeedState::OnHold, ..need(1) }).await;
    office.write(offer(500)).await;
    assert_eq!(office.amounts().await, [300]);
    assert_eq!(office.matcher.newest().failure, None);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_leaves_the_last_advice_and_its_age_and_is_told() {
    let office = Office::open().await;
    office.write(need(300)).await;
    office.write(offer(500)).await;
    assert_eq!(office.amounts().await, [300]);
    office.store.close().await;
    office.clock.set("2027-03-01T08:05:00Z".parse().unwrap());
    let advice = office.matcher.advice().await.unwrap();
    assert_eq!((advice.computed, advice.shown.suggestions().len()), (now(), 1));
    assert!(office.matcher.newest().failure.unwrap().contains("cannot read the records"));
}

#[test]
fn waits_after_failures_double_and_end_at_a_minute() {
    let waits: Vec<u64> =
        [1, 2, 3, 6, 7, 8, 40, u32::MAX].map(|n| super::worker::wait_after(n).as_secs()).into();
    assert_eq!(waits, [1, 2, 4, 32, 64, 64, 64, 64]);
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
    assert!(explanation.matches.iter().eq(recife.plan.suggestions()));
}

#[test]
fn a_page_goes_on_where_the_last_one_ended_also_if_something_came_before_it_meanwhile() {
    let records = || {
        vec![
            stored("quanzhou/5", need(10)),
            stored("quanzhou/6", offer(10)),
            stored("recife/5", need(10)),
            stored("recife/6", offer(10)),
        ]
    };
    let urgent = {
        let mut urgent = need(10);
        let line = NeedLine { urgency: Urgency::LIFE_SAVING, ..urgent.lines.iter().next().unwrap().clone() };
        urgent.lines = Lines::new(vec![line]).unwrap();
        urgent
    };
    let more = [stored("acre/5", urgent), stored("acre/6", offer(10))];
    let (before, after) =
        (advise("isfahan", records()), advise("isfahan", records().into_iter().chain(more).collect()));
    let all = before.list(&Filter::default(), None, 10);
    let first = &before.list(&Filter::default(), None, 1)[0];
    let rest = after.list(&Filter::default(), Some(first.place()), 10);
    let ids = |list: &[super::Suggestion]| list.iter().map(|one| one.matched.id).collect::<Vec<_>>();
    assert_eq!(ids(&rest), ids(&all[1..]));
    assert_eq!(after.shown.suggestions().len(), 3);
}

#[test]
fn on_what_all_members_hold_no_half_counts_that_only_a_group_holds() {
    let records = |half: fn(Stored) -> Stored| {
        let asked = requisition(line("isfahan/5"), line("quanzhou/5"), 100);
        vec![
            stored("isfahan/5", need(300)),
            stored("quanzhou/5", offer(500)),
            half(stored("isfahan/6", asked)),
            half(stored("quanzhou/6", hold(line("recife/9"), line("quanzhou/5"), 450))),
        ]
    };
    let amount = |advice: Advice| advice.plan.suggestions()[0].amount.get();
    assert_eq!(amount(advise("quanzhou", records(|half| half))), 50);
    assert_eq!(amount(advise("quanzhou", records(grouped))), 300);
}

#[test]
fn what_is_agreed_counts_the_same_in_whatever_order_its_records_arrive() {
    let mut answer = hold(line("isfahan/5"), line("quanzhou/5"), 60);
    answer.state = CommitmentState::Committed {
        amount: Positive::new(60).unwrap(),
        requisition: "isfahan/6".parse().unwrap(),
        reduced: <_>::default(),
    };
    let records = [
        stored("isfahan/5", need(300)),
        stored("quanzhou/5", offer(500)),
        stored("isfahan/6", requisition(line("isfahan/5"), line("quanzhou/5"), 100)),
        stored("quanzhou/6", answer),
    ];
    for turn in 0..24 {
        let (mut left, mut turn) = (records.to_vec(), turn);
        let mut order = Vec::new();
        while !left.is_empty() {
            order.push(left.remove(turn % left.len()));
            turn /= left.len() + 1;
        }
        let mut pool = pool();
        // A plan after each, so that each must say itself what it changes.
        let plans = order.into_iter().map(|record| {
            pool.take(record);
            pool.plan(Epoch::containing(now())).plan
        });
        let last = plans.last().unwrap();
        assert_eq!(last.suggestions()[0].amount.get(), 240);
    }
}

#[test]
fn halves_of_which_nothing_can_count_any_more_are_let_go() {
    let mut pool = pool();
    pool.take(stored("isfahan/6", requisition(line("isfahan/5"), line("quanzhou/5"), 100)));
    pool.take(stored("quanzhou/6", hold(line("isfahan/5"), line("quanzhou/5"), 450)));
    assert_eq!(pool.agreements(), 2);
    pool.take(stored("isfahan/5", Need { state: NeedState::Fulfilled, ..need(300) }));
    assert_eq!(pool.agreements(), 1, "the offer still counts what is held of it");
    pool.take(stored("quanzhou/5", Offer { state: OfferState::Closed, ..offer(500) }));
    assert_eq!(pool.agreements(), 0);
}
