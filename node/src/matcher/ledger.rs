//! The ledger: both halves of every agreement and what became of them, by the records that they count on, so that a change
//! recounts those only. Halves of which nothing can count any more are let go.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::domain::agreement::budget;
use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::agreement::halves::{self, Pair};
use quince_core::domain::agreement::stock::reserved;
use quince_core::domain::{
    Amount, Audience, Commitment, Consignment, LineId, Receipt, RecordId, Requisition, Snapshot,
};
use quince_core::matching::{LeanNeed, LeanOffer};

use crate::matcher::ended::Ended;

/// Records by another one that they name.
type Index = BTreeMap<RecordId, BTreeSet<RecordId>>;

/// Agreements, and the needs and offers on which something else may be agreed than before.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    requisitions: BTreeMap<RecordId, Snapshot<Requisition>>,
    commitments: BTreeMap<RecordId, Snapshot<Commitment>>,
    consignments: BTreeMap<RecordId, Snapshot<Consignment>>,
    receipts: BTreeMap<RecordId, Snapshot<Receipt>>,
    /// By the need.
    requisitions_of: Index,
    /// By the need, and by the offer.
    commitments_of: Index,
    /// By the commitment.
    consignments_of: Index,
    /// By the consignment.
    receipts_of: Index,
    /// Needs and offers that ended for good.
    ended: Ended,
    touched: BTreeSet<RecordId>,
}

impl Ledger {
    /// The needs and offers to be counted anew.
    pub(super) fn take_touched(&mut self) -> BTreeSet<RecordId> {
        std::mem::take(&mut self.touched)
    }

    /// A need or an offer changed.
    pub(super) fn touch(&mut self, id: &RecordId) {
        self.touched.insert(id.clone());
    }

    /// A need or an offer ended for good: what counts on it alone is let go.
    pub(super) fn end(&mut self, id: &RecordId) {
        if !self.ended.insert(id) {
            return;
        }
        for requisition in self.requisitions_of.remove(id).unwrap_or_default() {
            self.requisitions.remove(&requisition);
        }
        for commitment in self.commitments_of.get(id).cloned().unwrap_or_default() {
            self.let_go(&commitment);
        }
    }

    pub(super) fn put_requisition(&mut self, requisition: Snapshot<Requisition>) {
        let (id, need) = (requisition.id.clone(), requisition.record.need_line.record.clone());
        if let Some(old) = self.requisitions.remove(&id) {
            unlink(&mut self.requisitions_of, &old.record.need_line.record, &id);
            self.touched.insert(old.record.need_line.record);
        }
        if self.ended.contains(&need) {
            return;
        }
        link(&mut self.requisitions_of, &need, &id);
        self.touched.insert(need);
        self.requisitions.insert(id, requisition);
    }

    pub(super) fn put_commitment(&mut self, commitment: Snapshot<Commitment>) {
        let id = commitment.id.clone();
        self.touch_commitment(&id);
        self.unlink_commitment(&id);
        for named in named_by(&commitment) {
            link(&mut self.commitments_of, named, &id);
        }
        self.commitments.insert(id.clone(), commitment);
        self.touch_commitment(&id);
        self.let_go(&id);
    }

    pub(super) fn put_consignment(&mut self, consignment: Snapshot<Consignment>) {
        let id = consignment.id.clone();
        self.touch_consignment(&id);
        if let Some(old) = self.consignments.remove(&id) {
            promises(&old).iter().for_each(|promise| unlink(&mut self.consignments_of, promise, &id));
        }
        promises(&consignment).iter().for_each(|promise| link(&mut self.consignments_of, promise, &id));
        self.consignments.insert(id.clone(), consignment);
        self.touch_consignment(&id);
    }

    pub(super) fn put_receipt(&mut self, receipt: Snapshot<Receipt>) {
        let (id, consignment) = (receipt.id.clone(), receipt.record.consignment.clone());
        if let Some(old) = self.receipts.insert(id.clone(), receipt) {
            unlink(&mut self.receipts_of, &old.record.consignment, &id);
            self.touch_consignment(&old.record.consignment);
        }
        link(&mut self.receipts_of, &consignment, &id);
        self.touch_consignment(&consignment);
    }

    /// What the lines of a need lack no more, by the rules of the agreement.
    pub(super) fn covered(&self, need: &Snapshot<LeanNeed>) -> Vec<(LineId, Amount)> {
        let counts = counts_on(&need.audience);
        let exercise = need.record.exercise;
        let standing = all(&self.requisitions_of, &need.id, &self.requisitions).filter(|requisition| {
            counts(&requisition.audience)
                && requisition.record.common.exercise == exercise
                && halves::stands(requisition)
        });
        let commitments: Vec<_> = all(&self.commitments_of, &need.id, &self.commitments)
            .filter(|commitment| counts(&commitment.audience))
            .collect();
        let deliveries = self.deliveries(&commitments, &need.audience);
        let pairs: Vec<Pair<'_>> = halves::pairs(standing, commitments, &deliveries);
        let mut covered = Vec::new();
        for one in need.record.lines.iter() {
            let id = need.line_id(one.line);
            let counted = budget::lacks(&id, one, &pairs).counted;
            covered.push((id, counted));
        }
        covered
    }

