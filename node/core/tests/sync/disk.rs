//! A store in memory: what is on it stays when the city's sessions are lost. It can break, one byte at a time.

use std::collections::BTreeMap;
use std::ops::Range;

use quince_core::feed::live_list::closed_by;
use quince_core::feed::tile::TILE_LEAVES;
use quince_core::feed::tree;
use quince_core::feed::{
    ClosedList, Entry, FeedId, Frontier, Hash, Lane, ListPlace, LiveList, NodeId, Raw, ReplicaLog, SignedHead,
};
use quince_core::roster::SignedRoster;
use quince_core::sync::{Cursors, Instance, Rows, VerifiedBatch};

/// One feed: entries, and beside each its leaf hash as it was when stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Copy {
    pub(crate) rows: Vec<(Entry, Hash)>,
    pub(crate) head: Option<SignedHead>,
    target: Option<SignedHead>,
    sparse_until: u64,
    /// Roots of whole dead tiles, of which nothing else is held: their rows say nothing.
    pub(crate) dead_tiles: BTreeMap<usize, Hash>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    pub(crate) copies: BTreeMap<FeedId, Copy>,
    pub(crate) rosters: Vec<SignedRoster>,
    pub(crate) forks: usize,
    /// The lists by which something is let go.
    pub(crate) lists: BTreeMap<FeedId, ListPlace>,
    /// The number of each head's last change, and the newest.
    pub(crate) numbers: BTreeMap<FeedId, u64>,
    pub(crate) change_no: u64,
    /// How many copies were cut back.
    pub(crate) mends: u64,
    pub(crate) cursors: BTreeMap<NodeId, Cursors>,
    pub(crate) instances: Vec<Instance>,
    /// How often cursors were saved.
    pub(crate) cursors_saved: usize,
    /// A feed of which no more than so many entries are taken: its owner has no room for more.
    pub(crate) room: Option<(FeedId, u64)>,
}

impl Copy {
    pub(crate) fn leaves(&self) -> Vec<Hash> {
        self.rows.iter().map(|(_, leaf)| *leaf).collect()
    }

    pub(crate) fn log(&self, feed: FeedId) -> ReplicaLog {
        let mut frontier = Frontier::default();
        for (tile, leaves) in self.leaves().chunks(256).enumerate() {
            match self.dead_tiles.get(&tile) {
                Some(root) => frontier.push_tile(*root).unwrap(),
                None => frontier.extend(leaves.iter().copied()),
            }
        }
        ReplicaLog::restore(feed, frontier, self.head, self.target).sparse(self.sparse_until)
    }

    /// The newest list that the head covers, as a store finds it.
    pub(crate) fn list(&self, lane: Lane) -> Option<ClosedList> {
        let size = usize::try_from(self.head?.head.size).unwrap();
        let read =
            |index: u64| self.rows.get(usize::try_from(index).unwrap()).map(|(entry, _)| entry.clone());
        (0..size as u64).rev().find_map(|last| closed_by(lane, last, read).ok())
    }

    /// Lets go of what the list says is dead.
    pub(crate) fn compact(&mut self, list: &LiveList) {
        for (_, (entry, leaf)) in (0..).zip(&mut self.rows).filter(|(index, _)| !list.is_live(*index)) {
            *entry = Entry::dead(*leaf);
        }
        for tile in 0..self.rows.len() / 256 {
            let root = tree::root(&self.leaves()[tile * 256..(tile + 1) * 256]);
            if list.is_dead_tile(tile as u64) && !self.dead_tiles.contains_key(&tile) {
                self.forget_tile(tile, root);
            }
        }
    }

    fn forget_tile(&mut self, tile: usize, root: Hash) {
        let nothing = (Entry::dead(Hash([0; 32])), Hash([0; 32]));
        self.rows.resize(self.rows.len().max((tile + 1) * 256), nothing.clone());
        self.rows[tile * 256..(tile + 1) * 256].fill(nothing);
        self.dead_tiles.insert(tile, root);
    }
}

impl Disk {
    pub(crate) fn copy(&self, feed: FeedId) -> Copy {
        self.copies.get(&feed).cloned().unwrap_or_default()
    }

    pub(crate) fn append(&mut self, entries: &[Entry], head: SignedHead) {
        let copy = self.copies.entry(head.head.feed).or_default();
        copy.rows.extend(entries.iter().map(|entry| (entry.clone(), entry.leaf_hash())));
        copy.head = Some(head);
        self.number(head.head.feed);
    }

    pub(crate) fn save_cursors(&mut self, peer: NodeId, cursors: Cursors) {
        self.cursors.insert(peer, cursors);
        self.cursors_saved += 1;
    }

    /// Another disk's copy of a feed.
    pub(crate) fn put(&mut self, feed: FeedId, copy: Copy) {
        self.copies.insert(feed, copy);
        self.number(feed);
    }

