//! What the office shows: records as this node knows them, and what follows from them. Nothing here is stored.

use quince_core::domain::Instant;

mod desk;
mod network;
mod node;
mod offline;
mod record;

pub use desk::*;
pub use network::*;
pub use node::*;
pub use offline::*;
pub use record::*;

/// One page of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// At most as many as were asked for.
    pub items: Vec<T>,
    /// There are more behind the last one.
    pub more: bool,
}

impl<T> Listing<T> {
    /// The first `size` of the items that were found; who looked for one more knows whether there are more.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: u32) -> Self {
        let size = usize::try_from(size).expect("a page fits memory");
        let more = items.len() > size;
        items.truncate(size);
        Self { items, more }
    }
}

/// Where a copy of a record stands on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// This node owns it.
    pub own: bool,
    /// When this node last heard from the owner, directly or through others.
    pub owner_last_heard: Option<Instant>,
}
