//! The virtual clock and what is to happen when. Events of one instant happen in the order in which they were planned.

use std::collections::BTreeMap;
use std::time::Duration;

use super::link::{LinkId, Parcel};

/// Something that happens.
#[derive(Debug)]
pub(super) enum Event {
    /// A node has something to do.
    Turn { node: usize, life: u64 },
    /// A time-out or a dial may be due.
    Timer { node: usize, life: u64 },
    /// The oldest transaction under way is on the disk.
    Committed { node: usize, life: u64 },
    /// The head file has the new head, and the office is answered.
    Published { node: usize, life: u64 },
    /// Everything that was written has reached the disk.
    Synced { node: usize },
    /// Something comes out of a connection.
    Arrive { link: LinkId, end: usize, parcel: Parcel },
    /// A dial comes to its end.
    Dialled { node: usize, life: u64, to: usize },
    /// An office writes.
    Append { node: usize },
    /// Everything is copied to a backup.
    Backup { node: usize },
    /// The next fault.
    Weather,
    /// A fault ends.
    Over(Over),
}

/// Faults that end by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// A node starts again.
    Down { node: usize, life: u64 },
    /// The store is read again.
    Reload { node: usize, life: u64 },
    /// Frames flow again.
    Blocked { link: LinkId, end: usize },
    /// A peer reads again.
    Stalled { link: LinkId, end: usize },
    /// Everybody reaches everybody.
    Partition,
    /// There is room on the disk.
    DiskFull { node: usize },
    /// A node goes on, or is as fast as the others.
    Slow { node: usize },
    /// A link is as fast as the others.
    SlowLink { link: LinkId },
}

/// The clock and the plan.
#[derive(Debug, Default)]
pub(super) struct Queue {
    now: Duration,
    planned: u64,
    events: BTreeMap<(Duration, u64), Event>,
}

impl Queue {
    pub(super) const fn now(&self) -> Duration {
        self.now
    }

    pub(super) fn plan(&mut self, after: Duration, event: Event) {
        self.plan_at(self.now + after, event);
    }

    pub(super) fn plan_at(&mut self, at: Duration, event: Event) {
        self.events.insert((at.max(self.now), self.planned), event);
        self.planned += 1;
    }

    /// The next event before `end`; the clock moves to it. Without one, the clock moves to `end`.
    pub(super) fn next(&mut self, end: Duration) -> Option<Event> {
        let entry = self.events.first_entry().filter(|entry| entry.key().0 < end);
        let Some(entry) = entry else {
            self.now = end;
            return None;
        };
        let ((at, _), event) = entry.remove_entry();
        self.now = at;
        Some(event)
    }
}
