//! What a decision about the agreement rests on: complete, whatever other cities write. What is shown may be cut where
//! somebody floods it; what is decided by may not.

use std::sync::Arc;

use quince_core::domain::agreement::flood::OPEN_PER_NODES;
use quince_core::domain::{Commitment, Handle, RecordId, Requisition, Snapshot};
use tracing::error;

use super::conn::on;
use super::error::StoreError;
use super::halves::Halves;
use super::record::{Family, RecordRow, Stored, read_all, select_records};
use super::row::{Place, integer};
use super::view::View;

/// Open requisitions of one city that are looked at: ten times as many as are owed an answer, so that those within
/// the limits are among them.
const OPEN_READ_MAX: usize = 10 * OPEN_PER_NODES;

/// An own commitment that answers the requisition of this alias.
macro_rules! answered {
    ($asked:literal, $state:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM record c WHERE c.kind = 21 AND c.owner = ",
            $asked,
            ".offer_owner AND c.answers_owner = ",
            $asked,
            ".owner AND c.answers_number = ",
            $asked,
            ".number",
            $state,
            ")"
        )
    };
}

/// Declines reserve nothing, and there may be very many of them.
const STOCK: &str = select_records!(
    "WHERE r.kind = 21 AND r.owner = $1 AND r.offer_owner = $1 AND r.offer_number = $2 AND r.state <> 'declined' \
    ORDER BY r.number"
);
const UNSETTLED: &str = concat!(
    select_records!(
        "WHERE (r.kind, r.owner, r.number) IN (SELECT kind, owner, number FROM ( \
        SELECT q.kind, q.owner, q.number, ROW_NUMBER() OVER (PARTITION BY q.owner ORDER BY q.number) AS place \
        FROM record q WHERE q.kind = 20 AND q.offer_owner = $1 AND q.offer_number = $2 AND ("
    ),
    "(q.state <> 'refused' AND NOT ",
    answered!("q", ""),
    ") OR (q.state = 'withdrawn' AND ",
    answered!("q", " AND c.state = 'committed'"),
    ") OR (q.state = 'refused' AND EXISTS (SELECT 1 FROM record c WHERE c.kind = 21 AND c.owner = q.answers_owner \
        AND c.number = q.answers_number AND c.state = 'held')))) ranked WHERE place <= $3) ORDER BY r.changed"
);
/// Without a second look at the table by which it would find itself: until a database has counted the rows of a flood, it
/// takes such a look for cheap.
const OPEN: &str = concat!(
    select_records!(
        "WHERE r.kind = 20 AND r.owner = $1 AND r.need_owner = $1 AND r.offer_owner = $2 AND r.state <> 'refused' \
        AND NOT "
    ),
    answered!("r", ""),
    " ORDER BY r.number LIMIT $3"
);
const ASKED: &str = select_records!(
    "WHERE r.kind = 20 AND r.owner = $1 AND r.need_owner = $1 AND r.need_number = $2 ORDER BY r.number"
);
const ANSWERS: &str = select_records!(
    "WHERE (r.kind, r.owner, r.number) IN (SELECT c.kind, c.owner, c.number FROM record q JOIN record c \
        ON c.answers_owner = q.owner AND c.answers_number = q.number \
        WHERE c.kind = 21 AND c.owner = q.offer_owner AND q.kind = 20 AND q.owner = $1 AND q.need_owner = $1 \
            AND q.need_number = $2) ORDER BY r.owner, r.number"
);
const ANSWER: &str = select_records!(
    "WHERE r.kind = 21 AND r.answers_owner = $1 AND r.answers_number = $2 AND r.owner = $3 ORDER BY r.number LIMIT 1"
);

