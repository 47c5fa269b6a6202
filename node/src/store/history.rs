//! The node's own past: every revision of its records, and who wrote it.

use quince_core::domain::{Audience, Instant, Number, Record, RecordKind, Revision};

use super::conn::{on, run};
use super::error::StoreError;
use super::fold::EntryPlace;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

const REVISIONS: &str = "SELECT o.revision, o.kind, o.audience, o.holder, o.time, COALESCE(o.body, e.body) AS body \
    FROM own_revision o LEFT JOIN entry e ON e.feed = o.feed AND e.idx = o.idx \
    WHERE o.number = $1 AND o.revision > $2 ORDER BY o.revision LIMIT $3";
const MOVE: &str =
    "UPDATE own_revision SET feed = $3, idx = $4, body = NULL WHERE number = $1 AND revision = $2";

/// A revision of an own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRevision {
    /// Which revision.
    pub revision: Revision,
    /// Who may see it.
    pub audience: Audience,
    /// What it says; `None` once erased.
    pub record: Option<Record>,
    /// Who wrote it.
    pub holder: String,
    /// When, by this node's business clock.
    pub time: Instant,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    revision: i64,
    kind: i64,
    audience: String,
    holder: String,
    time: i64,
    body: Option<Vec<u8>>,
}

impl View {
    /// The revisions of an own record after one of them, the oldest first; at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a revision is damaged.
    pub async fn history(
        &mut self,
        number: Number,
        after: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<OwnRevision>, StoreError> {
        let after = after.map_or(0, |revision| integer(revision.get()));
        let rows: Vec<RevisionRow> = on!(&mut self.conn, db => sqlx::query_as(REVISIONS)
            .bind(integer(number.get())).bind(after).bind(i64::from(limit)).fetch_all(db))?;
        rows.into_iter().map(|row| self.read_revision(number, row)).collect()
    }

    /// One revision of an own record: what a retried request is answered with.
    ///
    /// # Errors
    /// As for [`View::history`].
    pub async fn revision(
        &mut self,
        number: Number,
        revision: Revision,
    ) -> Result<Option<OwnRevision>, StoreError> {
        let before = integer(revision.get()) - 1;
        let row: Option<RevisionRow> = on!(&mut self.conn, db => sqlx::query_as(REVISIONS)
            .bind(integer(number.get())).bind(before).bind(1_i64).fetch_optional(db))?;
        let row = row.map(|row| self.read_revision(number, row)).transpose()?;
        Ok(row.filter(|row| row.revision == revision))
    }

    fn read_revision(&self, number: Number, row: RevisionRow) -> Result<OwnRevision, StoreError> {
        let place = Place::new("own_revision", format!("{number} revision {}", row.revision));
        let kind = u16::try_from(row.kind).ok().and_then(RecordKind::from_code);
        let kind = kind.ok_or_else(|| place.corrupt("kind", format!("{} is unknown", row.kind)))?;
        let decode = |body: Vec<u8>| place.take("body", self.shared.codec.decode(kind, &body));
        Ok(OwnRevision {
            revision: place.take("revision", Revision::new(place.unsigned("revision", row.revision)?))?,
            audience: place.audience(&row.audience)?,
            record: row.body.map(decode).transpose()?,
            holder: row.holder,
            time: place.instant("time", row.time)?,
        })
    }
}

impl WriteTx {
    /// A revision that was kept here is now kept by an entry.
    pub(super) async fn move_revision(
        &mut self,
        number: Number,
        revision: Revision,
        place: EntryPlace,
    ) -> Result<(), StoreError> {
        let (number, revision) = (integer(number.get()), integer(revision.get()));
        run!(
            &mut self.conn,
            sqlx::query(MOVE).bind(number).bind(revision).bind(place.feed).bind(integer(place.idx))
        )?;
        Ok(())
    }
}
