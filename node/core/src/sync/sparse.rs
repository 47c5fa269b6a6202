//! Leaving out what live lists let go, seen from both ends of a catch-up.
//!
//! After the tile index come the entries of a closed list, which the index vouches for as for any others; from then on entries
//! that it calls dead come as hashes, and whole dead tiles not at all. Nothing is believed that the list does not say.

use std::ops::Range;

use crate::feed::live_list::{ListPart, ListReader};
use crate::feed::replica::ExtendError;
use crate::feed::tile::TILE_LEAVES;
use crate::feed::{ClosedList, Entry, FeedId, Hash, Lane, LeafRun, ListPlace, VerifiedIndex};
use crate::sync::context::Context;
use crate::sync::limits::LIST_LEAVES_MAX;
use crate::sync::message::{FeedHandle, Frame, RefuseCode};
use crate::sync::receive::DataError;
use crate::sync::serve::{CatchingUp, tile_end};
use crate::sync::session::Session;

/// The list by which a catch-up leaves out what is dead, seen from the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sparing {
    /// Nothing is left out.
    Nothing,
    /// The list itself is on its way.
    Listing(ListPlace, ListReader, Option<u64>),
    /// It is there.
    By(ClosedList),
}

impl Sparing {
    /// What a catch-up from an entry to a head of this size can leave out by the list that stands here.
    pub(super) fn new(lane: Lane, place: Option<ListPlace>, from: u64, size: u64) -> Self {
        match place.filter(|place| from < place.base && place.end <= size) {
            Some(place) => Self::Listing(place, ListReader::new(lane, place.first), None),
            None => Self::Nothing,
        }
    }

    /// Where the list stands.
    pub(super) const fn place(&self) -> Option<ListPlace> {
        match self {
            Self::Nothing => None,
            Self::Listing(place, ..) => Some(*place),
            Self::By(closed) => Some(closed.place),
        }
    }

    /// Index of the next entry of the list that is to be read.
    pub(super) const fn next(&self) -> Option<u64> {
        match self {
            Self::Listing(_, reader, _) => Some(reader.next()),
            Self::Nothing | Self::By(_) => None,
        }
    }

    /// The frames of the list's next entries, which begin at [`Sparing::next`], with the leaves of their tile as stored; `None`
    /// when they are not what the index says, or no list.
    pub(super) fn frames(
        &mut self,
        handle: FeedHandle,
        index: &VerifiedIndex,
        entries: Vec<Entry>,
        leaves: Vec<Hash>,
    ) -> Option<Vec<Frame>> {
        let Self::Listing(place, reader, hashed) = self else { return None };
        let (from, tile) = (reader.next(), reader.next() / TILE_LEAVES);
        let whole = index.tiles().contains(&tile);
        let run = if whole { index.tile(tile, leaves).ok()? } else { index.edge() };
        let (mut frames, mut closed) = (Vec::new(), None);
        for (at, entry) in (from..place.end).zip(entries) {
            closed = reader.take(&entry).ok()?;
            if run.at(at) != Some(entry.leaf_hash()) {
                return None;
            }
            let ahead = whole && hashed.replace(tile) != Some(tile);
            let leaf_hashes = if ahead { run.leaves().to_vec() } else { Vec::new() };
            frames.push(Frame::LiveList { handle, index: at, entry, leaf_hashes });
        }
        if frames.is_empty() || closed.as_ref().is_some_and(|closed| closed.place != *place) {
            return None;
        }
        if let Some(closed) = closed {
            *self = Self::By(closed);
        }
        Some(frames)
    }

    /// Whole dead tiles from the one on in which this entry lies.
    pub(super) fn dead_tiles(&self, from: u64) -> Option<Range<u64>> {
        let Self::By(ClosedList { list, .. }) = self else { return None };
        let first = from / TILE_LEAVES;
        let end = (first..list.base() / TILE_LEAVES).find(|tile| !list.is_dead_tile(*tile));
        let end = end.unwrap_or(list.base() / TILE_LEAVES);
        (first < end).then_some(first..end)
    }

    /// The entries without what is dead; `None` when something is missing that is not.
    pub(super) fn spare(&self, from: u64, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        let is_dead = |index| matches!(self, Self::By(closed) if !closed.list.is_live(index));
        let spare = |(index, entry): (u64, Entry)| match is_dead(index) {
            true => Some(entry.bury()),
            false => (!entry.is_hole()).then_some(entry),
        };
        (from..).zip(entries).map(spare).collect()
    }
}

/// The list by which entries may be missing, seen from the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    /// Nothing may be missing.
    None,
    /// Its entries are coming. With the leaf hashes of the tile in which the last one lies.
    Coming(ListReader, u64, Option<LeafRun>),
    /// It is verified.
    By(ClosedList),
}

impl Listed {
    /// The list, once it is verified.
    pub(super) const fn closed(&self) -> Option<&ClosedList> {
        match self {
            Self::By(closed) => Some(closed),
            Self::None | Self::Coming(..) => None,
        }
    }

