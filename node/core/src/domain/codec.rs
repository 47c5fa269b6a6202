//! The door between records and bytes. The core knows no protobuf: the shell's `wire` room implements this.

use thiserror::Error;

use crate::domain::field::{FieldError, FieldErrors};
use crate::domain::id::RecordKind;
use crate::domain::record::Record;

/// Turns records into the bodies that are signed and kept for ever, and back.
pub trait Codec: Send + Sync {
    /// The body of a record; the same record always gives the same bytes.
    fn encode(&self, record: &Record) -> Vec<u8>;

    /// The record in a body. Fails when the bytes do not say a record of this kind; what is unknown to this
    /// version is skipped.
    fn decode(&self, kind: RecordKind, body: &[u8]) -> Result<Record, Malformed>;
}

/// A body that is no record: kept and relayed, but without effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("field {field} is {value:?}, expected {expected}")]
pub struct Malformed {
    /// Where, such as `lines[2].quantity.amount`.
    pub field: String,
    /// What stands there, shortened and without control characters.
    pub value: String,
    /// What would have been accepted.
    pub expected: String,
}

impl From<FieldError> for Malformed {
    fn from(error: FieldError) -> Self {
        Self { field: error.path, value: error.value, expected: error.expected }
    }
}

impl From<FieldErrors> for Malformed {
    /// The first fault stands for all.
    fn from(errors: FieldErrors) -> Self {
        errors.first().clone().into()
    }
}