    fn number(&mut self, feed: FeedId) {
        self.change_no += 1;
        self.numbers.insert(feed, self.change_no);
    }

    /// Feeds whose heads changed after this, in the order of their changes.
    pub(crate) fn changed_since(&self, change_no: u64) -> Vec<(u64, FeedId)> {
        let mut changed: Vec<_> = self.numbers.iter().map(|(feed, number)| (*number, *feed)).collect();
        changed.retain(|(number, _)| *number > change_no);
        changed.sort_unstable();
        changed
    }

    pub(crate) fn has_room(&self, batch: &VerifiedBatch) -> bool {
        let log = &batch.extended().log;
        self.room.is_none_or(|(feed, size)| log.feed() != feed || log.frontier().size() <= size)
    }

    /// False when the batch does not follow what is stored.
    pub(crate) fn apply(&mut self, batch: &VerifiedBatch) -> bool {
        let log = &batch.extended().log;
        let copy = self.copies.entry(log.feed()).or_default();
        let first = usize::try_from(batch.extended().first).unwrap();
        if first > copy.rows.len() {
            return false;
        }
        let new = &batch.entries()[batch.extended().held..];
        let held = (copy.rows.len() - first).min(new.len());
        let mut next = copy.clone();
        next.rows.extend(new[held..].iter().map(|entry| (entry.clone(), entry.leaf_hash())));
        for (tile, root) in (first / 256..).zip(&batch.extended().dead_tiles) {
            next.forget_tile(tile, *root);
        }
        if next.rows.len() as u64 == log.frontier().size() {
            (next.head, next.target) = (log.head().copied(), log.target().copied());
            next.sparse_until = log.sparse_until();
            if next.log(log.feed()).frontier() != log.frontier() {
                return false;
            }
        }
        let changed = copy.head != next.head;
        *copy = next;
        if changed {
            self.number(log.feed());
        }
        true
    }

    pub(crate) fn entries(
        &self,
        feed: FeedId,
        range: Range<u64>,
        leaves_from: u64,
        bytes_max: usize,
    ) -> Rows {
        let copy = self.copy(feed);
        let [start, from, until] =
            [leaves_from, range.start, range.end].map(|index| usize::try_from(index).unwrap());
        if until > copy.rows.len() || copy.dead_tiles.contains_key(&(from / 256)) {
            return Rows::Damaged;
        }
        let mut bytes = 0;
        let fits = |entry: &Entry| {
            let first = bytes == 0;
            bytes += entry.len_bytes();
            first || bytes <= bytes_max
        };
        let entries = copy.rows[from..until].iter().map(|(entry, _)| entry.clone());
        let mut fits = fits;
        Rows::Entries {
            entries: entries.take_while(|entry| fits(entry)).collect(),
            leaves: copy.leaves()[start..until].to_vec(),
        }
    }

    pub(crate) fn index(&self, feed: FeedId, size: u64) -> Rows {
        let leaves = self.copy(feed).leaves();
        let size = usize::try_from(size).unwrap();
        if size > leaves.len() {
            return Rows::Damaged;
        }
        let whole = size - size % usize::try_from(TILE_LEAVES).unwrap();
        let dead = &self.copies[&feed].dead_tiles;
        let root =
            |(tile, leaves): (usize, &[Hash])| dead.get(&tile).copied().unwrap_or_else(|| tree::root(leaves));
        Rows::Index {
            tiles: leaves[..whole].chunks(256).enumerate().map(root).collect(),
            edge: leaves[whole..size].to_vec(),
        }
    }

    pub(crate) fn rosters(&self, from: u64) -> Rows {
        let newer = self.rosters.iter().filter(|note| note.roster().version >= from);
        Rows::Roster(newer.cloned().collect())
    }

    /// Cuts a damaged copy back to the last good tile.
    pub(crate) fn check(&mut self, feed: FeedId) -> Option<ReplicaLog> {
        let copy = self.copies.get_mut(&feed)?;
        let bad = copy.rows.iter().position(|(entry, leaf)| entry.leaf_hash() != *leaf)?;
        copy.rows.truncate(bad - bad % 256);
        (copy.head, copy.target) = (None, None);
        let log = copy.log(feed);
        self.mends += 1;
        self.number(feed);
        Some(log)
    }

    /// Flips one byte of a stored body.
    pub(crate) fn flip(&mut self, feed: FeedId, index: usize) {
        let (entry, _) = &mut self.copies.get_mut(&feed).unwrap().rows[index];
        let mut body = entry.body().unwrap().to_vec();
        body[0] ^= 1;
        *entry = Entry::full(*entry.header().unwrap(), Raw::from(body)).unwrap();
    }
}
