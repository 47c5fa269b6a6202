//! Replication between two nodes, as a state machine that never waits.
//!
//! A [`Session`] is one connection; the [`Context`] is what all sessions of a node share. The driver in the shell gives
//! both what happened, saves what they ask it to save, and only then sends what they ask it to send. Nothing here knows
//! a socket, a table, protobuf or the time; the same inputs always give the same outputs.

mod announce;
mod context;
mod credit;
mod cursor;
mod dialling;
mod digest;
mod echo;
mod effect;
mod hello;
mod identity;
mod limits;
mod message;
mod moment;
pub mod offline;
mod pace;
mod quota;
mod receive;
mod resume;
mod retry;
mod saves;
mod serve;
mod session;
mod sparse;
mod status;
mod want;

pub use context::{Alarm, Changes, Context, Me, SessionId};
pub use cursor::{Cursors, Instance, Mark};
pub use dialling::{Candidate, DRAW_PATIENCE, DRAWS, Dialling, FULL_MESH_MAX, LET_GO_PAUSE, REDRAW_PERIOD};
pub use digest::{Buckets, DIGEST_BUCKETS, DIGEST_LEN};
pub use effect::{Effect, Receipt, Rows, VerifiedBatch};
pub use limits::{
    ADMISSION_BYTES_MAX, BINDS_MAX, CHANGES_BEHIND_MAX, CREDIT_BYTES, CREDIT_BYTES_MAX, CURSOR_PERIOD,
    DELAY_MAX, DIGEST_PAUSE, DIGEST_PERIOD, DIGESTS_AT_ONCE, FAILURES_MAX, FRAME_LEN_MAX, HEARTBEAT,
    IDENTITY_ENTRIES_MAX, LIST_LEAVES_MAX, OWN_HEADS_MAX, PAYLOAD_LEN_MAX, PROTOCOL_VERSION,
    PROTOCOL_VERSIONS, QUEUE_MAX, RELAY_PAUSE, SESSIONS_MAX, SETUP_TIME, SILENCE_MAX, STRANGERS_MAX,
    UPSTREAM_DOUBT, UPSTREAM_PATIENCE,
};
pub use message::{
    BareHead, ByeReason, FeedHandle, Frame, Hello, IdentityFrame, Nonce, OwnHead, RefuseCode, WantMode,
};
pub use moment::Moment;
pub use quota::{LIVE_BYTES_MAX, LIVE_RECORDS_MAX, TAIL_BURST, TAIL_RATE, Usage};
pub use retry::{PAUSE_MAX, PAUSE_MIN, PAUSE_STRANGER, Retry};
pub use saves::{cannot_wait, next_to_save};
pub use session::{Closed, Role, Session};
pub use status::{Lacking, Status};
