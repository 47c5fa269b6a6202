//! Instants are read and shown without loss in the years 1 to 9999, and nowhere else.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn an_instant_survives_text_and_wire(micros in Instant::MIN.micros()..=Instant::MAX.micros()) {
        let instant = Instant::from_micros(micros).unwrap();
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        let (seconds, nanos) = instant.to_parts();
        prop_assert_eq!(Instant::from_parts(seconds, nanos), Ok(instant));
    }

    #[test]
    fn no_wire_value_panics(seconds: i64, nanos: i32) {
        let _ = Instant::from_parts(seconds, nanos);
    }
}

#[test]
fn instants_are_written_as_rfc_3339() {
    let table = [
        ("2027-03-15T08:00:00Z", "2027-03-15T08:00:00Z"),
        ("2027-03-15T08:00:00+03:30", "2027-03-15T04:30:00Z"),
        ("2027-03-15T08:00:00.123456789Z", "2027-03-15T08:00:00.123456Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ];
    for (text, expected) in table {
        assert_eq!(text.parse::<Instant>().unwrap().to_string(), expected);
    }
}

#[test]
fn what_is_not_an_instant_of_the_years_1_to_9999_is_refused() {
    for text in
        ["", "tomorrow", "2027-03-15", "2027-03-15T08:00:00", "0000-12-31T23:59:59Z", "12000-01-01T00:00:00Z"]
    {
        assert!(text.parse::<Instant>().is_err(), "{text}");
    }
    assert!("0001-01-01T00:00:00+01:00".parse::<Instant>().is_err(), "the year 0 in UTC");
    assert!(Instant::from_parts(253_402_300_800, 0).is_err() && Instant::from_parts(0, -1).is_err());
}

#[test]
fn spans_neither_wrap_nor_run_backwards() {
    let later = Instant::MIN.plus(Duration::from_secs(90));
    assert_eq!(later.since(Instant::MIN), Duration::from_secs(90));
    assert_eq!(Instant::MIN.since(later), Duration::ZERO);
    assert_eq!(Instant::MAX.plus(Duration::MAX), Instant::MAX);
    assert_eq!(Instant::MAX.since(Instant::MIN).as_secs(), 315_537_897_599);
}

#[test]
fn a_day_has_one_spelling() {
    assert_eq!("2027-03-15".parse::<Date>().unwrap().to_string(), "2027-03-15");
    for text in ["2027-3-15", "20270315", "2027-02-30", "0000-01-01", "-002027-01-01", "2027-03-15T00:00"] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn a_window_is_not_upside_down() {
    let [early, late] = ["2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z"].map(|t| t.parse().unwrap());
    assert!(
        When::new(Some(early), Some(late), None).is_ok() && When::new(Some(early), Some(early), None).is_ok()
    );
    let error = When::new(Some(late), Some(early), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "latest is \"2027-03-01T00:00:00Z\", expected not before 2027-03-02T00:00:00Z"
    );
}
