//! Auditing a supplier from its ledger.

use super::*;
use crate::domain::agreement::audit::audit;
use crate::domain::commitment::ReasonCode as Why;

/// An entry of a ledger for a line of 100: number, state, and what it states as reserved.
fn entry(number: u64, state: CommitmentState, reserved_after: i64) -> Snapshot<Commitment> {
    let mut entry = commitment(number, state);
    entry.record.line_amount = amount(100);
    entry.record.reserved_after = amount(reserved_after);
    entry
}

fn findings(ledger: Vec<Snapshot<Commitment>>) -> Vec<String> {
    audit(&ledger).into_iter().map(|finding| finding.breach.to_string()).collect()
}

#[test]
fn an_honest_ledger_gives_no_finding() {
    let ledger = vec![
        entry(10, held(60), 60),
        entry(11, committed(40, 1), 100),
        entry(12, declined(2, Why::Exhausted), 100),
        entry(10, committed(50, 3), 90),
        entry(11, committed(10, 1), 60),
        entry(11, released(Some(1), 0), 50),
        entry(13, committed(50, 4), 100),
    ];
    assert_eq!(findings(ledger), Vec::<String>::new());
}

#[test]
fn each_dishonest_entry_is_named() {
    #[rustfmt::skip]
    let table = [
        (vec![entry(10, held(101), 101)],                                            "101 is reserved, expected at most the 100 of the line"),
        (vec![entry(10, held(60), 60), entry(11, committed(60, 1), 60)],             "60 is stated as reserved, expected 120; 120 is reserved, expected at most the 100 of the line"),
        (vec![entry(10, held(60), 59)],                                              "59 is stated as reserved, expected 60"),
        (vec![entry(10, held(60), 60), entry(10, committed(61, 1), 61)],             "amount rose from 60 to 61"),
        (vec![entry(10, committed(6, 1), 6), entry(10, committed(6, 2), 6)],         "it changed what it refers to"),
        (vec![entry(10, committed(6, 1), 6), entry(11, committed(6, 1), 12)],        "requisition isfahan/1 was answered by quanzhou/10"),
        (vec![entry(10, committed(6, 1), 6), entry(10, held(6), 6)],                 "it went from committed to held; it changed what it refers to"),
        (vec![entry(10, released(Some(1), 0), 0)],                                   "it went from nothing to released"),
        (vec![entry(10, declined(1, Why::Terms), 0), entry(10, committed(1, 1), 1)], "it went from declined to committed; amount rose from 0 to 1"),
    ];
    for (ledger, expected) in table {
        assert_eq!(findings(ledger).join("; "), expected);
    }
    let mut foreign = entry(10, held(1), 1);
    foreign.record.offer_line = id("harbor", 1).line(line(1));
    assert_eq!(findings(vec![foreign]), ["offer line harbor/1.1 belongs to another node"]);
}

#[test]
fn giving_back_from_a_line_that_was_cut_is_no_breach() {
    let mut back = entry(11, released(Some(1), 0), 60);
    back.record.line_amount = amount(50);
    assert_eq!(
        findings(vec![entry(10, held(60), 60), entry(11, committed(40, 1), 100), back]),
        Vec::<String>::new()
    );
}
