//! What members have in use here, kept in step with every batch, so that a quota costs no scan.
//!
//! A record counts from the entry of its winning revision until it has ended. An entry in quarantine counts for good: nobody
//! here can tell that it has ended. Own records are not counted.

use std::collections::BTreeSet;

use quince_core::domain::{Handle, Instant, RecordId, RecordKind};
use quince_core::feed::{Entry, Extended, Lane};
use quince_core::sync::Usage;

use super::bulk::{self, integers, texts};
use super::conn::{Texts, on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

/// Adds the live ones among some records. One whose state is named here has ended: nothing is to be expected of it any more.
macro_rules! add_live {
    ($sign:literal, $keys:literal) => {
        concat!(
            "INSERT INTO member_usage (owner, records, bytes) \
            SELECT r.owner, COUNT(*) * ", $sign, ", \
                CAST(SUM(length(e.header) + COALESCE(length(e.body), 0)) AS BIGINT) * ", $sign, " \
            FROM ", $keys, " \
                JOIN entry e ON e.feed = r.feed AND e.idx = r.idx \
            WHERE r.state NOT IN ('fulfilled', 'closed', 'withdrawn', 'expired', 'duplicate', 'refused', 'declined', \
                'released', 'retired', 'ended', 'cancelled', 'returned', 'diverted', 'lost', 'complete', 'superseded', \
                'retracted') \
            GROUP BY r.owner \
            ON CONFLICT (owner) DO UPDATE SET records = member_usage.records + excluded.records, \
                bytes = member_usage.bytes + excluded.bytes"
        )
    };
}

/// See `bulk` for why there are two texts.
const WEIGH: Texts = Texts {
    sqlite: add_live!(
        "$3",
        "json_each($1) k JOIN record r ON $2 IS NOT NULL AND r.kind = k.value->>0 AND r.owner = k.value->>1 \
            AND r.number = k.value->>2"
    ),
    postgres: add_live!(
        "$1",
        "UNNEST($2::bigint[], $3::text[], $4::bigint[]) k(kind, owner, number) \
            JOIN record r ON r.kind = k.kind AND r.owner = k.owner AND r.number = k.number"
    ),
};
const WEIGH_QUARANTINE: &str = "INSERT INTO member_usage (owner, records, bytes) \
    SELECT $1, COUNT(*) * $4, \
        CAST(COALESCE(SUM(COALESCE(length(e.header), 0) + COALESCE(length(e.body), 0)), 0) AS BIGINT) * $4 \
    FROM quarantine q JOIN entry e ON e.feed = q.feed AND e.idx = q.idx WHERE q.feed = $2 AND q.idx >= $3 \
    ON CONFLICT (owner) DO UPDATE SET records = member_usage.records + excluded.records, \
        bytes = member_usage.bytes + excluded.bytes";
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

/// Whether something is added or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    const fn factor(self) -> i64 {
        match self {
            Self::Plus => 1,
            Self::Minus => -1,
        }
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
        let (records, bytes) = row.unwrap_or_default();
        let place = Place::new("member_usage", owner);
        Ok(Usage { records: place.unsigned("records", records)?, bytes: place.unsigned("bytes", bytes)? })
    }
}

impl WriteTx {
    /// Stores what the core has verified, as [`WriteTx::apply`] does, unless its owner would have more in use than `allowed`;
    /// `None` for an owner without a quota. What only ends or revises records is always taken, and so is an identity lane,
    /// without which nothing of its owner could be checked.
    ///
    /// # Errors
    /// As [`WriteTx::apply`].
    pub async fn apply_within(
        &mut self,
        extended: &Extended,
        entries: &[Entry],
        allowed: Option<Usage>,
        now: Instant,
    ) -> Result<Applied, StoreError> {
        let id = extended.log.feed();
        let Some(owner) = self.member_by_node(id.node).await? else {
            return Err(StoreError::conflict(format!("node {} was never a member", id.node)));
        };
        let before = self.usage(&owner.handle).await?;
        let most = Usage {
            records: before.records + entries.len() as u64,
            bytes: before.bytes + entries.iter().map(|entry| entry.len_bytes() as u64).sum::<u64>(),
        };
        let allowed =
            allowed.filter(|allowed| id.lane != Lane::Identity && most.goes_beyond(*allowed, before));
        let Some(allowed) = allowed else {
            self.apply(extended, entries, now).await?;
            return Ok(Applied::Taken(self.usage(&owner.handle).await?));
        };
        let progress = self.progress;
        run!(&mut self.conn, sqlx::query(MARK))?;
        self.apply(extended, entries, now).await?;
        let after = self.usage(&owner.handle).await?;
        if !after.goes_beyond(allowed, before) {
            run!(&mut self.conn, sqlx::query(KEEP))?;
            return Ok(Applied::Taken(after));
        }
        run!(&mut self.conn, sqlx::query(BACK))?;
        self.progress = progress;
        self.stall(&id, Some(&reason(before, allowed)), now).await?;
        Ok(Applied::Stalled(before))
    }

    /// Adds what these records have in use, or takes it away: before and after they change.
    pub(super) async fn weigh(
        &mut self,
        records: &BTreeSet<(RecordKind, RecordId)>,
        sign: Sign,
    ) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let columns = vec![
            integers(records.iter().map(|(kind, _)| i64::from(kind.code()))),
            texts(records.iter().map(|(_, id)| id.owner.to_string())),
            integers(records.iter().map(|(_, id)| integer(id.number.get()))),
        ];
        bulk::execute(&mut self.conn, WEIGH, sign.factor(), columns).await?;
        Ok(())
    }

    /// The same for what a feed has in quarantine from an entry on.
    pub(super) async fn weigh_quarantine(
        &mut self,
        owner: &Handle,
        feed: i64,
        from: u64,
        sign: Sign,
    ) -> Result<(), StoreError> {
        let from = integer(from);
        run!(
            &mut self.conn,
            sqlx::query(WEIGH_QUARANTINE).bind(owner.as_str()).bind(feed).bind(from).bind(sign.factor())
        )?;
        Ok(())
    }
}

fn reason(usage: Usage, allowed: Usage) -> String {
    format!(
        "its owner has {} live records of {} and {} bytes of {} in use: it goes on when records end or the roster grants more",
        usage.records, allowed.records, usage.bytes, allowed.bytes
    )
}
