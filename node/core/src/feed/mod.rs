//! Signed feeds: entries, trees, tiles and heads. Bodies are opaque here.
//!
//! A feed is a log with one writer. What its owner signed is a head: the root of a Merkle tree over all
//! entries so far. Everything in this room is a function of signed bytes alone, never of a clock, an order
//! of arrival or what else a node holds. It deliberately knows no record kinds and no sessions.

pub mod entry;
pub mod fork;
pub mod hash;
pub mod head;
pub mod header;
pub mod id;
pub mod key;
pub mod live_list;
pub mod log;
pub mod note;
pub mod proof;
pub mod replica;
pub mod tile;
pub mod tree;

#[cfg(test)]
mod golden;
#[cfg(test)]
pub(crate) mod sample;

pub use entry::{Content, Entry, EntryError, Raw};
pub use fork::{ForkError, ForkProof};
pub use hash::Hash;
pub use head::{Head, HeadError, SignedHead, Verifier};
pub use header::{EntryKind, Fields, Flags, Header, HeaderError};
pub use id::{AudienceId, Epoch, FederationId, FeedId, Lane, NodeId};
pub use key::{PublicKey, Sign, Signature, SigningKey};
pub use live_list::{ClosedList, LaneSizes, ListPlace, LiveList};
pub use log::{AppendError, Appended, OriginLog};
pub use replica::{CatchUp, ExtendError, Extended, ReplicaLog};
pub use tile::{LeafRun, TILE_LEAVES, TileError, TileIndex, VerifiedIndex};
pub use tree::Frontier;
