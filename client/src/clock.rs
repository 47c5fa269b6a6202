//! The only place that asks for the time or for randomness; everything else takes them as arguments.

use jiff::Timestamp;

/// The present instant.
#[expect(clippy::disallowed_methods, reason = "this is the client's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A new request id: 128 random bits in hex, so that no two commands ever share one.
pub(crate) fn request_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
