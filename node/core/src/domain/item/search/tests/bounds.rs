//! Whatever is typed, search ends soon, does not panic, and says the same every time.

use proptest::prelude::*;

use super::*;
use crate::domain::item::search::fold::Folded;
use crate::domain::item::search::similar::distance;

/// Texts that folding could stumble over: any Unicode, and mixtures of what it treats specially.
fn texts() -> impl Strategy<Value = String> {
    let special = "[a-zÀ-ỹа-яİıßﷺΣςـ\u{0621}-\u{065f}\u{200b}-\u{200f}\u{0900}-\u{0970}\u{3040}-\u{30ff}一-龥Ⅰ-Ⅻ０-ｚ\u{1f600}-\u{1f64f} .,'-]{0,40}";
    prop_oneof![any::<String>(), special, "\\PC{0,300}"]
}

proptest! {
    #[test]
    fn any_text_is_a_query_and_gives_the_same_list_twice(text in texts(), limit in 0..70usize) {
        let found = CATALOGUE.search(&text, limit);
        prop_assert!(found.len() <= limit);
        prop_assert_eq!(&CATALOGUE.search(&text, limit), &found);
        prop_assert_eq!(&CATALOGUE.search(&text, 99)[..found.len()], &found[..]);
    }

    #[test]
    fn no_item_is_proposed_twice(text in texts()) {
        let mut found = codes(&text, 99);
        let all = found.len();
        found.sort();
        found.dedup();
        prop_assert_eq!(found.len(), all);
    }

    #[test]
    fn what_is_folded_stays_as_it_is(text in texts()) {
        let once = Folded::of(&text);
        let spaced = once.words().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(Folded::of(&spaced), once);
    }

    #[test]
    fn a_distance_is_what_counting_every_way_gives(
        query in proptest::collection::vec(prop::sample::select(vec!['a', 'b', 'c']), 1..8),
        text in proptest::collection::vec(prop::sample::select(vec!['a', 'b', 'c']), 0..9),
        edits_max in 0..=2usize,
    ) {
        let within = |edits: usize| Some(edits).filter(|edits| *edits <= edits_max);
        let near = distance(&query, &text, edits_max);
        let prefixes = (0..=text.len()).map(|end| counted(&query, &text[..end]));
        prop_assert_eq!(near.map(|near| near.prefix), prefixes.min().and_then(within));
        prop_assert_eq!(near.and_then(|near| near.whole), within(counted(&query, &text)));
    }
}

/// The same by plain recursion from the end.
fn counted(query: &[char], text: &[char]) -> usize {
    let ([shorter @ .., last], [other @ .., end]) = (query, text) else { return query.len() + text.len() };
    let mut edits = (counted(shorter, other) + usize::from(last != end))
        .min(counted(shorter, text) + 1)
        .min(counted(query, other) + 1);
    if let ([.., before, last], [.., earlier, end]) = (query, text)
        && last == earlier
        && before == end
    {
        edits = edits.min(counted(&query[..query.len() - 2], &text[..text.len() - 2]) + 1);
    }
    edits
}

#[test]
fn every_term_fits_into_a_query_with_words_around_it() {
    for (code, _, term) in all_terms() {
        let letters = Folded::of(term).whole().letters.len();
        assert!(3 * letters / 2 <= QUERY_LETTERS_MAX, "{code} {term}");
        assert_eq!(Folded::of_query(term), Folded::of(term));
        let marked: String = term.chars().flat_map(|c| [c, '\u{0301}', '\u{0302}', '\u{0303}']).collect();
        assert!(marked.chars().count() <= QUERY_CHARS_MAX, "{code} {term}");
    }
}

#[test]
fn a_query_is_cut_after_its_hundredth_letter() {
    let long = "tarpaulin ".repeat(100_000);
    assert_eq!(Folded::of_query(&long).whole().letters.len(), QUERY_LETTERS_MAX);
    assert_eq!(CATALOGUE.search(&long, 9), CATALOGUE.search(&long[..200], 9));
    let marks = format!("bache{}", "\u{0301}".repeat(1_000_000));
    assert_eq!(codes(&marks, 1), ["tarpaulin"]);
    // One character that decomposes into eighteen must not get around the bound.
    assert_eq!(Folded::of_query(&"\u{fdfa}".repeat(1_000)).whole().letters.len(), QUERY_LETTERS_MAX);
}

#[test]
fn nothing_is_found_by_nothing_or_by_what_has_no_letters() {
    for query in ["", "  ", "...", "%", "\u{200c}", "\u{064e}", "no such thing", "😷"] {
        assert_eq!(codes(query, 9), Vec::<String>::new(), "{query:?}");
    }
}
