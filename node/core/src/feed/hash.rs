//! SHA-256 values and the 32-byte identifiers made of them: how they are computed, read and shown.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes in a SHA-256 value.
pub const HASH_LEN: usize = 32;

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} {text:?} is not an id, expected 64 lower-case hexadecimal digits")]
pub struct HexError {
    /// What the text should have been, such as `node id`.
    pub what: &'static str,
    /// The text as given, cut to 64 characters.
    pub text: String,
}

/// Defines a 32-byte value that is compared by its bytes and written as lower-case hexadecimal digits.
macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $crate::feed::hash::HASH_LEN]);

        impl $name {
            /// The value's bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $crate::feed::hash::HASH_LEN] {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::feed::hash::show_hex(&self.0, f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "("))?;
                $crate::feed::hash::show_hex(&self.0[..4], f)?;
                write!(f, ")")
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::feed::hash::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::feed::hash::parse_hex($what, text).map(Self)
            }
        }
    };
}

pub(crate) use bytes32;

bytes32! {
    /// A SHA-256 value. Ordered by bytes, shown as lower-case hexadecimal digits.
    Hash, "hash"
}

impl Hash {
    /// SHA-256 of the parts, one after the other. Callers begin with a domain label, so that no two uses can collide.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

pub(crate) fn show_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&HEXLOWER.encode(bytes))
}

pub(crate) fn parse_hex(what: &'static str, text: &str) -> Result<[u8; HASH_LEN], HexError> {
    HEXLOWER
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| HexError { what, text: text.chars().take(2 * HASH_LEN).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_back_from_what_it_shows() {
        let hash = Hash::of(&[b"quince", b"/", b"test"]);
        assert_eq!(hash, Hash::of(&[b"quince/test"]));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(format!("{hash:?}"), format!("Hash({})", &hash.to_string()[..8]));
    }

    #[test]
    fn only_64_lower_case_digits_are_a_hash() {
        let good = "0f".repeat(32);
        assert!(good.parse::<Hash>().is_ok());
        for bad in
            [good.to_uppercase(), good[1..].to_owned(), format!("{good}00"), "g0".repeat(32), String::new()]
        {
            assert_eq!(bad.parse::<Hash>().unwrap_err().what, "hash", "{bad}");
        }
    }
}
