//! Codes of the Harmonized System, as people type them and as the catalogue notes them. A heading has four digits, a code
//! six; what a country adds after that is not ours to know.

use super::fold::Folded;

/// Digits of a heading: fewer say nothing.
const DIGITS_MIN: usize = 4;

/// Digits of a code that all countries share.
const DIGITS_SHARED: usize = 6;

/// The most digits that a national tariff adds up to.
const DIGITS_MAX: usize = 10;

/// Words that people put before a code, folded.
const LABELS: [&str; 8] = ["hs", "hs6", "hscode", "code", "hts", "taric", "ncm", "sh"];

/// A heading or code, or the digits in between, as far as all countries share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tariff(String);

impl Tariff {
    /// The query, if it is a tariff code and nothing else: `6307.90`, `630790`, `HS 6307.90`, `6307 90 98`.
    pub(super) fn of_query(query: &Folded) -> Option<Self> {
        let words =
            query.words().map(|word| word.strip_prefix("hs").filter(|rest| is_number(rest)).unwrap_or(word));
        let words: Vec<_> = words.skip_while(|word| LABELS.contains(word)).collect();
        let digits = words.iter().all(|word| is_number(word)).then(|| words.concat())?;
        (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()).then(|| Self::shared(&digits))
    }

    /// The codes in a catalogue's cell: each is four digits, a point, two digits.
    pub(super) fn all_in(cell: &str) -> Vec<Self> {
        let words = cell.split(|c: char| !c.is_ascii_digit() && c != '.');
        let codes = words.filter_map(|word| word.trim_end_matches('.').split_once('.'));
        let codes = codes.filter(|(heading, rest)| heading.len() == 4 && rest.len() == 2 && is_number(rest));
        codes.map(|(heading, rest)| Self::shared(&format!("{heading}{rest}"))).collect()
    }

    /// Whether this is the other, or a heading that it stands under.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    fn shared(digits: &str) -> Self {
        Self(digits.chars().take(DIGITS_SHARED).collect())
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}
