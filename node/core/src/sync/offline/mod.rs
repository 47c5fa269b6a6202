//! Replication by a file that people carry, where there is no link: the frames of the stream, without the conversation.
//!
//! An [`OfflineExport`] chooses what another node may read and lacks, and makes the frames; an [`OfflineImport`] verifies
//! frames from anywhere and says what is to be saved. Both are driven as a session is: the driver reads and saves, nothing
//! here waits. Neither knows files, encryption or protobuf.

mod export;
mod holding;
mod import;

pub use export::OfflineExport;
pub use holding::{Holding, HoldingError};
pub use import::{FeedOutcome, ImportError, ImportReport, OfflineImport};
