//! What readers count: which commitment answers which requisition. A half whose partner has not arrived is pending,
//! not an error, and nobody can mark another's need as covered.

use std::collections::BTreeMap;

use crate::domain::agreement::delivery::{Deliveries, Delivery};
use crate::domain::commitment::Commitment;
use crate::domain::id::RecordId;
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;

/// A requisition with the commitment that answers it, if it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The requester's half.
    pub requisition: &'a Snapshot<Requisition>,
    /// The supplier's half.
    pub answer: Option<&'a Snapshot<Commitment>>,
    /// What became of it.
    pub delivery: Delivery,
}

/// How a commitment stands with the requisition that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A hold: no requisition is due yet.
    Unsolicited,
    /// The requisition has not arrived.
    Pending,
    /// Both halves agree.
    Paired,
    /// It names something that it does not fit; nobody counts it.
    Void,
}

/// Whether the requisition's writer may ask for this need line. One who does not own it asks for nothing.
#[must_use]
pub fn stands(requisition: &Snapshot<Requisition>) -> bool {
    requisition.owner() == requisition.record.need_line.owner()
}

/// Whether the commitment is an answer to the requisition: both writers own their lines, the halves agree on lines,
/// unit and exercise, and no more is promised than was asked for.
#[must_use]
pub fn answers(commitment: &Snapshot<Commitment>, requisition: &Snapshot<Requisition>) -> bool {
    let (promised, asked) = (&commitment.record, &requisition.record);
    promised.requisition() == Some(&requisition.id)
        && commitment.owner() == promised.offer_line.owner()
        && stands(requisition)
        && promised.need_line == asked.need_line
        && promised.offer_line == asked.offer_line
        && promised.unit == asked.unit
        && promised.common.exercise == asked.common.exercise
        && promised.amount() <= asked.amount()
}

/// The commitment that counts for a requisition: of those that answer it, the one with the lowest number.
#[must_use]
pub fn counts<'a>(
    requisition: &Snapshot<Requisition>,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
) -> Option<&'a Snapshot<Commitment>> {
    commitments.into_iter().filter(|c| answers(c, requisition)).min_by_key(|c| c.id.number)
}

/// Every requisition with its answer and what became of that, in the order of the requisitions.
#[must_use]
pub fn pairs<'a>(
    requisitions: impl IntoIterator<Item = &'a Snapshot<Requisition>>,
    commitments: impl IntoIterator<Item = &'a Snapshot<Commitment>>,
    deliveries: &Deliveries,
) -> Vec<Pair<'a>> {
    let mut by_requisition: BTreeMap<&RecordId, Vec<&Snapshot<Commitment>>> = BTreeMap::new();
    for commitment in commitments {
        if let Some(requisition) = commitment.record.requisition() {
            by_requisition.entry(requisition).or_default().push(commitment);
        }
    }
    let pair = |requisition: &'a Snapshot<Requisition>| {
        let candidates = by_requisition.get(&requisition.id).into_iter().flatten().copied();
        let answer = counts(requisition, candidates);
        Pair { requisition, answer, delivery: answer.map(|answer| deliveries.of(answer)).unwrap_or_default() }
    };
    requisitions.into_iter().map(pair).collect()
}

/// How a commitment stands with the requisition that it names; `requisition` is `None` while that has not arrived.
#[must_use]
pub fn standing(commitment: &Snapshot<Commitment>, requisition: Option<&Snapshot<Requisition>>) -> Standing {
    match (commitment.record.requisition(), requisition) {
        (None, _) => Standing::Unsolicited,
        (Some(_), None) => Standing::Pending,
        (Some(_), Some(requisition)) if answers(commitment, requisition) => Standing::Paired,
        (Some(_), Some(_)) => Standing::Void,
    }
}

impl Pair<'_> {
    /// Whether the supplier still owes an answer, also to a requisition withdrawn meanwhile; a refusal needs none.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answer.is_none() && !self.requisition.record.is_refusal() && stands(self.requisition)
    }
}
