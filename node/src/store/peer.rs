//! What is remembered of peers between sessions.

use quince_core::domain::Handle;
use quince_core::sync::{Cursors, Nonce};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

macro_rules! select_peers {
    ($rest:literal) => {
        concat!(
            "SELECT handle, pinned, address, session, cursor, instance, said, roster, mends FROM peer ",
            $rest
        )
    };
}

const ALL: &str = select_peers!("ORDER BY handle");
const ONE: &str = select_peers!("WHERE handle = $1");
const PIN: &str = "INSERT INTO peer (handle, pinned, address, cursor) VALUES ($1, $2, $3, 0) \
    ON CONFLICT (handle) DO UPDATE SET pinned = excluded.pinned, address = excluded.address";
const SAVE_CURSORS: &str = "INSERT INTO peer (handle, pinned, session, cursor, instance, said, roster, mends) \
    VALUES ($1, FALSE, $2, $3, $4, $5, $6, $7) \
    ON CONFLICT (handle) DO UPDATE SET session = excluded.session, cursor = excluded.cursor, \
    instance = excluded.instance, said = excluded.said, roster = excluded.roster, mends = excluded.mends";

/// A peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its handle.
    pub handle: Handle,
    /// This node always tries to reach it.
    pub pinned: bool,
    /// `HOST:PORT` to dial instead of what its profile says.
    pub address: Option<String>,
    /// How far it and this node have come with each other, if they have met.
    pub cursors: Option<Cursors>,
}

#[derive(sqlx::FromRow)]
struct PeerRow {
    handle: String,
    pinned: bool,
    address: Option<String>,
    session: Option<Vec<u8>>,
    cursor: i64,
    instance: Option<Vec<u8>>,
    said: i64,
    roster: i64,
    mends: i64,
}

impl PeerRow {
    fn read(self) -> Result<Peer, StoreError> {
        let place = Place::new("peer", &self.handle);
        let nonce = |column, value: &[u8]| Ok::<_, StoreError>(Nonce(place.bytes(column, value)?));
        let read = |session: &[u8]| {
            Ok::<_, StoreError>(Cursors {
                session: nonce("session", session)?,
                read: place.unsigned("cursor", self.cursor)?,
                instance: self.instance.as_deref().map(|it| nonce("instance", it)).transpose()?,
                said: place.unsigned("said", self.said)?,
                roster: place.unsigned("roster", self.roster)?,
                mends: place.unsigned("mends", self.mends)?,
            })
        };
        let cursors = self.session.as_deref().map(read).transpose()?;
        let handle = place.handle("handle", &self.handle)?;
        Ok(Peer { handle, pinned: self.pinned, address: self.address, cursors })
    }
}

impl View {
    /// Every peer that is remembered, by handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peers(&mut self) -> Result<Vec<Peer>, StoreError> {
        let rows: Vec<PeerRow> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        rows.into_iter().map(PeerRow::read).collect()
    }

    /// One peer, if it is remembered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peer(&mut self, handle: &Handle) -> Result<Option<Peer>, StoreError> {
        let row: Option<PeerRow> =
            on!(&mut self.conn, db => sqlx::query_as(ONE).bind(handle.as_str()).fetch_optional(db))?;
        row.map(PeerRow::read).transpose()
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

    /// Remembers how far a peer and this node have come with each other, all of it at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_cursors(&mut self, handle: &Handle, cursors: &Cursors) -> Result<(), StoreError> {
        let Cursors { session, read, instance, said, roster, mends } = *cursors;
        run!(
            &mut self.conn,
            sqlx::query(SAVE_CURSORS)
                .bind(handle.as_str())
                .bind(&session.0[..])
                .bind(integer(read))
                .bind(instance.as_ref().map(|it| &it.0[..]))
                .bind(integer(said))
                .bind(integer(roster))
                .bind(integer(mends))
        )?;
        Ok(())
    }
}
