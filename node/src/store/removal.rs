//! Records that go from the tables, because the entries in which they stand count no more.

use quince_core::domain::{Handle, RecordKind};
use quince_core::feed::{Header, LiveList};
use serde_json::json;

use super::conn::{Conn, Texts, on, run};
use super::error::StoreError;
use super::facts::allows;
use super::feed::FeedState;
use super::row::{Place, integer};
use super::usage::Shift;
use super::write::WriteTx;

/// Entries that one statement is about: some thousand, so that what it is given stays below a megabyte.
const STEP: usize = 4_096;

const SUSPECTS: &str = "SELECT q.idx, CAST(COALESCE(length(e.header), 0) + COALESCE(length(e.body), 0) AS BIGINT) \
    FROM quarantine q LEFT JOIN entry e ON e.feed = q.feed AND e.idx = q.idx WHERE q.feed = $1 AND q.idx < $2";
const RELEASE: &str = "DELETE FROM quarantine WHERE feed = $1 AND idx = $2";
const FORGET_REMOVAL: &str = "DELETE FROM removal";
const PUT_REMOVAL: &str = "INSERT INTO removal (changed) VALUES ($1)";
const FORGET_MENTIONS: &str = "DELETE FROM mention WHERE owner = $1 AND NOT EXISTS (SELECT 1 FROM record r \
    WHERE r.kind = mention.kind AND r.owner = mention.owner AND r.number = mention.number)";

/// What a removal tells of each row that goes.
macro_rules! removal {
    ($delete:literal) => {
        concat!(
            $delete,
            "RETURNING record.state, (SELECT CAST(COALESCE(length(e.header), 0) + COALESCE(length(e.body), 0) AS BIGINT) \
                FROM entry e WHERE e.feed = record.feed AND e.idx = record.idx)"
        )
    };
}

/// Rows of an owner's records of one kind that stand in a feed. By kind, because that is what the index begins with.
const STANDING: &str = "SELECT idx, kind, number FROM record WHERE kind = $1 AND owner = $2 AND feed = $3";

/// What the headers of these entries say. The databases have no common way to take a list.
const HEADERS: Texts = Texts {
    sqlite: "SELECT e.idx, e.header FROM json_each($2) k CROSS JOIN entry e \
        WHERE e.feed = $1 AND e.idx = k.value AND e.header IS NOT NULL",
    postgres: "SELECT idx, header FROM entry WHERE feed = $1 AND idx = ANY($2::bigint[]) AND header IS NOT NULL",
};

/// Rows of records whose winning revision stands in these places, and how long their entries are. The databases have no common
/// way to take a list.
const REMOVE: Texts = Texts {
    sqlite: removal!(
        "DELETE FROM record WHERE rowid IN (SELECT r.rowid FROM json_each($3) k CROSS JOIN record r \
            WHERE r.kind = k.value->>1 AND r.owner = $2 AND r.number = k.value->>2 AND r.feed = $1 AND r.idx = k.value->>0) "
    ),
    postgres: removal!(
        "DELETE FROM record USING UNNEST($3::bigint[], $4::bigint[], $5::bigint[]) k(idx, kind, number) \
            WHERE record.kind = k.kind AND record.owner = $2 AND record.number = k.number AND record.feed = $1 \
            AND record.idx = k.idx "
    ),
};

/// A revision in one feed: of which record it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) idx: u64,
    pub(super) kind: i64,
    pub(super) number: i64,
}

impl WriteTx {
    /// The rows of an owner's records that stand in a feed, in the order of its entries.
    pub(super) async fn standing_in(
        &mut self,
        feed: &FeedState,
        owner: &Handle,
    ) -> Result<Vec<Spot>, StoreError> {
        let (place, mut standing) = (Place::new("record", owner), Vec::new());
        for kind in RecordKind::ALL.iter().filter(|kind| allows(feed.id.lane, **kind)) {
            let rows: Vec<(i64, i64, i64)> = on!(&mut self.conn, db => sqlx::query_as(STANDING)
                .bind(i64::from(kind.code())).bind(owner.as_str()).bind(feed.key).fetch_all(db))?;
            for (idx, kind, number) in rows {
                standing.push(Spot { idx: place.unsigned("idx", idx)?, kind, number });
            }
        }
        standing.sort_unstable_by_key(|spot| spot.idx);
        Ok(standing)
    }

