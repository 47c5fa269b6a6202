//! The handle: a node's immutable name, unique in its federation. Not a display name; that is in the profile.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;
use thiserror::Error;

/// The shortest handle, in bytes. One letter would be too easy to mistake for another.
pub const HANDLE_LEN_MIN: usize = 2;

/// The longest handle, in bytes: it fits one label of a host name with room to spare, and a table column.
pub const HANDLE_LEN_MAX: usize = 31;

/// A node's name in its federation, such as `isfahan`: chosen once, never reused, part of every record's id.
///
/// A lower-case letter followed by 1 to 30 lower-case letters, digits or hyphens, and not beginning with `xn--`,
/// which host names reserve for encoded Unicode.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(SmolStr);

/// A text that is not a handle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HandleError {
    /// The length is outside the bounds.
    #[error("handle {handle:?} has {len} bytes, expected {HANDLE_LEN_MIN} to {HANDLE_LEN_MAX}")]
    Length {
        /// The text as given, cut to the longest handle.
        handle: String,
        /// Its length in bytes.
        len: usize,
    },
    /// The first character is not a letter.
    #[error("handle {handle:?} begins with {first:?}, expected a lower-case letter a to z")]
    First {
        /// The text as given.
        handle: String,
        /// The offending character.
        first: char,
    },
    /// A later character is outside the alphabet.
    #[error("handle {handle:?} contains {found:?}, expected only a to z, 0 to 9 and the hyphen")]
    Character {
        /// The text as given.
        handle: String,
        /// The offending character.
        found: char,
    },
    /// The text begins like an encoded Unicode host name.
    #[error("handle {handle:?} begins with \"xn--\", which is reserved for encoded host names")]
    Encoded {
        /// The text as given.
        handle: String,
    },
}

impl Handle {
    /// The handle as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        if !(HANDLE_LEN_MIN..=HANDLE_LEN_MAX).contains(&text.len()) {
            let handle = text.chars().take(HANDLE_LEN_MAX).collect();
            return Err(HandleError::Length { handle, len: text.len() });
        }
        let handle = || text.to_owned();
        match text.chars().next() {
            Some(first) if !first.is_ascii_lowercase() => {
                return Err(HandleError::First { handle: handle(), first });
            }
            _ => {}
        }
        if let Some(found) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(HandleError::Character { handle: handle(), found });
        }
        if text.starts_with("xn--") {
            return Err(HandleError::Encoded { handle: handle() });
        }
        Ok(Self(SmolStr::new(text)))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_inside_the_rule_are_read_and_shown_unchanged() {
        let longest = format!("a{}", "b".repeat(30));
        for text in ["ab", "isfahan", "new-york-2", "a-", "xn-a", "x--n", &longest] {
            assert_eq!(text.parse::<Handle>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_broken_rule_is_named_with_the_value() {
        let table = [
            ("", "handle \"\" has 0 bytes, expected 2 to 31"),
            ("a", "handle \"a\" has 1 bytes, expected 2 to 31"),
            ("1city", "handle \"1city\" begins with '1', expected a lower-case letter a to z"),
            ("-city", "handle \"-city\" begins with '-', expected a lower-case letter a to z"),
            ("Isfahan", "handle \"Isfahan\" begins with 'I', expected a lower-case letter a to z"),
            ("new york", "handle \"new york\" contains ' ', expected only a to z, 0 to 9 and the hyphen"),
            (
                "a\u{202e}b",
                "handle \"a\\u{202e}b\" contains '\\u{202e}', expected only a to z, 0 to 9 and the hyphen",
            ),
            ("xn--caf", "handle \"xn--caf\" begins with \"xn--\", which is reserved for encoded host names"),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Handle>().unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_handle_one_byte_too_long_is_refused_and_the_message_stays_short() {
        let error = "a".repeat(10_000).parse::<Handle>().unwrap_err().to_string();
        assert!(error.contains("10000 bytes") && error.len() < 120, "{error}");
        assert!("a".repeat(31).parse::<Handle>().is_ok());
        assert!("a".repeat(32).parse::<Handle>().is_err());
    }
}
