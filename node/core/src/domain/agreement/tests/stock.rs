//! The supplier's desk: hold, answer, decline, release.

use super::*;
use crate::domain::agreement::stock::{HOLD_MAX, HoldWish, StockError};
use crate::domain::commitment::ReasonCode as Why;
use crate::domain::snapshot::Audience;

#[test]
fn an_answer_promises_what_is_asked_offered_and_free_or_says_why_not() {
    use OfferState::{Closed, Expired, Open, Withdrawn};
    let none = Vec::new;
    let other_hold = || vec![held(60)];
    #[rustfmt::skip]
    let table = [
        // offer, quantity, on the line, requisition, up to => written
        (Open,      100, none(),                         requested(30),     None,     "new committed 30",                      "all that was asked for"),
        (Open,      100, none(),                         requested(30),     Some(20), "new committed 20",                      "a smaller promise lapses the remainder"),
        (Open,      100, none(),                         requested(30),     Some(90), "new committed 30",                      "never more than was asked for"),
        (Open,      100, none(),                         requested(100),    None,     "new committed 100",                     "the whole line"),
        (Open,      100, none(),                         requested(101),    None,     "new committed 100",                     "never more than there is"),
        (Open,      100, vec![committed(80, 90)],        requested(30),     None,     "new committed 20",                      "promised stock is taken"),
        (Open,      100, vec![committed(100, 90)],       requested(30),     None,     "new declined 0 exhausted",              "the loser gets a reason"),
        (Open,      100, vec![released(Some(90), 0)],    requested(100),    None,     "new committed 100",                     "released stock is free"),
        (Open,      100, vec![released(Some(90), 40)],   requested(100),    None,     "new committed 60",                      "dispatched stock is gone"),
        (Open,      100, vec![declined(90, Why::Terms)], requested(100),    None,     "new committed 100",                     "a no takes nothing"),
        (Open,      100, other_hold(),                   requested(100),    None,     "new committed 40",                      "held stock is taken"),
        (Open,      100, other_hold(),                   answering(60, 10), None,     "10 committed 60",                       "the hold becomes the promise"),
        (Open,      100, other_hold(),                   answering(30, 10), None,     "10 committed 30",                       "less than held: the rest is free"),
        (Open,      100, other_hold(),                   answering(90, 10), None,     "10 committed 60",                       "more than held: the rest lapses"),
        (Open,      100, other_hold(),                   answering(60, 10), Some(50), "10 committed 50",                       "the desk may promise less of it"),
        (Open,      100, other_hold(),                   answering(60, 77), None,     "new declined 0 mismatch",               "no such hold"),
        (Closed,    100, none(),                         requested(30),     None,     "new declined 0 offer_closed",           "closed"),
        (Withdrawn, 100, none(),                         requested(30),     None,     "new declined 0 offer_closed",           "withdrawn"),
        (Expired,   100, none(),                         requested(30),     None,     "new declined 0 offer_closed",           "expired"),
        (Closed,    100, other_hold(),                   answering(60, 10), None,     "10 committed 60",                       "a hold outlives the offer's closing"),
        (Open,      100, none(),                         withdrawn(30),     None,     "new declined 0 withdrawn_by_requester", "withdrawn meanwhile"),
        (Open,      100, none(),                         forced(30),        None,     "new declined 0 withdrawn_by_requester", "freed by force, still answered"),
    ];
    for (state, quantity, on_line, asked, up_to, expected, why) in table {
        let (offer, on_line) = (offer_in(state, quantity), commitments(on_line));
        let written = stock(&offer, &on_line).answer(now(), &requisition(1, asked), up_to.map(some), None);
        assert_eq!(told(&written.unwrap()), expected, "{why}");
    }
}

#[test]
fn the_qualifier_of_the_offer_decides_what_can_be_promised() {
    #[rustfmt::skip]
    let table = [
        (Measure::Exact(amount(50)),   Ok("new committed 50"),                                                               "exactly"),
        (Measure::AtLeast(amount(50)), Ok("new committed 50"),                                                               "at least 50: the floor"),
        (Measure::About(amount(50)),   Ok("new committed 50"),                                                               "about 50: the figure"),
        (Measure::Unknown,             Err("offer line quanzhou/1.1 has no figure, expected a quantity to promise against"), "first quantify"),
        (Measure::Exact(amount(0)),    Ok("new declined 0 exhausted"),                                                       "nothing there"),
    ];
    for (measure, expected, why) in table {
        let offer = offer(1, measure);
        let written = stock(&offer, &[]).answer(now(), &requisition(1, requested(80)), None, None);
        let told = written.map(|w| told(&w)).map_err(|e| e.to_string());
        assert_eq!(told, expected.map(str::to_owned).map_err(str::to_owned), "{why}");
    }
}

