//! A store in memory with the promises of a real one: a transaction is there whole or not at all, what was answered stays,
//! and a crash takes back what was not on the disk.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use quince_core::feed::{
    ClosedList, Entry, FeedId, ForkProof, Frontier, Hash, Head, NodeId, ReplicaLog, SignedHead, TILE_LEAVES,
    tree,
};
use quince_core::roster::{RosterChain, SignedRoster};
use quince_core::sync::{Cursors, Effect, Instance, Nonce, Receipt, Rows, VerifiedBatch};

use super::link::LinkId;

/// Leaves of a tile, as an index.
const TILE: usize = TILE_LEAVES as usize;

/// One feed as stored: entries, beside each its leaf hash as it was, and the roots of whole tiles.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    pub(super) rows: Vec<(Entry, Hash)>,
    pub(super) tiles: Vec<Hash>,
    pub(super) log: ReplicaLog,
    /// The list by which something may be missing.
    pub(super) list: Option<ClosedList>,
    /// What it calls dead was let go.
    pub(super) is_let_go: bool,
    /// Roots of whole dead tiles, of which nothing else is held.
    pub(super) dead_tiles: BTreeMap<usize, Hash>,
}

/// What is stored.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) copies: BTreeMap<FeedId, Copy>,
    pub(super) rosters: Vec<SignedRoster>,
    pub(super) forks: BTreeMap<FeedId, (SignedHead, SignedHead)>,
    /// Why this node signs nothing.
    pub(super) read_only: Option<String>,
    pub(super) token: Nonce,
    /// How far this node and each peer have come.
    pub(super) cursors: BTreeMap<NodeId, Cursors>,
    /// The starts on this database.
    pub(super) instances: Vec<Instance>,
    /// The last change of each head, in the order of all changes.
    changes: BTreeMap<FeedId, u64>,
    /// How many copies were cut back.
    pub(super) mends: u64,
}

/// A transaction under way.
#[derive(Debug)]
pub(super) enum Tx {
    /// What sessions want saved.
    Sessions(Vec<(LinkId, Effect)>),
    /// What the office writes: new entries and the feed they lead to.
    Office(Vec<Entry>, Box<ReplicaLog>),
}

/// What a session hears after a commit.
#[derive(Debug)]
pub(super) enum Saved {
    Batch(Receipt),
    Refused(Receipt),
    Roster(Box<RosterChain>),
    Fork,
    Cursors(Cursors),
}

/// A feed as it was before a write that has not reached the disk.
#[derive(Debug)]
struct Undo {
    feed: FeedId,
    rows: usize,
    log: ReplicaLog,
}

/// The store of one node.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) tables: Tables,
    /// Transactions under way, the oldest first: there is one writer at a time.
    pub(super) under_way: VecDeque<Tx>,
    /// Own heads outside the database.
    pub(super) head_file: BTreeMap<FeedId, Head>,
    pub(super) full: bool,
    unsynced: Vec<Undo>,
    keeps_undo: bool,
}

impl Copy {
    fn new(feed: FeedId) -> Self {
        let (rows, tiles, list, dead_tiles) = (Vec::new(), Vec::new(), None, BTreeMap::new());
        Self { rows, tiles, log: ReplicaLog::new(feed), list, is_let_go: false, dead_tiles }
    }

    fn push(&mut self, entry: Entry) {
        let leaf = entry.leaf_hash();
        self.rows.push((entry, leaf));
        if self.rows.len().is_multiple_of(TILE) {
            self.tiles.push(self.root_of(self.tiles.len()));
        }
    }

    fn root_of(&self, tile: usize) -> Hash {
        let leaves: Vec<Hash> =
            self.rows[tile * TILE..(tile + 1) * TILE].iter().map(|(_, leaf)| *leaf).collect();
        tree::root(&leaves)
    }

    /// The last entries go, and nothing that was noted of them.
    pub(super) fn forget(&mut self, rows: usize) {
        self.rows.truncate(rows);
        self.tiles.truncate(rows / TILE);
        self.dead_tiles.retain(|tile, _| *tile < rows / TILE);
        self.list = self.list.take().filter(|closed| closed.place.end <= rows as u64);
    }

    /// The tree over the tiles before the first damage; the whole tree when there is none.
    fn good_prefix(&self) -> Frontier {
        let mut good = Frontier::default();
        for (tile, rows) in self.rows.chunks(TILE).enumerate() {
            if let Some(root) = self.dead_tiles.get(&tile).filter(|root| self.tiles.get(tile) == Some(*root))
            {
                good.push_tile(*root).expect("whole tiles follow whole tiles");
                continue;
            }
            let leaves: Vec<Hash> = rows
                .iter()
                .map_while(|(entry, leaf)| (entry.leaf_hash() == *leaf).then_some(*leaf))
                .collect();
            let is_whole = rows.len() == TILE;
            if leaves.len() != rows.len() || (is_whole && self.tiles.get(tile) != Some(&tree::root(&leaves)))
            {
                return good;
            }
            good.extend(leaves);
        }
        if good == *self.log.frontier() { good } else { Frontier::default() }
    }

