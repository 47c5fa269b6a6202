//! What members have in use here, kept in step with every batch, so that a quota costs no scan.
//!
//! A record counts from the entry of its winning revision until it has ended. An entry in quarantine counts for good: nobody
//! here can tell that it has ended. Own records are not counted.

use quince_core::domain::{Handle, Instant};
use quince_core::feed::{Entry, Extended, Lane};
use quince_core::sync::Usage;

use super::conn::{on, run};
use super::error::StoreError;
use super::reading::ReadAhead;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

/// States of records that have ended: nothing is to be expected of them any more.
const ENDED: [&str; 17] = [
    "fulfilled",
    "closed",
    "withdrawn",
    "expired",
    "duplicate",
    "refused",
    "declined",
    "released",
    "retired",
    "ended",
    "cancelled",
    "returned",
    "diverted",
    "lost",
    "complete",
    "superseded",
    "retracted",
];

const SHIFT: &str = "INSERT INTO member_usage (owner, records, bytes) VALUES ($1, $2, $3) \
    ON CONFLICT (owner) DO UPDATE SET records = member_usage.records + excluded.records, \
        bytes = member_usage.bytes + excluded.bytes";
const QUARANTINED: &str = "SELECT COUNT(*), \
        CAST(COALESCE(SUM(COALESCE(length(e.header), 0) + COALESCE(length(e.body), 0)), 0) AS BIGINT) \
    FROM quarantine q JOIN entry e ON e.feed = q.feed AND e.idx = q.idx WHERE q.feed = $1 AND q.idx >= $2";
const USAGE: &str = "SELECT records, bytes FROM member_usage WHERE owner = $1";
const MARK: &str = "SAVEPOINT batch";
const BACK: &str = "ROLLBACK TO SAVEPOINT batch";
const KEEP: &str = "RELEASE SAVEPOINT batch";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is stored, and its owner has this much in use now.
    Taken(Usage),
    /// It is not: its owner, who has this much in use, would have more than it may. The feed is marked as stalled.
    Stalled(Usage),
}

/// By how much a batch moves what its owner has in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift {
    records: i64,
    bytes: i64,
}

impl Shift {
    /// An entry counts from now on, if it counts in this state.
    pub(super) fn give(&mut self, state: &str, len: u64) {
        if !ENDED.contains(&state) {
            self.records += 1;
            self.bytes += integer(len);
        }
    }

    /// An entry counts no more, if it did in this state.
    pub(super) fn take(&mut self, state: &str, len: u64) {
        if !ENDED.contains(&state) {
            self.records -= 1;
            self.bytes -= integer(len);
        }
    }

    /// An entry in quarantine counts no more.
    pub(super) fn take_quarantined(&mut self, len: u64) {
        self.records -= 1;
        self.bytes -= integer(len);
    }

    /// Both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { records: self.records + other.records, bytes: self.bytes + other.bytes }
    }

    /// An entry in quarantine counts from now on.
    pub(super) fn give_quarantined(&mut self, entry: &Entry) {
        self.records += 1;
        self.bytes += integer(entry.len_bytes() as u64);
    }
}

impl View {
    /// What a member has in use here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage(&mut self, owner: &Handle) -> Result<Usage, StoreError> {
        let row: Option<(i64, i64)> =
            on!(&mut self.conn, db => sqlx::query_as(USAGE).bind(owner.as_str()).fetch_optional(db))?;
        read(owner, row.unwrap_or_default())
    }
}

impl WriteTx {
    /// Stores what the core has verified, as [`WriteTx::apply`] does, unless its owner would have more in use than `allowed`;
    /// `None` for an owner without a quota. What only ends or revises records is always taken, and so is an identity lane,
    /// without which nothing of its owner could be checked. `ahead` is of those entries that are new, if it was begun to read them.
    ///
    /// # Errors
    /// As [`WriteTx::apply`].
    pub async fn apply_within(
        &mut self,
        extended: &Extended,
        entries: &[Entry],
        ahead: Option<ReadAhead>,
        allowed: Option<Usage>,
        now: Instant,
    ) -> Result<Applied, StoreError> {
        let id = extended.log.feed();
        let Some(owner) = self.known_member(id.node).await? else {
            return Err(StoreError::conflict(format!("node {} was never a member", id.node)));
        };
        let before = self.known_usage(&owner.handle).await?;
        let most = Usage {
            records: before.records + entries.len() as u64,
            bytes: before.bytes + entries.iter().map(|entry| entry.len_bytes() as u64).sum::<u64>(),
        };
        let allowed =
            allowed.filter(|allowed| id.lane != Lane::Identity && most.goes_beyond(*allowed, before));
        let Some(allowed) = allowed else {
            self.apply_of(&owner.handle, extended, entries, ahead, now).await?;
            return Ok(Applied::Taken(self.known_usage(&owner.handle).await?));
        };
        let progress = self.progress;
        run!(&mut self.conn, sqlx::query(MARK))?;
        self.apply_of(&owner.handle, extended, entries, ahead, now).await?;
        let after = self.known_usage(&owner.handle).await?;
        if !after.goes_beyond(allowed, before) {
            run!(&mut self.conn, sqlx::query(KEEP))?;
            return Ok(Applied::Taken(after));
        }
        run!(&mut self.conn, sqlx::query(BACK))?;
        // What was written since is gone, and with it what was known of it.
        self.progress = progress;
        self.known.forget();
        self.stall(&id, Some(&reason(before, allowed)), now).await?;
        Ok(Applied::Stalled(before))
    }

    /// Moves what a member has in use.
    pub(super) async fn shift_usage(&mut self, owner: &Handle, shift: Shift) -> Result<(), StoreError> {
        if shift != Shift::default() {
            let before = self.known_usage(owner).await?;
            let after = (integer(before.records) + shift.records, integer(before.bytes) + shift.bytes);
            self.known.usage.insert(owner.clone(), read(owner, after)?);
            let values = vec![owner.as_str().into(), shift.records.into(), shift.bytes.into()];
            self.conn.later(SHIFT, values).await?;
        }
        Ok(())
    }

    /// What a feed has in quarantine from an entry on is about to go, and counts no more.
    pub(super) async fn release_quarantine(
        &mut self,
        owner: &Handle,
        feed: i64,
        from: u64,
    ) -> Result<(), StoreError> {
        let (records, bytes): (i64, i64) = on!(&mut self.conn, db =>
            sqlx::query_as(QUARANTINED).bind(feed).bind(integer(from)).fetch_one(db))?;
        self.shift_usage(owner, Shift { records: -records, bytes: -bytes }).await
    }
}

fn read(owner: &Handle, (records, bytes): (i64, i64)) -> Result<Usage, StoreError> {
    let place = Place::new("member_usage", owner);
    Ok(Usage { records: place.unsigned("records", records)?, bytes: place.unsigned("bytes", bytes)? })
}

fn reason(usage: Usage, allowed: Usage) -> String {
    format!(
        "its owner has {} live records of {} and {} bytes of {} in use: it goes on when records end or the roster grants more",
        usage.records, allowed.records, usage.bytes, allowed.bytes
    )
}
