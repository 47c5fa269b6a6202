//! Who may move a need where: every step from every state.

use super::*;
use crate::domain::agreement::tests as fixture;
use crate::domain::lines::Counted;
use crate::domain::quantity::Unit;
use crate::domain::transition::TransitionError;
use fixture::{amount, because, exactly, id, line, now};

fn need_in(state: NeedState) -> Need {
    Need { state, ..fixture::need(1, exactly(100)).record }
}

fn states() -> [NeedState; 8] {
    use NeedState::{Draft, Duplicate, Expired, Fulfilled, OnHold, Open, Submitted, Withdrawn};
    [Draft, Submitted, Open, OnHold, Fulfilled, Withdrawn, Expired, Duplicate { of: id("isfahan", 9) }]
}

#[test]
fn each_step_starts_where_the_rules_say_and_nowhere_else() {
    type Step = fn(&Need) -> Result<Need, TransitionError>;
    #[rustfmt::skip]
    let table: [(&str, Step, &[&str], &str); 9] = [
        ("open",      |n| n.open(now()),                                                 &["draft"],                                 "open"),
        ("submit",    |n| n.submit(now()),                                               &["draft"],                                 "submitted"),
        ("approve",   |n| n.approve(now()),                                              &["submitted"],                             "open"),
        ("hold",      |n| n.hold(now(), None),                                           &["open"],                                  "on_hold"),
        ("resume",    |n| n.resume(now()),                                               &["on_hold"],                               "open"),
        ("fulfil",    |n| n.fulfil(now()),                                               &["open", "on_hold"],                       "fulfilled"),
        ("withdraw",  |n| n.withdraw(now(), because()),                                  &["draft", "submitted", "open", "on_hold"], "withdrawn"),
        ("expire",    |n| n.expire(now()),                                               &["open", "on_hold"],                       "expired"),
        ("duplicate", |n| n.duplicate(now(), &id("isfahan", 1), id("isfahan", 9), None), &["open", "on_hold"],                       "duplicate"),
    ];
    for (name, step, from, to) in table {
        for state in states() {
            let before = need_in(state);
            match step(&before) {
                Ok(after) => {
                    assert!(from.contains(&before.state.as_str()), "{name} from {}", before.state.as_str());
                    assert_eq!(after.state.as_str(), to);
                    assert_eq!((after.lines, after.common.created), (before.lines, before.common.created));
                }
                Err(_) => {
                    assert!(!from.contains(&before.state.as_str()), "{name} from {}", before.state.as_str())
                }
            }
        }
    }
}

#[test]
fn a_refused_step_says_what_was_expected() {
    let error = need_in(NeedState::Open).approve(now()).unwrap_err();
    assert_eq!(error.to_string(), "cannot approve: need is open, expected submitted");
    let own =
        need_in(NeedState::Open).duplicate(now(), &id("isfahan", 1), id("isfahan", 1), None).unwrap_err();
    assert_eq!(own.to_string(), "duplicate_of is \"isfahan/1\", expected another need");
}

#[test]
fn a_step_keeps_its_reason_and_its_time() {
    let later = now().plus(std::time::Duration::from_secs(1));
    let withdrawn = need_in(NeedState::Open).withdraw(later, because()).unwrap();
    assert_eq!((withdrawn.common.reason, withdrawn.common.updated), (Some(because()), later));
}

/// The need with its one line changed.
fn with_line(change: impl FnOnce(&mut NeedLine)) -> Need {
    let mut need = need_in(NeedState::Open);
    let mut changed = need.lines.get(line(1)).unwrap().clone();
    change(&mut changed);
    need.lines = Lines::new(vec![changed]).unwrap();
    need
}

#[test]
fn a_published_line_changes_with_a_reason_and_never_below_what_is_counted() {
    let mut counted = Counted::default();
    counted.add(line(1), amount(60));
    let revise = |changed: Need, counted: &Counted| {
        let after = need_in(NeedState::Open).revise(now(), changed, counted, Some(because()));
        after.map(|_| ()).map_err(|e| e.to_string())
    };
    let free = Counted::default();
    let to = |n: i64| with_line(|line| line.quantity.measure = exactly(n));
    let frozen = |field: &str, new: &str, old: &str| {
        Err(format!("lines[1].{field} is \"{new}\", expected {old}, because other records name the line"))
    };
    let below = |n: &str| {
        Err(format!(
            "lines[1].quantity.amount is \"{n}\", expected at least 60, which other records count on"
        ))
    };
    assert_eq!(revise(to(60), &counted), Ok(()), "down to what is counted");
    assert_eq!(revise(to(59), &counted), below("59"), "one less");
    assert_eq!(revise(to(59), &free), Ok(()), "nothing is counted");
    assert_eq!(
        revise(with_line(|l| l.quantity.measure = crate::domain::quantity::Measure::Unknown), &counted),
        below("unknown")
    );
    assert_eq!(
        revise(with_line(|l| l.item = "mask.cloth".parse().unwrap()), &counted),
        frozen("item", "mask.cloth", "mask.surgical.iir")
    );
    assert_eq!(revise(with_line(|l| l.kind = Kind::Service), &counted), frozen("kind", "service", "goods"));
    assert_eq!(
        revise(with_line(|l| l.quantity.unit = Unit::Gram), &counted),
        frozen("quantity.unit", "gram", "piece")
    );
    assert_eq!(
        revise(with_line(|l| l.item = "mask.cloth".parse().unwrap()), &free),
        Ok(()),
        "nobody names it"
    );
    let moved = revise(with_line(|l| l.line = line(2)), &free);
    assert_eq!(
        moved,
        Err("lines[1] is \"missing\", expected every published line; set its quantity to 0 instead".into())
    );
}

#[test]
fn a_published_line_changes_only_with_a_reason_and_a_draft_freely() {
    let changed = || with_line(|line| line.quantity.measure = exactly(1));
    let nothing = Counted::default();
    let error = need_in(NeedState::Open).revise(now(), changed(), &nothing, None).unwrap_err();
    assert_eq!(error, TransitionError::ReasonMissing { record: "need" });
    let draft = need_in(NeedState::Draft).revise(now(), changed(), &nothing, None).unwrap();
    assert_eq!(draft.state, NeedState::Draft);
    assert!(
        need_in(NeedState::Open).revise(now(), need_in(NeedState::Open), &nothing, None).is_ok(),
        "the same lines"
    );
    assert!(
        need_in(NeedState::Withdrawn).revise(now(), changed(), &nothing, Some(because())).is_err(),
        "ended"
    );
}

#[test]
fn a_drill_stays_a_drill() {
    let mut drill = need_in(NeedState::Open);
    drill.common.exercise = true;
    let error =
        need_in(NeedState::Open).revise(now(), drill, &Counted::default(), Some(because())).unwrap_err();
    assert!(error.to_string().starts_with("common.exercise is \"true\""), "{error}");
}

#[test]
fn urgency_and_shelf_life_keep_their_bounds() {
    assert!(Urgency::new(1).unwrap() < Urgency::new(4).unwrap());
    assert!(Urgency::new(0).is_err() && Urgency::new(5).is_err() && Urgency::new(257).is_err());
    assert!(ShelfLife::new(0).is_err() && ShelfLife::new(36_500).is_ok() && ShelfLife::new(36_501).is_err());
}