    /// Leaves that it speaks of.
    pub(super) const fn leaves(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Coming(_, base, _) => *base,
            Self::By(closed) => closed.list.base(),
        }
    }

    /// Takes the next entry of the list, or the first of another one.
    pub(super) fn take(
        &mut self,
        lane: Lane,
        index: &VerifiedIndex,
        at: u64,
        entry: &Entry,
        leaf_hashes: Vec<Hash>,
        room: u64,
    ) -> Result<(), DataError> {
        let base = ListPart::of(lane, at, entry)?.base();
        if base > room {
            return Err(DataError::ListTooLong);
        }
        let (mut reader, known) = match std::mem::replace(self, Self::None) {
            Self::Coming(reader, _, run) if reader.next() == at => (reader, run),
            _ => (ListReader::new(lane, at), None),
        };
        let tile = at / TILE_LEAVES;
        let run = match known {
            _ if !index.tiles().contains(&tile) => index.edge(),
            Some(run) if leaf_hashes.is_empty() && run.first() == tile * TILE_LEAVES => run,
            _ => index.tile(tile, leaf_hashes)?,
        };
        let found = entry.leaf_hash();
        match run.at(at) {
            Some(expected) if expected == found => {}
            Some(expected) => return Err(ExtendError::Leaf { index: at, found, expected }.into()),
            None => return Err(DataError::Position { from: at, expected: run.first() }),
        }
        *self = match reader.take(entry)? {
            Some(closed) => Self::By(closed),
            None => Self::Coming(reader, base, Some(run)),
        };
        Ok(())
    }
}

impl Context {
    /// The live list of a stored feed by which what is missing there is missing, and by which it may be left out elsewhere.
    /// To be told before anything is let go by it.
    pub fn list_stored(&mut self, feed: FeedId, place: ListPlace) {
        self.lists.insert(feed, place);
    }

    /// The live list of a stored feed.
    pub(super) fn list(&self, feed: FeedId) -> Option<ListPlace> {
        self.lists.get(&feed).copied()
    }
}

impl Session {
    /// Entries of the list are read. `None` when they are not what is stored.
    pub(super) fn prepare_list(
        &mut self,
        feed: FeedId,
        from: u64,
        entries: Vec<Entry>,
        leaves: Vec<Hash>,
    ) -> Option<()> {
        let handle = self.announcing.handle(feed)?;
        let catch_up = self.serving.feeds.get_mut(&feed).and_then(|serve| serve.catch_up.as_mut());
        let Some(CatchingUp { index, sparing, .. }) = catch_up.filter(|it| it.sparing.next() == Some(from))
        else {
            return Some(());
        };
        let frames = sparing.frames(handle, index, entries, leaves)?;
        self.serving.prepare(feed.lane, frames);
        self.pass_dead_tiles(handle, feed);
        Some(())
    }

    /// Whole dead tiles are not sent: it is said that they are dead.
    pub(super) fn pass_dead_tiles(&mut self, handle: FeedHandle, feed: FeedId) {
        let Some(serve) = self.serving.feeds.get_mut(&feed) else { return };
        let tiles = serve.catch_up.as_ref().and_then(|it| it.sparing.dead_tiles(serve.next));
        let Some(tiles) = tiles else { return };
        serve.next = tiles.end * TILE_LEAVES;
        let frame = Frame::DeadTiles { handle, first: tiles.start, count: tiles.end - tiles.start };
        self.serving.prepare(feed.lane, [frame]);
    }

    fn knows_lists(&self) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.knows_lists)
    }

    /// The list by which something of a feed can be left out for the peer.
    pub(super) fn usable_list(&self, ctx: &Context, feed: FeedId) -> Option<ListPlace> {
        let size = ctx.head(feed)?.head.size;
        let usable = |place: &ListPlace| place.end <= size && place.base <= LIST_LEAVES_MAX;
        ctx.list(feed).filter(usable).filter(|_| self.knows_lists())
    }

    /// Whether entries from here on are missing that the peer could not be shown to be dead.
    pub(super) fn withholds(&self, ctx: &Context, feed: FeedId, from: u64) -> bool {
        !self.knows_lists() && !ctx.is_own(feed) && ctx.list(feed).is_some_and(|place| from < place.base)
    }

    pub(super) fn withhold(&mut self, handle: FeedHandle, feed: FeedId) {
        self.serving.stop(feed);
        let hint = format!(
            "entries of {feed} that its owner calls dead are not held here, and this session cannot show that they are:             ask its owner"
        );
        self.queue.push_back(Frame::refuse(RefuseCode::Unavailable, Some(handle), &hint));
    }

    /// Whether another list came than the one by which the feed is sent: the catch-up begins anew with it, for what was read may
    /// be let go by now.
    pub(super) fn renews(&mut self, ctx: &Context, feed: FeedId) -> bool {
        let Some(next) = self.serving.feeds.get(&feed).map(|serve| serve.next) else { return false };
        if self.withholds(ctx, feed, next) {
            if let Some(handle) = self.announcing.handle(feed) {
                self.withhold(handle, feed);
            }
            return true;
        }
        let list = self.usable_list(ctx, feed).filter(|place| next < place.base);
        let Some(serve) = self.serving.feeds.get_mut(&feed) else { return false };
        let is_other = |it: &mut CatchingUp| list.is_some_and(|place| it.sparing.place() != Some(place));
        serve.catch_up.take_if(is_other).is_some()
    }
}

/// Up to where entries of a list are read at once: the whole tile, because its leaves are needed to show what it is.
pub(super) fn list_until(next: u64, size: u64) -> u64 {
    tile_end(next).min(size)
}
