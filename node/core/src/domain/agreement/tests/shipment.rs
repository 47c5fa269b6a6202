//! From promise to receipt: what may leave, what is counted, and what every reader makes of it.

use super::*;
use crate::domain::agreement::budget;
use crate::domain::agreement::counting::{self, CountingError, Tally, TallyLine};
use crate::domain::agreement::delivery::{Counted, Deliveries, Delivery};
use crate::domain::agreement::halves::pairs;
use crate::domain::agreement::shipment::{self, Counts, Plan, PlanLine, Promises, ShipmentError};
use crate::domain::agreement::stock::{StockError, settle};
use crate::domain::consignment::{
    Carriage, Consignment, ConsignmentState, Document, DocumentState, DocumentType, Event, EventType, Lot,
};
use crate::domain::coverage::{self, Coverage, Track};
use crate::domain::receipt::{Count, Receipt, ReceiptState};

/// The needy city asked for 60 of its 100 masks, and the giving city promised 60.
struct World {
    need: Snapshot<Need>,
    offer: Snapshot<Offer>,
    requisitions: Vec<Snapshot<Requisition>>,
    commitments: Vec<Snapshot<Commitment>>,
    consignments: Vec<Snapshot<Consignment>>,
    receipts: Vec<Snapshot<Receipt>>,
}

impl World {
    fn new() -> Self {
        Self {
            need: need(1, exactly(100)),
            offer: offer(1, exactly(100)),
            requisitions: vec![requisition(2, requested(60))],
            commitments: vec![commitment(10, committed(60, 2))],
            consignments: Vec::new(),
            receipts: Vec::new(),
        }
    }

    fn deliveries(&self) -> Deliveries {
        Deliveries::new(&self.consignments, &self.receipts)
    }

    fn without(&self, consignment: &RecordId) -> Deliveries {
        let others: Vec<_> = self.consignments.iter().filter(|one| one.id != *consignment).cloned().collect();
        Deliveries::new(&others, &self.receipts)
    }

    fn plan(&mut self, number: u64, n: i64) -> Result<(), ShipmentError> {
        let others = self.deliveries();
        let promises = Promises { commitments: &self.commitments, others: &others };
        let planned = shipment::plan(now(), plan_of(n), promises)?;
        self.consignments.push(snapshot(id(GIVER, number), planned));
        Ok(())
    }

    fn dispatch(&mut self, number: u64) -> Result<(), ShipmentError> {
        let others = self.without(&id(GIVER, number));
        let promises = Promises { commitments: &self.commitments, others: &others };
        let planned = &self.consignment(number).record;
        let sent = shipment::dispatch(now(), planned, happened(EventType::Dispatched), None, promises)?;
        self.put(number, sent);
        Ok(())
    }

    fn correct(&mut self, number: u64, n: i64, reason: Option<Reason>) -> Result<(), ShipmentError> {
        let others = self.without(&id(GIVER, number));
        let promises = Promises { commitments: &self.commitments, others: &others };
        let old = &self.consignment(number).record;
        let corrected = shipment::correct(now(), old, plan_of(n), reason, promises, &self.counts(number))?;
        self.put(number, corrected);
        Ok(())
    }

    fn event(&mut self, number: u64, event: EventType) -> Result<(), ShipmentError> {
        let old = &self.consignment(number).record;
        let moved = shipment::enter(now(), old, happened(event), &self.counts(number))?;
        self.put(number, moved);
        Ok(())
    }

    /// What the receiver has counted of a consignment.
    fn counts(&self, number: u64) -> Counts {
        let consignment = self.consignment(number);
        let counted = Counted::new(&self.receipts);
        let lines = consignment.record.lines.iter();
        lines.filter_map(|line| Some((line.line, counted.of_line(consignment, line)?))).collect()
    }

    /// What follows by itself on the giving city's line.
    fn settle(&mut self) -> Vec<String> {
        let deliveries = self.deliveries();
        let (own, asked) = (&self.commitments, &self.requisitions);
        let written = settle(now(), &self.offer, line(1), own, asked, &[].into(), &deliveries);
        for step in &written {
            if let Written::Revised(id, record) = step {
                self.commitments.iter_mut().find(|one| one.id == *id).unwrap().record = record.clone();
            }
        }
        written.iter().map(told).collect()
    }

