//! From rows to values and back: every failure names table, column and row.

use std::fmt;

use quince_core::domain::{Audience, Handle, Instant, Number, RecordId};
use quince_core::feed::hash::HASH_LEN;
use quince_core::feed::{Epoch, FeedId, Hash, Head, Signature, SignedHead};

use super::error::StoreError;

/// Bytes of a stored head: epoch, size, root, signature.
const HEAD_LEN: usize = 8 + 8 + HASH_LEN + 64;

/// Which row is being read, for the message when it cannot be.
pub(super) struct Place {
    table: &'static str,
    row: String,
}

impl Place {
    pub(super) fn new(table: &'static str, row: impl fmt::Display) -> Self {
        Self { table, row: row.to_string() }
    }

    /// The error of a column that holds something else than this program writes.
    pub(super) fn corrupt(&self, column: &'static str, what: impl fmt::Display) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.row.clone(), what: what.to_string() }
    }

    /// What a parser made of a column.
    pub(super) fn take<T, E: fmt::Display>(
        &self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreError> {
        parsed.map_err(|error| self.corrupt(column, error))
    }

    pub(super) fn unsigned(&self, column: &'static str, value: i64) -> Result<u64, StoreError> {
        u64::try_from(value).map_err(|_| self.corrupt(column, format!("{value} is below zero")))
    }

    pub(super) fn bytes<const N: usize>(
        &self,
        column: &'static str,
        value: &[u8],
    ) -> Result<[u8; N], StoreError> {
        value.try_into().map_err(|_| self.corrupt(column, format!("{} bytes, expected {N}", value.len())))
    }

    pub(super) fn hash(&self, column: &'static str, value: &[u8]) -> Result<Hash, StoreError> {
        self.bytes(column, value).map(Hash)
    }

    pub(super) fn instant(&self, column: &'static str, micros: i64) -> Result<Instant, StoreError> {
        self.take(column, Instant::from_micros(micros))
    }

    pub(super) fn handle(&self, column: &'static str, text: &str) -> Result<Handle, StoreError> {
        self.take(column, text.parse())
    }

    pub(super) fn number(&self, column: &'static str, value: i64) -> Result<Number, StoreError> {
        let value = self.unsigned(column, value)?;
        self.take(column, Number::new(value))
    }

    pub(super) fn record_id(&self, owner: &str, number: i64) -> Result<RecordId, StoreError> {
        Ok(RecordId::new(self.handle("owner", owner)?, self.number("number", number)?))
    }

    pub(super) fn audience(&self, word: &str) -> Result<Audience, StoreError> {
        match word {
            "private" => Ok(Audience::Private),
            "federation" => Ok(Audience::Federation),
            other => Err(self.corrupt("audience", format!("{other:?}, expected private or federation"))),
        }
    }

    pub(super) fn head(
        &self,
        column: &'static str,
        feed: FeedId,
        value: &[u8],
    ) -> Result<SignedHead, StoreError> {
        let bytes: [u8; HEAD_LEN] = self.bytes(column, value)?;
        let (epoch, rest) = bytes.split_first_chunk::<8>().expect("the length is checked");
        let (size, rest) = rest.split_first_chunk::<8>().expect("the length is checked");
        let (root, signature) = rest.split_first_chunk::<HASH_LEN>().expect("the length is checked");
        let head = Head {
            feed,
            epoch: Epoch(u64::from_be_bytes(*epoch)),
            size: u64::from_be_bytes(*size),
            root: Hash(*root),
        };
        Ok(SignedHead { head, signature: Signature(signature.try_into().expect("the length is checked")) })
    }
}

/// The stored form of a head; the feed is the row's.
pub(super) fn head_bytes(signed: &SignedHead) -> Vec<u8> {
    let Head { epoch, size, root, .. } = signed.head;
    [&epoch.0.to_be_bytes()[..], &size.to_be_bytes(), &root.0, &signed.signature.0].concat()
}

/// How an audience is stored.
pub(super) const fn audience_word(audience: &Audience) -> &'static str {
    match audience {
        Audience::Private => "private",
        Audience::Federation => "federation",
        Audience::Group(_) => "group",
    }
}

/// An integer as both databases store it. Everything that comes from a feed is at most 2^53 − 1; a larger
/// cursor of a peer means "all", which the largest integer says as well.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
