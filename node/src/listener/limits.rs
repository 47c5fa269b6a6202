//! The limits of every listener, each with its reason. They are constants: nobody should have to tune them.

use std::time::Duration;

/// A TLS handshake takes three round trips; on the worst satellite link that is under 3 s.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(5);

/// Handshakes are the most expensive thing a stranger can ask for. Further connections wait in the kernel's queue.
pub const HANDSHAKES_MAX: usize = 64;

/// A federation's largest node has some hundred peers; each connection costs about 64 KiB when idle.
pub const CONNECTIONS_MAX: usize = 1024;

/// Offices share addresses behind a translator, but no office runs more than a few clients at once.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 16;

/// A machine with IPv6 owns a whole /64, so that is what counts as one address.
pub const IPV6_PREFIX_BITS: u32 = 64;

/// The metrics listener serves one or two collectors.
pub const METRICS_CONNECTIONS_MAX: usize = 16;

/// A metrics connection ends after this time, whatever it does: collectors dial anew.
pub const METRICS_CONNECTION_AGE_MAX: Duration = Duration::from_secs(60);

/// Requests at once on one connection.
pub const CONCURRENT_STREAMS_MAX: u32 = 64;

/// All headers of a request together: a bearer token and some metadata need under 2 KiB.
pub const HEADER_LIST_BYTES_MAX: u32 = 8 * 1024;

/// The largest request of the API: a need of 100 lines with texts in 24 languages is under 512 KiB.
pub const API_MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// The largest frame between peers.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// What protobuf puts around a frame, with room to spare.
pub const FRAME_OVERHEAD_BYTES_MAX: usize = 1024;

/// How long a request may take until its answer begins. Streams may go on.
pub const REQUEST_MAX: Duration = Duration::from_secs(30);

/// A dead link is found by a ping after this time of silence.
pub const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long the answer to a ping may take: as long as a full window on a thin link.
pub const KEEP_ALIVE_ANSWER_MAX: Duration = Duration::from_secs(20);

/// A connection is asked to end after this time, so that keys and rights are looked at anew.
pub const CONNECTION_AGE_MAX: Duration = Duration::from_hours(1);

/// A connection that was asked to end may finish its streams for this long. Then it is cut.
pub const CONNECTION_AGE_GRACE: Duration = Duration::from_mins(5);

/// Streams reset by the other end before they were looked at; h2's own measure against rapid resets.
pub const PENDING_RESETS_MAX: usize = 20;

/// Streams reset by us because the other end broke the protocol; h2's own measure, which tonic would switch off.
pub const LOCAL_RESETS_MAX: usize = 1024;

/// The most data in flight on an API stream: one message and the beginning of the next.
pub const API_STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;

/// The most data in flight on an API connection, whatever the number of its streams.
pub const API_CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// Bytes of data that a peer may be granted at once; see the credits of the session.
pub const CREDIT_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// The HTTP/2 window of a peer's stream: all credit and as much control besides, so that full data never blocks it.
pub const PEER_STREAM_WINDOW_BYTES: u32 = CREDIT_BYTES_MAX + 1024 * 1024;

/// The window of a peer's connection: its one long stream, and short calls beside it.
pub const PEER_CONNECTION_WINDOW_BYTES: u32 = PEER_STREAM_WINDOW_BYTES + 1024 * 1024;

/// Failures of one address are logged once in this time, with the number of those in between.
pub const FAILURE_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Addresses whose failures are remembered; of a flood from more, the rest is not logged.
pub const FAILURE_ADDRESSES_MAX: usize = 1024;

/// How long to wait when the machine has no more sockets: others must close first.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const _: () =
    assert!(CONNECTIONS_PER_ADDRESS_MAX < HANDSHAKES_MAX, "one address must not fill the handshakes");
const _: () = assert!(API_MESSAGE_BYTES_MAX < API_STREAM_WINDOW_BYTES as usize);
const _: () = assert!(FRAME_BYTES_MAX + FRAME_OVERHEAD_BYTES_MAX < CREDIT_BYTES_MAX as usize);