    /// Everything anew from a backup of the entries. The tree and the head were not damaged.
    pub(super) fn restore(&mut self, entries: &[Entry]) {
        self.forget(0);
        entries.iter().for_each(|entry| self.push(entry.clone()));
        self.find_list(self.log.feed(), 0);
    }

    pub(super) fn is_whole(&self) -> bool {
        self.good_prefix() == *self.log.frontier()
    }

    /// Cuts the copy back to its last good tile. The head that was held is what to catch up with.
    fn mend(&mut self) {
        let good = self.good_prefix();
        let size = good.size();
        let missing = self.list.as_ref().map_or(0, |closed| closed.place.end).max(self.log.sparse_until());
        self.forget(usize::try_from(size).expect("a size of a copy in memory"));
        let (head, target) = (self.log.head().copied(), self.log.target().copied());
        let lost = head.filter(|signed| signed.head.size > size);
        let head = head.filter(|signed| signed.head.size <= size);
        let target = [lost, target].into_iter().flatten().max_by_key(|signed| signed.head.size);
        self.log = ReplicaLog::restore(self.log.feed(), good, head, target).sparse(missing);
    }

    /// The root over the first entries; `None` when they are not held.
    pub(super) fn prefix_root(&self, size: u64) -> Option<Hash> {
        let rows = self.rows.get(..usize::try_from(size).ok()?)?;
        let mut frontier = Frontier::default();
        for (tile, rows) in rows.chunks(TILE).enumerate() {
            match self.dead_tiles.get(&tile).filter(|_| rows.len() == TILE) {
                Some(root) => frontier.push_tile(*root).ok()?,
                None => frontier.extend(rows.iter().map(|(_, leaf)| *leaf)),
            }
        }
        Some(frontier.root())
    }
}

impl Tables {
    pub(super) fn copy_mut(&mut self, feed: FeedId) -> &mut Copy {
        self.copies.entry(feed).or_insert_with(|| Copy::new(feed))
    }

    /// Feeds whose copies are damaged.
    pub(super) fn damaged(&self) -> Vec<FeedId> {
        self.copies.iter().filter(|(_, copy)| !copy.is_whole()).map(|(feed, _)| *feed).collect()
    }

    /// The node starts, under this name.
    pub(super) fn begin_instance(&mut self, nonce: Nonce) {
        self.instances.push(Instance { nonce, began: self.change_no() });
    }

    fn change_no(&self) -> u64 {
        self.changes.values().copied().max().unwrap_or_default()
    }

    /// The head of a feed is another one than before.
    fn number(&mut self, feed: FeedId) {
        let next = self.change_no() + 1;
        self.changes.insert(feed, next);
    }

    /// Feeds whose heads changed after a number, each with the number of its last change, in order.
    pub(super) fn changed_since(&self, followed: u64) -> Vec<(u64, FeedId)> {
        let newer = self.changes.iter().filter(|(_, change)| **change > followed);
        let mut newer: Vec<(u64, FeedId)> = newer.map(|(feed, change)| (*change, *feed)).collect();
        newer.sort_unstable();
        newer
    }

    pub(super) fn size(&self, feed: FeedId) -> u64 {
        self.copies.get(&feed).map_or(0, |copy| copy.log.frontier().size())
    }

    fn index(&self, feed: FeedId, size: u64) -> Option<Rows> {
        let (copy, size) = (self.copies.get(&feed)?, usize::try_from(size).ok()?);
        let tiles = copy.tiles.get(..size / TILE)?.to_vec();
        let edge = copy.rows.get(size - size % TILE..size)?.iter().map(|(_, leaf)| *leaf).collect();
        Some(Rows::Index { tiles, edge })
    }

    fn entries(&self, feed: FeedId, range: Range<u64>, leaves_from: u64, bytes_max: usize) -> Option<Rows> {
        let [start, from, until] =
            [leaves_from, range.start, range.end].map(|index| usize::try_from(index).expect("an index"));
        let copy = self.copies.get(&feed)?;
        let rows = copy.rows.get(start..until).filter(|_| !copy.dead_tiles.contains_key(&(from / TILE)))?;
        let leaves = rows.iter().map(|(_, leaf)| *leaf).collect();
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            let first = bytes == 0;
            bytes += entry.len_bytes();
            first || bytes <= bytes_max
        };
        let entries = rows[from - start..].iter().map(|(entry, _)| entry).take_while(fits).cloned().collect();
        Some(Rows::Entries { entries, leaves })
    }

    /// Answers a read.
    pub(super) fn read(&self, effect: &Effect) -> Rows {
        let rows = match effect {
            Effect::ReadEntries { feed, from, until, leaves_from, bytes_max } => {
                self.entries(*feed, *from..*until, *leaves_from, *bytes_max)
            }
            Effect::ReadIndex { feed, size } => self.index(*feed, *size),
            Effect::ReadRoster { from } => {
                let newer = self.rosters.iter().filter(|note| note.roster().version >= *from);
                Some(Rows::Roster(newer.cloned().collect()))
            }
            _ => None,
        };
        rows.unwrap_or(Rows::Damaged)
    }
}

