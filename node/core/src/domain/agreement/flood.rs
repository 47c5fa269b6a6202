//! How many requisitions are owed an answer. The rest are shown as over the limit, so that nobody can bury a desk.
//!
//! A requester that keeps these limits by what it sees never exceeds them in the supplier's eyes: answers reach it
//! later than they are written, so it counts at least as many open requisitions as the supplier does.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;

/// One open requisition for the same need line and offer line: a second could only spend the same assent twice.
pub const OPEN_PER_LINES: usize = 1;

/// Open requisitions of one requester for one offer line: a desk reads ten.
pub const OPEN_PER_OFFER_LINE: usize = 10;

/// Open requisitions between one requester and one supplier: a day's work of a desk.
pub const OPEN_PER_NODES: usize = 100;

/// A limit that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`OPEN_PER_LINES`].
    Lines,
    /// [`OPEN_PER_OFFER_LINE`].
    OfferLine,
    /// [`OPEN_PER_NODES`].
    Nodes,
}

/// Open requisitions so far, in the order in which their owners wrote them.
#[derive(Debug, Default)]
pub struct Tally<'a> {
    lines: BTreeMap<(&'a LineId, &'a LineId), usize>,
    offer_line: BTreeMap<(&'a Handle, &'a LineId), usize>,
    nodes: BTreeMap<(&'a Handle, &'a Handle), usize>,
}

/// Which of these open requisitions are over the limit: a requester's first ones by number are not.
#[must_use]
pub fn over_limit<'a>(open: impl IntoIterator<Item = &'a Snapshot<Requisition>>) -> BTreeSet<RecordId> {
    let mut in_order: Vec<_> = open.into_iter().collect();
    in_order.sort_by_key(|r| r.id.number);
    let mut tally = Tally::default();
    let refused = in_order.into_iter().filter(|r| tally.admit(r).is_err());
    refused.map(|r| r.id.clone()).collect()
}

impl<'a> Tally<'a> {
    /// Counts one more, or says which limit it would exceed; one over the limit does not count.
    pub fn admit(&mut self, requisition: &'a Snapshot<Requisition>) -> Result<(), Limit> {
        let (need_line, offer_line) = (&requisition.record.need_line, &requisition.record.offer_line);
        self.room(requisition.owner(), need_line, offer_line)?;
        *self.lines.entry((need_line, offer_line)).or_default() += 1;
        *self.offer_line.entry((requisition.owner(), offer_line)).or_default() += 1;
        *self.nodes.entry((requisition.owner(), offer_line.owner())).or_default() += 1;
        Ok(())
    }

    /// Whether one more would be within the limits.
    pub fn room(
        &self,
        requester: &'a Handle,
        need_line: &'a LineId,
        offer_line: &'a LineId,
    ) -> Result<(), Limit> {
        let full = |count: Option<&usize>, max: usize| count.is_some_and(|count| *count >= max);
        if full(self.lines.get(&(need_line, offer_line)), OPEN_PER_LINES) {
            return Err(Limit::Lines);
        }
        if full(self.offer_line.get(&(requester, offer_line)), OPEN_PER_OFFER_LINE) {
            return Err(Limit::OfferLine);
        }
        if full(self.nodes.get(&(requester, offer_line.owner())), OPEN_PER_NODES) {
            return Err(Limit::Nodes);
        }
        Ok(())
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lines => {
                write!(f, "{OPEN_PER_LINES} open requisition for the same need line and offer line")
            }
            Self::OfferLine => write!(f, "{OPEN_PER_OFFER_LINE} open requisitions for one offer line"),
            Self::Nodes => write!(f, "{OPEN_PER_NODES} open requisitions to one supplier"),
        }
    }
}
