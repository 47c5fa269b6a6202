//! Bundles as tables: `goods 1 with 2: declined | transport 2 with 1: committed => 2`. A requisition is `open` while nobody
//! answers; `sent` and `partly` have left, altogether or some of it.

use super::{NEEDY, amount};
use super::{commitment, committed, declined, id, now, released, requested, requisition, withdrawn};
use crate::domain::agreement::bundle::{Half, has_nothing_to_carry, withdraw_with_failed};
use crate::domain::agreement::delivery::Delivery;
use crate::domain::agreement::halves::Pair;
use crate::domain::commitment::{Commitment, ReasonCode};
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::lines::Lines;
use crate::domain::list::List;
use crate::domain::quantity::Measure;
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;

/// A requisition of a table, its answer and what has left.
struct Written {
    requisition: Snapshot<Requisition>,
    answer: Option<Snapshot<Commitment>>,
    dispatched: i64,
    transport: bool,
}

impl Written {
    fn of(text: &str) -> Self {
        let (head, state) = text.split_once(':').unwrap();
        let words: Vec<&str> = head.split_whitespace().collect();
        let number: u64 = words[1].parse().unwrap();
        let (asked, answer, dispatched) = match state.trim() {
            "open" => (requested(30), None, 0),
            "committed" => (requested(30), Some(committed(30, number)), 0),
            "declined" => (requested(30), Some(declined(number, ReasonCode::Terms)), 0),
            "released" => (requested(30), Some(released(Some(number), 0)), 0),
            "partly" => (requested(30), Some(released(Some(number), 10)), 10),
            "sent" => (requested(30), Some(committed(30, number)), 30),
            "begun" => (requested(30), Some(committed(30, number)), 10),
            "withdrawn" => (withdrawn(30), None, 0),
            "given back" => (withdrawn(30), Some(released(Some(number), 0)), 0),
            "too late" => (withdrawn(30), Some(committed(30, number)), 30),
            other => panic!("{other} is no state"),
        };
        let mut requisition = requisition(number, asked);
        let named: Vec<&str> = words.get(3).map(|named| named.split(',').collect()).unwrap_or_default();
        let named = named.iter().map(|number| id(NEEDY, number.parse().unwrap())).collect();
        requisition.record.common.related = List::new(named).unwrap();
        let answer = answer.map(|state| commitment(number + 100, state));
        Self { requisition, answer, dispatched, transport: words[0] == "transport" }
    }

    fn half(&self) -> Half<'_> {
        let delivery = Delivery { dispatched: amount(self.dispatched), ..Delivery::default() };
        let pair = Pair { requisition: &self.requisition, answer: self.answer.as_ref(), delivery };
        Half { pair, transport: self.transport }
    }
}

fn bundle(text: &str) -> Vec<Written> {
    text.split('|').map(Written::of).collect()
}

fn due(own: &[Written]) -> Vec<(RecordId, Requisition)> {
    let halves: Vec<_> = own.iter().map(Written::half).collect();
    withdraw_with_failed(now(), &halves)
}

fn check(table: &[&str]) {
    for row in table {
        let (text, expected) = row.split_once("=>").expect("a row has an arrow");
        let mut own = bundle(text);
        let written = due(&own);
        let numbers: Vec<_> = written.iter().map(|(id, _)| id.number.to_string()).collect();
        assert_eq!(numbers.join(" "), expected.trim(), "{text}");
        for (id, requisition) in written {
            let slot = own.iter_mut().find(|one| one.requisition.id == id).unwrap();
            assert!(slot.requisition.record.is_requested() && slot.dispatched == 0, "{text}");
            slot.requisition.record = requisition;
        }
        assert_eq!(due(&own), [], "written once, nothing more is due: {text}");
    }
}

#[test]
fn when_one_half_fails_the_other_is_withdrawn() {
    check(&[
        "goods 1 with 2: committed | transport 2 with 1: committed =>",
        "goods 1 with 2: committed | transport 2 with 1: open =>",
        "goods 1 with 2: committed | transport 2 with 1: declined => 1",
        "goods 1 with 2: committed | transport 2 with 1: released => 1",
        "goods 1 with 2: open | transport 2 with 1: declined => 1",
        "goods 1 with 2: declined | transport 2 with 1: committed => 2",
        "goods 1 with 2: released | transport 2 with 1: open => 2",
        "goods 1 with 2: declined | transport 2 with 1: declined =>",
    ]);
}

