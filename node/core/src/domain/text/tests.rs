//! Texts keep their bounds, languages one spelling, and display hides nothing and nobody.

use super::*;

#[test]
fn a_text_has_a_length_in_characters_and_no_nul() {
    assert!(Words::<3>::new("医疗品").is_ok());
    assert!(Words::<3>::new("医疗用品").is_err());
    assert!(Words::<3>::new("").is_err());
    assert_eq!(Words::<9>::new("a\0b").unwrap_err().expected, "no U+0000");
    let long = Words::<3>::new("x".repeat(1_000_000)).unwrap_err();
    assert!(long.to_string().len() < 120, "an error does not repeat a megabyte");
}

#[test]
fn a_language_tag_has_one_spelling() {
    let table = [
        ("fa", "fa"),
        ("FA", "fa"),
        ("zh-hant", "zh-Hant"),
        ("pt-br", "pt-BR"),
        ("ZH-hans-cn", "zh-Hans-CN"),
    ];
    for (text, expected) in table.into_iter().chain([("en-a-US", "en-a-us"), ("es-419", "es-419")]) {
        assert_eq!(text.parse::<Language>().unwrap().as_str(), expected);
    }
    for text in
        ["", "f", "persian language", "fa_IR", "fa-", "-fa", "123", "zh-averylongtag", &"aa-".repeat(20)]
    {
        assert!(text.parse::<Language>().is_err(), "{text}");
    }
}

#[test]
fn a_text_comes_at_most_once_in_a_language_and_in_at_most_24() {
    let text = |language: &str| Text::<9>::new(language, "x", TextOrigin::Human).unwrap();
    let twice = Texts::new(vec![text("fa"), text("en"), text("FA")]).unwrap_err();
    assert_eq!(twice.under("title").to_string(), "title[2] is \"fa\", expected each language once");
    let many = |count: u8| (0..count).map(|i| text(&format!("a{}", char::from(b'a' + i)))).collect();
    assert!(Texts::new(many(24)).is_ok());
    assert!(Texts::new(many(25)).is_err());
}

#[test]
fn a_reader_gets_the_own_language_or_the_first() {
    let text = |language, words| Text::<9>::new(language, words, TextOrigin::Human).unwrap();
    let texts = Texts::new(vec![text("en", "masks"), text("it", "masche")]).unwrap();
    let shown = |language: &str| texts.in_language(&language.parse().unwrap()).unwrap().words.as_str();
    assert_eq!((shown("it"), shown("fa")), ("masche", "masks"));
}

#[test]
fn display_drops_what_deceives_and_keeps_what_spells() {
    let table = [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u{202e}b\u{2066}c\u{200e}d", "abcd"),
        ("zero\u{200b}width\u{feff}", "zerowidth"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("c1\u{9b}31m", "c131m"),
        ("پارچه\u{200c}ای", "پارچه\u{200c}ای"),
        ("pay\u{200d}pal", "paypal"),
        ("tag\u{e0041}ged", "tagged"),
        ("खाद्य 医疗 маска", "खाद्य 医疗 маска"),
    ];
    for (text, expected) in table {
        assert_eq!(sanitize_for_display(text), expected);
    }
}