#[test]
fn a_requisition_is_answered_once_and_for_ever() {
    let offer = offer(1, exactly(100));
    for state in [committed(30, 1), declined(1, Why::Terms), released(Some(1), 0)] {
        let on_line = commitments(vec![state]);
        let (stock, asked) = (stock(&offer, &on_line), requisition(1, requested(30)));
        let expected = StockError::AlreadyAnswered { requisition: id(NEEDY, 1), by: id(GIVER, 10) };
        assert_eq!(stock.answer(now(), &asked, None, None), Err(expected.clone()));
        assert_eq!(stock.decline(now(), &asked, Why::Other, None), Err(expected));
    }
}

#[test]
fn only_the_needs_owner_asks_and_only_the_line_that_was_asked_answers() {
    let offer = offer(1, exactly(100));
    let mut forged = requisition(1, requested(30));
    forged.id = id("harbor", 1);
    let mut elsewhere = requisition(2, requested(30));
    elsewhere.record.offer_line = id(GIVER, 2).line(line(1));
    for asked in [forged, elsewhere] {
        let expected = Err(StockError::NotConcerned(asked.id.clone()));
        assert_eq!(stock(&offer, &[]).answer(now(), &asked, None, None), expected);
    }
    let refusal = requisition(3, refusing(10));
    assert_eq!(
        stock(&offer, &[]).answer(now(), &refusal, None, None),
        Err(StockError::Refusal(id(NEEDY, 3)))
    );
}

#[test]
fn a_half_that_does_not_fit_is_declined_so_that_both_halves_still_fold() {
    let offer = offer(1, exactly(100));
    let mut grams = requisition(1, requested(30));
    grams.record.unit = Unit::Gram;
    let mut drill = requisition(1, requested(30));
    drill.record.common.exercise = true;
    for asked in [grams, drill] {
        let Written::New(no) = stock(&offer, &[]).answer(now(), &asked, None, None).unwrap() else {
            panic!()
        };
        assert_eq!(no.reason_code(), Some(Why::Mismatch));
        assert!(crate::domain::agreement::halves::answers(&snapshot(id(GIVER, 10), no), &asked));
    }
}

#[test]
fn when_only_holds_leave_nothing_free_the_requisition_waits() {
    let offer = offer(1, exactly(100));
    let on_line = commitments(vec![held(100)]);
    let answer = stock(&offer, &on_line).answer(now(), &requisition(1, requested(30)), None, None);
    assert_eq!(answer, Err(StockError::TooLittle { asked: some(30), free: Amount::ZERO }));
}

#[test]
fn a_release_gives_back_and_never_takes_more() {
    let until = "commitment is released, expected held or committed";
    #[rustfmt::skip]
    let table = [
        (committed(50, 1),        0,  Ok("10 released 0 stock_lost"),                                      "all of it"),
        (committed(50, 1),        20, Ok("10 committed 20 stock_lost"),                                    "all but twenty"),
        (committed(50, 1),        49, Ok("10 committed 49 stock_lost"),                                    "one"),
        (committed(50, 1),        50, Err("50 would be kept, expected less than the 50 that is promised"), "nothing"),
        (committed(50, 1),        51, Err("51 would be kept, expected less than the 50 that is promised"), "a rise"),
        (held(50),                0,  Ok("10 released 0 stock_lost"),                                      "a hold"),
        (held(50),                20, Ok("10 held 20"),                                                    "part of a hold"),
        (released(Some(1), 0),    0,  Err(until),                                                          "released before"),
        (declined(1, Why::Terms), 0,  Err("commitment is declined, expected held or committed"),           "declined"),
    ];
    let offer = offer(1, exactly(100));
    for (state, keep, expected, why) in table {
        let on_line = commitments(vec![state]);
        let step = stock(&offer, &on_line).release(now(), &id(GIVER, 10), amount(keep), Why::StockLost, None);
        let told = step.map(|w| told(&w)).map_err(|e| e.to_string());
        assert_eq!(told, expected.map(str::to_owned).map_err(str::to_owned), "{why}");
    }
    let missing = stock(&offer, &[]).release(now(), &id(GIVER, 10), Amount::ZERO, Why::Other, None);
    assert_eq!(missing, Err(StockError::NoSuchCommitment(id(GIVER, 10))));
}