    /// Sends so much, whole.
    fn send(&mut self, number: u64, n: i64) {
        self.plan(number, n).unwrap();
        self.dispatch(number).unwrap();
    }

    fn count(&mut self, number: u64, of: u64, count: Count, complete: bool) -> Result<(), CountingError> {
        let consignment = self.consignment(of).clone();
        let written = self.receipts.iter().find(|one| one.record.consignment == consignment.id);
        let tally = tally(count, complete);
        let common = Common::new(now());
        let receipt = counting::record(now(), &handle(NEEDY), &consignment, written, common, tally)?;
        self.receipts.push(snapshot(id(NEEDY, number), receipt));
        Ok(())
    }

    fn consignment(&self, number: u64) -> &Snapshot<Consignment> {
        self.consignments.iter().find(|one| one.id == id(GIVER, number)).unwrap()
    }

    fn put(&mut self, number: u64, record: Consignment) {
        self.consignments.iter_mut().find(|one| one.id == id(GIVER, number)).unwrap().record = record;
    }

    fn of_need(&self) -> Coverage {
        let deliveries = self.deliveries();
        coverage::of_need_line(&self.need, line(1), &self.requisitions, &self.commitments, &deliveries)
            .unwrap()
    }

    fn of_offer(&self) -> Coverage {
        let deliveries = self.deliveries();
        coverage::of_offer_line(&self.offer, line(1), &self.requisitions, &self.commitments, &deliveries)
            .unwrap()
    }

    /// What the need's owner may ask for anew.
    fn lacks(&self) -> i64 {
        let deliveries = self.deliveries();
        let own = pairs(&self.requisitions, &self.commitments, &deliveries);
        let need_line = self.need.record.lines.get(line(1)).unwrap();
        budget::lacks(&self.need.line_id(line(1)), need_line, &own).amount().unwrap().get()
    }
}

fn plan_of(n: i64) -> Plan {
    let line = PlanLine {
        line: line(1),
        commitment: Number::new(10).unwrap(),
        amount: Positive::new(n).ok(),
        lots: List::default(),
        consignees: List::default(),
        note: None,
    };
    Plan {
        common: Common::new(now()),
        title: Title::default(),
        description: Description::default(),
        lines: vec![line],
        carriage: Carriage::default(),
        documents: List::default(),
    }
}

fn happened(event_type: EventType) -> Event {
    Event { event_type, when: When::default(), place: None, note: None }
}

fn counted(good: i64, damaged: i64, missing: i64, refused: i64, surplus: i64) -> Count {
    Count {
        good: amount(good),
        damaged: amount(damaged),
        missing: amount(missing),
        refused: amount(refused),
        surplus: amount(surplus),
    }
}

fn tally(count: Count, complete: bool) -> Tally {
    let lines = vec![TallyLine { line: line(1), count, note: None }];
    Tally { lines, received: When::default(), received_at: None, note: None, complete }
}

#[test]
fn of_a_promise_no_more_leaves_than_was_promised_however_it_is_split() {
    let mut world = World::new();
    world.plan(20, 40).unwrap();
    let over = world.plan(21, 21).unwrap_err();
    assert_eq!(
        over.to_string(),
        "21 of commitment quanzhou/10 would be sent, expected at most the 20 promised and not yet sent"
    );
    world.plan(21, 0).unwrap();
    assert_eq!(world.consignment(21).record.lines.get(line(1)).unwrap().amount.get(), 20, "all that is left");
    world.dispatch(20).unwrap();
    world.dispatch(21).unwrap();
    assert!(matches!(world.plan(22, 1), Err(ShipmentError::TooMuch { .. })));
    assert_eq!(world.of_need().delivery.dispatched, amount(60));
}

#[test]
fn what_is_not_promised_does_not_leave() {
    let table = [
        (held(60), "commitment quanzhou/10 is held, expected committed"),
        (declined(2, ReasonCode::Other), "commitment quanzhou/10 is declined, expected committed"),
        (released(Some(2), 0), "commitment quanzhou/10 is released, expected committed"),
    ];
    for (state, expected) in table {
        let mut world = World::new();
        world.commitments = vec![commitment(10, state)];
        assert_eq!(world.plan(20, 1).unwrap_err().to_string(), expected);
    }
    let mut world = World::new();
    world.commitments = vec![commitment(11, committed(60, 2))];
    assert_eq!(world.plan(20, 1), Err(ShipmentError::NoSuchCommitment(Number::new(10).unwrap())));
}

