//! What a run has shown, and the table of it.

use std::fmt;
use std::time::Duration;

use super::Options;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What it was made from.
    pub options: Options,
    /// When everybody had whom it dials.
    pub setup: Setup,
    /// The first records, with everybody there.
    pub whole: Figures,
    /// The moment in which a fifth vanished.
    pub lost: Lost,
    /// The records after that, with everybody left.
    pub after: Figures,
    /// Alarms that nodes raised, entries that no owner wrote, and work that there was no reason for: 0 is expected.
    pub alarms: usize,
}

/// What it took that everybody has whom it dials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// Open sessions of a node.
    pub sessions_mean: f64,
    /// Open sessions of the node that has most.
    pub sessions_max: usize,
    /// Bytes that a node has heard.
    pub bytes: f64,
}

/// What became of records that offices wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Nodes that run.
    pub nodes: usize,
    /// Nodes that hold everything at the end.
    pub level: usize,
    /// Records written.
    pub entries: u64,
    /// Times that a node heard each body that is not its own: 1 is the least.
    pub bodies: f64,
    /// Nodes on the way of an entry, the last included.
    pub hops_mean: f64,
    /// The longest way.
    pub hops_max: u8,
    /// Bytes of all frames that a node heard for each entry, signs of life and cursors included.
    pub bytes: f64,
    /// Of these, bytes of frames with entries.
    pub data_bytes: f64,
    /// From an entry's publication until half of the nodes hold it.
    pub delay_p50: Duration,
    /// Until 99 of 100 do.
    pub delay_p99: Duration,
    /// Until the last does, of any entry.
    pub delay_max: Duration,
}

/// What was left when a fifth had vanished, before anybody knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// Nodes that still run.
    pub left: usize,
    /// Of these, nodes of the largest piece that sessions hold together.
    pub in_one_piece: usize,
}

impl Outcome {
    /// The heads of the columns.
    pub const HEADER: &'static str = concat!(
        "| nodes | sessions a node (most) | KiB to begin | hold everything | bodies | hops (most) ",
        "| bytes an entry (with bodies) | s until half, 99 %, the last hold it |\n",
        "|---|---|---|---|---|---|---|---|"
    );

    /// The heads of the columns of what follows a loss.
    pub const HEADER_LOST: &'static str = concat!(
        "| nodes left | in one piece at once | hold everything | bodies | hops (most) ",
        "| bytes an entry (with bodies) | s until half, 99 %, the last hold it |\n",
        "|---|---|---|---|---|---|---|"
    );

    /// The row of everything up to the loss.
    #[must_use]
    pub fn row(&self) -> String {
        let Setup { sessions_mean, sessions_max, bytes } = self.setup;
        let (nodes, kib) = (self.options.nodes, bytes / 1024.0);
        format!("| {nodes} | {sessions_mean:.1} ({sessions_max}) | {kib:.1} | {} |", self.whole)
    }

    /// The row of what followed.
    #[must_use]
    pub fn row_lost(&self) -> String {
        let Lost { left, in_one_piece } = self.lost;
        format!("| {left} | {in_one_piece} | {} |", self.after)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, bodies, hops_mean, hops_max, bytes, data_bytes, .. } = self;
        let [p50, p99, max] = [self.delay_p50, self.delay_p99, self.delay_max].map(|it| it.as_secs_f64());
        write!(f, "{level} | {bodies:.4} | {hops_mean:.2} ({hops_max}) | {bytes:.0} ({data_bytes:.0}) | ")?;
        write!(f, "{p50:.2}, {p99:.2}, {max:.2}")
    }
}
