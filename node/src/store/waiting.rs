//! What waits for a city's desk: the few records among many that somebody there may have to answer.

use std::collections::BTreeSet;

use quince_core::domain::agreement::flood::OPEN_PER_NODES;
use quince_core::domain::{
    Commitment, Consignment, Handle, Instant, Need, NeedState, Offer, OfferState, Receipt, Record, RecordId,
    RecordKind, Requisition, Snapshot,
};

use super::conn::on;
use super::error::StoreError;
use super::record::{ListQuery, RecordRow, Stored, read_all, select_records};
use super::view::View;

/// Halves of one city that are looked at: ten times as many as its limits let through to the desk, so that those
/// within the limits are among them.
const HALVES_PER_CITY_MAX: usize = 10 * OPEN_PER_NODES;

/// Own needs that wait for an approver, and own open offers: more than one desk keeps in view.
const OWN_MAX: u32 = 10_000;

/// Open requisitions to own stock, holds for own needs, the own requisitions that answer such holds, and own holds
/// that end soon. Both halves are read by their index; one condition for all would read every record.
const HALVES: &str = select_records!(
    "WHERE (r.kind, r.owner, r.number) IN ( \
        SELECT kind, owner, number FROM (SELECT q.kind, q.owner, q.number, \
            ROW_NUMBER() OVER (PARTITION BY q.owner ORDER BY q.number) AS place FROM record q \
            WHERE q.kind = 20 AND q.offer_owner = $1 AND q.state <> 'refused' AND NOT EXISTS ( \
                SELECT 1 FROM record c WHERE c.kind = 21 AND c.owner = q.offer_owner \
                    AND c.answers_owner = q.owner AND c.answers_number = q.number)) asked WHERE place <= $3 \
        UNION SELECT kind, owner, number FROM (SELECT q.kind, q.owner, q.number, \
            ROW_NUMBER() OVER (PARTITION BY q.owner ORDER BY q.number) AS place FROM record q \
            WHERE q.kind = 21 AND q.need_owner = $1 AND q.state = 'held') held WHERE place <= $3 \
        UNION SELECT q.kind, q.owner, q.number FROM record q JOIN record c ON c.kind = 21 \
            AND c.owner = q.answers_owner AND c.number = q.answers_number AND c.state = 'held' \
            WHERE q.kind = 20 AND q.owner = $1 \
        UNION SELECT kind, owner, number FROM record \
            WHERE kind = 21 AND owner = $1 AND state = 'held' AND due <= $2) \
    ORDER BY r.changed"
);

/// Consignments that have left, of promises that answer own requisitions; of each city the first thousand, so that none
/// crowds out another's.
const UNDER_WAY: &str = select_records!(
    "WHERE (r.kind, r.owner, r.number) IN (SELECT kind, owner, number FROM (SELECT s.kind, s.owner, s.number, \
            ROW_NUMBER() OVER (PARTITION BY s.owner ORDER BY s.number) AS place FROM record s \
        WHERE s.state IN ('dispatched', 'arrived') AND (s.kind, s.owner, s.number) IN ( \
            SELECT m.kind, m.owner, m.number FROM record q JOIN record c ON c.kind = 21 AND c.owner = q.offer_owner \
                AND c.answers_owner = q.owner AND c.answers_number = q.number \
            JOIN mention m ON m.kind = 24 AND m.owner = c.owner AND m.named_owner = c.owner \
                AND m.named_number = c.number \
            WHERE q.kind = 20 AND q.owner = $1 AND q.need_owner = $1)) sent WHERE place <= $2) \
    ORDER BY r.changed"
);

/// What a desk is computed from, each list in the order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Own needs to approve, and every need that a half below names.
    pub needs: Vec<Snapshot<Need>>,
    /// Own open offers.
    pub offers: Vec<Snapshot<Offer>>,
    /// Open requisitions to own stock, and own ones that answer holds.
    pub requisitions: Vec<Snapshot<Requisition>>,
    /// Holds for own needs, own ones that end soon, and own promises.
    pub commitments: Vec<Snapshot<Commitment>>,
    /// Own ones of own open promises, and those under way to own needs.
    pub consignments: Vec<Snapshot<Consignment>>,
    /// What was counted of those.
    pub receipts: Vec<Snapshot<Receipt>>,
}

