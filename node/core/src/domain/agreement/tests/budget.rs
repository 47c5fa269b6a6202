//! The requester's desk: what a need lacks, and what may be asked for.

use super::*;
use crate::domain::agreement::budget::{self, RequestError, Wish, WithdrawError};
use crate::domain::agreement::flood::Limit;
use crate::domain::agreement::halves::{Pair, pairs};
use crate::domain::commitment::ReasonCode as Why;

fn wish(n: i64) -> Wish<'static> {
    let terms = Terms::default();
    Wish {
        need_line: line(1),
        offer_line: line(1),
        amount: some(n),
        hold: None,
        terms,
        accept_short_dated: false,
    }
}

fn lacks(need: &Snapshot<Need>, own: &[Pair<'_>]) -> Option<i64> {
    let need_line = need.record.lines.get(line(1)).unwrap();
    budget::lacks(&need.line_id(line(1)), need_line, own).amount().map(Amount::get)
}

#[test]
fn what_was_asked_for_counts_until_it_is_answered_and_what_is_promised_from_then_on() {
    #[rustfmt::skip]
    let table = [
        (requested(30),  None,                                         70,  "asked for and unanswered"),
        (requested(30),  Some(committed(30, 1)),                       70,  "promised"),
        (requested(30),  Some(committed(20, 1)),                       80,  "a smaller promise lapses the remainder"),
        (requested(30),  Some(declined(1, Why::Terms)),                100, "declined"),
        (requested(30),  Some(released(Some(1), 0)),                   100, "released"),
        (requested(30),  Some(released(Some(1), 12)),                  88,  "released after twelve were dispatched"),
        (withdrawn(30),  None,                                         70,  "withdrawn, unanswered: the promise may be on its way"),
        (withdrawn(30),  Some(committed(30, 1)),                       70,  "withdrawn, promised, not yet released"),
        (withdrawn(30),  Some(released(Some(1), 0)),                   100, "withdrawn and released"),
        (withdrawn(30),  Some(declined(1, Why::WithdrawnByRequester)), 100, "withdrawn and confirmed"),
        (forced(30),     None,                                         100, "freed by force"),
        (forced(30),     Some(committed(30, 1)),                       70,  "freed by force, promised all the same"),
        (refusing(10),   None,                                         100, "a refusal asks for nothing"),
        (requested(30),  Some(held(30)),                               70,  "a hold answers nothing"),
        (requested(30),  Some(committed(31, 1)),                       70,  "more than was asked for is no answer"),
        (requested(30),  Some(committed(30, 2)),                       70,  "another requisition's answer"),
        (requested(100), None,                                         0,   "all of it"),
    ];
    let need = need(1, exactly(100));
    for (asked, answer, expected, why) in table {
        let (asked, answers) = ([requisition(1, asked)], commitments(answer.into_iter().collect()));
        assert_eq!(lacks(&need, &pairs(&asked, &answers, &NOTHING_SENT)), Some(expected), "{why}");
    }
}

#[test]
fn a_hold_never_reduces_what_a_need_lacks() {
    let answers = commitments(vec![held(100)]);
    assert_eq!(lacks(&need(1, exactly(100)), &pairs(&[], &answers, &NOTHING_SENT)), Some(100));
}

#[test]
fn an_unknown_need_sets_no_cap_and_a_vague_one_caps_at_its_figure() {
    let asked = [requisition(1, requested(30))];
    let own = pairs(&asked, &[], &NOTHING_SENT);
    #[rustfmt::skip]
    let table = [
        (Measure::Exact(amount(100)),   Some(70)),
        (Measure::AtLeast(amount(100)), Some(70)),
        (Measure::About(amount(100)),   Some(70)),
        (Measure::Unknown,              None),
    ];
    for (measure, expected) in table {
        assert_eq!(lacks(&need(1, measure), &own), expected);
    }
}

#[test]
fn requisitions_of_other_lines_take_nothing() {
    let mut other = requisition(1, requested(30));
    other.record.need_line = id(NEEDY, 2).line(line(1));
    assert_eq!(lacks(&need(1, exactly(100)), &pairs(&[other], &[], &NOTHING_SENT)), Some(100));
}

#[test]
fn a_request_names_one_need_line_one_offer_line_and_at_most_what_is_lacking() {
    let request = |need: &Snapshot<Need>, offer: &Snapshot<Offer>, wish: Wish<'_>| {
        budget::request(catalogue(), now(), need, offer, &[], wish)
            .map(|r| r.amount().get())
            .map_err(|e| e.to_string())
    };
    let (wanted, open) = (need(1, exactly(100)), offer(1, exactly(50)));
    let says = |text: &str| Err(text.to_owned());
    let needs = |state| Snapshot { record: Need { state, ..wanted.record.clone() }, ..wanted.clone() };
    let private = Snapshot { audience: Audience::Private, ..wanted.clone() };
    let mut drill = open.clone();
    drill.record.common.exercise = true;
    let other_line = |change: fn(&mut OfferLine)| {
        let mut changed = open.record.lines.get(line(1)).unwrap().clone();
        change(&mut changed);
        Snapshot {
            record: Offer { lines: Lines::new(vec![changed]).unwrap(), ..open.record.clone() },
            ..open.clone()
        }
    };
    let grams = other_line(|l| l.quantity.unit = Unit::Gram);
    let oxygen = other_line(|l| l.item = "oxygen.concentrator".parse().unwrap());
    let better = other_line(|l| l.item = "respirator.n95.surgical".parse().unwrap());
    let flight = other_line(|l| l.kind = Kind::Transport);
    let elsewhere = Wish { offer_line: line(9), ..wish(1) };
    let unasked = Wish { need_line: line(9), ..wish(1) };

    assert_eq!(
        request(&wanted, &open, wish(100)),
        Ok(100),
        "all that is lacking, even beyond what is offered"
    );
    assert_eq!(
        request(&wanted, &open, wish(101)),
        says("101 is asked for, expected at most the 100 that the need line lacks")
    );
    assert_eq!(request(&need(1, Measure::Unknown), &open, wish(9_999)), Ok(9_999), "no cap");
    assert_eq!(request(&wanted, &better, wish(1)), Ok(1), "what may replace the item");
    assert_eq!(
        request(&wanted, &oxygen, wish(1)),
        says(
            "offer line is of oxygen.concentrator, expected mask.surgical.iir as in the need line, what may replace it; \
             a lower grade needs accept_lower_grade"
        )
    );
    assert_eq!(request(&needs(NeedState::Draft), &open, wish(1)), says("need is draft, expected open"));
    assert_eq!(request(&needs(NeedState::OnHold), &open, wish(1)), says("need is on_hold, expected open"));
    assert_eq!(
        request(&wanted, &offer_in(OfferState::Closed, 9), wish(1)),
        says("offer is closed, expected open")
    );
    assert_eq!(
        request(&private, &open, wish(1)),
        says("isfahan/1 is private, expected a record that its partners can see")
    );
    assert_eq!(
        request(&wanted, &drill, wish(1)),
        says("one of need and offer is an exercise, expected both or neither")
    );
    assert_eq!(
        request(&wanted, &grams, wish(1)),
        says("offer line counts gram, expected piece as in the need line")
    );
    assert_eq!(
        request(&wanted, &flight, wish(1)),
        says("offer line is about transport, expected goods as in the need line")
    );
    assert_eq!(request(&wanted, &open, elsewhere), says("there is no line quanzhou/1.9"));
    assert_eq!(request(&wanted, &open, unasked), says("there is no line isfahan/1.9"));
}

