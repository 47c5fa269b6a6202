//! What must hold after every event, and who says otherwise.
//!
//! The oracle remembers what every owner has committed and every head that anybody has shown. It compares; it never helps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use quince_core::feed::{Entry, Epoch, FeedId, Hash, NodeId, SignedHead, TILE_LEAVES};
use quince_core::sync::{Alarm, Frame};

use super::disk::Disk;
use super::link::Way;
use super::sparse::{is_dead, is_same};

/// Connections that one node may begin to another in [`STORM_TIME`]: pauses double from a quarter of a second, and begin anew
/// with each session that was cut.
const STORM_MAX: usize = 30;

const STORM_TIME: Duration = Duration::from_secs(30);

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// I1, I10: every copy is a prefix of what its owner signed, byte for byte.
    Prefix,
    /// I2, I3: an owner shows no two heads of one size and epoch, across crash and restart.
    OneHistory,
    /// Rule 4: nothing is acknowledged, announced or sent that a crash could take back.
    SaveThenSend,
    /// Rule 3: a copy holds every entry that it says it holds.
    Contiguous,
    /// P1: what the office was told to be written is there after every crash.
    Acknowledged,
    /// P9: nobody is blamed who sent what it holds, and no alarm is raised without a cause.
    Blame,
    /// I3: an owner that peers know more of than it does signs nothing.
    Echo,
    /// P17: a peer that cannot be had is not dialled again and again.
    Storm,
    /// I13: what a session holds is bounded, whatever the peer does.
    Memory,
    /// P5, I6, I9: when the weather has cleared, everybody soon holds the same, and all of it.
    Liveness,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should hold.
    pub invariant: Invariant,
    /// What was seen instead.
    pub what: String,
    /// After which event of the run.
    pub event: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} does not hold after event {}: {}", self.invariant, self.event, self.what)
    }
}

/// The memory of everything that was written and shown.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// What owners have committed. There is a second history only where an old machine has signed one.
    histories: BTreeMap<FeedId, Vec<Vec<Entry>>>,
    heads: BTreeMap<(FeedId, Epoch, u64), Hash>,
    acknowledged: BTreeMap<FeedId, u64>,
    /// Owners whose machine was replaced by an older one: they may sign twice until a peer tells them.
    pub(super) restored: BTreeSet<NodeId>,
    /// Those of them that have signed something since: what became of their feeds is for people to settle.
    pub(super) rewritten: BTreeSet<NodeId>,
    /// Owners whose database was replaced by an older one, and who know it.
    pub(super) behind: BTreeSet<NodeId>,
    /// Nodes from which altered bytes may have come.
    pub(super) altered: BTreeSet<NodeId>,
    /// Nodes whose own feed was damaged on the disk.
    pub(super) damaged: BTreeSet<NodeId>,
    /// When the last connections between two nodes began.
    begun: BTreeMap<(usize, usize), VecDeque<Duration>>,
    fault: Option<(Invariant, String)>,
}

impl Oracle {
    /// The first that does not hold stays.
    pub(super) fn fail(&mut self, invariant: Invariant, what: impl FnOnce() -> String) {
        if self.fault.is_none() {
            self.fault = Some((invariant, what()));
        }
    }

    pub(super) const fn fault(&self) -> Option<&(Invariant, String)> {
        self.fault.as_ref()
    }

