//! What is remembered of peers between sessions.

use quince_core::domain::Handle;

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

const ALL: &str = "SELECT handle, pinned, address, session, cursor FROM peer ORDER BY handle";
const ONE: &str = "SELECT handle, pinned, address, session, cursor FROM peer WHERE handle = $1";
const PIN: &str = "INSERT INTO peer (handle, pinned, address, cursor) VALUES ($1, $2, $3, 0) \
    ON CONFLICT (handle) DO UPDATE SET pinned = excluded.pinned, address = excluded.address";
const SAVE_CURSOR: &str = "INSERT INTO peer (handle, pinned, session, cursor) VALUES ($1, FALSE, $2, $3) \
    ON CONFLICT (handle) DO UPDATE SET session = excluded.session, cursor = excluded.cursor";

/// A peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its handle.
    pub handle: Handle,
    /// This node always tries to reach it.
    pub pinned: bool,
    /// `HOST:PORT` to dial instead of what its profile says.
    pub address: Option<String>,
    /// The session that the cursor belongs to.
    pub session: Option<Vec<u8>>,
    /// How far its head changes were read in that session.
    pub cursor: u64,
}

type PeerColumns = (String, bool, Option<String>, Option<Vec<u8>>, i64);

fn read_peer((handle, pinned, address, session, cursor): PeerColumns) -> Result<Peer, StoreError> {
    let place = Place::new("peer", &handle);
    let cursor = place.unsigned("cursor", cursor)?;
    Ok(Peer { handle: place.handle("handle", &handle)?, pinned, address, session, cursor })
}

impl View {
    /// Every peer that is remembered, by handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peers(&mut self) -> Result<Vec<Peer>, StoreError> {
        let rows: Vec<PeerColumns> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        rows.into_iter().map(read_peer).collect()
    }

    /// One peer, if it is remembered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peer(&mut self, handle: &Handle) -> Result<Option<Peer>, StoreError> {
        let row: Option<PeerColumns> =
            on!(&mut self.conn, db => sqlx::query_as(ONE).bind(handle.as_str()).fetch_optional(db))?;
        row.map(read_peer).transpose()
    }
}

impl WriteTx {
    /// Pins a peer, with an address of its own or that of its profile; or lets go of it. Its cursor stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pin_peer(
        &mut self,
        handle: &Handle,
        pinned: bool,
        address: Option<&str>,
    ) -> Result<(), StoreError> {
        run!(&mut self.conn, sqlx::query(PIN).bind(handle.as_str()).bind(pinned).bind(address))?;
        Ok(())
    }

    /// Remembers how far a peer's head changes were read, in the same transaction as what they brought.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_cursor(
        &mut self,
        handle: &Handle,
        session: &[u8],
        cursor: u64,
    ) -> Result<(), StoreError> {
        run!(
            &mut self.conn,
            sqlx::query(SAVE_CURSOR).bind(handle.as_str()).bind(session).bind(integer(cursor))
        )?;
        Ok(())
    }
}