#[test]
fn a_promise_that_shrank_after_the_plan_stops_the_dispatch() {
    let mut world = World::new();
    world.plan(20, 60).unwrap();
    world.commitments = vec![commitment(10, committed(59, 2))];
    assert!(matches!(world.dispatch(20), Err(ShipmentError::TooMuch { .. })));
    assert_eq!(world.consignment(20).record.state, ConsignmentState::Planned);
}

#[test]
fn a_consignment_waits_for_its_required_documents_unless_somebody_says_why_not() {
    let mut world = World::new();
    let document = Document {
        document_type: DocumentType::PackingList,
        state: DocumentState::Required,
        reference: None,
        note: None,
    };
    world.plan(20, 60).unwrap();
    let mut planned = world.consignment(20).record.clone();
    planned.documents = List::new(vec![document]).unwrap();
    let refused = planned.dispatch(now(), happened(EventType::Dispatched), None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "document packing-list is required and not ready, expected it ready or waived"
    );
    let waived = planned.dispatch(now(), happened(EventType::Dispatched), Some(because())).unwrap();
    assert_eq!((waived.state, waived.documents_waived), (ConsignmentState::Dispatched, Some(because())));
}

#[test]
fn a_consignment_moves_only_along_its_way() {
    use ConsignmentState::{Arrived, Cancelled, Closed, Dispatched, Diverted, Lost, Planned, Returned};
    use EventType as E;
    #[rustfmt::skip]
    let table = [
        // from        hub   arrived        closed        returned        diverted        lost        cancel
        (Planned,    [Some(Planned), None, None, None, None, None], true),
        (Dispatched, [Some(Dispatched), Some(Arrived), None, Some(Returned), Some(Diverted), Some(Lost)], false),
        (Arrived,    [Some(Arrived), None, Some(Closed), Some(Returned), Some(Diverted), Some(Lost)], false),
        (Closed,     [Some(Closed), None, None, None, None, None], false),
        (Cancelled,  [None, None, None, None, None, None], false),
        (Lost,       [Some(Lost), None, None, None, None, None], false),
    ];
    for (from, to, cancels) in table {
        let mut world = World::new();
        world.plan(20, 60).unwrap();
        let consignment = Consignment { state: from, ..world.consignment(20).record.clone() };
        let moved = [E::Hub, E::Arrived, E::Closed, E::Returned, E::Diverted, E::Lost]
            .map(|event| consignment.add_event(now(), happened(event)).ok().map(|moved| moved.state));
        assert_eq!(moved, to, "{from}");
        assert_eq!(consignment.cancel(now(), because()).is_ok(), cancels, "{from}");
        for verb in [E::Dispatched, E::Cancelled] {
            assert!(consignment.add_event(now(), happened(verb)).is_err(), "{from}: {verb} has its own verb");
        }
    }
}