#[test]
fn a_hold_reserves_free_stock_of_an_open_offer_for_a_published_need_for_at_most_thirty_days() {
    let hold = |offer: &Snapshot<Offer>, on_line: Vec<CommitmentState>, need: &Snapshot<Need>, n, until| {
        let on_line = commitments(on_line);
        let wish = HoldWish { need, need_line: line(1), amount: some(n), until, terms: None };
        stock(offer, &on_line)
            .hold(catalogue(), now(), wish)
            .map(|c| c.amount().get())
            .map_err(|e| e.to_string())
    };
    let (wanted, open) = (need(1, Measure::Unknown), offer(1, exactly(100)));
    let mut grams = wanted.clone();
    grams.record.lines = Lines::new(vec![NeedLine {
        quantity: Quantity::exact(amount(1), Unit::Gram),
        ..wanted.record.lines.get(line(1)).unwrap().clone()
    }])
    .unwrap();
    let mut beds = wanted.clone();
    beds.record.lines = Lines::new(vec![NeedLine {
        item: "bed.hospital".parse().unwrap(),
        ..wanted.record.lines.get(line(1)).unwrap().clone()
    }])
    .unwrap();
    let over = snapshot(id(NEEDY, 1), wanted.record.withdraw(now(), because()).unwrap());
    let private = Snapshot { audience: Audience::Private, ..open.clone() };
    let elsewhere = need(2, exactly(5));
    let late = now().plus(HOLD_MAX + std::time::Duration::from_micros(1));
    let window =
        |until| Err(format!("hold until {until}, expected after {} and at most 30 days later", now()));
    let few = |n, free| Err(format!("{n} is asked for, expected at most the {free} that is free"));
    let says = |text: &str| Err(text.to_owned());
    let mismatch = says("need line isfahan/1.1 does not fit the offer line in kind, unit or exercise");

    assert_eq!(hold(&open, vec![], &wanted, 100, None), Ok(100), "the whole line");
    assert_eq!(hold(&open, vec![], &wanted, 101, None), few(101, 100), "more than there is");
    assert_eq!(hold(&open, vec![committed(80, 9)], &wanted, 21, None), few(21, 20), "more than is free");
    assert_eq!(hold(&open, vec![held(10)], &elsewhere, 90, None), Ok(90), "beside another need's hold");
    assert_eq!(
        hold(&open, vec![held(10)], &wanted, 1, None),
        says("quanzhou/10 is held for this need line already")
    );
    assert_eq!(hold(&open, vec![], &wanted, 1, Some(now().plus(HOLD_MAX))), Ok(1), "thirty days");
    assert_eq!(hold(&open, vec![], &wanted, 1, Some(late)), window(late), "longer");
    assert_eq!(hold(&open, vec![], &wanted, 1, Some(now())), window(now()), "over at once");
    assert_eq!(hold(&open, vec![], &grams, 1, None), mismatch, "another unit");
    assert_eq!(
        hold(&open, vec![], &beds, 1, None),
        says(
            "offer line is of mask.surgical.iir, expected bed.hospital as in the need line, what may replace it; \
             a lower grade needs accept_lower_grade"
        ),
        "masks for beds"
    );
    assert_eq!(hold(&open, vec![], &over, 1, None), says("need is withdrawn, expected open"));
    assert_eq!(
        hold(&offer_in(OfferState::Closed, 9), vec![], &wanted, 1, None),
        says("offer is closed, expected open")
    );
    let unknown = hold(&offer(1, Measure::Unknown), vec![], &wanted, 1, None);
    assert_eq!(
        unknown,
        says("offer line quanzhou/1.1 has no figure, expected a quantity to promise against")
    );
    let hidden = hold(&private, vec![], &wanted, 1, None);
    assert_eq!(hidden, says("quanzhou/1 is private, expected a record that its partners can see"));
}

#[test]
fn every_entry_states_the_line_and_what_is_reserved_after_it() {
    let mut offer = offer(1, exactly(100));
    offer.revision = Revision::new(7).unwrap();
    let on_line = commitments(vec![held(10), committed(20, 90), declined(91, Why::Terms)]);
    let stock = stock(&offer, &on_line);
    let stated = |c: &Commitment| (c.offer_revision.get(), c.line_amount.get(), c.reserved_after.get());

    let yes = stock.answer(now(), &requisition(1, requested(30)), None, None).unwrap();
    assert_eq!(stated(yes.commitment()), (7, 100, 60));
    let no = stock.decline(now(), &requisition(1, requested(30)), Why::Terms, None).unwrap();
    assert_eq!(stated(&no), (7, 100, 30));
    let converted = stock.answer(now(), &requisition(1, answering(4, 10)), None, None).unwrap();
    assert_eq!(stated(converted.commitment()), (7, 100, 24));
    let back = stock.release(now(), &id(GIVER, 11), amount(5), Why::StockLost, None).unwrap();
    assert_eq!(stated(back.commitment()), (7, 100, 15));
}

#[test]
fn terms_are_the_offers_unless_the_answer_names_others() {
    use crate::domain::terms::Basis;
    let offer = offer(1, exactly(100));
    let loan = Terms { basis: Some(Basis::Loan), ..Terms::default() };
    let asked = requisition(1, requested(30));
    let answer =
        |terms| stock(&offer, &[]).answer(now(), &asked, None, terms).unwrap().commitment().terms.clone();
    assert_eq!(answer(None), Terms::default());
    assert_eq!(answer(Some(loan.clone())), loan);
}
