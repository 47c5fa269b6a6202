//! Checking a supplier from its ledger alone: each commitment says what the line had and what was reserved once it
//! was written, so any reader can add up and see stock promised twice.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::commitment::{Commitment, CommitmentState};
use crate::domain::id::{LineId, RecordId, Revision};
use crate::domain::quantity::Amount;
use crate::domain::snapshot::Snapshot;

/// A rule that one entry breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("commitment {commitment} revision {revision}: {breach}")]
pub struct Finding {
    /// Which commitment.
    pub commitment: RecordId,
    /// Which revision of it.
    pub revision: Revision,
    /// What is wrong.
    pub breach: Breach,
}

/// How an entry breaks the rules.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Breach {
    /// The writer does not own the stock.
    #[error("offer line {0} belongs to another node")]
    ForeignStock(LineId),
    /// More is reserved than there is.
    #[error("{reserved} is reserved, expected at most the {line_amount} of the line")]
    Overdrawn {
        /// Held and committed.
        reserved: Amount,
        /// What the line has.
        line_amount: Amount,
    },
    /// The total that the entry states is not the one that the ledger gives.
    #[error("{stated} is stated as reserved, expected {computed}")]
    WrongTotal {
        /// As the entry says.
        stated: Amount,
        /// As the ledger adds up.
        computed: Amount,
    },
    /// An amount may only fall.
    #[error("amount rose from {from} to {to}")]
    AmountRose {
        /// Before.
        from: Amount,
        /// After.
        to: Amount,
    },
    /// Lines, unit and requisition stay what they are.
    #[error("it changed what it refers to")]
    ReferenceChanged,
    /// A requisition is answered once.
    #[error("requisition {requisition} was answered by {first}")]
    SecondAnswer {
        /// The requisition.
        requisition: RecordId,
        /// The commitment that answered it first.
        first: RecordId,
    },
    /// A step that does not exist, such as from declined to committed.
    #[error("it went from {from} to {to}")]
    IllegalStep {
        /// Before; `nothing` for a new commitment.
        from: &'static str,
        /// After.
        to: &'static str,
    },
}

/// Reads a supplier's commitments in the order of its ledger and reports each breach.
#[must_use]
pub fn audit<'a>(ledger: impl IntoIterator<Item = &'a Snapshot<Commitment>>) -> Vec<Finding> {
    let mut auditor = Auditor::default();
    let mut findings = Vec::new();
    for entry in ledger {
        let finding = |breach| Finding { commitment: entry.id.clone(), revision: entry.revision, breach };
        findings.extend(auditor.read(entry).into_iter().map(finding));
    }
    findings
}

/// What the ledger says so far.
#[derive(Debug, Default)]
struct Auditor<'a> {
    current: BTreeMap<&'a RecordId, &'a Commitment>,
    reserved: BTreeMap<&'a LineId, Amount>,
    answered: BTreeMap<&'a RecordId, &'a RecordId>,
}

impl<'a> Auditor<'a> {
    fn read(&mut self, entry: &'a Snapshot<Commitment>) -> Vec<Breach> {
        let new = &entry.record;
        let old = self.current.insert(&entry.id, new);
        let mut breaches = check_step(old, new);
        if entry.owner() != new.offer_line.owner() {
            breaches.push(Breach::ForeignStock(new.offer_line.clone()));
        }
        breaches.extend(self.check_answer(entry));
        breaches.extend(self.check_total(old, new));
        breaches
    }

    fn check_answer(&mut self, entry: &'a Snapshot<Commitment>) -> Option<Breach> {
        let requisition = entry.record.requisition()?;
        let first = *self.answered.entry(requisition).or_insert(&entry.id);
        (*first != entry.id)
            .then(|| Breach::SecondAnswer { requisition: requisition.clone(), first: first.clone() })
    }

    fn check_total(&mut self, old: Option<&Commitment>, new: &'a Commitment) -> Vec<Breach> {
        let reserved = self.reserved.entry(&new.offer_line).or_default();
        *reserved = reserved.saturating_sub(old.map(Commitment::amount).unwrap_or_default());
        *reserved = reserved.saturating_add(new.amount());
        let (computed, stated, line_amount) = (*reserved, new.reserved_after, new.line_amount);
        let wrong = (stated != computed).then_some(Breach::WrongTotal { stated, computed });
        // Giving back is never a breach, even where the line was cut below what is reserved.
        let takes = old.is_none_or(|old| new.amount() > old.amount()) && !new.amount().is_zero();
        let overdrawn = takes && computed > line_amount;
        let overdrawn = overdrawn.then_some(Breach::Overdrawn { reserved: computed, line_amount });
        wrong.into_iter().chain(overdrawn).collect()
    }
}

fn check_step(old: Option<&Commitment>, new: &Commitment) -> Vec<Breach> {
    use CommitmentState::{Committed, Declined, Held, Released};
    let legal = matches!(
        (old.map(|old| &old.state), &new.state),
        (None, Held { .. } | Committed { .. } | Declined { .. })
            | (Some(Held { .. }), Held { .. } | Committed { .. } | Released { .. })
            | (Some(Committed { .. }), Committed { .. } | Released { .. })
            | (Some(Declined { .. }), Declined { .. })
            | (Some(Released { .. }), Released { .. })
    );
    let from = old.map_or("nothing", |old| old.state.as_str());
    let illegal = (!legal).then(|| Breach::IllegalStep { from, to: new.state.as_str() });
    let Some(old) = old else { return illegal.into_iter().collect() };
    let same = old.need_line == new.need_line
        && old.offer_line == new.offer_line
        && old.unit == new.unit
        && (old.requisition().is_none() || old.requisition() == new.requisition());
    let changed = (!same).then_some(Breach::ReferenceChanged);
    let (from, to) = (old.amount(), new.amount());
    let rose = (to > from).then_some(Breach::AmountRose { from, to });
    illegal.into_iter().chain(changed).chain(rose).collect()
}
