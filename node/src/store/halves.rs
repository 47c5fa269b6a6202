//! Both halves of agreements: which requisitions and commitments name a need or an offer.

use std::slice;
use std::sync::Arc;

use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::agreement::halves::{Pair, pairs};
use quince_core::domain::{Commitment, Handle, Instant, Record, RecordId, Requisition, Snapshot};

use super::conn::on;
use super::error::StoreError;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::view::View;

const HOLDS_ENDING: &str = select_records!(
    "WHERE r.kind = 21 AND r.owner = $1 AND r.state = 'held' AND r.due <= $2 ORDER BY r.due, r.number LIMIT $3"
);

/// Requisitions and commitments, each by owner and number, and what became of the promises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Halves {
    /// The requesters' halves.
    pub requisitions: Vec<Snapshot<Requisition>>,
    /// The suppliers' halves.
    pub commitments: Vec<Snapshot<Commitment>>,
    /// What was sent and counted of those; shared by all halves that were read at once.
    pub deliveries: Arc<Deliveries>,
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

    /// Every requisition with its answer and what became of that.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        pairs(&self.requisitions, &self.commitments, &self.deliveries)
    }
}

impl View {
    /// What names any line of a need, whoever wrote it; where somebody floods it, what counts comes first and
    /// the rest is cut.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn halves_of_need(&mut self, need: &RecordId) -> Result<Halves, StoreError> {
        let mut found = self.halves_of_needs(slice::from_ref(need)).await?;
        Ok(found.remove(need).unwrap_or_default())
    }

    /// What names any line of an offer, whoever wrote it; cut like [`View::halves_of_need`].
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_offer(&mut self, offer: &RecordId) -> Result<Halves, StoreError> {
        let mut found = self.halves_of_offers(slice::from_ref(offer)).await?;
        Ok(found.remove(offer).unwrap_or_default())
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
}
