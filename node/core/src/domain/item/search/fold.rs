//! Takes out of a text the differences that people do not mean: case, accents, width, joiners, separators, letters that
//! two languages or keyboards write differently, traditional and simplified characters. What remains is compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::script::{NASAL, fold_letter, is_nasal, is_unspaced, unligature};
use super::{QUERY_CHARS_MAX, QUERY_LETTERS_MAX};

const VIRAMA: char = '\u{094d}';

/// The Arabic article. Persian has words that begin like it, so it is only ever left out in addition.
const ARTICLE: &str = "ال";

/// What must remain of a word without the article, in letters: Arabic roots have three.
const ROOT_LETTERS_MIN: usize = 3;

/// A text as it is compared: letters and digits only, and where its words begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    joined: String,
    letters: Vec<char>,
    words: Vec<Span>,
    whole: Span,
}

/// A run of letters in a folded text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    /// Where it begins in `joined`.
    byte: usize,
    /// Where it begins in `letters`, and how many there are.
    letter: usize,
    letters_count: usize,
    letter_set: u64,
    unspaced: bool,
}

/// A run of letters, with what is asked of it over and over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) letters: &'a [char],
    /// See [`letter_set`].
    pub(super) letter_set: u64,
    /// Whether a letter is of a script without spaces.
    pub(super) unspaced: bool,
}

impl Folded {
    /// A term of the catalogue.
    pub(super) fn of(text: &str) -> Self {
        Self::collect(&separated(text.nfkd().flat_map(char::to_lowercase)), usize::MAX)
    }

    /// A query, which may be anything and is cut.
    pub(super) fn of_query(text: &str) -> Self {
        let read = text.chars().take(QUERY_CHARS_MAX).nfkd().flat_map(char::to_lowercase);
        Self::collect(&separated(read.take(QUERY_CHARS_MAX)), QUERY_LETTERS_MAX)
    }

    /// The same without Arabic articles; `None` when it has none.
    pub(super) fn without_articles(&self) -> Option<Self> {
        let bare = |word| {
            let root = str::strip_prefix(word, ARTICLE);
            root.filter(|root| root.chars().count() >= ROOT_LETTERS_MIN).unwrap_or(word)
        };
        let words: Vec<_> = self.words().map(bare).collect();
        let folded = Self::collect(&words.join(" "), QUERY_LETTERS_MAX);
        (folded != *self).then_some(folded)
    }

    /// `text` is in its folded letters already, with one blank or more between words.
    fn collect(text: &str, letters_max: usize) -> Self {
        let (mut joined, mut letters, mut words) = (String::new(), Vec::new(), Vec::<Span>::new());
        let mut whole = Span::default();
        let mut begins = true;
        for letter in text.chars() {
            if letter == ' ' {
                begins = true;
                continue;
            }
            if letters.len() == letters_max {
                break;
            }
            if begins {
                words.push(Span { byte: joined.len(), letter: letters.len(), ..Span::default() });
                begins = false;
            }
            joined.push(letter);
            letters.push(letter);
            for span in words.last_mut().into_iter().chain([&mut whole]) {
                span.letters_count += 1;
                span.letter_set |= bit(letter);
                span.unspaced |= is_unspaced(letter);
            }
        }
        Self { joined, letters, words, whole }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// Its letters without anything between words.
    pub(super) fn joined(&self) -> &str {
        &self.joined
    }

    /// The same as a run.
    pub(super) fn whole(&self) -> Run<'_> {
        self.run(&self.whole)
    }

    pub(super) fn words_count(&self) -> usize {
        self.words.len()
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let ends = self.starts().skip(1).chain([self.joined.len()]);
        self.starts().zip(ends).map(|(start, end)| &self.joined[start..end])
    }

    /// As [`Self::words`], as runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.words.iter().map(|word| self.run(word))
    }

    /// From each word's beginning to the end of the text, in letters, and how many of them are that word's.
    pub(super) fn rests(&self) -> impl Iterator<Item = (&[char], usize)> {
        self.words.iter().map(|word| (&self.letters[word.letter..], word.letters_count))
    }

    /// Where words begin, in bytes.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        self.words.iter().map(|word| word.byte)
    }

    /// Whether a word ends here.
    pub(super) fn ends_word(&self, byte: usize) -> bool {
        byte == self.joined.len() || byte > 0 && self.starts().any(|start| start == byte)
    }

    /// Whether the last of several words is a single letter.
    pub(super) fn last_word_is_letter(&self) -> bool {
        self.words_count() > 1 && self.words.last().is_some_and(|word| word.letters_count == 1)
    }

    /// Whether just the first letter of a longer word lies before `end`, and that word begins after `start`.
    pub(super) fn is_first_letter(&self, start: usize, end: usize) -> bool {
        let Some(begin) = self.starts().take_while(|begin| *begin < end).last() else { return false };
        begin > start && !self.ends_word(end) && self.joined[begin..end].chars().nth(1).is_none()
    }

    /// At least how many different letters of the run are not in this text. Letters that share a bit are taken for the same,
    /// so this may be too few and is never too many.
    pub(super) fn lacks(&self, run: Run<'_>) -> usize {
        letters_missing(run.letter_set, self.whole.letter_set)
    }

    fn run(&self, span: &Span) -> Run<'_> {
        let letters = &self.letters[span.letter..span.letter + span.letters_count];
        Run { letters, letter_set: span.letter_set, unspaced: span.unspaced }
    }
}

/// The letters as bits, for a quick look.
pub(super) fn letter_set(letters: &[char]) -> u64 {
    letters.iter().fold(0, |set, letter| set | bit(*letter))
}

/// At least how many different letters of `wanted` are not in `there`; see [`Folded::lacks`].
pub(super) fn letters_missing(wanted: u64, there: u64) -> usize {
    (wanted & !there).count_ones() as usize
}

/// Neighbours in an alphabet have different bits, so that letters of one script rarely share one.
fn bit(letter: char) -> u64 {
    1 << (u32::from(letter) % 64)
}

/// Folded letters, with a blank for everything that separates words.
fn separated(decomposed: impl Iterator<Item = char>) -> String {
    let marked: Vec<char> = decomposed.filter(|c| !is_dropped(*c)).collect();
    let mut letters = String::with_capacity(marked.len());
    for (i, letter) in marked.iter().copied().enumerate() {
        let before_consonant = marked.get(i + 1) == Some(&VIRAMA) && marked.get(i + 2).is_some();
        if letter == VIRAMA {
            continue;
        } else if is_nasal(letter) && before_consonant {
            // पन्जा and पंजा are one word: Devanagari writes a nasal before a consonant either way.
            letters.push(NASAL);
        } else if let Some(both) = unligature(letter) {
            letters.push_str(both);
        } else if letter.is_alphanumeric() {
            letters.push(fold_letter(letter));
        } else {
            letters.push(' ');
        }
    }
    letters
}

/// Marks that decorate a letter, and characters that nobody sees. Vowel signs of Indic scripts are letters and stay.
fn is_dropped(c: char) -> bool {
    match c {
        VIRAMA => false,
        // The lengthening stroke, the lone hamza, vowel signs and hamzas above or below a letter.
        '\u{0640}'
        | '\u{0621}'
        | '\u{0674}'
        | '\u{0610}'..='\u{061a}'
        | '\u{064b}'..='\u{065f}'
        | '\u{0670}' => true,
        // Joiners, directions, soft hyphen, zero-width space, byte order mark.
        '\u{00ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => true,
        c => is_combining_mark(c) && !c.is_alphabetic(),
    }
}
