//! Which spellings are near: letters left out, added, replaced, or swapped with their neighbour. Counting stops at a few, so
//! the effort grows with the length of the query and not with its square.

use super::fold::{Folded, Run, letter_set, letters_missing};
use super::{Fit, QUERY_LETTERS_MAX, Rank};

/// The most mistakes in one text or word: with three, short names of other things come near.
const EDITS_MAX: usize = 2;

/// The most mistakes in all words together.
pub(super) const EDITS_SUM_MAX: usize = 3;

/// From how many letters on a text may have one mistake, and two.
const ONE_EDIT_LETTERS: usize = 4;
const TWO_EDITS_LETTERS: usize = 9;

/// The same for scripts without spaces, where a letter is a syllable or a word.
const ONE_EDIT_UNSPACED: usize = 3;
const TWO_EDITS_UNSPACED: usize = 12;

/// From how many letters on a query may stop inside a word of the text: near the beginning of some word is every short one.
const PREFIX_LETTERS: usize = 6;
const PREFIX_UNSPACED: usize = 4;

/// More than any count that matters.
const FAR: u8 = u8::MAX / 2;

/// Cells of a row: what a query may be compared with, and one before it.
const ROW: usize = QUERY_LETTERS_MAX + EDITS_MAX + 1;

/// How near the text's spelling is to the query's, if it is near: as a whole, as far as the query goes, or word by word.
/// Costs interleave in this order, so that one mistake in a word comes before two in the whole.
pub(super) fn rank(text: &Folded, query: &Folded) -> Option<Rank> {
    let cost = cost(text, query.whole()).or_else(|| Some(3 * by_words(text, query)? + 2))?;
    Some(Rank { fit: Fit::Similar, cost })
}

/// The whole text comes before one that only begins so.
fn cost(text: &Folded, query: Run<'_>) -> Option<usize> {
    let edits_max = edits_allowed(query);
    let letters = text.whole().letters;
    if edits_max == 0 || text.lacks(query) > edits_max || lacks_window(letters, query, edits_max) {
        return None;
    }
    let near = distance(query.letters, letters, edits_max)?;
    let whole = near.whole.map(|edits| 3 * edits);
    let prefix = may_stop_inside(query).then_some(3 * near.prefix + 1);
    whole.into_iter().chain(prefix).min()
}

/// Mistakes over all words of the query, each compared with every beginning of a word in the text.
fn by_words(text: &Folded, query: &Folded) -> Option<usize> {
    let mut sum = 0;
    for word in query.runs() {
        let edits_max = edits_allowed(word);
        if text.lacks(word) > edits_max {
            return None;
        }
        sum += nearest(text, word, edits_max)?;
    }
    (sum <= EDITS_SUM_MAX).then_some(sum)
}

/// Mistakes to the nearest beginning of a word in the text. The word must end there too if it is short and has a mistake;
/// otherwise it may be unfinished, or run on where the text has a separator.
fn nearest(text: &Folded, word: Run<'_>, edits_max: usize) -> Option<usize> {
    let mut nearest = None;
    for (rest, length) in text.rests() {
        let edits = if rest.starts_with(word.letters) {
            return Some(0);
        } else if edits_max == 0 || lacks_window(rest, word, edits_max) {
            None
        } else if may_stop_inside(word) {
            distance(word.letters, rest, edits_max).map(|near| near.prefix)
        } else {
            distance(word.letters, &rest[..length], edits_max).and_then(|near| near.whole)
        };
        nearest = nearest.into_iter().chain(edits).min();
    }
    nearest
}

/// Whether more letters than the mistakes allowed are missing where the word would have to be: far cheaper than to compare.
fn lacks_window(rest: &[char], word: Run<'_>, edits_max: usize) -> bool {
    let window = &rest[..rest.len().min(word.letters.len() + edits_max)];
    window.len() + edits_max < word.letters.len()
        || letters_missing(word.letter_set, letter_set(window)) > edits_max
}

fn may_stop_inside(run: Run<'_>) -> bool {
    run.letters.len() >= if run.unspaced { PREFIX_UNSPACED } else { PREFIX_LETTERS }
}

fn edits_allowed(run: Run<'_>) -> usize {
    let (one, two) = if run.unspaced {
        (ONE_EDIT_UNSPACED, TWO_EDITS_UNSPACED)
    } else {
        (ONE_EDIT_LETTERS, TWO_EDITS_LETTERS)
    };
    usize::from(run.letters.len() >= one) + usize::from(run.letters.len() >= two)
}

/// How many mistakes lie between a query and a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Distance {
    /// To the whole text; `None` when more than were allowed.
    pub(super) whole: Option<usize>,
    /// To the nearest beginning of the text.
    pub(super) prefix: usize,
}

/// The mistakes between query and text, `None` when more than `edits_max`. No letter is edited twice.
pub(super) fn distance(query: &[char], text: &[char], edits_max: usize) -> Option<Distance> {
    debug_assert!(query.len() <= QUERY_LETTERS_MAX && edits_max <= EDITS_MAX);
    let width = text.len().min(query.len() + edits_max);
    if width + edits_max < query.len() {
        return None;
    }
    let mut before = [FAR; ROW];
    let mut above = [FAR; ROW];
    for (j, cell) in (0u8..).zip(above.iter_mut().take(edits_max.min(width) + 1)) {
        *cell = j;
    }
    for i in 1..=query.len() {
        let mut row = [FAR; ROW];
        let (first, last) = (i.saturating_sub(edits_max), (i + edits_max).min(width));
        let mut least = FAR;
        for j in first..=last {
            let mut cell = above[j] + 1;
            if j > 0 {
                let replaced = u8::from(query[i - 1] != text[j - 1]);
                cell = cell.min(row[j - 1] + 1).min(above[j - 1] + replaced);
            }
            if i > 1 && j > 1 && query[i - 1] == text[j - 2] && query[i - 2] == text[j - 1] {
                cell = cell.min(before[j - 2] + 1);
            }
            row[j] = cell.min(FAR);
            least = least.min(row[j]);
        }
        if usize::from(least) > edits_max {
            return None;
        }
        (before, above) = (above, row);
    }
    let within = |edits: u8| Some(usize::from(edits)).filter(|edits| *edits <= edits_max);
    let prefix = above[..=width].iter().copied().min().and_then(within)?;
    let whole = if text.len() == width { within(above[width]) } else { None };
    Some(Distance { whole, prefix })
}
