//! What the node knows about itself: single values by name.

use quince_core::domain::Handle;
use quince_core::feed::{Epoch, FederationId, NodeId};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::Place;
use super::view::View;
use super::write::WriteTx;

const GET: &str = "SELECT value FROM meta WHERE name = $1";
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
        let text = self.meta_text(Meta::Handle).await?;
        let text = text
            .ok_or_else(|| StoreError::conflict("this database has no node yet: run `quince-node init`"))?;
        Place::new("meta", Meta::Handle.name()).handle("value", &text)
    }

    /// The node's own id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] before `init` has set it.
    pub async fn own_node(&mut self) -> Result<NodeId, StoreError> {
        let node = self.meta_32(Meta::NodeId).await?.map(NodeId);
        node.ok_or_else(|| StoreError::conflict("this database has no node yet: run `quince-node init`"))
    }

    /// The federation whose feeds this node writes and reads; `None` while it is in none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn federation(&mut self) -> Result<Option<FederationId>, StoreError> {
        Ok(self.meta_32(Meta::Federation).await?.map(FederationId))
    }

    /// How many copies were ever cut back. Cursors count only as long as there is not one more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mends(&mut self) -> Result<u64, StoreError> {
        let value = self.meta(Meta::Mends).await?;
        let place = Place::new("meta", Meta::Mends.name());
        Ok(value.map(|bytes| place.bytes("value", &bytes)).transpose()?.map_or(0, u64::from_be_bytes))
    }

    pub(super) async fn origin(&mut self) -> Result<Origin, StoreError> {
        let epoch = self.meta(Meta::Epoch).await?;
        let place = Place::new("meta", Meta::Epoch.name());
        let epoch = epoch.map(|bytes| place.bytes("value", &bytes)).transpose()?;
        Ok(Origin {
            handle: self.own_handle().await?,
            node: self.own_node().await?,
            federation: self.federation().await?,
            epoch: epoch.map_or(Epoch::FIRST, |bytes| Epoch(u64::from_be_bytes(bytes))),
        })
    }

    async fn meta_32(&mut self, which: Meta) -> Result<Option<[u8; 32]>, StoreError> {
        let value = self.meta(which).await?;
        let place = Place::new("meta", which.name());
        value.map(|bytes| place.bytes("value", &bytes)).transpose()
    }
}

impl WriteTx {
    /// Sets a value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_meta(&mut self, which: Meta, value: &[u8]) -> Result<(), StoreError> {
        run!(&mut self.conn, sqlx::query(PUT).bind(which.name()).bind(value))?;
        Ok(())
    }

    /// Removes a value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_meta(&mut self, which: Meta) -> Result<(), StoreError> {
        run!(&mut self.conn, sqlx::query(REMOVE).bind(which.name()))?;
        Ok(())
    }
}
