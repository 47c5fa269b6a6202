//! The header of an entry: a fixed layout that every relay can read without knowing the body.
//!
//! All integers are big-endian.
//!
//! | Offset | Bytes | Field | Meaning |
//! |---:|---:|---|---|
//! | 0 | 1 | format | 1; any other value is not this layout |
//! | 1 | 1 | flags | bit 0 critical, bit 1 erasable; unknown bits are kept |
//! | 2 | 2 | kind | what the body is; opaque here |
//! | 4 | 2 | schema | version of the body's layout, for the reader of the kind |
//! | 6 | 2 | reserved | 0 |
//! | 8 | 4 | body length | bytes of the body, at most 32,768 |
//! | 12 | 8 | number | the record's number at its owner, or 0 when the entry is no record |
//! | 20 | 8 | revision | the record's revision, or 0 when the entry is no record |
//! | 28 | 8 | time | seconds since 1970 by the owner's clock, rounded down to the minute; advisory |
//! | 36 | 8 | retain until | seconds since 1970 until which relays are asked to keep the body; 0 for no wish |
//!
//! It deliberately holds no owner, feed or index: the head that covers the entry says those.

use std::ops::Deref;

use thiserror::Error;

use crate::feed::id::INTEGER_MAX;

/// Bytes in an encoded header.
pub const HEADER_LEN: usize = 44;

/// The only known layout.
pub const HEADER_FORMAT: u8 = 1;

/// The longest body, in bytes: a validity rule, so that one entry always fits a frame beside its neighbours.
pub const BODY_LEN_MAX: u32 = 32 * 1024;

/// The salt at the start of every erasable body, in bytes: without it, a short text could be guessed from its hash.
pub const SALT_LEN: u32 = 16;

/// Owners round their times down to this many seconds: enough to show age, too coarse to watch somebody work.
pub const TIME_STEP_S: u64 = 60;

/// What a body is. Kinds below 16 are read by the core; the others belong to the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKind(pub u16);

impl EntryKind {
    /// Entry 0 of an identity lane: who the node is.
    pub const INCEPTION: Self = Self(1);
    /// A new signing key, after rotation, recovery or restore.
    pub const EPOCH_START: Self = Self(2);
    /// A part of a live list; see [`crate::feed::live_list`].
    pub const LIVE_LIST: Self = Self(3);
    /// The first kind that the core does not read.
    pub const FIRST_OPAQUE: Self = Self(16);
}

/// Bits of a header. Unknown bits are kept as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// A reader that does not know the kind must not act on the record at all.
    pub const CRITICAL: Self = Self(1);
    /// The body begins with a salt and may later be dropped by its owner.
    pub const ERASABLE: Self = Self(2);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The plain values of a header; [`Header`] is the checked form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Critical, erasable, and bits of the future.
    pub flags: Flags,
    /// What the body is.
    pub kind: EntryKind,
    /// Version of the body's layout.
    pub schema: u16,
    /// Bytes of the body, at most [`BODY_LEN_MAX`].
    pub body_len: u32,
    /// The record's number at its owner, or 0.
    pub number: u64,
    /// The record's revision, or 0.
    pub revision: u64,
    /// Seconds since 1970, see [`coarse_time`].
    pub time_s: u64,
    /// Seconds since 1970, or 0.
    pub retain_until_s: u64,
}

/// A header inside every bound. It reads like its [`Fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header(Fields);

/// Bytes or values that are not a header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// Wrong number of bytes.
    #[error("header has {0} bytes, expected {HEADER_LEN}")]
    Length(usize),
    /// A layout of the future.
    #[error("header has format {0}, expected {HEADER_FORMAT}")]
    Format(u8),
    /// Reserved bytes are set.
    #[error("header has {0} in its reserved bytes, expected 0")]
    Reserved(u16),
    /// The body is too long.
    #[error("header announces a body of {0} bytes, expected at most {BODY_LEN_MAX}")]
    BodyTooLong(u32),
    /// An erasable body has no room for its salt.
    #[error("header announces an erasable body of {0} bytes, expected at least {SALT_LEN} for its salt")]
    NoSalt(u32),
    /// An integer is too large to be exact everywhere.
    #[error("header has {field} {value}, expected at most {INTEGER_MAX}")]
    TooLarge {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
}

/// A time as owners write it into headers: rounded down to [`TIME_STEP_S`].
#[must_use]
pub const fn coarse_time(time_s: u64) -> u64 {
    time_s - time_s % TIME_STEP_S
}

impl Header {
    /// Checks the values against every bound.
    ///
    /// # Errors
    /// Names the first field outside its bound.
    pub fn new(fields: Fields) -> Result<Self, HeaderError> {
        if fields.body_len > BODY_LEN_MAX {
            return Err(HeaderError::BodyTooLong(fields.body_len));
        }
        if fields.flags.contains(Flags::ERASABLE) && fields.body_len < SALT_LEN {
            return Err(HeaderError::NoSalt(fields.body_len));
        }
        let integers = [
            ("number", fields.number),
            ("revision", fields.revision),
            ("time", fields.time_s),
            ("retain until", fields.retain_until_s),
        ];
        match integers.into_iter().find(|(_, value)| *value > INTEGER_MAX) {
            Some((field, value)) => Err(HeaderError::TooLarge { field, value }),
            None => Ok(Self(fields)),
        }
    }

    /// Reads the layout above.
    ///
    /// # Errors
    /// When the bytes are not exactly one header of the known format inside every bound.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; HEADER_LEN] = bytes.try_into().map_err(|_| HeaderError::Length(bytes.len()))?;
        if bytes[0] != HEADER_FORMAT {
            return Err(HeaderError::Format(bytes[0]));
        }
        let reserved = u16::from_be_bytes(at(bytes, 6));
        if reserved != 0 {
            return Err(HeaderError::Reserved(reserved));
        }
        Self::new(Fields {
            flags: Flags(bytes[1]),
            kind: EntryKind(u16::from_be_bytes(at(bytes, 2))),
            schema: u16::from_be_bytes(at(bytes, 4)),
            body_len: u32::from_be_bytes(at(bytes, 8)),
            number: u64::from_be_bytes(at(bytes, 12)),
            revision: u64::from_be_bytes(at(bytes, 20)),
            time_s: u64::from_be_bytes(at(bytes, 28)),
            retain_until_s: u64::from_be_bytes(at(bytes, 36)),
        })
    }

    /// What a body with this header says: all of it, but for the salt of an erasable one.
    #[must_use]
    pub fn unsalted<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        let salt = if self.flags.contains(Flags::ERASABLE) { SALT_LEN as usize } else { 0 };
        body.get(salt..).unwrap_or_default()
    }

    /// The header's bytes, as signed. Reading and writing are exact inverses.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[0] = HEADER_FORMAT;
        bytes[1] = self.flags.0;
        bytes[2..4].copy_from_slice(&self.kind.0.to_be_bytes());
        bytes[4..6].copy_from_slice(&self.schema.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.body_len.to_be_bytes());
        bytes[12..20].copy_from_slice(&self.number.to_be_bytes());
        bytes[20..28].copy_from_slice(&self.revision.to_be_bytes());
        bytes[28..36].copy_from_slice(&self.time_s.to_be_bytes());
        bytes[36..44].copy_from_slice(&self.retain_until_s.to_be_bytes());
        bytes
    }
}

impl Deref for Header {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

fn at<const N: usize>(bytes: &[u8; HEADER_LEN], offset: usize) -> [u8; N] {
    bytes[offset..offset + N].try_into().expect("the layout's offsets lie inside the header")
}

#[cfg(test)]
mod tests;