impl Disk {
    pub(super) fn new(rosters: Vec<SignedRoster>, token: Nonce, keeps_undo: bool) -> Self {
        let (copies, forks) = (BTreeMap::new(), BTreeMap::new());
        let (cursors, instances, changes, mends) = (BTreeMap::new(), Vec::new(), BTreeMap::new(), 0);
        Self {
            tables: Tables {
                copies,
                rosters,
                forks,
                read_only: None,
                token,
                cursors,
                instances,
                changes,
                mends,
            },
            under_way: VecDeque::new(),
            head_file: BTreeMap::new(),
            full: false,
            unsynced: Vec::new(),
            keeps_undo,
        }
    }

    /// How much of a feed no crash can take back.
    pub(super) fn durable(&self, feed: FeedId) -> u64 {
        let undo = self.unsynced.iter().find(|undo| undo.feed == feed);
        undo.map_or_else(|| self.tables.size(feed), |undo| undo.log.frontier().size())
    }

    /// Everything that was written has reached the disk.
    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
    }

    /// Takes back what has not reached the disk.
    pub(super) fn lose_unsynced(&mut self) {
        for Undo { feed, rows, log } in std::mem::take(&mut self.unsynced).into_iter().rev() {
            let copy = self.tables.copy_mut(feed);
            copy.forget(rows);
            copy.log = log;
        }
    }

    /// Puts a batch into the tables, as a real store does: one that does not follow what is stored is refused, and one
    /// that is held already changes nothing.
    pub(super) fn apply(&mut self, batch: VerifiedBatch) -> Saved {
        let (after, first) = (batch.extended().log.frontier().size(), batch.extended().first);
        let feed = batch.extended().log.feed();
        let size = self.tables.size(feed);
        if size != first {
            let receipt = batch.into_receipt();
            return if size >= after { Saved::Batch(receipt) } else { Saved::Refused(receipt) };
        }
        let new = batch.entries()[batch.extended().held..].to_vec();
        let held = self.tables.copy_mut(feed).rows.len();
        for (tile, root) in (held / TILE..).zip(&batch.extended().dead_tiles) {
            self.tables.copy_mut(feed).let_go_tile(tile, *root);
        }
        self.extend(new, batch.extended().log.clone());
        Saved::Batch(batch.into_receipt())
    }

    /// Puts entries behind a feed.
    pub(super) fn extend(&mut self, entries: Vec<Entry>, log: ReplicaLog) {
        let feed = log.feed();
        let copy = self.tables.copy_mut(feed);
        if self.keeps_undo {
            self.unsynced.push(Undo { feed, rows: copy.rows.len(), log: copy.log.clone() });
        }
        entries.into_iter().for_each(|entry| copy.push(entry));
        let changed = copy.log.head() != log.head();
        let before = copy.log.head().map_or(0, |signed| signed.head.size);
        copy.log = log;
        if changed {
            copy.find_list(feed, usize::try_from(before).expect("a size of a copy in memory"));
            self.tables.number(feed);
        }
    }

    /// Lets go of what lists call dead in other nodes' feeds. Not where a crash may take back the lists.
    pub(super) fn compact(&mut self, own: NodeId, all: bool) {
        let listed =
            self.tables.copies.iter_mut().filter(|(feed, copy)| feed.node != own && copy.list.is_some());
        listed.filter(|_| !self.keeps_undo).for_each(|(_, copy)| copy.compact(all));
    }

    /// Cuts a copy back to its last good tile. No cursor counts any more.
    pub(super) fn mend(&mut self, feed: FeedId) {
        self.tables.copy_mut(feed).mend();
        self.tables.mends += 1;
    }

    pub(super) fn put_rosters(&mut self, notes: &[SignedRoster]) {
        let held = self.tables.rosters.last().map_or(0, |note| note.roster().version);
        let newer = notes.iter().filter(|note| note.roster().version > held);
        self.tables.rosters.extend(newer.cloned());
    }

    pub(super) fn put_fork(&mut self, proof: &ForkProof) {
        let (first, second) = proof.heads();
        self.tables.forks.insert(first.head.feed, (*first, *second));
    }

    /// The head file has a new head. The larger one stays.
    pub(super) fn record_head(&mut self, head: Head) {
        let known = self.head_file.entry(head.feed).or_insert(head);
        if (head.epoch, head.size) > (known.epoch, known.size) {
            *known = head;
        }
    }

    /// Why an own head seen elsewhere contradicts the database, if it does.
    pub(super) fn disagreement(&self, who: &str, seen: &Head) -> Option<String> {
        let copy = self.tables.copies.get(&seen.feed);
        let epoch = copy.and_then(|copy| copy.log.head()).map(|signed| signed.head.epoch);
        let size = self.tables.size(seen.feed);
        if epoch.is_none_or(|epoch| seen.epoch > epoch) || seen.size > size {
            return Some(format!("{who} knows {} entries, the database holds {size}", seen.size));
        }
        let root = copy.and_then(|copy| copy.prefix_root(seen.size));
        (seen.size > 0 && root != Some(seen.root)).then(|| format!("{who} knows another history"))
    }
}