#[test]
fn a_request_to_the_same_lines_waits_for_the_answer_to_the_first() {
    let (need, offer) = (need(1, exactly(100)), offer(1, exactly(50)));
    #[rustfmt::skip]
    let table = [
        (requested(1), None,                          Err(RequestError::OverLimit(Limit::Lines)), "unanswered"),
        (withdrawn(1), None,                          Err(RequestError::OverLimit(Limit::Lines)), "withdrawn, still owed an answer"),
        (requested(1), Some(committed(1, 1)),         Ok(()),                                     "answered: more needs a new one"),
        (requested(1), Some(declined(1, Why::Terms)), Ok(()),                                     "declined"),
        (refusing(10), None,                          Ok(()),                                     "a refusal is owed no answer"),
    ];
    for (first, answer, expected, why) in table {
        let (asked, answers) = ([requisition(1, first)], commitments(answer.into_iter().collect()));
        let second = budget::request(
            catalogue(),
            now(),
            &need,
            &offer,
            &pairs(&asked, &answers, &NOTHING_SENT),
            wish(2),
        );
        assert_eq!(second.map(|_| ()), expected, "{why}");
    }
}

#[test]
fn a_hold_can_be_taken_or_refused_once_while_it_waits() {
    let (need, closed) = (need(1, exactly(100)), offer_in(OfferState::Closed, 50));
    let over = |state| Err(RequestError::HoldOver { hold: id(GIVER, 10), state });
    #[rustfmt::skip]
    let table = [
        (held(30),          None,                    Ok(()),            "waiting, even of an offer closed meanwhile"),
        (released(None, 0), None,                    over("released"),  "ended"),
        (committed(30, 1),  None,                    over("committed"), "answered, as the supplier says"),
        (held(30),          Some(answering(30, 10)), over("answered"),  "answered, on its way"),
        (held(30),          Some(refusing(10)),      over("answered"),  "refused, on its way"),
    ];
    for (state, before, expected, why) in table {
        let hold = commitment(10, state);
        let before: Vec<_> = before.into_iter().map(|state| requisition(1, state)).collect();
        let own = pairs(&before, &[], &NOTHING_SENT);
        let taken =
            budget::request(catalogue(), now(), &need, &closed, &own, Wish { hold: Some(&hold), ..wish(30) });
        assert_eq!(taken.map(|_| ()), expected, "taken: {why}");
        let refused = budget::refuse(now(), &need, &hold, &own, because());
        assert_eq!(refused.map(|_| ()), expected, "refused: {why}");
    }
}

