//! What the API remembers of its callers: answers to repeat on a retry, and the audit log.

use quince_core::domain::Instant;

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

const ANSWERED: &str = "SELECT method, digest, results FROM request WHERE holder = $1 AND request_id = $2";
const REMEMBER: &str =
    "INSERT INTO request (holder, request_id, method, digest, results, time) VALUES ($1, $2, $3, $4, $5, $6)";
const PURGE: &str = "DELETE FROM request WHERE time < $1";
const AUDIT: &str = "INSERT INTO audit (sequence, time, holder, role, address, method, resources, result) \
    SELECT COALESCE(MAX(sequence), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM audit";
const AUDITED: &str = "SELECT sequence, time, holder, role, address, method, resources, result FROM audit \
    WHERE sequence < $1 AND ($2 = '' OR holder = $2) ORDER BY sequence DESC LIMIT $3";

/// The answer once given to a write request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The method that was called.
    pub method: String,
    /// Digest of the request: another content under the same id is refused.
    pub digest: Vec<u8>,
    /// What it resulted in, in the words of the caller of [`WriteTx::remember`].
    pub results: String,
}

/// A call to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub time: Instant,
    /// The holder of the token.
    pub holder: String,
    /// Its role.
    pub role: String,
    /// From where.
    pub address: String,
    /// Which method.
    pub method: String,
    /// Ids of what it concerned; no personal text.
    pub resources: Vec<String>,
    /// How it ended.
    pub result: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// What happened.
    pub call: NewAudit,
}

type AuditColumns = (i64, i64, String, String, String, String, String, String);

fn read_audit(columns: AuditColumns) -> Result<AuditEntry, StoreError> {
    let (sequence, time, holder, role, address, method, resources, result) = columns;
    let place = Place::new("audit", sequence);
    let resources = resources.lines().map(str::to_owned).collect();
    let time = place.instant("time", time)?;
    let call = NewAudit { time, holder, role, address, method, resources, result };
    Ok(AuditEntry { sequence: place.unsigned("sequence", sequence)?, call })
}

impl View {
    /// The answer that a holder's request got before, if it was seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answered(&mut self, holder: &str, request_id: &str) -> Result<Option<Answered>, StoreError> {
        let row: Option<(String, Vec<u8>, String)> = on!(&mut self.conn, db =>
            sqlx::query_as(ANSWERED).bind(holder).bind(request_id).fetch_optional(db))?;
        Ok(row.map(|(method, digest, results)| Answered { method, digest, results }))
    }

    /// The audit log, newest first, before a sequence number; only of one holder if given; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audited(
        &mut self,
        before: Option<u64>,
        holder: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map_or(i64::MAX, integer);
        let rows: Vec<AuditColumns> = on!(&mut self.conn, db => sqlx::query_as(AUDITED)
            .bind(before).bind(holder.unwrap_or_default()).bind(i64::from(limit)).fetch_all(db))?;
        rows.into_iter().map(read_audit).collect()
    }
}

impl WriteTx {
    /// Remembers the answer to a request, in the same transaction as what it did.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the request was answered meanwhile; of SQLite at the next question or the commit.
    pub async fn remember(
        &mut self,
        holder: &str,
        request_id: &str,
        answer: &Answered,
        now: Instant,
    ) -> Result<(), StoreError> {
        let values = vec![
            holder.into(),
            request_id.into(),
            answer.method.as_str().into(),
            answer.digest.clone().into(),
            answer.results.as_str().into(),
            now.micros().into(),
        ];
        self.conn.later(REMEMBER, values).await
    }

    /// Forgets answers given before an instant; tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_requests(&mut self, before: Instant) -> Result<u64, StoreError> {
        run!(&mut self.conn, sqlx::query(PURGE).bind(before.micros()))
    }

    /// Adds a line to the audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&mut self, call: &NewAudit) -> Result<(), StoreError> {
        let values = vec![
            call.time.micros().into(),
            call.holder.as_str().into(),
            call.role.as_str().into(),
            call.address.as_str().into(),
            call.method.as_str().into(),
            call.resources.join("\n").into(),
            call.result.as_str().into(),
        ];
        self.conn.later(AUDIT, values).await
    }
}