impl View {
    /// Everything that takes or took stock of an own offer, by number: all of its owner's commitments but declines.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn stock(&mut self, offer: &RecordId) -> Result<Vec<Snapshot<Commitment>>, StoreError> {
        let (owner, number) = (offer.owner.as_str(), integer(offer.number.get()));
        let rows: Vec<RecordRow> =
            on!(&mut self.conn, db => sqlx::query_as(STOCK).bind(owner).bind(number).fetch_all(db))?;
        self.complete(rows)
    }

    /// The requisitions of an offer that something may still follow from by itself, in the order of their arrival:
    /// those without an answer, those withdrawn after a promise, and refusals of holds that stand. A damaged one is
    /// logged and left out: it waits until it is mended, and holds up nobody else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsettled(&mut self, offer: &RecordId) -> Result<Vec<Snapshot<Requisition>>, StoreError> {
        let (owner, number) = (offer.owner.as_str(), integer(offer.number.get()));
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(UNSETTLED)
            .bind(owner).bind(number).bind(open_read_max()).fetch_all(db))?;
        self.undamaged(rows)
    }

    /// A requester's requisitions to a supplier that have no answer yet, by number; the first thousand. A damaged one
    /// is logged and left out, as it takes no room on a desk.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_requisitions(
        &mut self,
        requester: &Handle,
        supplier: &Handle,
    ) -> Result<Vec<Snapshot<Requisition>>, StoreError> {
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(OPEN)
            .bind(requester.as_str()).bind(supplier.as_str()).bind(open_read_max()).fetch_all(db))?;
        self.undamaged(rows)
    }

    /// Every requisition that a need's owner wrote for it, the suppliers' answers to those, and what became of them.
    ///
    /// # Errors
    /// As for [`View::stock`].
    pub async fn asked(&mut self, need: &RecordId) -> Result<Halves, StoreError> {
        let (owner, number) = (need.owner.as_str(), integer(need.number.get()));
        let rows: Vec<RecordRow> =
            on!(&mut self.conn, db => sqlx::query_as(ASKED).bind(owner).bind(number).fetch_all(db))?;
        let requisitions = self.complete(rows)?;
        let rows: Vec<RecordRow> =
            on!(&mut self.conn, db => sqlx::query_as(ANSWERS).bind(owner).bind(number).fetch_all(db))?;
        let commitments: Vec<Snapshot<Commitment>> = self.family(rows)?;
        let promised: Vec<RecordId> = commitments.iter().map(|one| one.id.clone()).collect();
        let deliveries = Arc::new(self.shipments(&promised).await?.deliveries());
        Ok(Halves { requisitions, commitments, deliveries })
    }

    /// The first commitment by which the supplier answered a requisition.
    ///
    /// # Errors
    /// As for [`View::stock`].
    pub async fn answer(
        &mut self,
        requisition: &RecordId,
        supplier: &Handle,
    ) -> Result<Option<Snapshot<Commitment>>, StoreError> {
        let (owner, number) = (requisition.owner.as_str(), integer(requisition.number.get()));
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(ANSWER)
            .bind(owner).bind(number).bind(supplier.as_str()).fetch_all(db))?;
        Ok(self.family(rows)?.pop())
    }

    fn undamaged<F: Family>(&self, rows: Vec<RecordRow>) -> Result<Vec<Snapshot<F>>, StoreError> {
        let mut undamaged = Vec::with_capacity(rows.len());
        for row in rows {
            match row.read(&self.shared) {
                Ok(stored) => undamaged.extend(stored.and_then(Stored::into_family)),
                Err(damage @ StoreError::Corrupt { .. }) => error!(%damage, "a record is left out"),
                Err(failure) => return Err(failure),
            }
        }
        Ok(undamaged)
    }

    /// Own records that a decision about stock or a need rests on. One whose body is gone counts for something all the
    /// same, so nothing is decided without it.
    fn complete<F: Family>(&self, rows: Vec<RecordRow>) -> Result<Vec<Snapshot<F>>, StoreError> {
        let found = rows.len();
        let records = self.family(rows)?;
        if records.len() == found {
            return Ok(records);
        }
        let what = format!("{} of {found} are gone", found - records.len());
        Err(Place::new("record", F::KIND.collection()).corrupt("body", what))
    }

    fn family<F: Family>(&self, rows: Vec<RecordRow>) -> Result<Vec<Snapshot<F>>, StoreError> {
        Ok(read_all(&self.shared, rows)?.into_iter().filter_map(Stored::into_family).collect())
    }
}

fn open_read_max() -> i64 {
    i64::try_from(OPEN_READ_MAX).expect("a bound of our own fits")
}
