//! Copies from which a live list lets something go, and what the lists of these offices call dead.

use std::collections::BTreeMap;

use quince_core::feed::live_list::{LISTED_LANES, closed_by, list_base};
use quince_core::feed::{
    ClosedList, Entry, EntryKind, FeedId, Hash, Lane, LaneSizes, ListPlace, LiveList, NodeId, TILE_LEAVES,
};

use super::disk::{Copy, Tables};
use super::members;

/// Leaves of a tile, as an index.
const TILE: usize = TILE_LEAVES as usize;

/// What lists call dead: three tiles of four, and most of the first.
pub(super) const fn is_dead(index: u64) -> bool {
    !(index / TILE_LEAVES).is_multiple_of(4) || !index.is_multiple_of(16)
}

/// Whether an entry as held is the one that was written: all of it, or the leaf of one that is dead.
pub(super) fn is_same(index: u64, held: &Entry, written: &Entry) -> bool {
    held == written || (held.is_hole() && is_dead(index) && held.leaf_hash() == written.leaf_hash())
}

/// The entries of a list over a feed of this size; none while it has no whole tile.
pub(super) fn list(lane: Lane, size: u64, time_s: u64) -> Vec<Entry> {
    let base = list_base(size);
    let list = LiveList::new(lane, base, LaneSizes::default(), (0..base).filter(|index| is_dead(*index)));
    let bodies = list.map(|list| list.to_bodies()).unwrap_or_default();
    bodies.iter().map(|body| members::entry(EntryKind::LIVE_LIST, time_s, body)).collect()
}

/// What stands in the rows of a tile of which only the root is held.
pub(super) fn nothing() -> (Entry, Hash) {
    (Entry::dead(Hash([0; 32])), Hash([0; 32]))
}

impl Copy {
    /// Goes by the newest list that the head covers, if that is another than before.
    pub(super) fn find_list(&mut self, feed: FeedId, from: usize) {
        let size = self.log.head().map_or(0, |signed| signed.head.size);
        if !LISTED_LANES.contains(&feed.lane) {
            return;
        }
        let read = |index: u64| Some(self.rows.get(usize::try_from(index).ok()?)?.0.clone());
        let closed = (from as u64..size).rev().find_map(|last| closed_by(feed.lane, last, read).ok());
        if closed.is_some() {
            (self.list, self.is_let_go) = (closed, false);
        }
    }

    /// Lets go of what the list calls dead; when `all`, of everything that it speaks of, which no store may.
    pub(super) fn compact(&mut self, all: bool) {
        let Some(ClosedList { list, .. }) = self.list.as_ref().filter(|_| !self.is_let_go) else { return };
        let base = usize::try_from(list.base()).expect("a size in memory");
        let dead: Vec<bool> = (0..list.base()).map(|index| all || !list.is_live(index)).collect();
        for (place, (entry, leaf)) in self.rows.iter_mut().enumerate().take(base) {
            if dead[place] {
                *entry = Entry::dead(*leaf);
            }
        }
        self.is_let_go = true;
        for tile in 0..base / TILE {
            if dead[tile * TILE..(tile + 1) * TILE].iter().all(|dead| *dead) {
                self.let_go_tile(tile, self.tiles[tile]);
            }
        }
    }

    /// Nothing is held of a tile but its root. It may reach behind what was held.
    pub(super) fn let_go_tile(&mut self, tile: usize, root: Hash) {
        let end = (tile + 1) * TILE;
        if self.rows.len() < end {
            self.rows.resize(end, nothing());
            self.tiles.push(root);
        }
        self.rows[tile * TILE..end].fill(nothing());
        self.dead_tiles.insert(tile, root);
    }

    /// Entries that are held, and where: not those of whole dead tiles.
    pub(super) fn held(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let rows = self.rows.iter().enumerate();
        let held = rows.filter(|(place, _)| !self.dead_tiles.contains_key(&(place / TILE)));
        held.map(|(place, (entry, _))| (place as u64, entry))
    }
}

impl Tables {
    /// An own lane of which a list would speak of much that no list has spoken of.
    pub(super) fn ripe(&self, own: NodeId) -> Option<Lane> {
        let is_ripe = |(feed, copy): (&FeedId, &Copy)| {
            let spoken = copy.list.as_ref().map_or(0, |closed| closed.place.end);
            let new = list_base(copy.log.frontier().size()).saturating_sub(spoken);
            (feed.node == own && LISTED_LANES.contains(&feed.lane) && new > 0).then_some(feed.lane)
        };
        self.copies.iter().find_map(is_ripe)
    }

    /// Where the lists stand by which something may be left out.
    pub(super) fn lists(&self) -> BTreeMap<FeedId, ListPlace> {
        let lists = self.copies.iter();
        lists.filter_map(|(feed, copy)| Some((*feed, copy.list.as_ref()?.place))).collect()
    }
}
