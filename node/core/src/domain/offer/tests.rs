//! Who may move an offer where: every step from every state.

use super::*;
use crate::domain::agreement::stock;
use crate::domain::agreement::tests as fixture;
use crate::domain::lines::Counted;
use crate::domain::transition::TransitionError;
use fixture::{because, commitments, committed, exactly, held, line, now, offer_in, requested, requisition};

#[test]
fn each_step_starts_where_the_rules_say_and_nowhere_else() {
    use OfferState::{Closed, Draft, Expired, Open, Withdrawn};
    type Step = fn(&Offer) -> Result<Offer, TransitionError>;
    #[rustfmt::skip]
    let table: [(&str, Step, &[OfferState], OfferState); 5] = [
        ("open",     |o| o.open(now()),                &[Draft],       Open),
        ("confirm",  |o| o.confirm(now()),             &[Open],        Open),
        ("close",    |o| o.close(now(), None),         &[Open],        Closed),
        ("withdraw", |o| o.withdraw(now(), because()), &[Draft, Open], Withdrawn),
        ("expire",   |o| o.expire(now()),              &[Open],        Expired),
    ];
    for (name, step, from, to) in table {
        for state in OfferState::ALL {
            let after = step(&offer_in(*state, 100).record).map(|after| after.state).ok();
            assert_eq!(after, from.contains(state).then_some(to), "{name} from {state}");
        }
    }
    let error = offer_in(Closed, 100).record.confirm(now()).unwrap_err();
    assert_eq!(error.to_string(), "cannot confirm: offer is closed, expected open");
}

#[test]
fn an_offer_is_stale_thirty_days_after_it_was_confirmed() {
    let offer = offer_in(OfferState::Open, 100).record;
    let edge = now().plus(STALE_AFTER);
    assert!(!offer.is_stale(now()));
    assert!(!offer.is_stale(now().plus(STALE_AFTER - Duration::from_micros(1))));
    assert!(offer.is_stale(edge));
    assert!(!offer.confirm(edge).unwrap().is_stale(edge), "confirmed again");
    assert!(!offer.is_stale(Instant::MIN), "confirmed by a clock that runs ahead");
}

#[test]
fn the_quantity_never_falls_below_what_is_held_and_committed() {
    let before = offer_in(OfferState::Open, 100);
    let on_line = commitments(vec![held(10), committed(20, 1)]);
    let counted = stock::counted(&before, &on_line, []);
    let to = |n: i64| Offer { lines: fixture::offer(1, exactly(n)).record.lines, ..before.record.clone() };
    assert!(before.record.revise(now(), to(30), &counted, Some(because())).is_ok());
    let error = before.record.revise(now(), to(29), &counted, Some(because())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "lines[1].quantity.amount is \"29\", expected at least 30, which other records count on"
    );
    assert!(before.record.revise(now(), to(29), &Counted::default(), None).is_err(), "a reason is missing");
}

#[test]
fn a_requisition_freezes_the_item_it_asked_for() {
    let before = offer_in(OfferState::Open, 100);
    let asked = requisition(1, requested(5));
    let counted = stock::counted(&before, [], [&asked]);
    let mut swapped = before.record.lines.get(line(1)).unwrap().clone();
    swapped.item = "mask.cloth".parse().unwrap();
    let changed = Offer { lines: Lines::new(vec![swapped]).unwrap(), ..before.record.clone() };
    assert!(before.record.revise(now(), changed.clone(), &counted, Some(because())).is_err());
    assert!(before.record.revise(now(), changed, &Counted::default(), Some(because())).is_ok());
}

#[test]
fn recipients_are_nodes_or_countries() {
    assert_eq!("IR".parse(), Ok(Recipient::Country("IR".parse().unwrap())));
    assert_eq!("isfahan".parse(), Ok(Recipient::Node("isfahan".parse().unwrap())));
    for text in ["", "ir!", "Iran", "I"] {
        assert!(text.parse::<Recipient>().is_err(), "{text}");
    }
}