    /// Every feed with one history.
    pub(super) fn feeds(&self) -> impl Iterator<Item = (FeedId, &[Entry])> {
        let one = |(feed, histories): (&FeedId, &'_ Vec<Vec<Entry>>)| (histories.len() == 1).then_some(*feed);
        self.histories.iter().filter_map(one).filter_map(|feed| Some((feed, self.history(feed)?)))
    }

    pub(super) fn is_forked(&self, feed: FeedId) -> bool {
        self.histories.get(&feed).is_some_and(|histories| histories.len() > 1)
    }

    /// An owner has committed entries.
    pub(super) fn committed(&mut self, signed: &SignedHead, entries: &[Entry]) {
        let feed = signed.head.feed;
        if self.restored.contains(&feed.node) {
            self.rewritten.insert(feed.node);
        }
        let first = usize::try_from(signed.head.size).expect("a size in memory") - entries.len();
        let histories = self.histories.entry(feed).or_insert_with(|| vec![Vec::new()]);
        let known = histories.last_mut().expect("there is a history from the beginning");
        if first == known.len() {
            known.extend_from_slice(entries);
        } else if self.restored.contains(&feed.node) && first < known.len() {
            let mut second = known[..first].to_vec();
            second.extend_from_slice(entries);
            histories.push(second);
        } else {
            let held = known.len();
            self.fail(Invariant::OneHistory, || {
                format!("the owner of {feed} wrote entry {first} with {held} committed")
            });
        }
        self.shown(signed);
    }

    /// A node has stored entries of somebody else's feed.
    pub(super) fn stored(&mut self, feed: FeedId, first: u64, entries: &[Entry]) {
        let first = usize::try_from(first).expect("a size in memory");
        let held = |history: &Vec<Entry>| {
            let written = history.get(first..first + entries.len()).unwrap_or_default();
            let mut rows = (first as u64..).zip(entries.iter().zip(written));
            written.len() == entries.len()
                && rows.all(|(index, (held, written))| is_same(index, held, written))
        };
        let histories = self.histories.get(&feed);
        if !entries.is_empty() && !histories.is_some_and(|histories| histories.iter().any(held)) {
            let end = first + entries.len();
            self.fail(Invariant::Prefix, || {
                format!("entries {first} to {end} of {feed} are not its owner's")
            });
        }
    }

    /// A node has dialled another one, and a connection stands.
    pub(super) fn connected(&mut self, now: Duration, from: usize, to: usize) {
        let begun = self.begun.entry((from, to)).or_default();
        begun.push_back(now);
        while begun.front().is_some_and(|first| now.saturating_sub(*first) > STORM_TIME) {
            begun.pop_front();
        }
        let count = begun.len();
        if count > STORM_MAX {
            self.fail(Invariant::Storm, || {
                format!("n{from} reached n{to} {count} times within {STORM_TIME:?}")
            });
        }
    }

    /// Somebody shows a head.
    pub(super) fn shown(&mut self, signed: &SignedHead) {
        let head = &signed.head;
        let known = *self.heads.entry((head.feed, head.epoch, head.size)).or_insert(head.root);
        if known != head.root && !self.restored.contains(&head.feed.node) {
            let (feed, size) = (head.feed, head.size);
            self.fail(Invariant::OneHistory, || format!("two heads of {feed} at size {size}"));
        }
    }

    /// An office hears that what it wrote is safe.
    pub(super) fn acknowledge(&mut self, feed: FeedId, size: u64) {
        let known = self.acknowledged.entry(feed).or_default();
        *known = size.max(*known);
    }

    /// A node that was not restored has started: what it was told to be safe must be there, and every copy whole.
    pub(super) fn started(&mut self, node: NodeId, disk: &Disk) {
        let own: Vec<(FeedId, u64)> = self
            .acknowledged
            .iter()
            .filter(|(feed, size)| feed.node == node && disk.tables.size(**feed) < **size)
            .map(|(feed, size)| (*feed, *size))
            .collect();
        for (feed, size) in own {
            let held = disk.tables.size(feed);
            self.fail(Invariant::Acknowledged, || {
                format!("{size} entries of {feed} were acknowledged, {held} are there")
            });
        }
    }

    /// What an owner has committed, where there is one history.
    pub(super) fn history(&self, feed: FeedId) -> Option<&[Entry]> {
        let histories = self.histories.get(&feed)?;
        (histories.len() == 1).then(|| &histories[0][..])
    }

    /// Everything that a node holds is what its owner committed, byte for byte.
    pub(super) fn same(&mut self, disk: &Disk) {
        let copies: Vec<_> = disk.tables.copies.iter().filter(|(feed, _)| !self.is_forked(**feed)).collect();
        for (feed, copy) in copies {
            for (index, entry) in copy.held() {
                self.stored(*feed, index, std::slice::from_ref(entry));
            }
            let roots = copy.dead_tiles.iter().filter(|(tile, _)| !self.is_dead_tile(*feed, **tile));
            let wrong: Vec<usize> = roots.map(|(tile, _)| *tile).collect();
            if let Some(tile) = wrong.first() {
                self.fail(Invariant::Prefix, || format!("tile {tile} of {feed} is not held, and not dead"));
            }
        }
    }

    /// Whether the owner has written a tile of which nothing counts.
    fn is_dead_tile(&self, feed: FeedId, tile: usize) -> bool {
        let end = (tile + 1) * usize::try_from(TILE_LEAVES).expect("a small number");
        let is_written = self.history(feed).is_none_or(|history| history.len() >= end);
        is_written && (tile as u64 * TILE_LEAVES..end as u64).all(is_dead)
    }

    pub(super) fn contiguous(&mut self, name: &str, disk: &Disk) {
        for (feed, copy) in &disk.tables.copies {
            let (rows, size) = (copy.rows.len() as u64, copy.log.frontier().size());
            if rows != size {
                self.fail(Invariant::Contiguous, || {
                    format!("{name} holds {rows} of {size} entries of {feed}")
                });
            }
        }
    }

    /// A node sends a frame. `there` and `here` tell what its own and its peer's handles mean.
    pub(super) fn sent(&mut self, node: NodeId, disk: &Disk, frame: &Frame, here: &Way, there: &Way) {
        let (feed, size) = match frame {
            Frame::Have { handle, head, .. } | Frame::Batch { handle, head, .. } => {
                let Some(feed) = here.feed(*handle) else { return };
                self.shown(&head.of(feed));
                (feed, head.size)
            }
            Frame::Tile { handle, from, entries, .. } => {
                let Some(feed) = here.feed(*handle) else { return };
                (feed, from + entries.len() as u64)
            }
            Frame::Durable { handle, size } => {
                let Some(feed) = there.feed(*handle) else { return };
                (feed, *size)
            }
            _ => return,
        };
        let durable = disk.durable(feed);
        if size > durable && !self.altered.contains(&node) {
            let what = frame.name();
            self.fail(Invariant::SaveThenSend, || {
                format!("{node} sent {what} of {size} entries of {feed}, {durable} are on its disk")
            });
        }
    }

    /// A node raises an alarm: somebody must have given cause.
    pub(super) fn alarmed(&mut self, node: NodeId, alarm: &Alarm) {
        let has_cause = match alarm {
            Alarm::Unverified { peer, feed, .. } => {
                self.altered.contains(peer) || self.restored.contains(&feed.node)
            }
            Alarm::OwnHeadAhead { .. } => self.restored.contains(&node) || self.behind.contains(&node),
            Alarm::OwnCopyDamaged(_) => self.damaged.contains(&node),
            Alarm::CopyDamaged { .. } => self.altered.contains(&node),
            Alarm::Fork(proof) => self.restored.contains(&proof.heads().0.head.feed.node),
            // What was told and held is lost only where a disk was damaged or replaced.
            Alarm::Drift { .. } => !(self.altered.is_empty() && self.restored.is_empty()),
            Alarm::StewardFork(_) => false,
        };
        if !has_cause {
            self.fail(Invariant::Blame, || format!("an alarm without a cause: {alarm:?}"));
        }
    }
}
