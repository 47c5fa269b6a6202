//! What the node knows about itself: single values by name.

use quince_core::domain::Handle;
use quince_core::feed::{Epoch, FederationId, NodeId};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::Place;
use super::view::View;
use super::write::WriteTx;

const GET: &str = "SELECT value FROM meta WHERE name = $1";
const ORIGIN: &str = "SELECT name, value FROM meta WHERE name IN ($1, $2, $3, $4)";
const PUT: &str =
    "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE: &str = "DELETE FROM meta WHERE name = $1";

/// The names of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meta {
    /// Names the database; drawn when it is created or restored. 16 bytes.
    StoreToken,
    /// The node's handle.
    Handle,
    /// The node's id. 32 bytes.
    NodeId,
    /// The signed inception, entry 0 of the identity lane.
    Inception,
    /// The epoch whose key signs, big-endian; absent in the first.
    Epoch,
    /// The federation's id, once the node may append to feeds. 32 bytes.
    Federation,
    /// Where the node stands towards its federation, in the words of the office.
    Membership,
    /// What a pending join needs to go on; the office's own layout.
    Joining,
    /// Why the node signs nothing, if so.
    ReadOnly,
    /// How many copies were ever cut back, big-endian; absent before the first.
    Mends,
}

/// Who appends: fixed once the node is a member.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) handle: Handle,
    pub(super) node: NodeId,
    pub(super) federation: Option<FederationId>,
    pub(super) epoch: Epoch,
}

impl Meta {
    const fn name(self) -> &'static str {
        match self {
            Self::StoreToken => "store_token",
            Self::Handle => "handle",
            Self::NodeId => "node_id",
            Self::Inception => "inception",
            Self::Epoch => "epoch",
            Self::Federation => "federation",
            Self::Membership => "membership",
            Self::Joining => "joining",
            Self::ReadOnly => "read_only",
            Self::Mends => "mends",
        }
    }
}

impl View {
    /// A value, if it was ever set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta(&mut self, which: Meta) -> Result<Option<Vec<u8>>, StoreError> {
        on!(&mut self.conn, db => sqlx::query_scalar(GET).bind(which.name()).fetch_optional(db))
    }

    /// A value that is a text.
    ///
    /// # Errors
    /// When the database fails, or the value is not UTF-8.
    pub async fn meta_text(&mut self, which: Meta) -> Result<Option<String>, StoreError> {
        let value = self.meta(which).await?;
        let place = Place::new("meta", which.name());
        value.map(|bytes| place.take("value", String::from_utf8(bytes))).transpose()
    }

    /// The node's own handle.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] before `init` has set it.
    pub async fn own_handle(&mut self) -> Result<Handle, StoreError> {
        let value = self.meta(Meta::Handle).await?;
        read_handle(value.as_deref())
    }

    /// The node's own id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] before `init` has set it.
    pub async fn own_node(&mut self) -> Result<NodeId, StoreError> {
        self.meta_bytes(Meta::NodeId).await?.map(NodeId).ok_or_else(no_node)
    }

    /// The federation whose feeds this node writes and reads; `None` while it is in none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn federation(&mut self) -> Result<Option<FederationId>, StoreError> {
        Ok(self.meta_bytes(Meta::Federation).await?.map(FederationId))
    }

    /// How many copies were ever cut back. Cursors count only as long as there is not one more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mends(&mut self) -> Result<u64, StoreError> {
        Ok(self.meta_bytes(Meta::Mends).await?.map_or(0, u64::from_be_bytes))
    }

    /// All in one statement: every writing transaction begins with it.
    pub(super) async fn origin(&mut self) -> Result<Origin, StoreError> {
        let [handle, node, federation, epoch] =
            [Meta::Handle, Meta::NodeId, Meta::Federation, Meta::Epoch].map(Meta::name);
        let rows: Vec<(String, Vec<u8>)> = on!(&mut self.conn, db => sqlx::query_as(ORIGIN)
            .bind(handle).bind(node).bind(federation).bind(epoch).fetch_all(db))?;
        let value =
            |which: Meta| rows.iter().find(|(name, _)| name == which.name()).map(|(_, value)| &value[..]);
        Ok(Origin {
            handle: read_handle(value(Meta::Handle))?,
            node: read_bytes(Meta::NodeId, value(Meta::NodeId))?.map(NodeId).ok_or_else(no_node)?,
            federation: read_bytes(Meta::Federation, value(Meta::Federation))?.map(FederationId),
            epoch: read_bytes(Meta::Epoch, value(Meta::Epoch))?
                .map_or(Epoch::FIRST, |bytes| Epoch(u64::from_be_bytes(bytes))),
        })
    }

    async fn meta_bytes<const N: usize>(&mut self, which: Meta) -> Result<Option<[u8; N]>, StoreError> {
        let value = self.meta(which).await?;
        read_bytes(which, value.as_deref())
    }
}

impl WriteTx {
    /// Sets a value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_meta(&mut self, which: Meta, value: &[u8]) -> Result<(), StoreError> {
        self.known.origin = None;
        run!(&mut self.conn, sqlx::query(PUT).bind(which.name()).bind(value))?;
        Ok(())
    }

    /// Removes a value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_meta(&mut self, which: Meta) -> Result<(), StoreError> {
        self.known.origin = None;
        run!(&mut self.conn, sqlx::query(REMOVE).bind(which.name()))?;
        Ok(())
    }
}

fn read_handle(value: Option<&[u8]>) -> Result<Handle, StoreError> {
    let place = Place::new("meta", Meta::Handle.name());
    let text = place.take("value", std::str::from_utf8(value.ok_or_else(no_node)?))?;
    place.handle("value", text)
}

fn read_bytes<const N: usize>(which: Meta, value: Option<&[u8]>) -> Result<Option<[u8; N]>, StoreError> {
    let place = Place::new("meta", which.name());
    value.map(|bytes| place.bytes("value", bytes)).transpose()
}

fn no_node() -> StoreError {
    StoreError::conflict("this database has no node yet: run `quince-node init`")
}
