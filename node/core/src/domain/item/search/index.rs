//! What is searched: every item's code, terms, synonyms and tariff codes, folded once when the catalogue is read.

use std::collections::BTreeMap;

use super::fold::Folded;
use super::tariff::Tariff;
use super::{Fit, Rank, exact, similar};
use crate::domain::item::substitution::is_unspecified;
use crate::domain::item::{Item, ItemCode};
use crate::domain::text::Language;

/// The entries in the order of their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain::item) struct Index {
    entries: Vec<Entry>,
}

/// What one item is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain::item) struct Entry {
    leaves_open: bool,
    /// The code first, with no language.
    texts: Vec<(Option<Language>, Folded)>,
    tariff: Vec<Tariff>,
    tariff_notes: Vec<Tariff>,
}

impl Index {
    /// Folds what the items are called. `synonyms` has what else people type, by item.
    pub(in crate::domain::item) fn new(
        items: &BTreeMap<ItemCode, Item>,
        synonyms: &BTreeMap<ItemCode, Vec<(Language, String)>>,
    ) -> Self {
        let synonyms = |code| synonyms.get(code).map(Vec::as_slice).unwrap_or_default();
        Self { entries: items.values().map(|item| Entry::new(item, synonyms(&item.code))).collect() }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Entry {
    pub(in crate::domain::item) fn new(item: &Item, synonyms: &[(Language, String)]) -> Self {
        let code = (None, Folded::of(&item.code.to_string()));
        let synonyms = synonyms.iter().map(|(language, term)| (language, term));
        let terms = item.terms.iter().chain(synonyms);
        let terms = terms.map(|(language, term)| (Some(language.clone()), Folded::of(term)));
        Self {
            leaves_open: is_unspecified(&item.code),
            texts: [code].into_iter().chain(terms).filter(|(_, text)| !text.is_empty()).collect(),
            tariff: Tariff::all_in(&item.hs6),
            tariff_notes: Tariff::all_in(&item.hs_note),
        }
    }

    /// Whether it leaves the grade open.
    pub(super) fn leaves_open(&self) -> bool {
        self.leaves_open
    }

    /// The text that answers the query best, the first among equals, and its language.
    pub(super) fn best_text<'a>(&'a self, query: &Folded) -> Option<(Rank, Option<&'a Language>)> {
        let ranks = self.texts.iter().filter_map(|(language, text)| {
            let letter_by_letter = || exact::rank(text, query).or_else(|| similar::rank(text, query));
            // Most texts are in another script or of other letters: one look spares the rest.
            let far = text.lacks(query.whole()) > similar::EDITS_SUM_MAX;
            let rank = if far { None } else { letter_by_letter() }.or_else(|| exact::mention(text, query))?;
            Some((rank, language.as_ref()))
        });
        ranks.min_by_key(|(rank, _)| *rank)
    }

    /// The raw synonyms are not kept: their letters are enough to look for them again.
    #[cfg(test)]
    pub(super) fn synonyms(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(_, text)| text.joined())
    }

    /// How the item's tariff codes answer the query's.
    pub(super) fn tariff_rank(&self, asked: &Tariff) -> Option<Rank> {
        let any = |codes: &[Tariff]| codes.iter().any(|code| asked.covers(code));
        let fit = if any(&self.tariff) {
            Fit::Tariff
        } else if any(&self.tariff_notes) {
            Fit::TariffNote
        } else {
            return None;
        };
        Some(Rank { fit, cost: 0 })
    }
}
