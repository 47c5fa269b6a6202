//! Replication: carries what the sessions of the core say to other nodes, and saves what they verified.
//!
//! One task owns every session and the context they share; there is no lock because nothing is shared. Connections are
//! carried by small tasks of their own, over bounded channels: a peer that does not read stops being asked for frames,
//! and a peer that writes too fast waits. What is right to say or to believe is decided in `quince_core::sync`; what is
//! stored and how, in `store`. Nothing here knows a record.

mod dial;
mod directory;
mod engine;
mod handle;
mod intake;
mod knock;
mod link;
mod load;
mod offline;
mod owner;
mod report;
mod saving;
mod service;
mod work;

pub use handle::{Lag, NotTaken, PeerStatus, ReplicationHandle, Report};
pub use knock::{KnockError, Lane, Welcome};
pub use offline::{Data, Entrance, Offline, OfflineParts, Part, Parts};
pub use owner::{Replication, start};
pub use service::{Admissions, Knock, SyncDoor, sync_service};
