//! What waits for whom.

use super::*;
use crate::domain::commitment::ReasonCode as Why;
use crate::domain::consignment::Consignment;
use crate::domain::offer::STALE_AFTER;
use crate::domain::receipt::Receipt;
use crate::domain::todo::{View, todos};

#[derive(Default)]
struct World {
    needs: Vec<Snapshot<Need>>,
    offers: Vec<Snapshot<Offer>>,
    requisitions: Vec<Snapshot<Requisition>>,
    commitments: Vec<Snapshot<Commitment>>,
    consignments: Vec<Snapshot<Consignment>>,
    receipts: Vec<Snapshot<Receipt>>,
}

impl World {
    fn desk_of(&self, own: &str, now: Instant) -> Vec<String> {
        let Self { needs, offers, requisitions, commitments, consignments, receipts } = self;
        let view = View { needs, offers, requisitions, commitments, consignments, receipts };
        let todos = todos(now, &handle(own), view);
        todos.iter().map(|todo| format!("{} {}", todo.kind, todo.record)).collect()
    }
}

fn need_of_urgency(number: u64, tier: u32) -> Snapshot<Need> {
    let mut need = need(number, exactly(100));
    let line =
        NeedLine { urgency: Urgency::new(tier).unwrap(), ..need.record.lines.get(line(1)).unwrap().clone() };
    need.record.lines = Lines::new(vec![line]).unwrap();
    need
}

fn asked_for(number: u64, need: u64) -> Snapshot<Requisition> {
    let mut asked = requisition(number, requested(1));
    asked.record.need_line = id(NEEDY, need).line(line(1));
    asked
}

#[test]
fn requisitions_wait_for_the_supplier_the_most_urgent_first_then_as_they_arrived() {
    let needs = vec![need_of_urgency(1, 3), need_of_urgency(2, 1), need_of_urgency(3, 3)];
    let requisitions = vec![asked_for(13, 3), asked_for(11, 1), asked_for(12, 2), asked_for(14, 99)];
    let world = World { needs, requisitions, ..World::default() };
    let expected =
        ["isfahan/12", "isfahan/13", "isfahan/11", "isfahan/14"].map(|r| format!("answer_requisition {r}"));
    assert_eq!(world.desk_of(GIVER, now()), expected);
    assert_eq!(world.desk_of(NEEDY, now()), Vec::<String>::new());
}

#[test]
fn what_is_answered_or_withdrawn_waits_for_nobody() {
    let requisitions = vec![asked_for(1, 1), asked_for(2, 2), requisition(3, withdrawn(1))];
    let commitments = commitments(vec![declined(1, Why::Terms)]);
    let world = World { requisitions, commitments, ..World::default() };
    assert_eq!(world.desk_of(GIVER, now()), ["answer_requisition isfahan/2"]);
}

#[test]
fn a_hold_waits_for_the_requester_until_it_is_answered_and_warns_the_supplier_before_it_ends() {
    let mut world = World {
        needs: vec![need(1, exactly(9))],
        commitments: commitments(vec![held(5)]),
        ..World::default()
    };
    let two_days_later = now().plus(std::time::Duration::from_hours(48));
    assert_eq!(world.desk_of(NEEDY, now()), ["answer_hold quanzhou/10"]);
    assert_eq!(world.desk_of(GIVER, now()), Vec::<String>::new());
    assert_eq!(world.desk_of(GIVER, two_days_later), ["hold_ending quanzhou/10"]);
    world.requisitions = vec![requisition(1, refusing(10))];
    assert_eq!(world.desk_of(NEEDY, now()), Vec::<String>::new());
}

#[test]
fn a_stale_offer_waits_to_be_confirmed_and_a_submitted_need_to_be_approved() {
    let mut submitted = need(1, exactly(9));
    submitted.record.state = NeedState::Submitted;
    let world = World { needs: vec![submitted], offers: vec![offer(1, exactly(9))], ..World::default() };
    assert_eq!(world.desk_of(NEEDY, now()), ["approve_need isfahan/1"]);
    let almost = now().plus(STALE_AFTER - std::time::Duration::from_micros(1));
    assert_eq!(world.desk_of(GIVER, almost), Vec::<String>::new());
    assert_eq!(world.desk_of(GIVER, now().plus(STALE_AFTER)), ["confirm_offer quanzhou/1"]);
}

#[test]
fn a_flood_of_holds_and_requisitions_leaves_room_for_the_honest() {
    let hostile = |number: u64| {
        let mut hold = commitment(number, held(1));
        hold.id = id("harbor", number);
        hold.record.offer_line = id("harbor", number).line(line(1));
        hold
    };
    let mut commitments: Vec<_> = (100..1_100).map(hostile).collect();
    commitments.push(commitment(10, held(5)));
    let world = World { needs: vec![need(1, exactly(9))], commitments, ..World::default() };
    let desk = world.desk_of(NEEDY, now());
    assert_eq!(desk.len(), 11);
    assert_eq!(desk.last().unwrap(), "answer_hold quanzhou/10");
}