    /// What those of these entries say that are held with their headers.
    pub(super) async fn spots_at(
        &mut self,
        feed: &FeedState,
        places: &[i64],
    ) -> Result<Vec<Spot>, StoreError> {
        let mut spots = Vec::new();
        for step in places.chunks(STEP) {
            spots.extend(self.spots_of_step(feed, step).await?);
        }
        Ok(spots)
    }

    async fn spots_of_step(&mut self, feed: &FeedState, places: &[i64]) -> Result<Vec<Spot>, StoreError> {
        let rows: Vec<(i64, Vec<u8>)> = match &mut self.conn {
            Conn::Sqlite(lite) => {
                let query = sqlx::query_as(HEADERS.sqlite).bind(feed.key).bind(json!(places).to_string());
                query.fetch_all(lite.settled().await?).await
            }
            Conn::Postgres(tx) => {
                let query = sqlx::query_as(HEADERS.postgres).bind(feed.key).bind(places);
                query.fetch_all(&mut **tx).await
            }
        }?;
        let place = Place::new("entry", feed.id);
        let mut held = Vec::new();
        for (idx, header) in rows {
            // One that is damaged is found when it is let go of or shown.
            let Ok(header) = Header::parse(&header) else { continue };
            let (kind, number) = (i64::from(header.kind.0), integer(header.number));
            held.push(Spot { idx: place.unsigned("idx", idx)?, kind, number });
        }
        Ok(held)
    }

    /// Rows of records that stand in these places go. Answers by how much that moves what their owner has in use.
    pub(super) async fn remove_records(
        &mut self,
        feed: &FeedState,
        owner: &Handle,
        dying: &[Spot],
    ) -> Result<Shift, StoreError> {
        let (place, mut shift) = (Place::new("entry", feed.id), Shift::default());
        for step in dying.chunks(STEP) {
            for (state, len) in self.remove_step(feed, owner, step).await? {
                shift.take(&state, place.unsigned("len", len.unwrap_or_default())?);
            }
        }
        Ok(shift)
    }

    async fn remove_step(
        &mut self,
        feed: &FeedState,
        owner: &Handle,
        dying: &[Spot],
    ) -> Result<Vec<(String, Option<i64>)>, StoreError> {
        let column = |of: fn(&Spot) -> i64| dying.iter().map(of).collect::<Vec<i64>>();
        let (idx, kinds, numbers) =
            (column(|it| integer(it.idx)), column(|it| it.kind), column(|it| it.number));
        Ok(match &mut self.conn {
            Conn::Sqlite(lite) => {
                let keys: Vec<_> =
                    idx.into_iter().zip(kinds).zip(numbers).map(|((i, k), n)| (i, k, n)).collect();
                let query = sqlx::query_as(REMOVE.sqlite).bind(feed.key).bind(owner.as_str());
                query.bind(json!(keys).to_string()).fetch_all(lite.settled().await?).await?
            }
            Conn::Postgres(tx) => {
                let query = sqlx::query_as(REMOVE.postgres).bind(feed.key).bind(owner.as_str());
                query.bind(idx).bind(kinds).bind(numbers).fetch_all(&mut **tx).await?
            }
        })
    }

    /// Dead entries leave the quarantine. Answers by how much that moves what their owner has in use.
    pub(super) async fn release_dead(
        &mut self,
        feed: &FeedState,
        list: &LiveList,
    ) -> Result<Shift, StoreError> {
        let rows: Vec<(i64, i64)> = on!(&mut self.conn, db => sqlx::query_as(SUSPECTS)
            .bind(feed.key).bind(integer(list.base())).fetch_all(db))?;
        let (place, mut shift) = (Place::new("quarantine", feed.id), Shift::default());
        for (idx, len) in rows {
            if !list.is_live(place.unsigned("idx", idx)?) {
                run!(&mut self.conn, sqlx::query(RELEASE).bind(feed.key).bind(idx))?;
                shift.take_quarantined(place.unsigned("len", len)?);
            }
        }
        Ok(shift)
    }

    /// Records of an owner are gone: they name nothing any more, and readers that keep records hear of it.
    pub(super) async fn note_removal(&mut self, owner: &Handle) -> Result<(), StoreError> {
        run!(&mut self.conn, sqlx::query(FORGET_MENTIONS).bind(owner.as_str()))?;
        let last = self.newest_change().await?;
        run!(&mut self.conn, sqlx::query(FORGET_REMOVAL))?;
        run!(&mut self.conn, sqlx::query(PUT_REMOVAL).bind(last + 1))?;
        self.changed_to(last + 1)
    }
}
