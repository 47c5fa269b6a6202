//! Finding an item by what people call it. It proposes, a person confirms; a grade is never guessed from a name.
//! Here is the order of the proposals; `index` holds what is searched, `fold` says which spellings are one, `similar`
//! which are near. No I/O, no clock: the same catalogue and query give the same list everywhere.

use std::cmp::Ordering;

use crate::domain::item::{Catalogue, Item};
use crate::domain::text::Language;
use crate::domain::word::words;

mod exact;
mod fold;
mod index;
mod script;
mod similar;
mod tariff;

pub(in crate::domain::item) use index::{Entry, Index};

use fold::Folded;
use tariff::Tariff;

/// The longest query that is looked at, in letters and digits as they are compared; the rest is cut. Half as long again as
/// the catalogue's longest term, so that any name fits with a few words around it, and small enough that the effort per
/// key press stays bounded.
pub const QUERY_LETTERS_MAX: usize = 100;

/// How much of a query is read at all, in characters: enough for every letter to come with three marks of its own.
const QUERY_CHARS_MAX: usize = 4 * QUERY_LETTERS_MAX;

/// An item that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// The item.
    pub item: &'a Item,
    /// The language of the term that was found; `None` when no term was, but the code, the tariff code or the heading.
    pub found_in: Option<Language>,
    /// Why it is proposed.
    pub how: Fit,
}

words! {
    /// Why an item is proposed, the best reason first. A term is what the item is called in some language, a synonym, or
    /// its code; spelling that people do not mean, such as case and accents, makes no difference.
    Fit, "a fit", {
        /// The query is the term.
        Equal = "equal",
        /// The query is the item's code in the Harmonized System, or the beginning of it. The item's note on that code says for
        /// which edition it holds.
        Tariff = "tariff",
        /// The query is a code in the item's tariff note: another edition's, or that of another material.
        TariffNote = "tariff-note",
        /// The term begins with the query.
        Begins = "begins",
        /// A later word of the term begins with the query.
        Word = "word",
        /// The query stands somewhere in the term.
        Contains = "contains",
        /// Every word of the query stands in the term, in whatever order.
        AllWords = "all-words",
        /// The term is spelled nearly like the query: a guess, which must be shown as one.
        Similar = "similar",
        /// The query says more than the term, which stands in it.
        Mentions = "mentions",
        /// The query fits several grades of one heading alike, and this item leaves the grade open.
        LeavesOpen = "leaves-open",
    }
}

/// How well a text answers a query: by kind, then by cost within the kind, less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    fit: Fit,
    cost: usize,
}

/// An entry that answers the query.
struct Found<'a> {
    entry: &'a Entry,
    item: &'a Item,
    rank: Rank,
    how: Fit,
    language: Option<&'a Language>,
}

/// What is looked for: the query, and when it has Arabic articles also the query without them.
struct Query {
    spellings: Vec<Folded>,
    tariff: Option<Tariff>,
}

impl Catalogue {
    /// The items whose code, term in any language, synonym or tariff code fits the query, at most `limit`. Best first; among
    /// equals what leaves the grade open, then by code. Only the first [`QUERY_LETTERS_MAX`] letters count.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Proposal<'_>> {
        propose(self, std::iter::empty(), query, limit)
    }
}

/// Proposes out of the catalogue and out of what cities add to it; see [`Catalogue::search`].
pub(in crate::domain::item) fn propose<'a>(
    catalogue: &'a Catalogue,
    own: impl Iterator<Item = (&'a Entry, &'a Item)>,
    query: &str,
    limit: usize,
) -> Vec<Proposal<'a>> {
    let query = Query::new(query);
    let common = || catalogue.index().entries().iter().zip(catalogue.iter());
    let mut found: Vec<_> = common().filter_map(|(entry, item)| answer(entry, item, &query)).collect();
    leave_grades_open(&mut found, common());
    found.extend(own.filter_map(|(entry, item)| answer(entry, item, &query)));
    found.sort_by(Found::order);
    found.into_iter().take(limit).map(Found::proposal).collect()
}

impl Query {
    fn new(text: &str) -> Self {
        let whole = Folded::of_query(text);
        if whole.is_empty() {
            return Self { spellings: Vec::new(), tariff: None };
        }
        let (tariff, bare) = (Tariff::of_query(&whole), whole.without_articles());
        Self { spellings: [whole].into_iter().chain(bare).collect(), tariff }
    }
}

impl<'a> Found<'a> {
    fn order(&self, other: &Self) -> Ordering {
        let key = |found: &Self| (found.rank, !found.entry.leaves_open());
        // A code of the catalogue comes before any of a city.
        key(self).cmp(&key(other)).then_with(|| self.item.code.cmp(&other.item.code))
    }

    fn proposal(self) -> Proposal<'a> {
        Proposal { item: self.item, found_in: self.language.cloned(), how: self.how }
    }
}

/// The best of what the entry's texts and tariff codes answer; the first text among equals.
fn answer<'a>(entry: &'a Entry, item: &'a Item, query: &Query) -> Option<Found<'a>> {
    let by_tariff =
        query.tariff.as_ref().and_then(|tariff| entry.tariff_rank(tariff)).map(|rank| (rank, None));
    let by_text = query.spellings.iter().filter_map(|spelling| entry.best_text(spelling));
    let (rank, language) = by_tariff.into_iter().chain(by_text).min_by_key(|(rank, _)| *rank)?;
    Some(Found { entry, item, rank, how: rank.fit, language })
}

/// Puts the item that leaves the grade open before the grades of its heading where the query fits the best two or more of
/// them alike, because then it does not say which one is meant.
fn leave_grades_open<'a>(found: &mut Vec<Found<'a>>, all: impl Iterator<Item = (&'a Entry, &'a Item)>) {
    for (entry, item) in all.filter(|(entry, _)| entry.leaves_open()) {
        let grades = || found.iter().filter(|f| f.item.family == item.family && !f.entry.leaves_open());
        let Some(best) = grades().map(|grade| grade.rank).min() else { continue };
        let names_one = matches!(best.fit, Fit::Equal | Fit::Tariff | Fit::TariffNote | Fit::Mentions);
        if names_one || grades().filter(|grade| grade.rank == best).count() < 2 {
            continue;
        }
        match found.iter_mut().find(|f| f.item.code == item.code) {
            Some(open) if open.rank <= best => {}
            Some(open) => {
                (open.rank, open.how, open.language) = (best, Fit::LeavesOpen, None);
            }
            None => found.push(Found { entry, item, rank: best, how: Fit::LeavesOpen, language: None }),
        }
    }
}

#[cfg(test)]
mod tests;
