//! The records that matching looks at, as they stand, kept by reading changes instead of everything each time.

use std::collections::BTreeMap;

use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::agreement::halves::{self, Pair};
use quince_core::domain::agreement::{budget, stock::Stock};
use quince_core::domain::{
    Amount, Commitment, Consignment, LineId, Need, NeedState, Offer, OfferState, Receipt, Record, RecordId,
    Requisition, Snapshot,
};
use quince_core::matching::Sources;

use crate::store::{Store, StoreError, Stored};

/// Changes read at once: large enough to begin quickly after a restart, small enough to keep a snapshot short.
const BATCH_MAX: u32 = 1_000;

/// Open needs and offers, where the offices sit, both halves of every agreement, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Pool {
    sources: Sources,
    requisitions: BTreeMap<RecordId, Snapshot<Requisition>>,
    commitments: BTreeMap<RecordId, Snapshot<Commitment>>,
    consignments: BTreeMap<RecordId, Snapshot<Consignment>>,
    receipts: BTreeMap<RecordId, Snapshot<Receipt>>,
    cursor: u64,
}

impl Pool {
    /// Reads until there is nothing more. The pool then stands as the store stood at the last reading: whatever
    /// changed between two readings comes again with a later one.
    pub(super) async fn catch_up(&mut self, store: &Store) -> Result<(), StoreError> {
        loop {
            let changes = store.view().await?.changes(self.cursor, BATCH_MAX).await?;
            if changes.cursor == self.cursor {
                return Ok(());
            }
            self.cursor = changes.cursor;
            changes.records.into_iter().for_each(|stored| self.take(stored));
        }
    }

    /// Up to which change it has read.
    pub(super) const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// What a view is built from.
    pub(super) fn sources(&mut self) -> &Sources {
        self.sources.counted = self.counted();
        &self.sources
    }

    pub(super) fn take(&mut self, stored: Stored) {
        let Snapshot { id, revision, audience, record } = stored.snapshot;
        match record {
            Record::Need(record) => {
                let open = matches!(record.state, NeedState::Open | NeedState::OnHold);
                let snapshot = Snapshot { id, revision, audience, record };
                keep(&mut self.sources.needs, snapshot, open);
            }
            Record::Offer(record) => {
                let open = record.state == OfferState::Open;
                let snapshot = Snapshot { id, revision, audience, record };
                keep(&mut self.sources.offers, snapshot, open);
            }
            Record::Profile(record) => {
                match record.place {
                    Some(place) => self.sources.places.insert(id.owner, place),
                    None => self.sources.places.remove(&id.owner),
                };
            }
            Record::Requisition(record) => {
                keep(&mut self.requisitions, Snapshot { id, revision, audience, record }, true);
            }
            Record::Commitment(record) => {
                keep(&mut self.commitments, Snapshot { id, revision, audience, record }, true);
            }
            Record::Consignment(record) => {
                keep(&mut self.consignments, Snapshot { id, revision, audience, record }, true);
            }
            Record::Receipt(record) => {
                keep(&mut self.receipts, Snapshot { id, revision, audience, record }, true);
            }
            Record::Party(_)
            | Record::Partnership(_)
            | Record::Call(_)
            | Record::Message(_)
            | Record::Knowledge(_)
            | Record::Report(_) => {}
        }
    }

    /// What is already agreed on each open line, by the rules of the agreement.
    fn counted(&self) -> BTreeMap<LineId, Amount> {
        let deliveries = Deliveries::new(self.consignments.values(), self.receipts.values());
        let mut pairs: BTreeMap<&RecordId, Vec<Pair<'_>>> = BTreeMap::new();
        let standing = self.requisitions.values().filter(|requisition| halves::stands(requisition));
        for pair in halves::pairs(standing, self.commitments.values(), &deliveries) {
            pairs.entry(&pair.requisition.record.need_line.record).or_default().push(pair);
        }
        let mut commitments: BTreeMap<&RecordId, Vec<&Snapshot<Commitment>>> = BTreeMap::new();
        for commitment in self.commitments.values() {
            commitments.entry(&commitment.record.offer_line.record).or_default().push(commitment);
        }
        let needs = pairs.iter().filter_map(|(id, pairs)| Some((self.sources.needs.get(*id)?, pairs)));
        let offers = commitments.iter().filter_map(|(id, all)| Some((self.sources.offers.get(*id)?, all)));
        needs
            .flat_map(|(need, pairs)| lacked(need, pairs))
            .chain(offers.flat_map(|(offer, commitments)| reserved(offer, commitments, &deliveries)))
            .collect()
    }
}

/// Puts the newest revision in, or takes the record out once it takes no part any more.
fn keep<T>(records: &mut BTreeMap<RecordId, Snapshot<T>>, snapshot: Snapshot<T>, takes_part: bool) {
    if takes_part {
        records.insert(snapshot.id.clone(), snapshot);
    } else {
        records.remove(&snapshot.id);
    }
}

fn lacked<'a>(
    need: &'a Snapshot<Need>,
    pairs: &'a [Pair<'a>],
) -> impl Iterator<Item = (LineId, Amount)> + 'a {
    let exercise = need.record.common.exercise;
    let pairs: Vec<_> =
        pairs.iter().filter(|pair| pair.requisition.record.common.exercise == exercise).copied().collect();
    need.record.lines.iter().map(move |line| {
        let id = need.line_id(line.line);
        let counted = budget::lacks(&id, line, &pairs).counted;
        (id, counted)
    })
}

fn reserved<'a>(
    offer: &'a Snapshot<Offer>,
    commitments: &'a [&'a Snapshot<Commitment>],
    deliveries: &'a Deliveries,
) -> impl Iterator<Item = (LineId, Amount)> + 'a {
    offer.record.lines.iter().filter_map(move |line| {
        let stock = Stock::new(offer, line.line, commitments.iter().copied(), deliveries)?;
        Some((offer.line_id(line.line), stock.reserved()))
    })
}
