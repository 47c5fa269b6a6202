//! How long frames are, as nodes write them.

use prost::Message as _;
use quince_core::sync::Frame;
use quince_node::wire::sync_to_proto;

/// Bytes of a frame on the wire, without compression and the prefix of its message.
#[must_use]
pub fn frame_len(frame: &Frame) -> usize {
    sync_to_proto::frame(frame.clone()).encoded_len()
}
