//! Why the office did not do what was asked. No transport codes: the edge has one table from kind to code.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use quince_core::domain::transition::TransitionError;
use quince_core::domain::{FieldError, FieldErrors};

use crate::store::StoreError;

/// When a busy database is worth another try.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// What sort of failure; each kind has one code and one reason in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The content is wrong; the fields say where.
    Invalid,
    /// Nobody is known to ask.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// It exists, and only one may.
    AlreadyExists,
    /// The request id was used for another request.
    RequestReused,
    /// The record moved on since the caller read it.
    Stale,
    /// The record or the node is not in a state that allows this.
    State,
    /// A position in a list or stream that does not exist.
    OutOfRange,
    /// A quota or bound is used up.
    Limit,
    /// Signing is off; the message says why.
    ReadOnly,
    /// Something needed does not answer now.
    Unavailable,
    /// The caller's deadline passed; nothing was kept.
    Deadline,
    /// A stored record cannot be read, or an invariant of ours is broken.
    Internal,
}

/// A refused or failed request. Message and hint are for the caller; the source is for the log only.
#[derive(Debug)]
pub struct Error {
    /// What sort.
    pub kind: ErrorKind,
    /// What happened: lower case, no full stop, with the values.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
    /// What is wrong with the input, where that is the reason.
    pub fields: Option<FieldErrors>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
    /// The cause; never told to the caller.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure with its message.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, fields: None, retry_after: None, source: None }
    }

    /// An internal failure: the caller learns only that it happened, the log learns the cause.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(cause.into()), ..Self::new(ErrorKind::Internal, "internal error") }
    }

    /// A record that cannot be revised any more.
    pub(super) fn used_up(fault: FieldError) -> Self {
        Self::new(ErrorKind::Limit, fault.to_string()).hint("write a new record in its place")
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

impl From<FieldErrors> for Error {
    fn from(fields: FieldErrors) -> Self {
        Self { fields: Some(fields.clone()), ..Self::new(ErrorKind::Invalid, fields.to_string()) }
    }
}

impl From<TransitionError> for Error {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::DocumentMissing { .. } => {
                Self::new(ErrorKind::State, error.to_string()).hint(
                    "mark it as ready with `quince consignment correct`, or say with the dispatch why it leaves without",
                )
            }
            TransitionError::Content(fields) => fields.into(),
            TransitionError::ReasonMissing { .. } => Self::new(ErrorKind::Invalid, error.to_string())
                .hint("say in `reason` why the published lines change"),
            TransitionError::State { .. } => Self::new(ErrorKind::State, error.to_string()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self {
                retry_after: Some(BUSY_RETRY),
                ..Self::new(ErrorKind::Unavailable, "the database is busy with other writes")
            },
            StoreError::Full => Self::new(ErrorKind::Unavailable, error.to_string()),
            StoreError::Disk(_) => Self {
                source: Some(Box::new(error)),
                ..Self::new(ErrorKind::Unavailable, "the disk of the database failed")
                    .hint("repeat with the same request_id when the node was started again")
            },
            StoreError::Conflict(message) => Self::new(ErrorKind::State, message),
            StoreError::ReadOnly { .. } => Self::new(ErrorKind::ReadOnly, error.to_string())
                .hint("reads go on; `quince status` says what to do before this node signs again"),
            cause => Self::internal(cause),
        }
    }
}
