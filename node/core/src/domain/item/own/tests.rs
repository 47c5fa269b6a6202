//! An own item is of the city that writes it, keeps its code and its unit, and ends for good.

use super::*;
use crate::domain::item::sample::own_item;
use crate::domain::text::{Text, TextOrigin, Texts};

fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

#[test]
fn a_code_is_defined_by_its_own_city_and_by_nobody_else() {
    assert_eq!(
        own_item("isfahan:mask.local", &[("en", "local mask")]).check_owner(&handle("isfahan")),
        Ok(())
    );
    for code in ["turin:mask.local", "mask.surgical.iir"] {
        let refused = own_item(code, &[("en", "local mask")]).check_owner(&handle("isfahan")).unwrap_err();
        let expected =
            format!("code is {code:?}, expected a code of isfahan itself, such as isfahan:mask.local");
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn an_update_changes_what_it_names_and_never_code_or_unit() {
    let old = own_item("isfahan:mask.local", &[("en", "local mask")]);
    let terms = Texts::new(vec![Text::new("fa", "ماسک محلی", TextOrigin::Human).unwrap()]).unwrap();
    let terms = Names::new(terms).unwrap();
    let patch = OwnItemPatch { terms: Some(terms.clone()), hs6: Some(None), ..OwnItemPatch::default() };
    let reason = Reason::new("a better word").unwrap();
    let new = old.revise(now(), patch, Some(reason.clone())).unwrap();
    let common = old.common.revised(now(), Some(reason));
    assert_eq!(new, OwnItem { common, terms, hs6: None, ..old });
}

#[test]
fn what_is_withdrawn_can_be_read_and_not_changed() {
    let item = own_item("isfahan:mask.local", &[("en", "local mask")]);
    let reason = || Reason::new("nobody makes it any more").unwrap();
    let withdrawn = item.withdraw(now(), reason()).unwrap();
    assert!(item.is_active() && !withdrawn.is_active());
    assert_eq!(withdrawn.to_item(), item.to_item());
    let again = withdrawn.withdraw(now(), reason()).unwrap_err();
    assert_eq!(again.to_string(), "cannot withdraw: own item is withdrawn, expected active");
    assert!(withdrawn.revise(now(), OwnItemPatch::default(), None).is_err());
}

#[test]
fn as_an_item_it_stands_under_no_heading_and_nothing_replaces_it() {
    let item = own_item("isfahan:mask.local", &[("fa", "ماسک محلی"), ("en", "local mask")]).to_item();
    assert_eq!((item.title(), item.family.as_str(), item.hs6.as_str()), ("local mask", "", "6307.90"));
    assert_eq!((item.may_be_replaced_by.len(), item.replacement_conditions.as_str()), (0, ""));
    assert!(item.base_unit.accepts(&Unit::Piece) && !item.base_unit.accepts(&Unit::Gram));
    assert_eq!(item.packs[0].contains.map(|contains| contains.get()), Some(50));
}

#[test]
fn a_heading_is_written_in_one_way() {
    assert_eq!("6307.90".parse::<Hs6>().unwrap().to_string(), "6307.90");
    for text in ["", "630790", "6307", "6307.9", "63079.0", "6307.90.98", "6307.9a", "6307.90 ", "٦٣٠٧.90"]
    {
        assert!(text.parse::<Hs6>().is_err(), "{text:?}");
    }
}
