//! What readers count.

use super::*;
use crate::domain::agreement::halves::{Standing, answers, counts, standing};

#[test]
fn a_commitment_counts_only_when_both_halves_agree() {
    type Change = fn(&mut Snapshot<Commitment>, &mut Snapshot<Requisition>);
    #[rustfmt::skip]
    let table: [(Change, bool, &str); 11] = [
        (|_, _| {},                                                 true,  "both halves agree"),
        (|c, _| c.record.state = committed(29, 1),                  true,  "less than was asked for"),
        (|c, _| c.record.state = committed(31, 1),                  false, "more than was asked for"),
        (|c, _| c.id = id("harbor", 10),                            false, "its writer does not own the stock"),
        (|_, r| r.record.need_line = id("harbor", 1).line(line(1)), false, "its writer does not own the need"),
        (|c, _| c.record.need_line = id(NEEDY, 2).line(line(1)),    false, "another need line"),
        (|_, r| r.record.offer_line = id(GIVER, 1).line(line(2)),   false, "another offer line"),
        (|c, _| c.record.unit = Unit::Gram,                         false, "another unit"),
        (|c, _| c.record.common.exercise = true,                    false, "a drill and a real record"),
        (|c, _| c.record.state = committed(30, 2),                  false, "another requisition"),
        (|c, _| c.record.state = held(30),                          false, "a hold names no requisition"),
    ];
    for (change, expected, why) in table {
        let (mut promise, mut asked) = (commitment(10, committed(30, 1)), requisition(1, requested(30)));
        change(&mut promise, &mut asked);
        assert_eq!(answers(&promise, &asked), expected, "{why}");
        assert_eq!(counts(&asked, [&promise]).is_some(), expected, "{why}");
    }
}

#[test]
fn of_several_answers_the_lowest_number_counts_whatever_the_order() {
    let asked = requisition(1, requested(30));
    let (too_much, first, second) =
        (commitment(9, committed(99, 1)), commitment(10, committed(20, 1)), commitment(11, committed(30, 1)));
    for order in [[&too_much, &first, &second], [&second, &first, &too_much], [&first, &too_much, &second]] {
        assert_eq!(counts(&asked, order), Some(&first));
    }
}

#[test]
fn a_half_without_its_partner_is_pending_and_not_an_error() {
    let (promise, asked) = (commitment(10, committed(30, 1)), requisition(1, requested(30)));
    assert_eq!(standing(&promise, None), Standing::Pending);
    assert_eq!(standing(&promise, Some(&asked)), Standing::Paired);
    assert_eq!(standing(&commitment(10, committed(31, 1)), Some(&asked)), Standing::Void);
    assert_eq!(standing(&commitment(10, held(31)), None), Standing::Unsolicited);
}
