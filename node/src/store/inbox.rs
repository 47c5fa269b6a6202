//! What wakes the worker of the agreement: which own offers and requisitions were touched since its cursor, and which holds
//! are due.
//! Reads no bodies, so that a damaged record cannot stop the worker in front of it.

use std::collections::BTreeSet;

use quince_core::domain::{Handle, Instant, RecordId};

use super::conn::on;
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;

/// Passes over what concerns nobody here: of all that streams in, hardly anything does.
const SINCE: &str = "SELECT kind, owner, number, offer_owner, offer_number, answers_owner, answers_number, changed \
    FROM record WHERE changed > $1 AND changed <= $2 AND (offer_owner = $3 OR answers_owner = $3 \
        OR (owner = $3 AND kind IN (19, 20))) ORDER BY changed LIMIT $4";
const DUE: &str = "SELECT DISTINCT offer_owner, offer_number FROM record \
    WHERE kind = 21 AND owner = $1 AND offer_owner = $1 AND state = 'held' AND due <= $2";
const NEXT_DUE: &str = "SELECT MIN(due) FROM record \
    WHERE kind = 21 AND owner = $1 AND offer_owner = $1 AND state = 'held' AND due > $2";

/// The code of offers.
const OFFER: i64 = 19;

/// The code of requisitions.
const REQUISITION: i64 = 20;

/// The code of commitments.
const COMMITMENT: i64 = 21;

/// Changes that are passed over at once, at most: some milliseconds.
const PASSED_MAX: u64 = 10_000;

/// Own records that something happened to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Offers that changed, or that a half which changed names.
    pub offers: BTreeSet<RecordId>,
    /// Requisitions that changed or whose answer did.
    pub requisitions: BTreeSet<RecordId>,
    /// How far the changes were read.
    pub cursor: u64,
    /// There are more behind the cursor.
    pub more: bool,
}

#[derive(sqlx::FromRow)]
struct TouchedRow {
    kind: i64,
    owner: String,
    number: i64,
    offer_owner: Option<String>,
    offer_number: Option<i64>,
    answers_owner: Option<String>,
    answers_number: Option<i64>,
    changed: i64,
}

impl TouchedRow {
    /// The offer of `own` that this change concerns.
    fn offer(&self, own: &Handle) -> Result<Option<RecordId>, StoreError> {
        match (&self.offer_owner, self.offer_number) {
            (Some(owner), Some(number)) => own_record(own, owner, number),
            _ if self.kind == OFFER => own_record(own, &self.owner, self.number),
            _ => Ok(None),
        }
    }

    /// The requisition of `own` that this change concerns.
    fn requisition(&self, own: &Handle) -> Result<Option<RecordId>, StoreError> {
        match (&self.answers_owner, self.answers_number) {
            (Some(owner), Some(number)) if self.kind == COMMITMENT => own_record(own, owner, number),
            _ if self.kind == REQUISITION => own_record(own, &self.owner, self.number),
            _ => Ok(None),
        }
    }
}

fn own_record(own: &Handle, owner: &str, number: i64) -> Result<Option<RecordId>, StoreError> {
    if owner != own.as_str() {
        return Ok(None);
    }
    Place::new("record", format!("{owner}/{number}")).record_id(owner, number).map(Some)
}

impl View {
    /// The own records that changes after a cursor concern; at most `limit` such changes are read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touched(&mut self, own: &Handle, cursor: u64, limit: u32) -> Result<Touched, StoreError> {
        let last = self.last_changed().await?;
        let end = last.min(cursor.saturating_add(PASSED_MAX));
        let rows: Vec<TouchedRow> = on!(&mut self.conn, db => sqlx::query_as(SINCE)
            .bind(integer(cursor)).bind(integer(end)).bind(own.as_str()).bind(i64::from(limit)).fetch_all(db))?;
        let newest = rows.last().filter(|_| rows.len() as u64 >= u64::from(limit));
        let cursor = newest.map_or(end.max(cursor), |row| row.changed.unsigned_abs());
        let more = cursor < last;
        let mut touched = Touched { cursor, more, ..Touched::default() };
        for row in rows {
            touched.offers.extend(row.offer(own)?);
            touched.requisitions.extend(row.requisition(own)?);
        }
        Ok(touched)
    }

    /// The own offers with holds that reached their end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_offers(&mut self, own: &Handle, now: Instant) -> Result<BTreeSet<RecordId>, StoreError> {
        let rows: Vec<(String, i64)> = on!(&mut self.conn, db =>
            sqlx::query_as(DUE).bind(own.as_str()).bind(now.micros()).fetch_all(db))?;
        let place = Place::new("record", "a hold that is due");
        rows.iter().map(|(owner, number)| place.record_id(owner, *number)).collect()
    }

    /// When the next own hold ends after `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&mut self, own: &Handle, now: Instant) -> Result<Option<Instant>, StoreError> {
        let due: Option<i64> = on!(&mut self.conn, db =>
            sqlx::query_scalar(NEXT_DUE).bind(own.as_str()).bind(now.micros()).fetch_one(db))?;
        let place = Place::new("record", "the next hold");
        due.map(|due| place.instant("due", due)).transpose()
    }
}