impl View {
    /// What may wait for the desk of `own`; own holds as far as they end by `until`.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn waiting(&mut self, own: &Handle, until: Instant) -> Result<Waiting, StoreError> {
        let most = i64::try_from(HALVES_PER_CITY_MAX).expect("a bound of our own fits");
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(HALVES)
            .bind(own.as_str()).bind(until.micros()).bind(most).fetch_all(db))?;
        let mut waiting = Waiting::default();
        for stored in read_all(&self.shared, rows)? {
            waiting.add(stored.snapshot);
        }
        self.add_shipments(own, &mut waiting).await?;
        let named: Vec<RecordId> = waiting.named_needs().into_iter().collect();
        waiting.needs = self.get_all::<Need>(&named).await?.into_values().collect();
        let submitted = self.own_in(own, RecordKind::Need, NeedState::Submitted.as_str()).await?;
        waiting.needs.extend(submitted.into_iter().filter_map(Stored::into_family));
        let open = self.own_in(own, RecordKind::Offer, OfferState::Open.as_str()).await?;
        waiting.offers = open.into_iter().filter_map(Stored::into_family).collect();
        Ok(waiting)
    }

    /// Own promises with what was sent of them, and what is under way to own needs.
    async fn add_shipments(&mut self, own: &Handle, waiting: &mut Waiting) -> Result<(), StoreError> {
        let promised = self.own_in(own, RecordKind::Commitment, "committed").await?;
        let promised: Vec<Snapshot<Commitment>> =
            promised.into_iter().filter_map(Stored::into_family).collect();
        let ids: Vec<RecordId> = promised.iter().map(|one| one.id.clone()).collect();
        waiting.commitments.extend(promised);
        waiting.consignments = self.shipments(&ids).await?.consignments;
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(UNDER_WAY)
            .bind(own.as_str()).bind(i64::try_from(HALVES_PER_CITY_MAX).expect("a bound of our own fits"))
            .fetch_all(db))?;
        let known: BTreeSet<RecordId> = waiting.consignments.iter().map(|one| one.id.clone()).collect();
        for stored in read_all(&self.shared, rows)? {
            if !known.contains(&stored.snapshot.id) {
                waiting.add(stored.snapshot);
            }
        }
        waiting.receipts = self.receipts_for(&waiting.consignments).await?;
        Ok(())
    }

    async fn own_in(
        &mut self,
        own: &Handle,
        kind: RecordKind,
        state: &'static str,
    ) -> Result<Vec<Stored>, StoreError> {
        let query =
            ListQuery { owner: Some(own.clone()), states: vec![state], ..ListQuery::of(kind, OWN_MAX) };
        self.list(&query).await
    }
}

impl Waiting {
    fn add(&mut self, snapshot: Snapshot<Record>) {
        let Snapshot { id, revision, audience, record } = snapshot;
        match record {
            Record::Requisition(record) => {
                self.requisitions.push(Snapshot { id, revision, audience, record })
            }
            Record::Commitment(record) => self.commitments.push(Snapshot { id, revision, audience, record }),
            Record::Consignment(record) => {
                self.consignments.push(Snapshot { id, revision, audience, record });
            }
            _ => {}
        }
    }

    fn named_needs(&self) -> BTreeSet<RecordId> {
        let asked = self.requisitions.iter().map(|half| half.record.need_line.record.clone());
        let promised = self.commitments.iter().map(|half| half.record.need_line.record.clone());
        let lines = self.consignments.iter().flat_map(|one| one.record.lines.iter());
        asked.chain(promised).chain(lines.map(|line| line.need_line.record.clone())).collect()
    }
}
