//! The records that matching looks at, as they stand, kept by reading changes instead of everything each time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quince_core::domain::item::Catalogue;
use quince_core::domain::place::Place;
use quince_core::domain::{
    Amount, Audience, Handle, LineId, OfferState, PartnershipState, Record, RecordId, Snapshot,
};
use quince_core::matching::{Epoch, Partners, Plan, Planner};
use tracing::error;

use crate::matcher::ledger::Ledger;
use crate::store::{Store, StoreError, Stored};

/// Changes read at once: large enough to begin quickly after a restart, small enough to keep a snapshot short.
const BATCH_MAX: u32 = 1_000;

/// Open needs and offers, where the offices sit, what is agreed, who are partners, and what was shown of it last.
#[derive(Debug)]
pub(super) struct Pool {
    planner: Planner,
    ledger: Ledger,
    /// By the record that says so: the city that publishes an active partnership, and its partner.
    partnerships: BTreeMap<RecordId, (Handle, Handle)>,
    /// By record, the lines on which something was counted when the planner was told last.
    counted: BTreeMap<RecordId, BTreeSet<LineId>>,
    cursor: u64,
    /// The going of records that it has heard of; nothing before it has read.
    removed: Option<u64>,
    damaged: u64,
    partnerships_changed: bool,
    /// Belongs to the planner, whose numbers it uses: a pool that begins anew has shown nothing.
    shown: Option<Plan>,
}

/// A plan, and what is shown of it.
#[derive(Debug)]
pub(super) struct Planned {
    /// The plan of the records as they stand.
    pub(super) plan: Plan,
    /// What people are shown.
    pub(super) shown: Plan,
}

impl Pool {
    /// An empty pool of the node `home`.
    pub(super) fn new(home: Handle, epoch: Epoch, catalogue: Arc<Catalogue>) -> Self {
        Self {
            planner: Planner::new(home, epoch, catalogue),
            ledger: Ledger::default(),
            partnerships: BTreeMap::new(),
            counted: BTreeMap::new(),
            cursor: 0,
            removed: None,
            damaged: 0,
            partnerships_changed: false,
            shown: None,
        }
    }

    /// Reads until there is nothing more. The pool then stands as the store stood at the last reading: whatever changed between
    /// two readings comes again with a later one. Damaged records are passed over: the others are matched all the same. After
    /// a failure it stands as it stood after the last batch, and can go on from there. False when records have gone since it
    /// began to read: then another pool must begin anew.
    pub(super) async fn catch_up(&mut self, store: &Store) -> Result<bool, StoreError> {
        loop {
            let mut view = store.view().await?;
            let removed = view.last_removed().await?;
            if *self.removed.get_or_insert(removed) != removed {
                return Ok(false);
            }
            let (changes, damaged) = view.sound_changes(self.cursor, BATCH_MAX).await?;
            if changes.cursor == self.cursor {
                return Ok(true);
            }
            self.cursor = changes.cursor;
            changes.records.into_iter().for_each(|stored| self.take(stored));
            for damage in &damaged {
                error!(error = damage as &dyn std::error::Error, "matching passes over a record: {damage}");
            }
            self.damaged += damaged.len() as u64;
        }
    }

    /// Up to which change it has read.
    pub(super) const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// How many damaged records it has passed over.
    pub(super) const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The plan of everything read so far, and what is to be shown of it, with ranks and carriages worked out.
    pub(super) fn plan(&mut self, epoch: Epoch) -> Planned {
        self.count();
        if std::mem::take(&mut self.partnerships_changed) {
            let published: BTreeSet<_> = self.partnerships.values().cloned().collect();
            self.planner.set_partners(Partners::of(&published));
        }
        self.planner.turn_to(epoch);
        let plan = self.planner.plan();
        let shown = self.shown.take().map(|before| plan.shown_after(&before));
        // Of two that say the same one is enough, and so are its carriages.
        let shown = shown.filter(|shown| *shown != plan).unwrap_or_else(|| plan.clone());
        plan.work_out();
        shown.work_out();
        self.shown = Some(shown.clone());
        Planned { plan, shown }
    }

    /// Where a city's office sits.
    pub(super) fn office(&self, city: &Handle) -> Option<&Place> {
        self.planner.sources().places.get(city)
    }

    pub(super) fn take(&mut self, stored: Stored) {
        let Snapshot { id, revision, audience, record } = stored.snapshot;
        match record {
            Record::Need(record) => {
                if record.state.is_live() {
                    self.ledger.touch(&id);
                    let record = record.into();
                    self.planner.set_need(Box::new(Snapshot { id, revision, audience, record }));
                } else {
                    self.leave(&id, record.state.is_final());
                }
            }
            Record::Offer(record) => match record.state {
                OfferState::Open => {
                    self.ledger.touch(&id);
                    let record = record.into();
                    self.planner.set_offer(Box::new(Snapshot { id, revision, audience, record }));
                }
                state => self.leave(&id, state != OfferState::Draft),
            },
            Record::Profile(record) => self.planner.set_place(&id.owner, record.place),
            Record::Requisition(record) => {
                self.ledger.put_requisition(Snapshot { id, revision, audience, record });
            }
            Record::Commitment(record) => {
                self.ledger.put_commitment(Snapshot { id, revision, audience, record });
            }
            Record::Consignment(record) => {
                self.ledger.put_consignment(Snapshot { id, revision, audience, record });
            }
            Record::Receipt(record) => self.ledger.put_receipt(Snapshot { id, revision, audience, record }),
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
            | Record::Report(_)
            | Record::OwnItem(_) => {}
        }
    }

    /// A need or an offer takes no part any more.
    fn leave(&mut self, id: &RecordId, ended: bool) {
        self.planner.remove(id);
        // Of most that leave the planner was never told, and nothing is to be taken back.
        if self.counted.contains_key(id) {
            self.ledger.touch(id);
        }
        if ended {
            self.ledger.end(id);
        }
    }

    /// Tells the planner what is agreed on the lines of records on which that may have changed.
    fn count(&mut self) {
        for id in self.ledger.take_touched() {
            let sources = self.planner.sources();
            let need = sources.needs.get(&id).map(|need| self.ledger.covered(need)).unwrap_or_default();
            let offer = sources.offers.get(&id).map(|offer| self.ledger.reserved(offer)).unwrap_or_default();
            let counted: BTreeMap<LineId, Amount> = need.into_iter().chain(offer).collect();
            for line in self.counted.remove(&id).unwrap_or_default() {
                if !counted.contains_key(&line) {
                    self.planner.set_counted(&line, Amount::ZERO);
                }
            }
            counted.iter().for_each(|(line, amount)| self.planner.set_counted(line, *amount));
            let lines: BTreeSet<LineId> =
                counted.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(line, _)| line).collect();
            if !lines.is_empty() {
                self.counted.insert(id, lines);
            }
        }
    }

    /// How many halves of agreements and what became of them it keeps.
    #[cfg(test)]
    pub(super) fn agreements(&self) -> usize {
        self.ledger.len()
    }
}
