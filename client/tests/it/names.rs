//! Ids in their short and full forms.

use quince::name::{LineName, Needs, Offers, RecordName, short};

#[test]
fn both_forms_of_an_id_name_the_same_record() {
    for typed in ["isfahan/17", "nodes/isfahan/needs/17"] {
        let name: RecordName<Needs> = typed.parse().expect(typed);
        assert_eq!(name.to_string(), "nodes/isfahan/needs/17");
    }
    for typed in ["isfahan/17.2", "nodes/isfahan/offers/17/lines/2"] {
        let name: LineName<Offers> = typed.parse().expect(typed);
        assert_eq!(name.to_string(), "nodes/isfahan/offers/17/lines/2");
        assert_eq!(short(&name.to_string()), "isfahan/17.2");
    }
}

#[test]
fn what_is_no_id_is_refused() {
    let records = [
        "",
        "isfahan",
        "isfahan/",
        "isfahan/0",
        "isfahan/-1",
        "isfahan/+1",
        "isfahan/01",
        "isfahan/17.1",
        "Isfahan/17",
        "isfahan/17/18",
        "isfahan/99999999999999999999",
        "nodes/isfahan/offers/17",
        "../17",
        "isfahan /17",
        "nodes/-/needs/17/lines/1",
    ];
    for typed in records {
        assert!(typed.parse::<RecordName<Needs>>().is_err(), "{typed:?} was taken");
    }
    for typed in ["isfahan/17", "isfahan/17.0", "isfahan/17.1.2", "isfahan/17.4294967296"] {
        assert!(typed.parse::<LineName<Needs>>().is_err(), "{typed:?} was taken");
    }
}

#[test]
fn a_need_is_not_taken_for_an_offer() {
    let refusal = "nodes/isfahan/needs/17".parse::<RecordName<Offers>>().expect_err("another collection");
    assert_eq!(refusal.to_string(), "expected an offer such as isfahan/17 or nodes/isfahan/offers/17");
}
