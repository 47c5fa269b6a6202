//! What became of promises: which consignments and receipts a reader counts, added up for each commitment.
//!
//! A consignment counts for a commitment of the same owner when lines and unit agree; a receipt counts for the lines
//! whose need its writer owns, and of several receipts of one receiver the lowest number does. So nobody can send in
//! another's name, and nobody can count for another.

use std::collections::BTreeMap;

use crate::domain::commitment::Commitment;
use crate::domain::consignment::{Consignment, ConsignmentLine, ConsignmentState};
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::quantity::{Amount, Unit};
use crate::domain::receipt::{Count, Receipt};
use crate::domain::snapshot::Snapshot;

/// What became of one promise, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Prepared and not yet on its way.
    pub planned: Amount,
    /// Left and did not come back, whatever became of it.
    pub dispatched: Amount,
    /// Of that, lost or diverted on the way.
    pub lost: Amount,
    /// What the receivers counted.
    pub count: Count,
}

/// What became of every promise that a set of consignments and receipts speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries(BTreeMap<Key, Delivery>);

/// A commitment together with what a consignment line must agree on with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    commitment: RecordId,
    need_line: LineId,
    offer_line: LineId,
    unit: Unit,
    exercise: bool,
}

/// The receipts that count, by consignment and receiver.
#[derive(Debug, Default)]
pub struct Counted<'a>(BTreeMap<(&'a RecordId, &'a Handle), &'a Snapshot<Receipt>>);

impl Deliveries {
    /// Nothing has been sent.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds up. Records in any order, also of other promises.
    #[must_use]
    pub fn new<'a>(
        consignments: impl IntoIterator<Item = &'a Snapshot<Consignment>>,
        receipts: impl IntoIterator<Item = &'a Snapshot<Receipt>>,
    ) -> Self {
        let counted = Counted::new(receipts);
        let mut deliveries = Self::default();
        for consignment in consignments {
            for line in consignment.record.lines.iter() {
                let delivery = deliveries.0.entry(Key::of_line(consignment, line)).or_default();
                delivery.add(&Delivery::of_line(consignment, line, counted.of_line(consignment, line)));
            }
        }
        deliveries
    }

    /// What became of one promise.
    #[must_use]
    pub fn of(&self, commitment: &Snapshot<Commitment>) -> Delivery {
        let found = self.0.get(&Key::of_promise(commitment)).copied().unwrap_or_default();
        found.capped(commitment.record.amount())
    }
}

impl<'a> Counted<'a> {
    /// Finds the receipts that count among these.
    #[must_use]
    pub fn new(receipts: impl IntoIterator<Item = &'a Snapshot<Receipt>>) -> Self {
        let mut counted = BTreeMap::new();
        for receipt in receipts {
            let key = (&receipt.record.consignment, receipt.owner());
            let first = counted.entry(key).or_insert(receipt);
            if receipt.id.number < first.id.number {
                *first = receipt;
            }
        }
        Self(counted)
    }

    /// The receipt of the receiver for one consignment.
    #[must_use]
    pub fn by(
        &self,
        consignment: &Snapshot<Consignment>,
        receiver: &Handle,
    ) -> Option<&'a Snapshot<Receipt>> {
        let found = self.0.get(&(&consignment.id, receiver)).copied()?;
        (found.record.common.exercise == consignment.record.common.exercise).then_some(found)
    }

    /// What the receiver of a consignment line counted of it.
    #[must_use]
    pub fn of_line(&self, consignment: &Snapshot<Consignment>, line: &ConsignmentLine) -> Option<Count> {
        let receipt = self.by(consignment, line.need_line.owner())?;
        let counted = receipt.record.lines.get(line.line)?;
        let same = counted.need_line == line.need_line && counted.unit == line.unit;
        same.then_some(counted.count)
    }
}

impl Delivery {
    /// The sender's word says what left; the receiver's, what it has. What a receiver has in good order did not come back and
    /// was not lost, whatever the sender wrote since.
    fn of_line(consignment: &Snapshot<Consignment>, line: &ConsignmentLine, count: Option<Count>) -> Self {
        use ConsignmentState::{Arrived, Cancelled, Closed, Dispatched, Diverted, Lost, Planned, Returned};
        let amount = line.amount.amount();
        let count = count.unwrap_or_default();
        let good = Count { good: count.good.min(amount), ..Count::default() };
        match consignment.record.state {
            Planned => Self { planned: amount, ..Self::default() },
            Cancelled => Self::default(),
            Returned => Self { dispatched: good.good, count: good, ..Self::default() },
            Lost | Diverted => Self {
                dispatched: amount,
                lost: amount.saturating_sub(good.good),
                count: good,
                ..Self::default()
            },
            Dispatched | Arrived | Closed => {
                // The sender may have corrected the amount since it was counted: what never left is not missing.
                let found = count.accounted().saturating_sub(count.missing);
                let missing = count.missing.min(amount.saturating_sub(found));
                Self { dispatched: amount, count: Count { missing, ..count }, ..Self::default() }
            }
        }
    }

    /// At most so much was prepared, left and was lost of a promise: nobody sends more than it has promised.
    fn capped(self, promised: Amount) -> Self {
        let Self { planned, dispatched, lost, count } = self;
        let (planned, dispatched) = (planned.min(promised), dispatched.min(promised));
        Self { planned, dispatched, lost: lost.min(promised), count }
    }

    /// What is under way of a promise, prepared or gone.
    #[must_use]
    pub fn shipped(&self) -> Amount {
        self.planned.saturating_add(self.dispatched)
    }

    /// What the need lacks again although it was promised: lost, diverted, damaged, missing or refused.
    #[must_use]
    pub fn reopened(&self) -> Amount {
        self.lost.saturating_add(self.count.reopened())
    }

    /// Adds another's figures to these.
    pub fn add(&mut self, other: &Self) {
        let add = |to: &mut Amount, more: Amount| *to = to.saturating_add(more);
        add(&mut self.planned, other.planned);
        add(&mut self.dispatched, other.dispatched);
        add(&mut self.lost, other.lost);
        let (to, more) = (&mut self.count, other.count);
        add(&mut to.good, more.good);
        add(&mut to.damaged, more.damaged);
        add(&mut to.missing, more.missing);
        add(&mut to.refused, more.refused);
        add(&mut to.surplus, more.surplus);
    }
}

impl Key {
    fn of_line(consignment: &Snapshot<Consignment>, line: &ConsignmentLine) -> Self {
        Self {
            commitment: RecordId::new(consignment.owner().clone(), line.commitment),
            need_line: line.need_line.clone(),
            offer_line: line.offer_line.clone(),
            unit: line.unit.clone(),
            exercise: consignment.record.common.exercise,
        }
    }

    fn of_promise(commitment: &Snapshot<Commitment>) -> Self {
        let promise = &commitment.record;
        Self {
            commitment: commitment.id.clone(),
            need_line: promise.need_line.clone(),
            offer_line: promise.offer_line.clone(),
            unit: promise.unit.clone(),
            exercise: promise.common.exercise,
        }
    }
}
