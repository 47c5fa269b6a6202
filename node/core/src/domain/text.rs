//! Texts: bounded, without U+0000, each in a named language. They are stored as given; only display cleans them.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::field::FieldError;
use crate::domain::word::words;

/// The longest title, in characters: one line on a board.
pub const TITLE_CHARS_MAX: usize = 200;

/// The longest text, in characters: a page.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// The longest reason or note, in characters: a paragraph.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// The most languages of one text.
pub const LANGUAGES_MAX: usize = 24;

/// The longest language tag, in bytes: BCP 47 asks implementations to take 35.
pub const LANGUAGE_LEN_MAX: usize = 35;

/// A text of 1 to `MAX` characters without U+0000, which one of the two databases refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words<const MAX: usize>(String);

/// Why a revision was written.
pub type Reason = Words<NOTE_CHARS_MAX>;

/// A remark on a line.
pub type Note = Words<NOTE_CHARS_MAX>;

/// A language by its BCP 47 tag, in canonical case: `fa`, `zh-Hant`, `pt-BR`. Known by shape, not by registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(SmolStr);

words! {
    /// Who put a text into its language.
    TextOrigin, "an origin", {
        /// A person.
        Human = "human",
        /// A machine; a person has not confirmed it.
        Machine = "machine",
    }
}

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize> {
    /// The language.
    pub language: Language,
    /// The text.
    pub words: Words<MAX>,
    /// Who wrote it.
    pub origin: TextOrigin,
}

/// The same text in up to [`LANGUAGES_MAX`] languages, each once, in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Texts<const MAX: usize>(Vec<Text<MAX>>);

/// A title in its languages.
pub type Title = Texts<TITLE_CHARS_MAX>;

/// A description in its languages.
pub type Description = Texts<TEXT_CHARS_MAX>;

/// A name in its languages, at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Names(Title);

impl<const MAX: usize> Words<MAX> {
    /// Checks length and characters.
    pub fn new(text: impl Into<String>) -> Result<Self, FieldError> {
        let text = text.into();
        // Characters are counted only where there may be too many: no character is shorter than a byte.
        let is_long = text.len() > MAX && text.chars().nth(MAX).is_some();
        if text.is_empty() || is_long {
            return Err(FieldError::of(text, format!("1 to {MAX} characters")));
        }
        if text.contains('\0') {
            return Err(FieldError::of(text, "no U+0000"));
        }
        Ok(Self(text))
    }

    /// The text as stored. Clean it with [`sanitize_for_display`] before printing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Words<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Language {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let mut subtags = text.split('-');
        let primary = subtags.next().unwrap_or_default();
        let primary_fits =
            (2..=8).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        let rest_fits =
            subtags.all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()));
        if text.len() > LANGUAGE_LEN_MAX || !primary_fits || !rest_fits {
            return Err(FieldError::of(text, "a BCP 47 language tag such as fa or zh-Hant"));
        }
        // Most tags are a language alone, and in small letters.
        let is_canonical = text.bytes().all(|b| b.is_ascii_lowercase());
        Ok(Self(if is_canonical { SmolStr::new(text) } else { canonical_case(text).into() }))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> Text<MAX> {
    /// Checks language and text.
    pub fn new(language: &str, text: impl Into<String>, origin: TextOrigin) -> Result<Self, FieldError> {
        let language = language.parse().map_err(|e: FieldError| e.under("language"))?;
        let words = Words::new(text).map_err(|e| e.under("text"))?;
        Ok(Self { language, words, origin })
    }
}

impl<const MAX: usize> Texts<MAX> {
    /// Checks that there are not too many and no language comes twice.
    pub fn new(texts: Vec<Text<MAX>>) -> Result<Self, FieldError> {
        if texts.len() > LANGUAGES_MAX {
            let came = format!("a list of {}", texts.len());
            return Err(FieldError::of(came, format!("at most {LANGUAGES_MAX} languages")));
        }
        let again = |i: &usize| texts[..*i].iter().any(|t| t.language == texts[*i].language);
        if let Some(i) = (1..texts.len()).find(again) {
            let error = FieldError::of(&texts[i].language, "each language once");
            return Err(error.under(&format!("[{i}]")));
        }
        Ok(Self(texts))
    }

    /// The texts in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Text<MAX>] {
        &self.0
    }

    /// The text to show to a reader of this language: theirs, else the first one.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> Option<&Text<MAX>> {
        self.0.iter().find(|t| t.language == *language).or(self.0.first())
    }
}

impl Names {
    /// Checks that there is one.
    pub fn new(names: Title) -> Result<Self, FieldError> {
        if names.as_slice().is_empty() {
            return Err(FieldError::of("", "a name in at least one language"));
        }
        Ok(Self(names))
    }

    /// The names in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Text<TITLE_CHARS_MAX>] {
        self.0.as_slice()
    }
}

/// The text without what could deceive a reader or drive a terminal: control characters (C0, C1), bidirectional
/// controls and invisible characters. Line breaks and tabs become a space. The two joiners stay between letters
/// beyond ASCII, because Persian and Nepali spell with them.
#[must_use]
pub fn sanitize_for_display(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let spells =
        |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| !c.is_ascii() && !is_hidden(*c));
    let shown = chars.iter().enumerate().filter_map(|(i, &c)| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{200c}' | '\u{200d}' => (spells(i.checked_sub(1)) && spells(Some(i + 1))).then_some(c),
        c => (!is_hidden(c)).then_some(c),
    });
    shown.collect()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Lower case, but scripts as `Hant` and regions as `BR`, until a single-letter subtag begins an extension.
fn canonical_case(tag: &str) -> String {
    let mut extension = false;
    let mut cased = Vec::new();
    for (i, subtag) in tag.split('-').enumerate() {
        extension |= subtag.len() == 1;
        let lower = subtag.to_ascii_lowercase();
        cased.push(match (i, subtag.len()) {
            (1.., 2) if !extension => lower.to_ascii_uppercase(),
            (1.., 4) if !extension => lower[..1].to_ascii_uppercase() + &lower[1..],
            _ => lower,
        });
    }
    cased.join("-")
}

#[cfg(test)]
mod tests;
