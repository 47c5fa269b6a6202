//! The newest changes of heads, in memory: what was just written is what peers are told next, and need not be read again.
//!
//! Kept are changes without a gap up to the newest, each with the entries that it brought. Where one is too large, or a feed
//! was written by anything else than its growth, what is kept is forgotten, and readers ask the database.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::MutexGuard;

use quince_core::feed::{Entry, FeedId, Lane};

use super::feed::FeedState;
use super::view::{Shared, Store};

/// Changes that are kept: more than a node makes while those who follow it are looked after once.
const CHANGES_MAX: usize = 64;

/// Entries of a change that is kept. Larger ones are part of a catch-up, and are asked for by whom nobody knows yet.
const ENTRIES_MAX: usize = 16;

/// Bytes of those entries: with all of them, 4 MiB.
const BYTES_MAX: usize = 64 * 1024;

/// A feed that has grown under a new head.
#[derive(Debug)]
pub(super) struct Growth {
    pub(super) after: FeedState,
    pub(super) first: u64,
    pub(super) entries: Vec<Entry>,
}

/// In ascending order, without a gap.
#[derive(Debug, Default)]
pub(super) struct Recent {
    changes: VecDeque<Growth>,
}

impl Growth {
    fn is_small(&self) -> bool {
        let bytes: usize = self.entries.iter().map(Entry::len_bytes).sum();
        self.entries.len() <= ENTRIES_MAX && bytes <= BYTES_MAX
    }
}

impl Recent {
    fn forget(&mut self) {
        self.changes.clear();
    }

    /// A commit made these changes, the last of which is `newest`; 0 when it changed no head.
    fn add(&mut self, grown: Vec<Growth>, newest: u64) {
        for growth in grown {
            let follows = self.newest().is_none_or(|last| growth.after.change_no == last + 1);
            if !follows || !growth.is_small() {
                self.forget();
            }
            if growth.is_small() {
                self.changes.push_back(growth);
            }
        }
        if newest > 0 && self.newest() != Some(newest) {
            self.forget();
        }
        let surplus = self.changes.len().saturating_sub(CHANGES_MAX);
        self.changes.drain(..surplus);
    }

    fn newest(&self) -> Option<u64> {
        self.changes.back().map(|growth| growth.after.change_no)
    }

    /// Feeds that changed after this, as they stand, in the order of their last changes; `None` when that is not known.
    fn feeds_since(&self, change_no: u64) -> Option<Vec<FeedState>> {
        let first = self.changes.front()?.after.change_no;
        if change_no + 1 < first {
            return None;
        }
        let newer = self.changes.iter().map(|growth| &growth.after).filter(|it| it.change_no > change_no);
        let last: BTreeMap<FeedId, &FeedState> = newer.map(|after| (after.id, after)).collect();
        let mut feeds: Vec<FeedState> = last.into_values().cloned().collect();
        feeds.sort_unstable_by_key(|feed| feed.change_no);
        Some(feeds)
    }

    /// The entries of this range; `None` when they are not known, or are more bytes than that.
    fn entries(&self, feed: &FeedId, range: Range<u64>, bytes_max: usize) -> Option<Vec<Entry>> {
        let of_feed = self.changes.iter().filter(|growth| growth.after.id == *feed);
        let indexed = of_feed.flat_map(|growth| (growth.first..).zip(&growth.entries));
        let (indices, entries): (Vec<u64>, Vec<Entry>) =
            indexed.filter(|(index, _)| range.contains(index)).map(|(index, it)| (index, it.clone())).unzip();
        let bytes: usize = entries.iter().map(Entry::len_bytes).sum();
        (indices.into_iter().eq(range) && bytes <= bytes_max).then_some(entries)
    }
}

impl Shared {
    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().expect("nobody panics while holding the newest changes")
    }

    /// A commit has made these changes; `newest` is the last of a head, or 0.
    pub(super) fn remember(&self, grown: Vec<Growth>, newest: u64, rewritten: bool) {
        let mut recent = self.recent();
        if rewritten {
            recent.forget();
        } else {
            recent.add(grown, newest);
        }
    }
}

impl Store {
    /// What [`View::feeds_since`](super::View::feeds_since) would tell, all of it, if it is in memory and no feed among them is an
    /// identity lane.
    #[must_use]
    pub fn recent_feeds_since(&self, change_no: u64) -> Option<Vec<FeedState>> {
        let feeds = self.shared.recent().feeds_since(change_no)?;
        feeds.iter().all(|feed| feed.id.lane != Lane::Identity).then_some(feeds)
    }

    /// What [`View::entries`](super::View::entries) would read, if all of it is in memory and no more bytes than that.
    #[must_use]
    pub fn recent_entries(&self, feed: &FeedId, range: Range<u64>, bytes_max: usize) -> Option<Vec<Entry>> {
        self.shared.recent().entries(feed, range, bytes_max)
    }
}
