//! Codes keep their form, the embedded catalogue is sound, and people find what they mean.

use std::collections::BTreeSet;

use super::*;
use crate::domain::quantity::Unit;

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn found(query: &str, limit: usize) -> Vec<String> {
    let catalogue = Catalogue::embedded();
    catalogue.search(query, limit).iter().map(|proposal| proposal.item.code.to_string()).collect()
}

#[test]
fn codes_are_read_and_shown_unchanged() {
    for text in ["mask.surgical.iir", "a", "9-x", "isfahan:mask.local", &"a".repeat(64)] {
        assert_eq!(code(text).to_string(), text);
    }
    let long = "a".repeat(65);
    for text in
        ["", ".mask", "-mask", "Mask", "mask surgical", ":mask", "Isfahan:mask", "a:b:c", "isfahan:", &long]
    {
        assert!(text.parse::<ItemCode>().is_err(), "{text}");
    }
    assert_eq!(code("isfahan:mask.local").owner().map(ToString::to_string).as_deref(), Some("isfahan"));
}

#[test]
fn the_embedded_catalogue_is_sound() {
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.iter().count(), 62);
    for item in catalogue.iter() {
        assert!(!item.title().is_empty(), "{} has no English name", item.code);
        assert_eq!(item.code.owner(), None, "{} is a city's own", item.code);
        for other in &item.may_be_replaced_by {
            assert!(catalogue.get(other).is_some(), "{} names {other}, which is unknown", item.code);
        }
    }
    let mask = catalogue.get(&code("mask.surgical.iir")).unwrap();
    assert_eq!(mask.base_unit, BaseUnit::Fixed(Unit::Piece));
    assert_eq!(mask.packs[0].contains.map(|n| n.get()), Some(50));
    assert!(mask.base_unit.accepts(&Unit::Piece) && !mask.base_unit.accepts(&Unit::Gram));
    let funds = catalogue.get(&code("funds.cash")).unwrap();
    assert!(funds.base_unit.accepts(&"minor:EUR".parse().unwrap()) && !funds.base_unit.accepts(&Unit::Piece));
}

#[test]
fn items_connected_by_replacement_are_planned_together() {
    let catalogue = Catalogue::embedded();
    let component = |text: &str| catalogue.component(&code(text)).to_string();
    assert_eq!(
        component("mask.medical.i"),
        component("respirator.n95.surgical"),
        "by way of the surgical mask"
    );
    assert_eq!(component("tent.family"), component("tarpaulin"));
    assert_ne!(component("mask.cloth"), component("glove.exam.vinyl"));
    assert_eq!(component("isfahan:mask.local"), "isfahan:mask.local", "an unknown code stands alone");
    let smallest: BTreeSet<_> = catalogue.iter().map(|item| catalogue.component(&item.code)).collect();
    assert!(smallest.into_iter().all(|name| catalogue.component(name) == name));
}

#[test]
fn a_table_with_a_fault_is_refused_with_its_place() {
    let header = "code,family,name_en,hs6,hs_note,base_unit,packs,standards,grade_in_family,may_be_replaced_by,\
                  replacement_conditions,zh,fa,vi,fr,it,es,ar,ru,ne,pt\n";
    let row = |code: &str, unit: &str, packs: &str| format!("{code},f,Name,,,{unit},{packs},,,,,,,,,,,,,,\n");
    let error = |rows: &[String]| {
        Catalogue::parse(&(header.to_owned() + &rows.concat()), "").unwrap_err().to_string()
    };
    assert!(Catalogue::parse(&(header.to_owned() + &row("a", "piece", "box=50|tub=unknown")), "").is_ok());
    assert!(error(&[row("A", "piece", "")]).starts_with("catalogue row 1, column code:"));
    assert!(
        error(&[row("a", "piece", ""), row("b", "kilo", "")])
            .starts_with("catalogue row 2, column base_unit:")
    );
    assert!(error(&[row("a", "piece", "box")]).contains("box is not name=content"));
    assert!(error(&[row("a", "piece", "box=0")]).starts_with("catalogue row 1, column packs:"));
    let synonyms = |rows: &str| Catalogue::parse(&(header.to_owned() + &row("a", "piece", "")), rows);
    assert!(synonyms("code,language,term\na,fr,nom\n").is_ok());
    let error_of = |rows: &str| synonyms(rows).unwrap_err().to_string();
    assert_eq!(
        error_of("code,language,term\nb,fr,nom\n"),
        "synonyms row 1, column code: b is not in the catalogue"
    );
    assert!(error_of("code,language,term\na,?,nom\n").starts_with("synonyms row 1, column language:"));
    assert!(error_of("code,language,term\na,fr,\n").starts_with("synonyms row 1, column term:"));
    assert_eq!(
        error(&[row("a", "piece", ""), row("a", "set", "")]),
        "catalogue row 2, column code: a comes twice"
    );
    assert!(Catalogue::parse("code\na\n", "").unwrap_err().message.contains("missing"));
}

#[test]
fn people_find_items_in_their_language() {
    let table = [
        ("mask.surgical.iir", "mask.surgical.iir", "the code"),
        ("Khẩu trang phẫu thuật", "mask.surgical.iir", "Vietnamese, in capitals"),
        ("khau trang phau thuat", "mask.surgical.iir", "Vietnamese without diacritics"),
        ("医用外科口罩", "mask.surgical.iir", "simplified Chinese"),
        ("醫用外科口罩", "mask.surgical.iir", "traditional Chinese"),
        ("ماسک پارچه ای", "mask.cloth", "Persian with a space for the joiner"),
        ("ماسك پارچه‌اي", "mask.cloth", "Persian with Arabic letters"),
        ("  CLOTH  ", "mask.cloth", "case and spaces"),
        ("тканевая", "mask.cloth", "Russian, the first word"),
        ("surgical mask", "mask.surgical.iir", "English"),
    ];
    for (query, expected, why) in table {
        assert_eq!(found(query, 1), [expected], "{why}");
    }
    assert_eq!(found("", 9), Vec::<String>::new());
    assert_eq!(found("no such thing", 9), Vec::<String>::new());
}

#[test]
fn the_same_query_gives_the_same_order_and_no_more_than_the_limit() {
    let all = found("mask", 100);
    assert_eq!(found("mask", 3), all[..3]);
    assert_eq!(all[..4], ["mask.unspecified", "respirator.unspecified", "mask.cloth", "mask.medical.i"]);
}
