//! How much of one city's asking or holding another city's desk looks at. The rest is shown as over the limit, so
//! that nobody can bury a desk.
//!
//! A requester that keeps these limits by what it sees never exceeds them in the supplier's eyes: answers reach it
//! later than they are written, so it counts at least as many open requisitions as the supplier does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::domain::commitment::Commitment;
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::requisition::Requisition;
use crate::domain::snapshot::Snapshot;

/// One open half for the same need line and offer line: a second could only spend the same assent twice.
pub const OPEN_PER_LINES: usize = 1;

/// Open halves of one city for one line of another: a desk reads ten.
pub const OPEN_PER_LINE: usize = 10;

/// Open halves of one city for another: a day's work of a desk.
pub const OPEN_PER_NODES: usize = 100;

/// A limit that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`OPEN_PER_LINES`].
    Lines,
    /// [`OPEN_PER_LINE`].
    Line,
    /// [`OPEN_PER_NODES`].
    Nodes,
}

/// Open halves so far, in the order in which their owners wrote them: from a line of their own to a line of another.
#[derive(Debug, Default)]
pub struct Tally<'a> {
    lines: BTreeMap<(&'a LineId, &'a LineId), usize>,
    line: BTreeMap<(&'a Handle, &'a LineId), usize>,
    nodes: BTreeMap<(&'a Handle, &'a Handle), usize>,
}

/// Which of these open requisitions are over the limit and owed no answer: each requester's first by number are not.
#[must_use]
pub fn over_limit<'a>(open: impl IntoIterator<Item = &'a Snapshot<Requisition>>) -> BTreeSet<RecordId> {
    excess(open.into_iter().map(|r| (&r.id, &r.record.need_line, &r.record.offer_line)))
}

/// Which of these waiting holds are over the limit and not looked at: each supplier's first by number are not.
#[must_use]
pub fn holds_over_limit<'a>(held: impl IntoIterator<Item = &'a Snapshot<Commitment>>) -> BTreeSet<RecordId> {
    excess(held.into_iter().map(|c| (&c.id, &c.record.offer_line, &c.record.need_line)))
}

fn excess<'a>(halves: impl Iterator<Item = (&'a RecordId, &'a LineId, &'a LineId)>) -> BTreeSet<RecordId> {
    let mut in_order: Vec<_> = halves.collect();
    in_order.sort_by_key(|(id, ..)| id.number);
    let mut tally = Tally::default();
    let refused = in_order.into_iter().filter(|(id, own, other)| tally.admit(&id.owner, own, other).is_err());
    refused.map(|(id, ..)| id.clone()).collect()
}

impl<'a> Tally<'a> {
    /// Counts one more, or says which limit it would exceed; one over the limit does not count.
    pub fn admit(&mut self, writer: &'a Handle, own: &'a LineId, other: &'a LineId) -> Result<(), Limit> {
        self.room(writer, own, other)?;
        *self.lines.entry((own, other)).or_default() += 1;
        *self.line.entry((writer, other)).or_default() += 1;
        *self.nodes.entry((writer, other.owner())).or_default() += 1;
        Ok(())
    }

    /// Whether one more would be within the limits.
    pub fn room(&self, writer: &'a Handle, own: &'a LineId, other: &'a LineId) -> Result<(), Limit> {
        let full = |count: Option<&usize>, max: usize| count.is_some_and(|count| *count >= max);
        if full(self.lines.get(&(own, other)), OPEN_PER_LINES) {
            return Err(Limit::Lines);
        }
        if full(self.line.get(&(writer, other)), OPEN_PER_LINE) {
            return Err(Limit::Line);
        }
        if full(self.nodes.get(&(writer, other.owner())), OPEN_PER_NODES) {
            return Err(Limit::Nodes);
        }
        Ok(())
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines => write!(f, "{OPEN_PER_LINES} open for the same need line and offer line"),
            Self::Line => write!(f, "{OPEN_PER_LINE} open for one line of another city"),
            Self::Nodes => write!(f, "{OPEN_PER_NODES} open for one other city"),
        }
    }
}