#[test]
fn every_reader_adds_up_the_same_whatever_became_of_the_goods() {
    type Act = fn(&mut World);
    type Case = (&'static str, Act, (i64, i64, i64, i64), (Track, Track), i64);
    use Track::{None as Nothing, Partial};
    let nothing: Act = |_| {};
    let planned: Act = |world| world.plan(20, 60).unwrap();
    let sent: Act = |world| world.send(20, 60);
    let part_sent: Act = |world| world.send(20, 25);
    let received: Act = |world| {
        world.send(20, 60);
        world.count(30, 20, counted(60, 0, 0, 0, 0), true).unwrap();
    };
    let with_losses: Act = |world| {
        world.send(20, 60);
        world.count(30, 20, counted(44, 12, 0, 0, 5), true).unwrap();
    };
    let partly_counted: Act = |world| {
        world.send(20, 60);
        world.count(30, 20, counted(30, 0, 0, 0, 0), false).unwrap();
    };
    let lost: Act = |world| {
        world.send(20, 60);
        world.event(20, EventType::Lost).unwrap();
    };
    let came_back: Act = |world| {
        world.send(20, 60);
        world.event(20, EventType::Returned).unwrap();
    };
    let cancelled: Act = |world| {
        world.plan(20, 60).unwrap();
        let cancelled = world.consignment(20).record.cancel(now(), because()).unwrap();
        world.put(20, cancelled);
    };
    #[rustfmt::skip]
    let table: [Case; 10] = [
        //                          dispatched, lost, good, outstanding; transit, fulfil; lacks
        ("promised",       nothing,        (0, 0, 0, 100),  (Nothing, Nothing), 40),
        ("planned",        planned,        (0, 0, 0, 100),  (Nothing, Nothing), 40),
        ("part sent",      part_sent,      (25, 0, 0, 100), (Partial, Nothing), 40),
        ("sent",           sent,           (60, 0, 0, 100), (Partial, Nothing), 40),
        ("received",       received,       (60, 0, 60, 40), (Partial, Partial), 40),
        // 12 damaged and 4 missing are lacking again; 5 too many arrived.
        ("with losses",    with_losses,    (60, 0, 44, 51), (Partial, Partial), 56),
        ("partly counted", partly_counted, (60, 0, 30, 70), (Partial, Partial), 40),
        ("lost",           lost,           (60, 60, 0, 100), (Partial, Nothing), 100),
        ("came back",      came_back,      (0, 0, 0, 100),  (Nothing, Nothing), 40),
        ("cancelled",      cancelled,      (0, 0, 0, 100),  (Nothing, Nothing), 40),
    ];
    for (why, act, figures, tracks, lacks) in table {
        let mut world = World::new();
        act(&mut world);
        let of_need = world.of_need();
        let Delivery { dispatched, lost, count, .. } = of_need.delivery;
        let seen = (dispatched.get(), lost.get(), count.good.get(), of_need.outstanding.unwrap().get());
        assert_eq!(seen, figures, "{why}");
        assert_eq!((of_need.transit, of_need.fulfil), tracks, "{why}");
        assert_eq!(world.lacks(), lacks, "{why}");
        // Whatever became of the goods, the stock stays promised: what is lost is gone, what came back can be sent again.
        assert_eq!(world.of_offer().outstanding, Some(amount(40)), "{why}");
        assert_eq!(world.of_offer().delivery, of_need.delivery, "{why}");
    }
}

#[test]
fn what_came_back_or_never_left_can_be_sent_again_and_what_is_lost_cannot() {
    let mut world = World::new();
    world.send(20, 60);
    world.event(20, EventType::Returned).unwrap();
    world.send(21, 60);
    world.event(21, EventType::Lost).unwrap();
    assert!(matches!(world.plan(22, 1), Err(ShipmentError::TooMuch { .. })));
}

#[test]
fn a_promise_is_given_back_only_as_far_as_it_has_not_been_shipped() {
    let mut world = World::new();
    world.send(20, 25);
    let deliveries = world.deliveries();
    let stock = Stock::new(&world.offer, line(1), &world.commitments, &deliveries).unwrap();
    let release = |keep| stock.release(now(), &id(GIVER, 10), amount(keep), ReasonCode::Other, None);
    assert_eq!(release(24), Err(StockError::KeepsTooLittle { keep: amount(24), shipped: amount(25) }));
    assert_eq!(told(&release(25).unwrap()), "10 committed 25 other");
}

#[test]
fn a_withdrawal_after_the_dispatch_takes_back_only_what_has_not_left() {
    let mut world = World::new();
    world.send(20, 25);
    world.requisitions = vec![requisition(2, withdrawn(60))];
    let deliveries = world.deliveries();
    let (own, asked) = (&world.commitments, &world.requisitions);
    let written = settle(now(), &world.offer, line(1), own, asked, &[].into(), &deliveries);
    assert_eq!(
        written.iter().map(told).collect::<Vec<_>>(),
        ["10 released 25 withdrawn_by_requester"],
        "what left stays counted"
    );
}

#[test]
fn a_correction_after_the_dispatch_needs_a_reason_and_stays_within_the_promise() {
    let mut world = World::new();
    world.send(20, 8);
    let silent = world.correct(20, 60, None).unwrap_err();
    assert_eq!(silent.to_string(), "consignment is published and its lines change, expected a reason");
    assert!(matches!(world.correct(20, 61, Some(because())), Err(ShipmentError::TooMuch { .. })));
    world.correct(20, 60, Some(because())).unwrap();
    assert_eq!(world.consignment(20).record.state, ConsignmentState::Dispatched);
    assert_eq!(world.of_need().delivery.dispatched, amount(60));
}

#[test]
fn a_complete_receipt_accounts_for_everything_and_no_receipt_for_more() {
    let mut world = World::new();
    world.send(20, 60);
    let over = world.count(30, 20, counted(58, 3, 0, 0, 0), false).unwrap_err();
    assert_eq!(
        over.to_string(),
        "61 of line 1 is accounted for, expected at most the 60 that was dispatched"
    );
    world.count(30, 20, counted(44, 12, 0, 0, 0), true).unwrap();
    let receipt = &world.receipts[0].record;
    assert_eq!(receipt.state, ReceiptState::Complete);
    assert_eq!(receipt.lines.get(line(1)).unwrap().count, counted(44, 12, 4, 0, 0), "the rest is missing");
    let again = world.count(31, 20, counted(1, 0, 0, 0, 0), false).unwrap_err();
    assert!(matches!(again, CountingError::Counted { .. }));
}

#[test]
fn counting_may_go_on_and_a_complete_count_changes_only_with_a_reason() {
    let mut world = World::new();
    world.send(20, 60);
    world.count(30, 20, counted(30, 0, 0, 0, 0), false).unwrap();
    let consignment = world.consignment(20).clone();
    let partial = world.receipts[0].clone();
    assert_eq!(partial.record.state, ReceiptState::Partial);
    let all = tally(counted(60, 0, 0, 0, 0), false);
    let complete = counting::correct(now(), &partial, &consignment, all.clone(), None).unwrap();
    assert_eq!(complete.state, ReceiptState::Complete, "nothing is left to count");
    let complete = snapshot(partial.id.clone(), complete);
    assert!(counting::correct(now(), &complete, &consignment, all.clone(), None).is_err());
    assert!(counting::correct(now(), &complete, &consignment, all, Some(because())).is_ok());
}

#[test]
fn nobody_counts_what_has_not_left_or_is_for_somebody_else() {
    let mut world = World::new();
    world.plan(20, 60).unwrap();
    let early = world.count(30, 20, counted(1, 0, 0, 0, 0), false).unwrap_err();
    assert!(matches!(early, CountingError::NotDispatched { .. }));
    world.dispatch(20).unwrap();
    let consignment = world.consignment(20).clone();
    let stranger = handle("bergamo");
    let tally = tally(counted(1, 0, 0, 0, 0), false);
    let foreign = counting::record(now(), &stranger, &consignment, None, Common::new(now()), tally);
    assert_eq!(foreign, Err(CountingError::NotForUs(consignment.id)));
}

#[test]
fn what_others_write_about_a_delivery_moves_no_figure() {
    let mut world = World::new();
    world.send(20, 60);
    world.count(30, 20, counted(60, 0, 0, 0, 0), true).unwrap();
    let honest = world.of_need();
    // A stranger counts it, a second receipt of the receiver contradicts it, and a stranger sends in the giver's name.
    let mut forged = world.receipts[0].clone();
    forged.id = id("bergamo", 1);
    forged.record.lines = Lines::new(vec![{
        let mut line = forged.record.lines.get(line(1)).unwrap().clone();
        line.count = counted(0, 60, 0, 0, 0);
        line
    }])
    .unwrap();
    let mut second = forged.clone();
    second.id = id(NEEDY, 99);
    let mut stray = world.consignments[0].clone();
    stray.id = id("bergamo", 2);
    world.receipts.insert(0, second);
    world.receipts.insert(0, forged);
    world.consignments.insert(0, stray);
    assert_eq!(world.of_need(), honest);
    // Lines that do not agree with the promise count for nothing.
    let mut odd = world.consignments[1].clone();
    odd.id = id(GIVER, 40);
    odd.record.lines = Lines::new(vec![{
        let mut line = odd.record.lines.get(line(1)).unwrap().clone();
        line.need_line = id(NEEDY, 7).line(super::line(1));
        line
    }])
    .unwrap();
    world.consignments.push(odd);
    assert_eq!(world.of_need(), honest);
}

#[test]
fn what_a_receiver_has_in_good_order_did_not_come_back_and_was_not_lost() {
    for event in [EventType::Returned, EventType::Lost, EventType::Diverted] {
        let mut world = World::new();
        world.send(20, 60);
        world.count(30, 20, counted(45, 15, 0, 0, 0), true).unwrap();
        let refused = world.event(20, event).unwrap_err();
        assert_eq!(refused, ShipmentError::Received { line: line(1), good: amount(45) }, "{event}");
        // Written all the same, by a node that did not know the count, or did not care.
        let written = world.consignment(20).record.add_event(now(), happened(event)).unwrap();
        world.put(20, written);
        let of_need = world.of_need();
        assert_eq!(of_need.delivery.count, counted(45, 0, 0, 0, 0), "{event}");
        assert_eq!(of_need.outstanding, Some(amount(55)), "{event}");
        assert!(
            matches!(world.plan(21, 16), Err(ShipmentError::TooMuch { .. })),
            "{event}: 45 are there already"
        );
    }
}

#[test]
fn a_correction_leaves_what_was_counted() {
    let mut world = World::new();
    world.send(20, 60);
    world.count(30, 20, counted(40, 5, 0, 0, 0), true).unwrap();
    let lowered = world.correct(20, 44, Some(because())).unwrap_err();
    assert_eq!(lowered, ShipmentError::Counted { line: line(1), found: amount(45) });
    // Only 50 had left: of what was counted missing, ten were never sent.
    world.correct(20, 50, Some(because())).unwrap();
    assert_eq!(world.of_need().delivery.count, counted(40, 5, 5, 0, 0));
    assert_eq!(world.lacks(), 50, "60 promised, 10 of them damaged or missing");
}

#[test]
fn a_released_promise_whose_goods_come_back_is_free_again_and_sends_nothing_more() {
    let mut world = World::new();
    world.send(20, 25);
    world.plan(21, 10).unwrap();
    world.requisitions = vec![requisition(2, withdrawn(60))];
    assert_eq!(world.settle(), ["10 released 25 withdrawn_by_requester"]);
    let planned = world.dispatch(21).unwrap_err();
    assert!(matches!(planned, ShipmentError::NotCommitted { .. }), "it was withdrawn before it left");
    world.event(20, EventType::Returned).unwrap();
    assert_eq!(world.settle(), ["10 released 0 withdrawn_by_requester"]);
    assert!(world.settle().is_empty());
    assert_eq!((world.of_offer().outstanding, world.lacks()), (Some(amount(100)), 100));
    assert!(matches!(world.plan(22, 1), Err(ShipmentError::NotCommitted { .. })));
}

#[test]
fn a_supplier_that_claims_to_have_sent_more_than_it_promised_moves_no_figure_beyond_that() {
    let mut world = World::new();
    world.requisitions.push(requisition(3, requested(60)));
    world.commitments.push(commitment(11, committed(60, 3)));
    world.send(20, 60);
    let honest = world.of_need();
    assert_eq!(honest.over_cover, amount(20));
    let mut inflated = world.consignments[0].clone();
    inflated.record.lines = Lines::new(vec![{
        let mut line = inflated.record.lines.get(line(1)).unwrap().clone();
        line.amount = some(1_000_000);
        line
    }])
    .unwrap();
    world.consignments[0] = inflated;
    assert_eq!(world.of_need().delivery.dispatched, amount(60));
    world.consignments[0].record.state = ConsignmentState::Lost;
    let lost = world.of_need();
    assert_eq!(
        (lost.delivery.lost, lost.over_cover),
        (amount(60), amount(0)),
        "60 promised and lost, 60 stand"
    );
    assert_eq!(world.lacks(), 40);
}

#[test]
fn a_need_that_ends_withdraws_nothing_that_was_delivered() {
    let mut world = World::new();
    world.send(20, 60);
    let withdrawn = |world: &World| {
        let deliveries = world.deliveries();
        let own = pairs(&world.requisitions, &world.commitments, &deliveries);
        budget::withdraw_for_ended_need(now(), &world.need.id, &own, &because()).len()
    };
    assert_eq!(withdrawn(&world), 0);
    world.correct(20, 59, Some(because())).unwrap();
    assert_eq!(withdrawn(&world), 1, "one piece is still to come");
}

#[test]
fn lots_and_consignees_share_at_most_what_is_in_the_line() {
    let mut plan = plan_of(10);
    let lot = |n| Lot { number: None, expires: None, amount: Positive::new(n).ok() };
    plan.lines[0].lots = List::new(vec![lot(6), lot(5)]).unwrap();
    let world = World::new();
    let others = world.deliveries();
    let promises = Promises { commitments: &world.commitments, others: &others };
    let fault = shipment::plan(now(), plan, promises).unwrap_err();
    assert_eq!(fault.to_string(), "lines[0].lots is \"11\", expected at most the 10 of the line together");
}
