//! What is owed an answer.

use super::*;
use crate::domain::agreement::flood::{self, OPEN_PER_LINE, OPEN_PER_NODES};

/// A requisition of `requester` with this number, for its need and to the giver's offer of these numbers.
fn asked(requester: &str, number: u64, need: u64, offer: u64) -> Snapshot<Requisition> {
    let mut asked = requisition(number, requested(1));
    asked.id = id(requester, number);
    asked.record.need_line = id(requester, need).line(line(1));
    asked.record.offer_line = id(GIVER, offer).line(line(1));
    asked
}

fn over(mut open: Vec<Snapshot<Requisition>>) -> Vec<String> {
    open.reverse();
    flood::over_limit(&open).into_iter().map(|id| id.to_string()).collect()
}

#[test]
fn one_requisition_is_owed_an_answer_for_the_same_two_lines() {
    let open =
        vec![asked(NEEDY, 1, 1, 1), asked(NEEDY, 2, 1, 1), asked(NEEDY, 3, 2, 1), asked(NEEDY, 4, 1, 2)];
    assert_eq!(over(open), ["isfahan/2"]);
}

#[test]
fn ten_of_one_requester_are_owed_an_answer_for_one_offer_line() {
    let max = OPEN_PER_LINE as u64;
    let mut open: Vec<_> = (1..=max + 1).map(|n| asked(NEEDY, n, n, 1)).collect();
    open.push(asked("harbor", 1, 1, 1));
    assert_eq!(over(open), ["isfahan/11"]);
}

#[test]
fn a_hundred_are_owed_an_answer_between_two_nodes() {
    let max = OPEN_PER_NODES as u64;
    let mut open: Vec<_> = (1..=max + 1).map(|n| asked(NEEDY, n, n, n)).collect();
    open.push(asked("harbor", 1, 1, 1));
    assert_eq!(over(open), ["isfahan/101"]);
}

#[test]
fn one_over_the_limit_takes_no_room_from_the_next() {
    let max = OPEN_PER_LINE as u64;
    let mut open: Vec<_> = (1..max).map(|n| asked(NEEDY, n, n, 1)).collect();
    open.extend([asked(NEEDY, 20, 1, 1), asked(NEEDY, 21, 50, 1), asked(NEEDY, 22, 51, 1)]);
    assert_eq!(over(open), ["isfahan/20", "isfahan/22"]);
}

#[test]
fn a_hundred_thousand_holds_leave_ten_on_the_desk_of_one_need_line() {
    let hold = |number: u64| {
        let mut hold = commitment(number, held(1));
        hold.record.offer_line = id(GIVER, number).line(line(1));
        hold
    };
    let flood_of_holds: Vec<_> = (1..=100_000).map(hold).collect();
    assert_eq!(flood::holds_over_limit(&flood_of_holds).len(), 100_000 - OPEN_PER_LINE);
}