    /// What of the lines of an offer is held and committed.
    pub(super) fn reserved(&self, offer: &Snapshot<LeanOffer>) -> Vec<(LineId, Amount)> {
        let counts = counts_on(&offer.audience);
        let counted: Vec<_> = all(&self.commitments_of, &offer.id, &self.commitments)
            .filter(|commitment| counts(&commitment.audience))
            .collect();
        let lines = offer.record.lines.iter().map(|one| offer.line_id(one.line));
        lines.map(|id| (id.clone(), reserved(&id, counted.iter().copied()))).collect()
    }

    /// How many halves and what became of them it keeps.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.requisitions.len() + self.commitments.len() + self.consignments.len() + self.receipts.len()
    }

    /// What became of these promises, as far as it counts on a record of this audience.
    fn deliveries(&self, commitments: &[&Snapshot<Commitment>], audience: &Audience) -> Deliveries {
        let counts = counts_on(audience);
        let sent = commitments.iter().filter_map(|commitment| self.consignments_of.get(&commitment.id));
        let sent: BTreeSet<&RecordId> = sent.flatten().collect();
        let received = sent.iter().filter_map(|consignment| self.receipts_of.get(*consignment)).flatten();
        let receipts = received.filter_map(|id| self.receipts.get(id)).filter(|one| counts(&one.audience));
        let consignments = sent.iter().filter_map(|id| self.consignments.get(*id));
        Deliveries::new(consignments.filter(|one| counts(&one.audience)), receipts)
    }

    fn touch_commitment(&mut self, id: &RecordId) {
        if let Some(commitment) = self.commitments.get(id) {
            self.touched.extend(named_by(commitment).into_iter().cloned());
        }
    }

    fn touch_consignment(&mut self, id: &RecordId) {
        let promises = self.consignments.get(id).map(promises).unwrap_or_default();
        promises.iter().for_each(|promise| self.touch_commitment(promise));
    }

    fn unlink_commitment(&mut self, id: &RecordId) {
        if let Some(old) = self.commitments.remove(id) {
            named_by(&old).into_iter().for_each(|named| unlink(&mut self.commitments_of, named, id));
        }
    }

    /// Forgets a commitment with what became of it, if both its need and its offer have ended.
    fn let_go(&mut self, id: &RecordId) {
        let Some(commitment) = self.commitments.get(id) else { return };
        if !named_by(commitment).into_iter().all(|named| self.ended.contains(named)) {
            return;
        }
        self.unlink_commitment(id);
        for consignment in self.consignments_of.remove(id).unwrap_or_default() {
            let kept = self.consignments.get(&consignment).map(promises).unwrap_or_default();
            if kept.iter().any(|promise| self.commitments.contains_key(promise)) {
                continue;
            }
            self.consignments.remove(&consignment);
            kept.iter().for_each(|promise| unlink(&mut self.consignments_of, promise, &consignment));
            for receipt in self.receipts_of.remove(&consignment).unwrap_or_default() {
                self.receipts.remove(&receipt);
            }
        }
    }
}

/// Which halves count on a record. On what all members hold, only what they all hold counts, so that every node counts alike.
fn counts_on(record: &Audience) -> impl Fn(&Audience) -> bool + use<> {
    let shared = *record == Audience::Federation;
    move |half| !shared || *half == Audience::Federation
}

fn all<'a, T>(
    index: &'a Index,
    of: &RecordId,
    records: &'a BTreeMap<RecordId, Snapshot<T>>,
) -> impl Iterator<Item = &'a Snapshot<T>> + use<'a, T> {
    index.get(of).into_iter().flatten().filter_map(|id| records.get(id))
}

fn link(index: &mut Index, to: &RecordId, id: &RecordId) {
    index.entry(to.clone()).or_default().insert(id.clone());
}

fn unlink(index: &mut Index, from: &RecordId, id: &RecordId) {
    if let Some(ids) = index.get_mut(from) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(from);
        }
    }
}

/// The need and the offer of a commitment.
fn named_by(commitment: &Snapshot<Commitment>) -> [&RecordId; 2] {
    [&commitment.record.need_line.record, &commitment.record.offer_line.record]
}

/// The commitments that a consignment fulfils.
fn promises(consignment: &Snapshot<Consignment>) -> BTreeSet<RecordId> {
    let owner = consignment.owner();
    consignment.record.lines.iter().map(|line| RecordId::new(owner.clone(), line.commitment)).collect()
}