#[test]
fn a_hold_for_another_need_or_by_a_node_without_the_stock_cannot_be_taken() {
    let (wanted, open) = (need(1, exactly(100)), offer(1, exactly(50)));
    let mut elsewhere = commitment(10, held(30));
    elsewhere.record.need_line = id(NEEDY, 2).line(line(1));
    let mut forged = commitment(10, held(30));
    forged.id = id("harbor", 10);
    for hold in [elsewhere, forged] {
        let taken =
            budget::request(catalogue(), now(), &wanted, &open, &[], Wish { hold: Some(&hold), ..wish(30) });
        assert_eq!(taken, Err(RequestError::HoldMismatch(hold.id.clone())));
        assert_eq!(
            budget::refuse(now(), &wanted, &hold, &[], because()),
            Err(RequestError::HoldMismatch(hold.id.clone()))
        );
    }
}

#[test]
fn withdrawing_keeps_the_quantity_and_force_frees_only_what_is_unanswered() {
    let over = |state| Err(WithdrawError::Over(state));
    #[rustfmt::skip]
    let table = [
        // requisition, answer, force => forced
        (requested(30), None,                          false, Ok(false),         "unanswered"),
        (requested(30), None,                          true,  Ok(true),          "unanswered, by force"),
        (requested(30), Some(committed(30, 1)),        false, Ok(false),         "promised"),
        (requested(30), Some(committed(30, 1)),        true,  Ok(false),         "promised: nothing to force"),
        (withdrawn(30), None,                          false, over("withdrawn"), "twice"),
        (withdrawn(30), None,                          true,  Ok(true),          "force added later"),
        (forced(30),    None,                          true,  over("withdrawn"), "force twice"),
        (withdrawn(30), Some(committed(30, 1)),        true,  over("withdrawn"), "the release is on its way"),
        (requested(30), Some(declined(1, Why::Terms)), false, over("declined"),  "declined"),
        (requested(30), Some(released(Some(1), 0)),    true,  over("released"),  "released"),
        (refusing(10),  None,                          false, over("refused"),   "a refusal"),
    ];
    for (asked, answer, force, expected, why) in table {
        let (asked, answers) = ([requisition(1, asked)], commitments(answer.into_iter().collect()));
        let written = budget::withdraw(now(), &pairs(&asked, &answers, &NOTHING_SENT)[0], because(), force);
        assert!(written.as_ref().map_or(true, |w| w.amount() == amount(30)), "{why}");
        assert_eq!(written.map(|w| w.is_forced()), expected, "{why}");
    }
}

#[test]
fn a_need_that_ends_withdraws_what_is_asked_or_promised_for_it() {
    let mut elsewhere = requisition(5, requested(5));
    elsewhere.record.need_line = id(NEEDY, 2).line(line(1));
    let asked = [
        requisition(1, requested(1)),
        requisition(2, requested(2)),
        requisition(3, requested(3)),
        requisition(4, withdrawn(4)),
        elsewhere,
    ];
    let answers = commitments(vec![committed(2, 2), declined(3, Why::Terms)]);
    let written = budget::withdraw_for_ended_need(
        now(),
        &id(NEEDY, 1),
        &pairs(&asked, &answers, &NOTHING_SENT),
        &because(),
    );
    let numbers: Vec<_> = written.iter().map(|(id, _)| id.number.get()).collect();
    assert_eq!(numbers, [1, 2]);
}
