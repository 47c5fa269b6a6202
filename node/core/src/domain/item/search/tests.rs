//! What search promises, shown over the whole catalogue: every term, every misspelling, every way to write it.

use super::*;

mod bounds;
mod grades;
mod misspelled;
mod spellings;
mod terms;

/// Parsed once for all tests.
static CATALOGUE: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(Catalogue::embedded);

/// The codes that are proposed, best first.
fn codes(query: &str, limit: usize) -> Vec<String> {
    CATALOGUE.search(query, limit).iter().map(|proposal| proposal.item.code.to_string()).collect()
}

/// The first proposal.
fn first(query: &str) -> Option<Proposal<'static>> {
    CATALOGUE.search(query, 1).into_iter().next()
}

/// Every code, language and term of the catalogue's table, without synonyms.
fn all_terms() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    CATALOGUE.iter().flat_map(|item| {
        item.terms.iter().map(|(language, term)| (item.code.code(), language.as_str(), term.as_str()))
    })
}

/// Fails with every fault at once.
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n  {}", faults.len(), faults.join("\n  "));
}
