//! The roster as it was signed, and who its members are or were.

use std::collections::BTreeSet;

use quince_core::domain::Handle;
use quince_core::feed::NodeId;
use quince_core::roster::SignedRoster;

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

const INSERT: &str = "INSERT INTO roster (version, note) VALUES ($1, $2)";
const SINCE: &str = "SELECT version, note FROM roster WHERE version > $1 ORDER BY version";
const LEAVE: &str = "UPDATE member SET present = FALSE";
const JOIN: &str = "INSERT INTO member (handle, node, steward, present) VALUES ($1, $2, $3, TRUE) \
    ON CONFLICT (handle) DO UPDATE SET steward = excluded.steward, present = TRUE \
    WHERE member.node = excluded.node";

macro_rules! select_members {
    ($rest:literal) => {
        concat!("SELECT handle, node, steward, present FROM member ", $rest)
    };
}

const MEMBERS: &str = select_members!("WHERE handle > $1 ORDER BY handle LIMIT $2");
const BY_HANDLE: &str = select_members!("WHERE handle = $1");
const BY_NODE: &str = select_members!("WHERE node = $1");

/// A member, present or past: handles are never reused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Its handle.
    pub handle: Handle,
    /// Its node.
    pub node: NodeId,
    /// It may sign rosters.
    pub steward: bool,
    /// The newest roster lists it.
    pub present: bool,
}

type MemberColumns = (String, Vec<u8>, bool, bool);

fn read_member((handle, node, steward, present): MemberColumns) -> Result<MemberRow, StoreError> {
    let place = Place::new("member", &handle);
    let node = NodeId(place.bytes("node", &node)?);
    Ok(MemberRow { handle: place.handle("handle", &handle)?, node, steward, present })
}

impl View {
    /// The notes of the roster versions after one, ascending: all of them from 0.
    ///
    /// # Errors
    /// When the database fails or a note cannot be read.
    pub async fn rosters_since(&mut self, version: u64) -> Result<Vec<SignedRoster>, StoreError> {
        let rows: Vec<(i64, String)> =
            on!(&mut self.conn, db => sqlx::query_as(SINCE).bind(integer(version)).fetch_all(db))?;
        rows.into_iter()
            .map(|(version, note)| Place::new("roster", version).take("note", SignedRoster::parse(&note)))
            .collect()
    }

    /// Members by handle after one of them; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(
        &mut self,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<MemberRow>, StoreError> {
        let after = after.map_or("", Handle::as_str);
        let rows: Vec<MemberColumns> = on!(&mut self.conn, db => sqlx::query_as(MEMBERS).bind(after).bind(i64::from(limit)).fetch_all(db))?;
        rows.into_iter().map(read_member).collect()
    }

    /// The member behind a handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member(&mut self, handle: &Handle) -> Result<Option<MemberRow>, StoreError> {
        let row: Option<MemberColumns> =
            on!(&mut self.conn, db => sqlx::query_as(BY_HANDLE).bind(handle.as_str()).fetch_optional(db))?;
        row.map(read_member).transpose()
    }

    /// The member that is a node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member_by_node(&mut self, node: NodeId) -> Result<Option<MemberRow>, StoreError> {
        let row: Option<MemberColumns> =
            on!(&mut self.conn, db => sqlx::query_as(BY_NODE).bind(&node.0[..]).fetch_optional(db))?;
        row.map(read_member).transpose()
    }
}

impl WriteTx {
    /// Stores a roster version that the core has accepted, and makes its members the present ones.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the version is stored already or gives a handle to another node.
    pub async fn put_roster(&mut self, signed: &SignedRoster) -> Result<(), StoreError> {
        let roster = signed.roster();
        self.known.roster_changed();
        run!(&mut self.conn, sqlx::query(INSERT).bind(integer(roster.version)).bind(signed.to_note()))?;
        run!(&mut self.conn, sqlx::query(LEAVE))?;
        let stewards: BTreeSet<&Handle> = roster.stewards.keys().collect();
        for (handle, member) in &roster.members {
            let steward = stewards.contains(handle);
            let done = run!(
                &mut self.conn,
                sqlx::query(JOIN).bind(handle.as_str()).bind(&member.node.0[..]).bind(steward)
            )?;
            if done == 0 {
                return Err(StoreError::conflict(format!("handle {handle} belongs to another node")));
            }
        }
        Ok(())
    }
}
