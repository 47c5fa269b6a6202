//! How far a line is, as its readers see it.

use super::*;
use crate::domain::commitment::ReasonCode as Why;
use crate::domain::coverage::{Coverage, Track, of_need_line, of_offer_line};

fn figures(coverage: Coverage) -> (i64, i64, i64, Option<i64>, i64, Track) {
    let Coverage { requested, held, committed, outstanding, over_cover, commit, .. } = coverage;
    (requested.get(), held.get(), committed.get(), outstanding.map(Amount::get), over_cover.get(), commit)
}

#[test]
fn intent_promise_and_fact_stand_side_by_side() {
    use Track::{Complete, None as Nothing, Partial};
    #[rustfmt::skip]
    let table = [
        // requisition, commitment => of the need of 100, of the offer of 50
        (None,                None,                          (0, 0, 0, Some(100), 0, Nothing),  (0, 0, 0, Some(50), 0, Nothing),  "nothing yet"),
        (Some(requested(30)), None,                          (30, 0, 0, Some(100), 0, Nothing), (30, 0, 0, Some(50), 0, Nothing), "asked for"),
        (Some(withdrawn(30)), None,                          (0, 0, 0, Some(100), 0, Nothing),  (0, 0, 0, Some(50), 0, Nothing),  "withdrawn"),
        (None,                Some(held(30)),                (0, 30, 0, Some(100), 0, Nothing), (0, 30, 0, Some(20), 0, Nothing), "held"),
        (Some(requested(30)), Some(committed(30, 1)),        (0, 0, 30, Some(100), 0, Partial), (0, 0, 30, Some(20), 0, Partial), "promised"),
        (Some(requested(50)), Some(committed(50, 1)),        (0, 0, 50, Some(100), 0, Partial), (0, 0, 50, Some(0), 0, Complete), "used up"),
        (Some(requested(30)), Some(declined(1, Why::Terms)), (0, 0, 0, Some(100), 0, Nothing),  (0, 0, 0, Some(50), 0, Nothing),  "declined"),
        (None,                Some(committed(30, 1)),        (0, 0, 0, Some(100), 0, Nothing),  (0, 0, 30, Some(20), 0, Partial), "the need's half is pending"),
    ];
    let (need, offer) = (need(1, exactly(100)), offer(1, exactly(50)));
    for (asked, promised, of_need, of_offer, why) in table {
        let asked: Vec<_> = asked.into_iter().map(|state| requisition(1, state)).collect();
        let promised = commitments(promised.into_iter().collect());
        assert_eq!(
            figures(of_need_line(&need, line(1), &asked, &promised, &NOTHING_SENT).unwrap()),
            of_need,
            "{why}"
        );
        assert_eq!(
            figures(of_offer_line(&offer, line(1), &asked, &promised, &NOTHING_SENT).unwrap()),
            of_offer,
            "{why}"
        );
    }
    assert_eq!(of_need_line(&need, line(2), &[], &[], &NOTHING_SENT), None);
}

#[test]
fn what_is_promised_beyond_the_need_shows_as_over_cover() {
    let asked = [requisition(1, forced(80)), requisition(2, requested(80))];
    let promised = commitments(vec![committed(80, 1), committed(80, 2)]);
    let coverage = of_need_line(&need(1, exactly(100)), line(1), &asked, &promised, &NOTHING_SENT).unwrap();
    assert_eq!(figures(coverage), (0, 0, 160, Some(100), 60, Track::Complete));
}

#[test]
fn an_unknown_quantity_is_never_complete() {
    let (asked, promised) = ([requisition(1, requested(80))], commitments(vec![committed(80, 1)]));
    let coverage =
        of_need_line(&need(1, Measure::Unknown), line(1), &asked, &promised, &NOTHING_SENT).unwrap();
    assert_eq!(figures(coverage), (0, 0, 80, None, 0, Track::Partial));
}

#[test]
fn drills_and_strangers_do_not_move_a_real_need() {
    let mut drill = requisition(1, requested(30));
    drill.record.common.exercise = true;
    let mut forged = requisition(2, requested(30));
    forged.id = id("harbor", 2);
    let mut claim = commitment(10, held(30));
    claim.id = id("harbor", 10);
    let coverage =
        of_need_line(&need(1, exactly(100)), line(1), &[drill, forged], &[claim], &NOTHING_SENT).unwrap();
    assert_eq!(figures(coverage), (0, 0, 0, Some(100), 0, Track::None));
}

#[test]
fn claims_without_measure_do_not_overflow() {
    let mut huge = commitments(vec![held(crate::domain::quantity::AMOUNT_MAX); 5]);
    (1..).zip(&mut huge).for_each(|(number, hold)| hold.record.offer_line = id(GIVER, number).line(line(1)));
    let coverage = of_need_line(&need(1, exactly(100)), line(1), &[], &huge, &NOTHING_SENT).unwrap();
    assert_eq!((coverage.held, coverage.outstanding), (Amount::MAX, Some(amount(100))));
}

#[test]
fn holds_that_no_desk_looks_at_do_not_make_a_need_seem_supplied() {
    let hold = |number: u64| {
        let mut hold = commitment(number, held(7));
        hold.record.offer_line = id(GIVER, number).line(line(1));
        hold
    };
    let flood: Vec<_> = (1..=100).map(hold).collect();
    let coverage = of_need_line(&need(1, exactly(100)), line(1), &[], &flood, &NOTHING_SENT).unwrap();
    assert_eq!(coverage.held, amount(70), "ten of one city for one line");
}

#[test]
fn requests_that_are_owed_no_answer_do_not_make_an_offer_seem_wanted() {
    let ask = |number: u64| {
        let mut asked = requisition(number, requested(7));
        asked.record.need_line = id(NEEDY, number).line(line(1));
        asked
    };
    let flood: Vec<_> = (1..=100).map(ask).collect();
    let coverage = of_offer_line(&offer(1, exactly(50)), line(1), &flood, &[], &NOTHING_SENT).unwrap();
    assert_eq!(coverage.requested, amount(70), "ten of one city for one line");
}
