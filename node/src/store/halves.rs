//! Both halves of agreements: which requisitions and commitments name a need or an offer.

use quince_core::domain::{Commitment, Handle, Instant, Record, RecordId, Requisition, Snapshot};

use super::conn::on;
use super::error::StoreError;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::row::integer;
use super::view::View;

/// The most halves that are read for one need or offer. An honest one has a few; without a bound, a city that places holds by
/// the hundred thousand would make every look at its victim's need slow. Holds come last, so that they cannot crowd
/// out what was asked and promised.
const HALVES_MAX: i64 = 10_000;

const OF_NEED: &str = select_records!(
    "WHERE r.need_owner = $1 AND r.need_number = $2 \
    ORDER BY CASE WHEN r.state = 'held' THEN 1 ELSE 0 END, r.kind, r.owner, r.number LIMIT $3"
);
const OF_OFFER: &str = select_records!(
    "WHERE r.offer_owner = $1 AND r.offer_number = $2 \
    ORDER BY CASE WHEN r.owner = r.offer_owner THEN 0 ELSE 1 END, r.kind, r.owner, r.number LIMIT $3"
);
const BETWEEN: &str = select_records!(
    "WHERE r.need_owner = $1 AND r.offer_owner = $2 ORDER BY r.kind, r.owner, r.number LIMIT $3"
);
const HOLDS_ENDING: &str = select_records!(
    "WHERE r.kind = 21 AND r.owner = $1 AND r.state = 'held' AND r.due <= $2 ORDER BY r.due, r.number LIMIT $3"
);

/// Requisitions and commitments, each by owner and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Halves {
    /// The requesters' halves.
    pub requisitions: Vec<Snapshot<Requisition>>,
    /// The suppliers' halves.
    pub commitments: Vec<Snapshot<Commitment>>,
}

impl Halves {
    pub(super) fn of(all: Vec<Stored>) -> Self {
        let mut halves = Self::default();
        for Stored { snapshot, .. } in all {
            let Snapshot { id, revision, audience, record } = snapshot;
            match record {
                Record::Requisition(record) => {
                    halves.requisitions.push(Snapshot { id, revision, audience, record });
                }
                Record::Commitment(record) => {
                    halves.commitments.push(Snapshot { id, revision, audience, record })
                }
                _ => {}
            }
        }
        halves.requisitions.sort_by(|a, b| a.id.cmp(&b.id));
        halves.commitments.sort_by(|a, b| a.id.cmp(&b.id));
        halves
    }
}

impl View {
    /// What names any line of a need, whoever wrote it.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn halves_of_need(&mut self, need: &RecordId) -> Result<Halves, StoreError> {
        self.halves(OF_NEED, need.owner.as_str(), integer(need.number.get())).await
    }

    /// What names any line of an offer, whoever wrote it.
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_offer(&mut self, offer: &RecordId) -> Result<Halves, StoreError> {
        self.halves(OF_OFFER, offer.owner.as_str(), integer(offer.number.get())).await
    }

    /// What two cities have asked of each other in this direction, for the limits against floods.
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_between(
        &mut self,
        requester: &Handle,
        supplier: &Handle,
    ) -> Result<Halves, StoreError> {
        self.halves(BETWEEN, requester.as_str(), supplier.as_str()).await
    }

    /// Own holds that end by `until`, the earliest first; at most `limit`.
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn holds_ending(
        &mut self,
        own: &Handle,
        until: Instant,
        limit: u32,
    ) -> Result<Vec<Snapshot<Commitment>>, StoreError> {
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(HOLDS_ENDING)
            .bind(own.as_str()).bind(until.micros()).bind(i64::from(limit)).fetch_all(db))?;
        Ok(read_all(&self.shared, rows)?.into_iter().filter_map(Stored::into_family).collect())
    }

    async fn halves<'a, B>(
        &mut self,
        statement: &'static str,
        first: &'a str,
        second: B,
    ) -> Result<Halves, StoreError>
    where
        B: Send + 'a + sqlx::Type<sqlx::Sqlite> + sqlx::Encode<'a, sqlx::Sqlite>,
        B: sqlx::Type<sqlx::Postgres> + sqlx::Encode<'a, sqlx::Postgres>,
    {
        let rows: Vec<RecordRow> = on!(&mut self.conn, db =>
            sqlx::query_as(statement).bind(first).bind(second).bind(HALVES_MAX).fetch_all(db))?;
        Ok(Halves::of(read_all(&self.shared, rows)?))
    }
}
