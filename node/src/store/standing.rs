//! What stands in the places of rows that are about to be folded: read once for all of them, so that who wins is decided
//! in memory.

use std::collections::BTreeMap;

use quince_core::domain::{RecordId, RecordKind};
use serde_json::json;

use super::conn::Conn;
use super::error::StoreError;
use super::fold::Row;
use super::row::{Place, integer};
use super::write::WriteTx;

macro_rules! standing {
    ($numbers:literal) => {
        concat!(
            "SELECT r.number, r.revision, r.leaf_hash, r.contested, r.state, \
                CAST(length(e.header) + COALESCE(length(e.body), 0) AS BIGINT) AS len \
            FROM record r LEFT JOIN entry e ON e.feed = r.feed AND e.idx = r.idx \
            WHERE r.kind = $1 AND r.owner = $2 AND r.number ",
            $numbers
        )
    };
}

/// SQLite takes no arrays.
const SQLITE: &str = standing!("IN (SELECT value FROM json_each($3))");
const POSTGRES: &str = standing!("= ANY($3::bigint[])");

/// A row as it stands.
#[derive(Debug)]
pub(super) struct Standing {
    revision: u64,
    leaf_hash: Vec<u8>,
    contested: bool,
    pub(super) state: String,
    /// Bytes of its entry; `None` when that is not held.
    pub(super) len: Option<u64>,
}

/// How a row fares against the one that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contest {
    /// It takes the place.
    Wins,
    /// It does not, but shows that its owner wrote two of this revision, which was not known.
    Ties,
    /// It changes nothing.
    Loses,
}

/// Rows as they stand, by what they are.
pub(super) type Standings = BTreeMap<(RecordKind, RecordId), Standing>;

#[derive(sqlx::FromRow)]
struct StandingRow {
    number: i64,
    revision: i64,
    leaf_hash: Vec<u8>,
    contested: bool,
    state: String,
    len: Option<i64>,
}

impl Standing {
    /// The highest revision wins, and of two with the same number the greatest leaf hash.
    pub(super) fn meets(&self, row: &Row) -> Contest {
        let (here, there) = ((self.revision, &self.leaf_hash), (row.revision.get(), &row.leaf_hash));
        if there > here {
            return Contest::Wins;
        }
        let another = row.contested || row.leaf_hash != self.leaf_hash;
        if there.0 == here.0 && another && !self.contested { Contest::Ties } else { Contest::Loses }
    }

    /// Whether a row that wins is another one of the same revision. A record that was in no feed has an empty leaf hash, and
    /// its first publication contests nothing.
    pub(super) fn ties(&self, row: &Row) -> bool {
        self.revision == row.revision.get() && !self.leaf_hash.is_empty()
    }
}

impl WriteTx {
    /// The rows that stand in the places of these, which are in the order of their kinds and owners.
    pub(super) async fn standing(&mut self, rows: &[Row]) -> Result<Standings, StoreError> {
        let mut standing = Standings::new();
        for of_owner in rows.chunk_by(|a, b| (a.kind, &a.id.owner) == (b.kind, &b.id.owner)) {
            let Some(Row { kind, id: RecordId { owner, .. }, .. }) = of_owner.first() else { continue };
            let numbers: Vec<i64> = of_owner.iter().map(|row| integer(row.id.number.get())).collect();
            let code = i64::from(kind.code());
            let found: Vec<StandingRow> = match &mut self.conn {
                Conn::Sqlite(lite) => {
                    let query = sqlx::query_as(SQLITE).bind(code).bind(owner.as_str());
                    query.bind(json!(numbers).to_string()).fetch_all(lite.settled().await?).await
                }
                Conn::Postgres(tx) => {
                    let query = sqlx::query_as(POSTGRES).bind(code).bind(owner.as_str());
                    query.bind(numbers).fetch_all(&mut **tx).await
                }
            }?;
            for row in found {
                let place = Place::new("record", format!("{owner}/{}", row.number));
                let id = RecordId::new(owner.clone(), place.number("number", row.number)?);
                let revision = place.unsigned("revision", row.revision)?;
                let len = row.len.map(|len| place.unsigned("len", len)).transpose()?;
                let StandingRow { leaf_hash, contested, state, .. } = row;
                standing.insert((*kind, id), Standing { revision, leaf_hash, contested, state, len });
            }
        }
        Ok(standing)
    }
}
