//! Quantities never wrap, never leave their bounds and never lose a unit.

use proptest::prelude::*;

use super::*;

fn amounts() -> impl Strategy<Value = Amount> {
    prop_oneof![0..1_000i64, 0..=AMOUNT_MAX, (AMOUNT_MAX - 1_000)..=AMOUNT_MAX]
        .prop_map(|n| Amount::new(n).unwrap())
}

proptest! {
    #[test]
    fn arithmetic_agrees_with_wider_integers_or_refuses(a in amounts(), b in amounts()) {
        let (wide_a, wide_b, max) = (i128::from(a.get()), i128::from(b.get()), i128::from(AMOUNT_MAX));
        let inside = |n: i128| (0..=max).contains(&n).then_some(n);
        let plain = |amount: Option<Amount>| amount.map(|amount| i128::from(amount.get()));
        prop_assert_eq!(plain(a.checked_add(b)), inside(wide_a + wide_b));
        prop_assert_eq!(plain(a.checked_sub(b)), inside(wide_a - wide_b));
        prop_assert_eq!(i128::from(a.saturating_add(b).get()), (wide_a + wide_b).min(max));
        prop_assert_eq!(i128::from(a.saturating_sub(b).get()), (wide_a - wide_b).max(0));
    }

    #[test]
    fn what_is_added_and_taken_away_again_leaves_nothing_behind(a in amounts(), b in amounts()) {
        if let Some(sum) = a.checked_add(b) {
            prop_assert_eq!(sum.checked_sub(b), Some(a));
        }
    }

    #[test]
    fn a_sum_does_not_depend_on_the_order(mut all in prop::collection::vec(amounts(), 0..20)) {
        let sum: Amount = all.iter().copied().sum();
        all.sort();
        prop_assert_eq!(all.iter().copied().sum::<Amount>(), sum);
    }

    #[test]
    fn every_integer_is_an_amount_or_is_refused(n: i64) {
        prop_assert_eq!(Amount::new(n).is_ok(), (0..=AMOUNT_MAX).contains(&n));
        prop_assert_eq!(Positive::new(n).is_ok(), (1..=AMOUNT_MAX).contains(&n));
    }
}

#[test]
fn units_are_read_and_shown_unchanged() {
    for text in [
        "piece",
        "set",
        "gram",
        "millilitre",
        "test",
        "person",
        "pallet",
        "mission",
        "minor:EUR",
        "pack:bottle",
    ] {
        assert_eq!(text.parse::<Unit>().unwrap().to_string(), text);
    }
    for text in ["", "Piece", "pieces", "minor unit", "minor:", "minor:eur", "pack:", "kg"] {
        assert!(text.parse::<Unit>().is_err(), "{text}");
    }
}

#[test]
fn a_bad_amount_names_what_came_and_what_was_expected() {
    let error = Amount::new(-1).unwrap_err().under("quantity.amount").under("lines[2]");
    assert_eq!(error.to_string(), "lines[2].quantity.amount is \"-1\", expected 0 to 9007199254740991");
}
