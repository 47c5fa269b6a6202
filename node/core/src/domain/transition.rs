//! Why a record does not move: the answer when an owner asks for a step that the rules do not have.

use thiserror::Error;

use crate::domain::field::{FieldError, FieldErrors};

/// A step that was refused; the record stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// The record's state does not allow the step.
    #[error("cannot {action}: {record} is {state}, expected {expected}")]
    State {
        /// The step, such as `withdraw`.
        action: &'static str,
        /// The family, such as `need`.
        record: &'static str,
        /// Where the record stands.
        state: &'static str,
        /// Where it would have to stand.
        expected: &'static str,
    },
    /// A published line changed, and nobody said why.
    #[error("{record} is published and its lines change, expected a reason")]
    ReasonMissing {
        /// The family.
        record: &'static str,
    },
    /// A consignment does not leave without its papers, unless somebody says why.
    #[error("document {document} is required and not ready, expected it ready or waived")]
    DocumentMissing {
        /// The sort of document.
        document: &'static str,
    },
    /// What would be written is wrong.
    #[error(transparent)]
    Content(#[from] FieldErrors),
}

impl From<FieldError> for TransitionError {
    fn from(error: FieldError) -> Self {
        Self::Content(error.into())
    }
}
