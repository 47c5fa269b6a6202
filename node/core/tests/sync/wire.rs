//! How long frames are on the wire, at most: what the shell's tests measure them by.

use quince_core::sync::{DIGEST_LEN, Frame};

/// No frame but a data frame or one of admission encodes to more.
pub(crate) fn len_max(frame: &Frame) -> usize {
    match frame {
        Frame::Hello(hello) => 234 + 152 * hello.own_heads.len(),
        Frame::Bind { .. } => 80,
        Frame::Have { .. } => 128,
        Frame::HaveEnd { .. } => 20,
        Frame::Digest(_) => DIGEST_LEN + 8,
        Frame::Want { .. } => 32,
        Frame::Unwant { .. } | Frame::Credit { .. } | Frame::Durable { .. } => 20,
        Frame::Ping { .. } | Frame::Pong { .. } => 16,
        Frame::TileIndex { .. }
        | Frame::Tile { .. }
        | Frame::LiveList { .. }
        | Frame::DeadTiles { .. }
        | Frame::Batch { .. } => 256 + usize::try_from(frame.data_bytes()).unwrap(),
        Frame::Roster { .. }
        | Frame::IdentityLane(_)
        | Frame::ForkProof { .. }
        | Frame::Refuse { .. }
        | Frame::Bye { .. } => 4096,
    }
}
