//! The one table from kinds of failure to gRPC codes, reasons and hints. No other file knows a code.

use std::time::Duration;

use http::HeaderMap;
use quince_core::domain::{FieldError, FieldErrors};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::office::error::{Error, ErrorKind};
use crate::wire::Invalid;

/// Who defines the reasons.
pub const DOMAIN: &str = "quince";

/// The most field violations of one answer: details travel in a header, and 8 KiB hold about this many.
pub const VIOLATIONS_MAX: usize = 16;

/// The longest message and hint of an answer, in characters, for the same reason.
pub const MESSAGE_CHARS_MAX: usize = 500;

/// When to try again where nothing better is known.
const RETRY_AFTER: Duration = Duration::from_secs(1);

const METHODS: &str = "the node's reflection service lists its methods";

/// Code, reason, and the hint where the failure brings none of its own.
fn row(kind: ErrorKind) -> (Code, &'static str, &'static str) {
    match kind {
        ErrorKind::Invalid => (Code::InvalidArgument, "INVALID", "correct the fields named and send again"),
        ErrorKind::Unauthenticated => (
            Code::Unauthenticated,
            "UNAUTHENTICATED",
            "send `authorization: Bearer <token>` with a token that has neither expired nor been revoked",
        ),
        ErrorKind::Forbidden => {
            (Code::PermissionDenied, "FORBIDDEN", "ask an admin of this node for a token with another role")
        }
        ErrorKind::NotFound => (Code::NotFound, "NOT_FOUND", "list the collection to see what there is"),
        ErrorKind::AlreadyExists => (Code::AlreadyExists, "ALREADY_EXISTS", "read what exists first"),
        ErrorKind::RequestReused => (
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
            "take a new request_id for a new request, and the old one only to repeat the same request",
        ),
        ErrorKind::Stale => (Code::Aborted, "STALE", "read the record again and repeat with its new etag"),
        ErrorKind::State => (Code::FailedPrecondition, "STATE", "read the record to see where it stands"),
        ErrorKind::OutOfRange => {
            (Code::OutOfRange, "OUT_OF_RANGE", "begin again from the beginning, or from now on")
        }
        ErrorKind::Limit => {
            (Code::ResourceExhausted, "LIMIT", "finish or withdraw what is open before asking for more")
        }
        ErrorKind::ReadOnly => {
            (Code::FailedPrecondition, "READ_ONLY", "read the node's status; it says why it signs nothing")
        }
        ErrorKind::Unavailable => (Code::Unavailable, "UNAVAILABLE", "try again"),
        ErrorKind::Deadline => {
            (Code::DeadlineExceeded, "DEADLINE", "repeat with the same request_id and a longer deadline")
        }
        ErrorKind::Internal => {
            (Code::Internal, "INTERNAL", "tell the node's admin; the cause stands in its log")
        }
    }
}

/// The answer that a failure becomes. Its cause goes to the log and nowhere else.
#[must_use]
pub fn status(error: Error) -> Status {
    let (code, reason, hint) = row(error.kind);
    if let Some(cause) = &error.source {
        tracing::error!(reason, error = %error.message, cause = chain(&**cause), "request failed");
    }
    let hint = shorten(error.hint.as_deref().unwrap_or(hint));
    let mut details = details(reason, &hint);
    if let Some(fields) = &error.fields {
        details.set_bad_request(violations(fields));
    }
    if error.kind == ErrorKind::Unavailable || error.retry_after.is_some() {
        details.set_retry_info(Some(error.retry_after.unwrap_or(RETRY_AFTER)));
    }
    Status::with_error_details(code, shorten(&error.message), details)
}

/// The answer to a call of a method that does not exist.
#[must_use]
pub fn unknown_method(path: &str) -> Status {
    let came = FieldError::of(path, "").value;
    Status::with_error_details(
        Code::Unimplemented,
        format!("there is no method {came}"),
        details("NO_METHOD", METHODS),
    )
}

/// Whether the answer says no more than that nobody was reached, or nobody had time.
#[must_use]
pub fn is_unavailable(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown)
}

/// The name of the code that an answer carries in its headers; `OK` when it carries none.
#[must_use]
pub fn code_name(headers: &HeaderMap) -> &'static str {
    match Status::from_header_map(headers).map_or(Code::Ok, |status| status.code()) {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        status(error)
    }
}

impl From<Invalid> for Error {
    fn from(Invalid(fields): Invalid) -> Self {
        let first = fields.first();
        let message = match fields.as_slice().len() {
            1 => first.to_string(),
            count => format!("{first}; and {} more faults", count - 1),
        };
        Self { fields: Some(fields), ..Self::new(ErrorKind::Invalid, message) }
    }
}

impl From<Invalid> for Status {
    fn from(invalid: Invalid) -> Self {
        status(invalid.into())
    }
}

fn details(reason: &str, hint: &str) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, DOMAIN, [("hint".to_owned(), hint.to_owned())])
}

fn violations(fields: &FieldErrors) -> Vec<FieldViolation> {
    let shown = fields.as_slice().iter().take(VIOLATIONS_MAX);
    shown
        .map(|f| FieldViolation::new(&f.path, format!("is {:?}, expected {}", f.value, f.expected)))
        .collect()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The whole cause in one line, outermost first.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use quince_core::domain::field::Faults;

    use super::*;

    #[test]
    fn a_stale_etag_aborts_and_says_what_to_do() {
        let error = Error::new(ErrorKind::Stale, "isfahan/17 is at revision 4, you sent 3");
        let status = status(error);
        assert_eq!(status.code(), Code::Aborted);
        assert_eq!(status.message(), "isfahan/17 is at revision 4, you sent 3");
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("STALE", "quince"));
        assert_eq!(info.metadata["hint"], "read the record again and repeat with its new etag");
    }

    #[test]
    fn the_cause_of_an_internal_failure_stays_inside() {
        let status = status(Error::internal("password=hunter2 in table token"));
        let everything = format!("{status:?} {:?}", String::from_utf8_lossy(status.details()));
        assert!(!everything.contains("hunter2") && !everything.contains("table"), "{everything}");
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn every_fault_is_a_violation_and_a_flood_of_them_still_fits_a_header() {
        let mut faults = Faults::default();
        for i in 0..10_000 {
            faults.require(false, &format!("lines[{i}].quantity.amount"), "x".repeat(10_000), "1 to 100");
        }
        let status = Status::from(Invalid(faults.finish(None::<()>).unwrap_err()));
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations.len(), VIOLATIONS_MAX);
        assert_eq!(violations[1].field, "lines[1].quantity.amount");
        assert!(violations[1].description.ends_with("expected 1 to 100"));
        assert!(status.message().ends_with("; and 9999 more faults"));
        assert!(status.details().len() * 4 / 3 < 8 * 1024, "{}", status.details().len());
    }

    #[test]
    fn what_is_unavailable_says_when_to_try_again() {
        let status = status(Error::new(ErrorKind::Unavailable, "the steward does not answer"));
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    }
}
