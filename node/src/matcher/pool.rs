//! The records that matching looks at, as they stand, kept by reading changes instead of everything each time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::agreement::halves::{self, Pair};
use quince_core::domain::agreement::{budget, stock::Stock};
use quince_core::domain::item::Catalogue;
use quince_core::domain::place::Place;
use quince_core::domain::{
    Amount, Audience, Commitment, Consignment, Handle, LineId, Need, NeedState, Offer, OfferState,
    PartnershipState, Receipt, Record, RecordId, Requisition, Snapshot,
};
use quince_core::matching::{Epoch, Partners, Plan, Planner};

use crate::store::{Store, StoreError, Stored};

/// Changes read at once: large enough to begin quickly after a restart, small enough to keep a snapshot short.
const BATCH_MAX: u32 = 1_000;

/// Open needs and offers, where the offices sit, both halves of every agreement, what became of it, and who are partners.
#[derive(Debug)]
pub(super) struct Pool {
    planner: Planner,
    requisitions: BTreeMap<RecordId, Snapshot<Requisition>>,
    commitments: BTreeMap<RecordId, Snapshot<Commitment>>,
    consignments: BTreeMap<RecordId, Snapshot<Consignment>>,
    receipts: BTreeMap<RecordId, Snapshot<Receipt>>,
    /// By the record that says so: the city that publishes an active partnership, and its partner.
    partnerships: BTreeMap<RecordId, (Handle, Handle)>,
    /// What was counted on each line when the planner was told last.
    counted: BTreeMap<LineId, Amount>,
    cursor: u64,
    agreements_changed: bool,
    partnerships_changed: bool,
}

impl Pool {
    /// An empty pool of the node `home`.
    pub(super) fn new(home: Handle, epoch: Epoch, catalogue: Arc<Catalogue>) -> Self {
        Self {
            planner: Planner::new(home, epoch, catalogue),
            requisitions: BTreeMap::new(),
            commitments: BTreeMap::new(),
            consignments: BTreeMap::new(),
            receipts: BTreeMap::new(),
            partnerships: BTreeMap::new(),
            counted: BTreeMap::new(),
            cursor: 0,
            agreements_changed: false,
            partnerships_changed: false,
        }
    }

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

    /// The plan of everything read so far.
    pub(super) fn plan(&mut self, epoch: Epoch) -> Plan {
        if std::mem::take(&mut self.agreements_changed) {
            self.count();
        }
        if std::mem::take(&mut self.partnerships_changed) {
            let published: BTreeSet<_> = self.partnerships.values().cloned().collect();
            self.planner.set_partners(Partners::of(&published));
        }
        self.planner.turn_to(epoch);
        self.planner.plan()
    }

    /// Where a city's office sits.
    pub(super) fn office(&self, city: &Handle) -> Option<&Place> {
        self.planner.sources().places.get(city)
    }

    pub(super) fn take(&mut self, stored: Stored) {
        let Snapshot { id, revision, audience, record } = stored.snapshot;
        match record {
            Record::Need(record) => {
                let open = matches!(record.state, NeedState::Open | NeedState::OnHold);
                if open {
                    self.planner.set_need(Snapshot { id, revision, audience, record });
                } else {
                    self.planner.remove(&id);
                }
                self.agreements_changed = true;
            }
            Record::Offer(record) => {
                if record.state == OfferState::Open {
                    self.planner.set_offer(Snapshot { id, revision, audience, record });
                } else {
                    self.planner.remove(&id);
                }
                self.agreements_changed = true;
            }
            Record::Profile(record) => self.planner.set_place(&id.owner, record.place),
            Record::Requisition(record) => {
                self.requisitions.insert(id.clone(), Snapshot { id, revision, audience, record });
                self.agreements_changed = true;
            }
            Record::Commitment(record) => {
                self.commitments.insert(id.clone(), Snapshot { id, revision, audience, record });
                self.agreements_changed = true;
            }
            Record::Consignment(record) => {
                self.consignments.insert(id.clone(), Snapshot { id, revision, audience, record });
                self.agreements_changed = true;
            }
            Record::Receipt(record) => {
                self.receipts.insert(id.clone(), Snapshot { id, revision, audience, record });
                self.agreements_changed = true;
            }
            Record::Partnership(record) => {
                // A private one is nothing that all members could count with.
                let counts = record.state == PartnershipState::Active && audience == Audience::Federation;
                match record.partner_node().filter(|_| counts) {
                    Some(partner) => self.partnerships.insert(id.clone(), (id.owner, partner.clone())),
                    None => self.partnerships.remove(&id),
                };
                self.partnerships_changed = true;
            }
            Record::Party(_)
            | Record::Call(_)
            | Record::Message(_)
            | Record::Knowledge(_)
            | Record::Report(_) => {}
        }
    }

    /// Tells the planner on which lines something else is agreed than before.
    fn count(&mut self) {
        let counted = self.counted();
        let before = std::mem::take(&mut self.counted);
        for line in before.keys().filter(|line| !counted.contains_key(*line)) {
            self.planner.set_counted(line, Amount::ZERO);
        }
        for (line, amount) in &counted {
            self.planner.set_counted(line, *amount);
        }
        self.counted = counted;
    }

    /// What is already agreed on each open line, by the rules of the agreement.
    fn counted(&self) -> BTreeMap<LineId, Amount> {
        let sources = self.planner.sources();
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
        let needs = pairs.iter().filter_map(|(id, pairs)| Some((sources.needs.get(*id)?, pairs)));
        let offers = commitments.iter().filter_map(|(id, all)| Some((sources.offers.get(*id)?, all)));
        needs
            .flat_map(|(need, pairs)| lacked(need, pairs))
            .chain(offers.flat_map(|(offer, commitments)| reserved(offer, commitments, &deliveries)))
            .collect()
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
