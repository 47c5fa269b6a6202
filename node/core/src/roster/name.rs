//! A name for people: of a federation or of a city office. Free text, but nothing that hides or reorders what is read.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use unicode_normalization::is_nfc;

/// The longest name, in characters: it fits a line of a terminal.
pub const NAME_CHARS_MAX: usize = 80;

/// One line of visible text in Unicode form NFC, without controls, invisible characters or changes of direction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// A text that is not a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Too short or too long.
    #[error("name has {0} characters, expected 1 to {NAME_CHARS_MAX}")]
    Length(usize),
    /// A character that cannot be seen.
    #[error("name {name:?} contains {found:?}, expected visible characters only")]
    Invisible {
        /// The text as given.
        name: String,
        /// The offending character.
        found: char,
    },
    /// Spaces where nobody sees them.
    #[error("name {0:?} begins or ends with a space")]
    Edge(String),
    /// The same text has another, composed form.
    #[error("name {0:?} is not in Unicode form NFC")]
    NotComposed(String),
}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let chars = text.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&chars) {
            return Err(NameError::Length(chars));
        }
        let name = text.to_owned();
        if let Some(found) = text.chars().find(|c| is_invisible(*c)) {
            return Err(NameError::Invisible { name, found });
        }
        if text.trim() != text {
            return Err(NameError::Edge(name));
        }
        if !is_nfc(text) {
            return Err(NameError::NotComposed(name));
        }
        Ok(Self(name))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", self.0)
    }
}

/// Controls, line and paragraph separators, zero-width and direction characters, tags, and every space but the ordinary one.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world_are_read_unchanged() {
        for text in
            ["Isfahan", "Ville de Montréal", "泉州市", "شهر اصفهان", "Østlandet 2", "a", &"ß".repeat(80)]
        {
            assert_eq!(text.parse::<Name>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_hides_or_reorders_text_is_refused() {
        for text in ["a\nb", "a\u{202e}b", "a\u{200b}b", "\u{feff}a", "a\tb", "a\u{a0}b", "a\u{0}"] {
            assert!(matches!(text.parse::<Name>(), Err(NameError::Invisible { .. })), "{text:?}");
        }
        assert!(matches!(" a".parse::<Name>(), Err(NameError::Edge(_))));
        assert!(matches!("e\u{301}".parse::<Name>(), Err(NameError::NotComposed(_))));
        assert_eq!("".parse::<Name>(), Err(NameError::Length(0)));
        assert_eq!("a".repeat(81).parse::<Name>(), Err(NameError::Length(81)));
    }
}
