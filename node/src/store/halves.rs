//! Both halves of agreements: which requisitions and commitments name a need or an offer.

use std::collections::BTreeMap;
use std::slice;

use quince_core::domain::{Commitment, Handle, Instant, Record, RecordId, Requisition, Snapshot};

use super::conn::{Texts, on};
use super::error::StoreError;
use super::page::select_by_list;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::view::View;

/// The most halves that are read for one need or offer. Without a bound, a city that writes halves by the
/// hundred thousand would make every look at its victim's records slow. An honest need of a hundred lines has
/// ten suppliers for each.
const HALVES_MAX: i64 = 4_000;

/// What comes first where a need is flooded: what its owner asked for, then the answers of those who were
/// asked, then the rest, each city and each answered requisition in turn. So nobody crowds out what counts.
const OF_NEEDS: Texts = select_by_list!(
    "SELECT kind, owner, number FROM (SELECT t.*, ROW_NUMBER() OVER ( \
        PARTITION BY need_owner, need_number ORDER BY class, turn, owner, number) AS place FROM ( \
        SELECT h.kind, h.owner, h.number, h.need_owner, h.need_number, \
            CASE WHEN h.kind = 20 AND h.owner = h.need_owner THEN 0 \
                WHEN EXISTS (SELECT 1 FROM record asked WHERE asked.kind = 20 AND asked.owner = h.answers_owner \
                    AND asked.number = h.answers_number AND asked.offer_owner = h.owner) THEN 1 ELSE 2 END AS class, \
            ROW_NUMBER() OVER (PARTITION BY h.need_owner, h.need_number, h.owner, h.answers_owner, \
                h.answers_number ORDER BY h.number) AS turn FROM ",
    " k CROSS JOIN record h WHERE h.need_owner = k.owner AND h.need_number = k.number) t) ranked WHERE place <= $1"
);
/// What comes first where an offer is flooded: what its owner promised and holds, then what it declined, then
/// what the owners of needs ask for, each city in turn.
const OF_OFFERS: Texts = select_by_list!(
    "SELECT kind, owner, number FROM (SELECT t.*, ROW_NUMBER() OVER ( \
        PARTITION BY offer_owner, offer_number ORDER BY class, turn, owner, number) AS place FROM ( \
        SELECT h.kind, h.owner, h.number, h.offer_owner, h.offer_number, \
            CASE WHEN h.owner = h.offer_owner AND h.state <> 'declined' THEN 0 \
                WHEN h.owner = h.offer_owner THEN 1 WHEN h.owner = h.need_owner THEN 2 ELSE 3 END AS class, \
            ROW_NUMBER() OVER (PARTITION BY h.offer_owner, h.offer_number, h.owner ORDER BY h.number) AS turn FROM ",
    " k CROSS JOIN record h WHERE h.offer_owner = k.owner AND h.offer_number = k.number) t) ranked WHERE place <= $1"
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
    fn of(all: Vec<Stored>) -> Self {
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
        Ok(self.halves_of_needs(slice::from_ref(need)).await?.remove(need).unwrap_or_default())
    }

    /// What names any line of an offer, whoever wrote it; cut like [`View::halves_of_need`].
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_offer(&mut self, offer: &RecordId) -> Result<Halves, StoreError> {
        Ok(self.halves_of_offers(slice::from_ref(offer)).await?.remove(offer).unwrap_or_default())
    }

    /// What names any line of these needs, by need; what nothing names is missing. Each is cut for itself.
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_needs(
        &mut self,
        needs: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Halves>, StoreError> {
        Ok(by_record(self.by_list(OF_NEEDS, HALVES_MAX, needs).await?, |need, _| need))
    }

    /// What names any line of these offers, by offer; what nothing names is missing. Each is cut for itself.
    ///
    /// # Errors
    /// As for [`View::halves_of_need`].
    pub async fn halves_of_offers(
        &mut self,
        offers: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Halves>, StoreError> {
        Ok(by_record(self.by_list(OF_OFFERS, HALVES_MAX, offers).await?, |_, offer| offer))
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

/// Sorts halves by the need or the offer that they name.
fn by_record(all: Vec<Stored>, named: impl Fn(RecordId, RecordId) -> RecordId) -> BTreeMap<RecordId, Halves> {
    let mut by_record: BTreeMap<RecordId, Vec<Stored>> = BTreeMap::new();
    for stored in all {
        let (need, offer) = match &stored.snapshot.record {
            Record::Requisition(half) => (&half.need_line, &half.offer_line),
            Record::Commitment(half) => (&half.need_line, &half.offer_line),
            _ => continue,
        };
        by_record.entry(named(need.record.clone(), offer.record.clone())).or_default().push(stored);
    }
    by_record.into_iter().map(|(id, halves)| (id, Halves::of(halves))).collect()
}
