//! The register follows from the records and not from their order, finds own items by name in any language, and never
//! lets one come before the catalogue's.

use super::*;
use crate::domain::item::Fit;
use crate::domain::item::sample::{own_item, recorded};
use crate::domain::text::Reason;

static CATALOGUE: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(Catalogue::embedded);

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn register(records: &[Snapshot<OwnItem>]) -> Register {
    let mut register = Register::default();
    records.iter().for_each(|record| register.set(record.clone()));
    register
}

fn found(register: &Register, query: &str) -> Vec<String> {
    register.search(&CATALOGUE, query, 100).iter().map(|found| found.item.code.to_string()).collect()
}

#[test]
fn an_own_item_is_found_in_every_language_it_has_with_the_folding_of_the_catalogue() {
    let hood = [("en", "padded hood"), ("fr", "capuche matelassée"), ("fa", "کلاه گرم"), ("zh", "棉帽")];
    let register = register(&[recorded("isfahan/7", own_item("isfahan:hood", &hood))]);
    for query in ["padded hood", "PADDED", "capuche matelassee", "كلاه گرم", "棉帽", "isfahan:hood"]
    {
        assert_eq!(found(&register, query).first().map(String::as_str), Some("isfahan:hood"), "{query}");
    }
    let near = register.search(&CATALOGUE, "capuche matelasee", 1);
    assert_eq!((near[0].how, near[0].found_in.as_ref().map(|l| l.as_str())), (Fit::Similar, Some("fr")));
    assert!(found(&register, "6307.90").contains(&"isfahan:hood".to_owned()), "by its tariff code");
}

#[test]
fn of_two_that_fit_alike_the_catalogues_comes_first() {
    let title = CATALOGUE.get(&code("mask.surgical.iir")).unwrap().title();
    let register = register(&[recorded("a1/7", own_item("a1:aaa", &[("en", title)]))]);
    let both = register.search(&CATALOGUE, title, 2);
    let shown: Vec<_> = both.iter().map(|one| (one.item.code.to_string(), one.how)).collect();
    assert_eq!(shown, [("mask.surgical.iir".to_owned(), Fit::Equal), ("a1:aaa".to_owned(), Fit::Equal)]);
}

#[test]
fn a_search_without_own_items_is_the_catalogues_and_own_items_only_add_to_it() {
    let own = register(&[recorded("isfahan/7", own_item("isfahan:x", &[("en", "mask for painters")]))]);
    for query in ["mask", "gloves", "6307.90", "respirator", "कलम", "masque"] {
        let catalogue: Vec<_> = CATALOGUE.search(query, 100);
        assert_eq!(Register::default().search(&CATALOGUE, query, 100), catalogue, "{query}");
        let with = own.search(&CATALOGUE, query, 101);
        let common: Vec<_> = with.into_iter().filter(|one| one.item.code.owner().is_none()).collect();
        assert_eq!(common, catalogue, "{query}");
    }
}

#[test]
fn a_withdrawn_one_is_read_by_code_and_proposed_to_nobody() {
    let item = own_item("isfahan:hood", &[("en", "padded hood")]);
    let gone = item.withdraw(item.common.created, Reason::new("out of use").unwrap()).unwrap();
    let register = register(&[recorded("isfahan/7", item), recorded("isfahan/7", gone)]);
    assert!(!register.get(&code("isfahan:hood")).unwrap().snapshot.record.is_active());
    assert_eq!(found(&register, "padded hood"), Vec::<String>::new());
}

#[test]
fn of_two_records_for_one_code_the_lower_number_counts_whatever_comes_first() {
    let (first, second) =
        (own_item("isfahan:hood", &[("en", "hood")]), own_item("isfahan:hood", &[("en", "cap")]));
    let records = [recorded("isfahan/7", first.clone()), recorded("isfahan/9", second)];
    let mut reversed = records.clone();
    reversed.reverse();
    for records in [records, reversed] {
        let register = register(&records);
        assert_eq!(register.get(&code("isfahan:hood")).unwrap().snapshot.record, first);
        assert_eq!(found(&register, "hood"), ["isfahan:hood"]);
    }
}

#[test]
fn a_record_that_changes_its_code_stands_for_the_new_one_only() {
    let (old, new) = (own_item("isfahan:a1", &[("en", "hood")]), own_item("isfahan:b1", &[("en", "hood")]));
    let changed = register(&[recorded("isfahan/7", old), recorded("isfahan/7", new.clone())]);
    assert_eq!(changed, register(&[recorded("isfahan/7", new)]));
    assert_eq!(changed.get(&code("isfahan:a1")), None);
}

#[test]
fn a_city_has_so_many_own_items_and_the_first_count_in_any_order() {
    let one = |number: usize| {
        recorded(&format!("isfahan/{number}"), own_item(&format!("isfahan:c{number}"), &[("en", "hood")]))
    };
    let mut all: Vec<_> = (1..=OWN_ITEMS_MAX + 2).map(one).collect();
    let in_order = register(&all);
    all.reverse();
    assert_eq!(register(&all), in_order);
    let known = |number: usize| in_order.get(&code(&format!("isfahan:c{number}"))).is_some();
    assert!(known(1) && known(OWN_ITEMS_MAX) && !known(OWN_ITEMS_MAX + 1) && !known(OWN_ITEMS_MAX + 2));
}
