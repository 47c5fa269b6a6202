//! Both halves of agreements: which requisitions and commitments name a need or an offer.

use quince_core::domain::{Commitment, Handle, Instant, Record, RecordId, Requisition, Snapshot};

use super::conn::on;
use super::error::StoreError;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::row::integer;
use super::view::View;

/// The most halves that are read for one need or offer. Without a bound, a city that writes halves by the
/// hundred thousand would make every look at its victim's records slow. An honest need of a hundred lines has
/// ten suppliers for each.
pub(super) const HALVES_MAX: i64 = 4_000;

/// What comes first of the halves that name a need: what its owner asked for, then the answers of those who were
/// asked, then the rest.
macro_rules! need_class {
    () => {
        "CASE WHEN r.kind = 20 AND r.owner = r.need_owner THEN 0 \
            WHEN EXISTS (SELECT 1 FROM record asked WHERE asked.kind = 20 AND asked.owner = r.answers_owner \
                AND asked.number = r.answers_number AND asked.offer_owner = r.owner) THEN 1 ELSE 2 END"
    };
}
pub(super) use need_class;

/// What comes first of the halves that name an offer: what its owner promised and holds, then what it declined,
/// then what the owners of needs ask for, then the rest.
macro_rules! offer_class {
    () => {
        "CASE WHEN r.owner = r.offer_owner AND r.state <> 'declined' THEN 0 \
            WHEN r.owner = r.offer_owner THEN 1 WHEN r.owner = r.need_owner THEN 2 ELSE 3 END"
    };
}
pub(super) use offer_class;

/// Within a class each city and each answered requisition in turn, so that nobody crowds out what counts.
const OF_NEED: &str = concat!(
    select_records!("WHERE r.need_owner = $1 AND r.need_number = $2 ORDER BY "),
    need_class!(),
    ", ROW_NUMBER() OVER (PARTITION BY r.owner, r.answers_owner, r.answers_number ORDER BY r.number), \
        r.owner, r.number LIMIT $3"
);
/// Within a class each city in turn.
const OF_OFFER: &str = concat!(
    select_records!("WHERE r.offer_owner = $1 AND r.offer_number = $2 ORDER BY "),
    offer_class!(),
    ", ROW_NUMBER() OVER (PARTITION BY r.owner ORDER BY r.number), r.owner, r.number LIMIT $3"
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
    /// What names any line of a need, whoever wrote it; where somebody floods it, what counts comes first and
    /// the rest is cut.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn halves_of_need(&mut self, need: &RecordId) -> Result<Halves, StoreError> {
        self.halves(OF_NEED, need).await
    }

    /// What names any line of an offer, whoever wrote it; cut like [`View::halves_of_need`].
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_offer(&mut self, offer: &RecordId) -> Result<Halves, StoreError> {
        self.halves(OF_OFFER, offer).await
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

    async fn halves(&mut self, statement: &'static str, named: &RecordId) -> Result<Halves, StoreError> {
        let (owner, number) = (named.owner.as_str(), integer(named.number.get()));
        let rows: Vec<RecordRow> = on!(&mut self.conn, db =>
            sqlx::query_as(statement).bind(owner).bind(number).bind(HALVES_MAX).fetch_all(db))?;
        Ok(Halves::of(read_all(&self.shared, rows)?))
    }
}
