//! Whoever types a name of an item in full, in any language, finds that item first.

use super::*;

/// Terms that several items share, of which any may come first.
const SHARED: [&str; 0] = [];

#[test]
fn every_term_in_every_language_finds_its_own_item_first() {
    assert_eq!(all_terms().count(), 549, "the table has grown or shrunk: count again");
    let faults = all_terms().filter(|(code, _, term)| {
        let found = first(term).unwrap();
        found.how != Fit::Equal || found.item.code.code() != *code && !SHARED.contains(term)
    });
    assert_none(&faults.map(|fault| format!("{fault:?} {:?}", codes(fault.2, 3))).collect::<Vec<_>>());
}

#[test]
fn every_code_finds_its_item_first() {
    for item in CATALOGUE.iter() {
        let found = first(&item.code.to_string()).unwrap();
        assert_eq!((&found.item.code, found.found_in, found.how), (&item.code, None, Fit::Equal));
    }
}

#[test]
fn every_synonym_finds_its_item_first_or_the_others_that_have_it_too() {
    let mut faults = Vec::new();
    for (entry, item) in CATALOGUE.index().entries().iter().zip(CATALOGUE.iter()) {
        for term in entry.synonyms() {
            let proposals = CATALOGUE.search(term, 2);
            let equal = proposals.iter().any(|p| p.item == item && p.how == Fit::Equal);
            if !equal || proposals[0].how != Fit::Equal {
                faults.push(format!("{} {term}: {:?}", item.code, codes(term, 3)));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_part_of_an_english_name_that_people_type_finds_the_heading_among_three() {
    let mut faults = Vec::new();
    for item in CATALOGUE.iter() {
        let without_brackets = item.title().split(" (").next().unwrap();
        for part in [item.title().split(',').next().unwrap(), without_brackets] {
            let found = CATALOGUE.search(part, 3);
            if !found.iter().any(|proposal| proposal.item.family == item.family) {
                faults.push(format!("{} by {part}: {:?}", item.code, codes(part, 3)));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn a_proposal_says_how_it_was_found() {
    let table = [
        ("tarpaulin", "tarpaulin", Fit::Equal, None),
        ("bâche", "tarpaulin", Fit::Equal, Some("fr")),
        ("perchloric", "", Fit::Equal, None),
        ("oxymètre", "oximeter.pulse", Fit::Begins, Some("fr")),
        ("transport viral", "swab.vtm", Fit::Word, Some("fr")),
        ("防护面", "face.shield", Fit::Begins, Some("zh")),
        ("面罩", "face.shield", Fit::Contains, Some("zh")),
        ("viral écouvillon", "swab.vtm", Fit::AllWords, Some("fr")),
        ("brezentt", "", Fit::Equal, None),
        ("брезентт", "tarpaulin", Fit::Similar, Some("ru")),
        ("3M N95口罩 1860", "respirator.n95", Fit::Mentions, Some("zh")),
        ("examination", "glove.unspecified", Fit::Begins, Some("en")),
        ("FFP", "respirator.unspecified", Fit::LeavesOpen, None),
        ("6306.12", "tarpaulin", Fit::Tariff, None),
    ];
    for (query, code, how, language) in table {
        let found = first(query);
        let told = found.map(|p| (p.item.code.to_string(), p.how, p.found_in.map(|l| l.to_string())));
        let expected = (!code.is_empty()).then(|| (code.to_owned(), how, language.map(str::to_owned)));
        assert_eq!(told, expected, "{query}");
    }
}

#[test]
fn the_first_letter_of_the_next_word_is_no_plural() {
    let masks = CATALOGUE.search("masks", 9);
    assert!(masks.iter().all(|p| p.item.code.code() != "mask.surgical.iir" || p.how != Fit::Begins));
    assert_eq!(first("surgical mask f").map(|p| p.how), Some(Fit::Begins), "here the letter stands alone");
}

#[test]
fn a_tariff_code_finds_the_items_under_it_and_their_notes() {
    let under: Vec<_> =
        CATALOGUE.iter().filter(|i| i.hs6 == "6307.90").map(|i| i.code.code().to_owned()).collect();
    for query in [
        "6307.90",
        "630790",
        "HS 6307.90",
        "hs6307.90",
        "HS code: 6307.90",
        "6307 90",
        "٦٣٠٧٫٩٠",
        "６３０７．９０",
    ] {
        let found = CATALOGUE.search(query, 99);
        let mut tariff: Vec<_> =
            found.iter().filter(|p| p.how == Fit::Tariff).map(|p| p.item.code.code().to_owned()).collect();
        tariff.sort();
        assert_eq!(tariff, under, "{query}");
    }
    assert_eq!(codes("6307.90", 2), ["mask.unspecified", "respirator.unspecified"], "a tariff says no grade");
    assert_eq!(codes("6307.90.98 00", 99), codes("6307.90", 99), "what a country adds is not looked at");
    assert_eq!(codes("HS 6306", 9), ["tarpaulin", "tent.family"], "a heading finds what stands under it");
    let other = first("3002.15").unwrap();
    assert_eq!((other.item.code.code(), other.how), ("test.antigen", Fit::TariffNote));
    assert_eq!(other.item.hs_note, "HS2022; HS2017 3002.15", "the note says for which edition");
    assert_eq!(codes("6307.9099.99.99", 9), Vec::<String>::new(), "longer than any tariff");
    assert_eq!(codes("HS", 9).len(), codes("hs", 9).len(), "no number, no code");
}

#[test]
fn every_item_with_a_tariff_code_is_found_by_it() {
    for item in CATALOGUE.iter().filter(|item| !item.hs6.is_empty()) {
        let found = CATALOGUE.search(&item.hs6, 99);
        assert!(found.iter().any(|p| p.item == item && p.how == Fit::Tariff), "{}", item.code);
    }
}