#[test]
fn what_has_left_is_never_withdrawn_and_has_not_failed() {
    check(&[
        "goods 1 with 2: sent | transport 2 with 1: declined =>",
        "goods 1 with 2: begun | transport 2 with 1: released =>",
        "goods 1 with 2: declined | transport 2 with 1: begun =>",
        "goods 1 with 2: partly | transport 2 with 1: committed =>",
        "goods 1 with 2: committed | transport 2 with 1: partly =>",
        "goods 1 with 2: too late | transport 2 with 1: committed =>",
    ]);
}

#[test]
fn transport_that_others_share_goes_only_when_nothing_is_left_to_carry() {
    check(&[
        "goods 1 with 3: declined | goods 2 with 3: committed | transport 3 with 1,2: committed =>",
        "goods 1 with 3: declined | goods 2 with 3: sent | transport 3 with 1,2: committed =>",
        "goods 1 with 3: declined | goods 2 with 3: released | transport 3 with 1,2: committed => 3",
        "goods 1 with 3: open | goods 2 with 3: committed | transport 3 with 1,2: declined => 1 2",
    ]);
}

#[test]
fn goods_that_several_carry_go_when_one_of_these_fails_and_the_others_follow() {
    check(&[
        "goods 1 with 2,3: committed | transport 2 with 1: declined | transport 3 with 1: committed => 1 3",
        "goods 1 with 2,3: committed | transport 2 with 1: declined | transport 3 with 1,4: committed \
         | goods 4 with 3: open => 1",
        "goods 1 with 2,3: sent | transport 2 with 1: declined | transport 3 with 1: committed =>",
    ]);
}

#[test]
fn what_a_person_withdrew_has_not_failed_but_leaves_nothing_to_carry() {
    check(&[
        "goods 1 with 2: committed | transport 2 with 1: withdrawn =>",
        "goods 1 with 2: committed | transport 2 with 1: given back =>",
        "goods 1 with 2: withdrawn | transport 2 with 1: committed => 2",
        "goods 1 with 2: given back | transport 2 with 1: open => 2",
    ]);
}

#[test]
fn only_halves_that_name_each_other_belong_together() {
    check(&[
        "goods 1: committed | transport 2 with 1: declined =>",
        "goods 1 with 2: committed | transport 2: declined =>",
        "goods 1 with 2: committed | goods 2 with 1: declined =>",
        "goods 1 with 9: committed | transport 2: committed =>",
        "transport 2: committed =>",
    ]);
}

#[test]
fn what_another_city_wrote_in_this_ones_name_is_left_alone() {
    let mut own = bundle("goods 1 with 2: committed | transport 2 with 1: declined");
    own[0].requisition.record.need_line = id("harbor", 1).line(super::line(1));
    assert_eq!(due(&own), []);
}

#[test]
fn the_withdrawal_says_which_half_failed_and_why() {
    let said = |text: &str| {
        let written = due(&bundle(text));
        written.into_iter().map(|(_, r)| r.common.reason.unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        said("goods 1 with 2,3: committed | transport 2 with 1: declined | transport 3 with 1: open"),
        [
            "isfahan/2, which it belongs with, was declined (terms)",
            "isfahan/1, which it belongs with, was withdrawn",
        ]
    );
}

#[test]
fn a_need_for_transport_ends_when_all_the_goods_that_it_names_have_failed_or_were_withdrawn() {
    let ends = |named: &[u64], kind: Kind, text: &str| {
        let mut need = super::need(1, Measure::Exact(amount(30)));
        let mut line = need.record.lines.iter().next().unwrap().clone();
        line.kind = kind;
        need.record.lines = Lines::new(vec![line]).unwrap();
        let named = named.iter().map(|number| id(NEEDY, *number)).collect();
        need.record.common.related = List::new(named).unwrap();
        let own = bundle(text);
        has_nothing_to_carry(&need, &own.iter().map(Written::half).collect::<Vec<_>>())
    };
    let failed = "goods 1 with 3: declined | goods 2 with 3: withdrawn | transport 3 with 1,2: withdrawn";
    assert!(ends(&[1, 2], Kind::Transport, failed));
    assert!(!ends(&[1, 2], Kind::Goods, failed), "a need of goods is nobody's shadow");
    assert!(!ends(&[], Kind::Transport, failed), "a person wrote it");
    assert!(!ends(&[1, 2, 9], Kind::Transport, failed), "it names something else too");
    assert!(!ends(&[3], Kind::Transport, failed), "it names what carries, not what is carried");
    for left in ["open", "committed", "sent", "partly", "too late"] {
        let text =
            format!("goods 1 with 3: declined | goods 2 with 3: {left} | transport 3 with 1,2: withdrawn");
        assert!(!ends(&[1, 2], Kind::Transport, &text), "{left}");
    }
}
