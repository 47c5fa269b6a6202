//! tonic's servers with every limit set: its defaults leave streams, resets, ages and request times open.

use tonic::transport::Server;

use super::limits;

/// A server for API callers: requests are short, answers may stream.
#[must_use]
pub fn api_server() -> Server {
    limited(limits::API_STREAM_WINDOW_BYTES, limits::API_CONNECTION_WINDOW_BYTES)
}

/// A server for peers: one long stream each, whose window is larger than all the credit it is ever granted.
#[must_use]
pub fn peer_server() -> Server {
    limited(limits::PEER_STREAM_WINDOW_BYTES, limits::PEER_CONNECTION_WINDOW_BYTES)
}

fn limited(stream_window: u32, connection_window: u32) -> Server {
    Server::builder()
        .timeout(limits::REQUEST_MAX)
        .max_concurrent_streams(limits::CONCURRENT_STREAMS_MAX)
        .http2_max_header_list_size(limits::HEADER_LIST_BYTES_MAX)
        .http2_max_pending_accept_reset_streams(Some(limits::PENDING_RESETS_MAX))
        .http2_max_local_error_reset_streams(Some(limits::LOCAL_RESETS_MAX))
        .http2_keepalive_interval(Some(limits::KEEP_ALIVE))
        .http2_keepalive_timeout(Some(limits::KEEP_ALIVE_ANSWER_MAX))
        .initial_stream_window_size(stream_window)
        .initial_connection_window_size(connection_window)
        // Asks the other end to go. tonic's own grace would skip the asking; `Guarded` cuts after it instead.
        .max_connection_age(limits::CONNECTION_AGE_MAX)
}
