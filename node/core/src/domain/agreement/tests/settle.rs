//! What follows by itself, without a person.

use std::collections::BTreeSet;

use super::*;
use crate::domain::agreement::stock::settle;
use crate::domain::commitment::ReasonCode as Why;

fn follows(offer: &Snapshot<Offer>, on_line: Vec<CommitmentState>, asked: Vec<RequisitionState>) -> String {
    let asked: Vec<_> = (1..).zip(asked).map(|(number, state)| requisition(number, state)).collect();
    let written =
        settle(now(), offer, line(1), &commitments(on_line), &asked, &BTreeSet::new(), &NOTHING_SENT);
    written.iter().map(told).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_needs_no_decision_follows_by_itself() {
    use OfferState::{Closed, Open, Withdrawn};
    let ended = || CommitmentState::Held { amount: some(40), until: now() };
    #[rustfmt::skip]
    let table: Vec<(_, Vec<_>, Vec<_>, _, _)> = vec![
        (Open,      vec![],                        vec![requested(30)],                        "",                                                         "a person decides"),
        (Open,      vec![],                        vec![withdrawn(30)],                        "new declined 0 withdrawn_by_requester",                    "nobody waits for what was withdrawn"),
        (Open,      vec![committed(30, 1)],        vec![withdrawn(30)],                        "10 released 0 withdrawn_by_requester",                     "stock comes back"),
        (Open,      vec![committed(30, 1)],        vec![requested(30)],                        "",                                                         "a promise stands"),
        (Open,      vec![released(Some(1), 0)],    vec![withdrawn(30)],                        "",                                                         "released once is enough"),
        (Open,      vec![declined(1, Why::Terms)], vec![withdrawn(30)],                        "",                                                         "a no is an answer"),
        (Open,      vec![held(40)],                vec![answering(40, 10)],                    "10 committed 40",                                          "the hold was the supplier's yes"),
        (Open,      vec![held(40)],                vec![refusing(10)],                         "10 released 0 refused_by_requester",                       "released at once"),
        (Open,      vec![released(None, 0)],       vec![refusing(10)],                         "",                                                         "the hold ended first"),
        (Open,      vec![committed(40, 9)],        vec![refusing(10)],                         "",                                                         "a promise is not refused by a refusal of the hold"),
        (Open,      vec![released(None, 0)],       vec![answering(40, 10)],                    "",                                                         "an ended hold: an ordinary pending requisition"),
        (Open,      vec![committed(40, 9)],        vec![answering(40, 10)],                    "new declined 0 already_answered",                          "a second one for the hold"),
        (Open,      vec![released(Some(9), 0)],    vec![answering(40, 10)],                    "new declined 0 already_answered",                          "answered, then released"),
        (Open,      vec![held(40)],                vec![answering(40, 10), answering(40, 10)], "10 committed 40; new declined 0 already_answered",         "the first of two"),
        (Open,      vec![],                        vec![answering(40, 10)],                    "new declined 0 mismatch",                                  "a hold that never was"),
        (Closed,    vec![],                        vec![requested(30), requested(5)],          "new declined 0 offer_closed; new declined 0 offer_closed", "closing declines what is pending"),
        (Withdrawn, vec![],                        vec![requested(30)],                        "new declined 0 offer_closed",                              "so does withdrawing"),
        (Closed,    vec![committed(30, 1)],        vec![requested(30)],                        "",                                                         "promises outlive the closing"),
        (Open,      vec![committed(100, 9)],       vec![requested(30)],                        "new declined 0 exhausted",                                 "exhausting declines what is pending"),
        (Open,      vec![held(100)],               vec![requested(30)],                        "",                                                         "held stock may come back"),
        (Open,      vec![ended()],                 vec![],                                     "10 released 0 hold_ended",                                 "a hold ends by its owner's entry"),
        (Open,      vec![ended()],                 vec![answering(40, 10)],                    "10 committed 40",                                          "an answer in time wins over the end"),
    ];
    for (state, on_line, asked, expected, why) in table {
        assert_eq!(follows(&offer_in(state, 100), on_line, asked), expected, "{why}");
    }
}

#[test]
fn a_hold_is_answered_only_for_the_need_it_was_made_for() {
    let offer = offer(1, exactly(100));
    let on_line = commitments(vec![held(40)]);
    for state in [answering(40, 10), refusing(10)] {
        let mut stranger = requisition(1, state);
        stranger.id = id("harbor", 1);
        stranger.record.need_line = id("harbor", 5).line(line(1));
        let written = settle(now(), &offer, line(1), &on_line, &[stranger], &BTreeSet::new(), &NOTHING_SENT);
        assert!(
            written.iter().all(|w| matches!(w, Written::New(no) if no.reason_code() == Some(Why::Mismatch)))
        );
    }
}

#[test]
fn a_requisition_whose_writer_does_not_own_the_need_sets_nothing_in_motion() {
    let closed = offer_in(OfferState::Closed, 100);
    let mut forged = requisition(1, requested(30));
    forged.id = id("harbor", 1);
    assert_eq!(settle(now(), &closed, line(1), &[], &[forged], &BTreeSet::new(), &NOTHING_SENT), []);
}

#[test]
fn what_is_over_the_limit_is_owed_no_answer() {
    let closed = offer_in(OfferState::Closed, 100);
    let asked = requisition(1, requested(30));
    let over = BTreeSet::from([asked.id.clone()]);
    assert_eq!(settle(now(), &closed, line(1), &[], &[asked], &over, &NOTHING_SENT), []);
}

#[test]
fn settling_again_after_writing_gives_nothing() {
    let offer = offer(1, exactly(100));
    let mut on_line = commitments(vec![held(40), committed(60, 2)]);
    let asked =
        [requisition(1, answering(40, 10)), requisition(2, withdrawn(60)), requisition(3, withdrawn(9))];
    let written = settle(now(), &offer, line(1), &on_line, &asked, &BTreeSet::new(), &NOTHING_SENT);
    assert_eq!(written.len(), 3);
    for step in written {
        match step {
            Written::New(new) => on_line.push(snapshot(id(GIVER, 10 + on_line.len() as u64), new)),
            Written::Revised(id, next) => on_line.iter_mut().find(|c| c.id == id).unwrap().record = next,
        }
    }
    assert_eq!(settle(now(), &offer, line(1), &on_line, &asked, &BTreeSet::new(), &NOTHING_SENT), []);
}

#[test]
fn a_requisition_that_names_another_line_since_it_was_answered_is_answered_once_all_the_same() {
    let mut offer = offer(1, exactly(100));
    let first = offer.record.lines.get(line(1)).unwrap().clone();
    let second = OfferLine { line: line(2), ..first.clone() };
    offer.record.lines = Lines::new(vec![first, second]).unwrap();
    let on_line = commitments(vec![committed(30, 1)]);
    let moved = |state| {
        let mut moved = requisition(1, state);
        moved.record.offer_line = id(GIVER, 1).line(line(2));
        [moved]
    };
    let follows = |number, asked: &[Snapshot<Requisition>]| -> Vec<String> {
        let written = settle(now(), &offer, line(number), &on_line, asked, &BTreeSet::new(), &NOTHING_SENT);
        written.iter().map(told).collect()
    };
    assert!(follows(2, &moved(withdrawn(30))).is_empty());
    assert_eq!(follows(1, &moved(withdrawn(30))), ["10 released 0 withdrawn_by_requester"]);
    assert!(follows(1, &moved(requested(30))).is_empty() && follows(2, &moved(requested(30))).is_empty());
    let stock = Stock::new(&offer, line(2), &on_line, &NOTHING_SENT).unwrap();
    assert!(stock.answer(now(), &moved(requested(30))[0], None, None).is_err(), "it has its answer");
    assert_eq!(stock.reserved(), Amount::ZERO, "which takes no stock of this line");
}
