//! Changes of records in the order in which they were committed here, and how far each reader has come.

use quince_core::domain::RecordKind;

use super::conn::{on, run};
use super::error::StoreError;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

const SINCE: &str = select_records!("WHERE r.changed > $1 ORDER BY r.changed LIMIT $2");
const OF_KIND: &str = select_records!("WHERE r.kind = $1 AND r.changed > $2 ORDER BY r.changed LIMIT $3");
/// The newest change: of a record, or the going of one.
pub(super) const LAST_CHANGED: &str = "SELECT COALESCE(MAX(changed), 0) FROM \
    (SELECT MAX(changed) AS changed FROM record UNION ALL SELECT changed FROM removal) newest";
const REMOVED: &str = "SELECT COALESCE(MAX(changed), 0) FROM removal";
const CURSOR: &str = "SELECT changed FROM consumer WHERE name = $1";
const PUT_CURSOR: &str = "INSERT INTO consumer (name, changed) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET changed = excluded.changed";

/// Records that changed, and the cursor after them. A record that changed several times appears once, as it
/// stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// In the order of their last change.
    pub records: Vec<Stored>,
    /// Where to go on.
    pub cursor: u64,
    /// Whether there are more behind the cursor.
    pub more: bool,
}

struct Page {
    rows: Vec<RecordRow>,
    more: bool,
}

impl View {
    /// Records that changed after a cursor; at most `limit`. Equal cursors mean that there is nothing more.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn changes(&mut self, cursor: u64, limit: u32) -> Result<Changes, StoreError> {
        let Page { rows, more } = self.page_since(cursor, limit).await?;
        let last = self.cursor_after(cursor, &rows, more).await?;
        Ok(Changes { records: read_all(&self.shared, rows)?, cursor: last, more })
    }

    /// Records that changed after a cursor, as for [`View::changes`], and what is wrong with those that are damaged: for readers
    /// who can do without them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sound_changes(
        &mut self,
        cursor: u64,
        limit: u32,
    ) -> Result<(Changes, Vec<StoreError>), StoreError> {
        let page = self.page_since(cursor, limit).await?;
        let last = self.cursor_after(cursor, &page.rows, page.more).await?;
        Ok(self.sound(last, page))
    }

    /// Records of one kind that changed after a cursor, as for [`View::sound_changes`], for readers who look at no other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sound_changes_of(
        &mut self,
        kind: RecordKind,
        cursor: u64,
        limit: u32,
    ) -> Result<(Changes, Vec<StoreError>), StoreError> {
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(OF_KIND)
            .bind(i64::from(kind.code())).bind(integer(cursor)).bind(i64::from(limit) + 1).fetch_all(db))?;
        let page = Page::cut(rows, limit);
        let last = page.rows.last().map_or(cursor, RecordRow::changed);
        Ok(self.sound(last, page))
    }

    async fn page_since(&mut self, cursor: u64, limit: u32) -> Result<Page, StoreError> {
        let rows = on!(&mut self.conn, db =>
            sqlx::query_as(SINCE).bind(integer(cursor)).bind(i64::from(limit) + 1).fetch_all(db))?;
        Ok(Page::cut(rows, limit))
    }

    fn sound(&self, last: u64, Page { rows, more }: Page) -> (Changes, Vec<StoreError>) {
        let (mut records, mut damaged) = (Vec::new(), Vec::new());
        for row in rows {
            match row.read(&self.shared) {
                Ok(read) => records.extend(read),
                Err(damage) => damaged.push(damage),
            }
        }
        (Changes { records, cursor: last, more }, damaged)
    }

    /// The newest change: where a reader begins that wants only what comes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_changed(&mut self) -> Result<u64, StoreError> {
        let last: i64 = on!(&mut self.conn, db => sqlx::query_scalar(LAST_CHANGED).fetch_one(db))?;
        Place::new("record", "the last change").unsigned("changed", last)
    }

    /// The newest change by which records went. A reader that keeps what it read, and read less far, begins anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_removed(&mut self) -> Result<u64, StoreError> {
        let last: i64 = on!(&mut self.conn, db => sqlx::query_scalar(REMOVED).fetch_one(db))?;
        Place::new("removal", "the newest").unsigned("changed", last)
    }

    /// Where a reader goes on after these rows. When there are no more, it has seen everything, also what went: unless it has seen
    /// the newest change that is published, and hears of the next.
    async fn cursor_after(&mut self, cursor: u64, rows: &[RecordRow], more: bool) -> Result<u64, StoreError> {
        let last = rows.last().map_or(cursor, RecordRow::changed);
        if more || last >= self.shared.progress.borrow().changed {
            return Ok(last);
        }
        Ok(last.max(self.last_removed().await?))
    }

    /// How far a background worker has read; 0 when it never has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consumer(&mut self, name: &'static str) -> Result<u64, StoreError> {
        let cursor: Option<i64> =
            on!(&mut self.conn, db => sqlx::query_scalar(CURSOR).bind(name).fetch_optional(db))?;
        Place::new("consumer", name).unsigned("changed", cursor.unwrap_or(0))
    }
}

impl Page {
    /// Of rows that were asked for with one to spare, which tells whether there are more.
    fn cut(mut rows: Vec<RecordRow>, limit: u32) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Self { rows, more }
    }
}

impl WriteTx {
    /// Moves a worker's cursor, in the same transaction as what it did about the changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_consumer(&mut self, name: &'static str, cursor: u64) -> Result<(), StoreError> {
        run!(&mut self.conn, sqlx::query(PUT_CURSOR).bind(name).bind(integer(cursor)))?;
        Ok(())
    }
}
