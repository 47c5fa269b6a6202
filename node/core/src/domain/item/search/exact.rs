//! Whether a text contains a query letter by letter, and where. Spaces, points and hyphens make no difference to that, but
//! words keep their beginnings.

use super::fold::Folded;
use super::script::is_unspaced;
use super::{Fit, Rank};

/// A query with fewer letters is looked for at the beginning of words only: inside them it is chance.
const INSIDE_LETTERS_MIN: usize = 3;

/// A text with fewer letters is not looked for inside a query.
const MENTION_LETTERS_MIN: usize = 4;

/// The same for scripts without spaces, where a letter says more.
const MENTION_UNSPACED_MIN: usize = 2;

/// How well the text answers the query letter by letter, if it does.
pub(super) fn rank(text: &Folded, query: &Folded) -> Option<Rank> {
    if text.lacks(query.whole()) > 0 {
        return None;
    }
    let (joined, letter_last) = (query.joined(), query.last_word_is_letter());
    let fit = if text.joined() == joined {
        Fit::Equal
    } else if begins(text, 0, joined, letter_last) {
        Fit::Begins
    } else if begins_a_word(text, joined, letter_last) {
        Fit::Word
    } else if stands_inside(text, joined, letter_last) {
        Fit::Contains
    } else {
        let cost = all_words(text, query)?;
        return Some(Rank { fit: Fit::AllWords, cost });
    };
    Some(Rank { fit, cost: 0 })
}

/// How many of the query's words stand in the text, but not at the beginning of a word; `None` if one does not, or if there
/// is but one.
fn all_words(text: &Folded, query: &Folded) -> Option<usize> {
    let mut inside = 0;
    for word in query.words() {
        if !begins_a_word(text, word, false) {
            stands_inside(text, word, false).then_some(())?;
            inside += 1;
        }
    }
    (query.words_count() > 1).then_some(inside)
}

/// Whether the query says more than the text, and how much more.
pub(super) fn mention(text: &Folded, query: &Folded) -> Option<Rank> {
    let (said, asked) = (text.whole(), query.whole());
    if query.lacks(said) > 0 || said.letters.len() >= asked.letters.len() {
        return None;
    }
    let letters_min = if said.unspaced { MENTION_UNSPACED_MIN } else { MENTION_LETTERS_MIN };
    let stands =
        if said.unspaced { query.joined().contains(text.joined()) } else { stands_as_words(text, query) };
    let cost = asked.letters.len() - said.letters.len();
    (stands && said.letters.len() >= letters_min).then_some(Rank { fit: Fit::Mentions, cost })
}

fn begins_a_word(text: &Folded, word: &str, letter_last: bool) -> bool {
    text.starts().any(|start| begins(text, start, word, letter_last))
}

fn begins(text: &Folded, start: usize, word: &str, letter_last: bool) -> bool {
    text.joined()[start..].starts_with(word) && ends_well(text, start, word, letter_last)
}

fn stands_inside(text: &Folded, word: &str, letter_last: bool) -> bool {
    // To look for what is longer than the text would cost more than all the rest.
    if word.len() > text.joined().len() {
        return false;
    }
    let tells = word.chars().any(is_unspaced) || word.chars().count() >= INSIDE_LETTERS_MIN;
    tells && text.joined().match_indices(word).any(|(start, _)| ends_well(text, start, word, letter_last))
}

/// A word that runs over the end of the text's word into the first letter of the next is there by chance, as is "gloves" in
/// "glove, surgical", unless the query too has a last word of one letter.
fn ends_well(text: &Folded, start: usize, word: &str, letter_last: bool) -> bool {
    letter_last || !text.is_first_letter(start, start + word.len())
}

/// Whether the text stands in the query from the beginning of a word to the end of one.
fn stands_as_words(text: &Folded, query: &Folded) -> bool {
    query.starts().any(|start| {
        query.joined()[start..].starts_with(text.joined()) && query.ends_word(start + text.joined().len())
    })
}
