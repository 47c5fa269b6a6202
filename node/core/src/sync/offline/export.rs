//! Making a file for another node: rosters first, then every feed that it may read and lacks, the most urgent lane first.
//!
//! Entries are compared with the hashes that the store keeps beside them before they leave, as on the stream: what a broken
//! disk has changed goes nowhere. Of the recipient's own feeds only heads are told, so that it can see whether it was restored.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::feed::tile::TILE_LEAVES;
use crate::feed::{
    Entry, FeedId, Frontier, Hash, ListPlace, NodeId, ReplicaLog, SignedHead, TileIndex, VerifiedIndex,
};
use crate::sync::context::Context;
use crate::sync::effect::{Effect, Rows};
use crate::sync::identity::roster_frames;
use crate::sync::limits::ENTRIES_LEN_MAX;
use crate::sync::message::{BareHead, FeedHandle, Frame};
use crate::sync::offline::holding::Holding;
use crate::sync::serve::{check_leaves, index_frames, tile_end, tile_start};
use crate::sync::sparse::{Sparing, list_until};

/// A file being made. Take [`OfflineExport::poll_frame`] until there is none, read what [`OfflineExport::poll_read`] asks for,
/// answer with [`OfflineExport::handle_read`], and begin again, until there is neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineExport {
    roster_from: Option<u64>,
    waiting: VecDeque<Outgoing>,
    sending: Option<Sending>,
    prepared: VecDeque<Frame>,
    handles: u32,
    entries: u64,
    damaged: Vec<FeedId>,
}

/// A feed to go into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outgoing {
    head: SignedHead,
    from: u64,
    /// The live list by which something may be left out.
    list: Option<ListPlace>,
    /// It is the recipient's: the head is all there is to say.
    echo: bool,
}

/// The feed that goes into the file now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sending {
    handle: FeedHandle,
    head: SignedHead,
    next: u64,
    list: Option<ListPlace>,
    way: Way,
}

/// How a feed goes into the file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// In one frame, with its head.
    Batch,
    /// In many: what they consist of is read first.
    Index,
    /// Tile by tile, after the live list. `hashed` is the tile whose leaf hashes were written ahead.
    Tiles { index: VerifiedIndex, hashed: Option<u64>, sparing: Sparing },
}

impl OfflineExport {
    /// All that `recipient`, a member, may read and does not hold.
    #[must_use]
    pub fn new(ctx: &Context, recipient: NodeId, holding: &Holding) -> Self {
        let shared = ctx.feeds().map(ReplicaLog::feed).filter(|feed| ctx.is_shared(*feed));
        let heads = shared.filter_map(|feed| ctx.head(feed)).filter(|head| !holding.has(head));
        let outgoing = heads.map(|head| {
            let from = holding.size(head.head.feed).min(head.head.size);
            let list = ctx.list(head.head.feed);
            Outgoing { head: *head, from, list, echo: head.head.feed.node == recipient }
        });
        let mut waiting: Vec<Outgoing> = outgoing.collect();
        waiting.sort_by_key(|outgoing| outgoing.head.head.feed.priority());
        Self {
            roster_from: roster_from(ctx, holding),
            waiting: waiting.into(),
            sending: None,
            prepared: VecDeque::new(),
            handles: 0,
            entries: 0,
            damaged: Vec::new(),
        }
    }

    /// The next frame to be written.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        if self.prepared.is_empty() && self.roster_from.is_none() && self.sending.is_none() {
            self.begin();
        }
        self.prepared.pop_front()
    }

    /// What to read next.
    #[must_use]
    pub fn poll_read(&self) -> Option<Effect> {
        if let Some(from) = self.roster_from {
            return Some(Effect::ReadRoster { from });
        }
        let Sending { head, next: from, way, .. } = self.sending.as_ref()?;
        let (feed, size, from) = (head.head.feed, head.head.size, *from);
        if let Way::Tiles { sparing, .. } = way
            && let Some(from) = sparing.next()
        {
            let (until, leaves_from) = (list_until(from, size), tile_start(from));
            return Some(Effect::ReadEntries { feed, from, until, leaves_from, bytes_max: ENTRIES_LEN_MAX });
        }
        Some(match way {
            Way::Index => Effect::ReadIndex { feed, size },
            Way::Batch | Way::Tiles { .. } => {
                let until = if from == size { size } else { tile_end(from).min(size) };
                let leaves_from = if let Way::Batch = way { from } else { tile_start(from) };
                Effect::ReadEntries { feed, from, until, leaves_from, bytes_max: ENTRIES_LEN_MAX }
            }
        })
    }

    /// What was asked for is read.
    pub fn handle_read(&mut self, rows: Rows) {
        if self.roster_from.take().is_some() {
            if let Rows::Roster(notes) = rows {
                self.prepared.extend(roster_frames(notes));
            }
            return;
        }
        let Some(sending) = self.sending.take() else { return };
        let feed = sending.head.head.feed;
        if self.advance(sending, rows).is_none() {
            self.sending = None;
            self.damaged.push(feed);
        }
    }

    /// Entries written so far, and those that are still to be.
    #[must_use]
    pub fn entries(&self) -> (u64, u64) {
        let waiting = self.waiting.iter().filter(|outgoing| !outgoing.echo);
        let waiting: u64 = waiting.map(|outgoing| outgoing.head.head.size - outgoing.from).sum();
        let sending = self.sending.as_ref().map_or(0, |sending| sending.head.head.size - sending.next);
        (self.entries, waiting + sending)
    }

    /// Feeds whose stored copy does not agree with itself: they are not in the file, or not whole.
    #[must_use]
    pub fn damaged(&self) -> &[FeedId] {
        &self.damaged
    }

    /// Begins the next feed.
    fn begin(&mut self) {
        let Some(Outgoing { head, from, list, echo }) = self.waiting.pop_front() else { return };
        self.handles += 1;
        let handle = FeedHandle(self.handles);
        self.prepared.push_back(Frame::Bind { handle, feed: head.head.feed });
        if echo {
            self.prepared.push_back(Frame::Have { handle, head: BareHead::from(&head), compared: false });
            return;
        }
        let size = head.head.size;
        let in_one_tile = from == size || from / TILE_LEAVES == (size - 1) / TILE_LEAVES;
        let way = if in_one_tile { Way::Batch } else { Way::Index };
        self.sending = Some(Sending { handle, head, next: from, list, way });
    }

    /// `None` when the rows are not what is stored.
    fn advance(&mut self, sending: Sending, rows: Rows) -> Option<()> {
        match (sending.way.clone(), rows) {
            (Way::Batch, Rows::Entries { entries, leaves }) => self.write_batch(sending, entries, &leaves),
            (Way::Index, Rows::Index { tiles, edge }) => self.write_index(sending, tiles, edge),
            (Way::Tiles { index, hashed, sparing }, Rows::Entries { entries, leaves }) => {
                match sparing.next() {
                    Some(_) => self.write_list(sending, index, sparing, entries, leaves),
                    None => self.write_tile(sending, (index, hashed, sparing), entries, leaves),
                }
            }
            _ => None,
        }
    }

    fn write_batch(&mut self, sending: Sending, entries: Vec<Entry>, leaves: &[Hash]) -> Option<()> {
        let Sending { handle, head, next: from, .. } = sending;
        check_leaves(&entries, 0, leaves)?;
        if from + entries.len() as u64 != head.head.size {
            // They do not fit one frame.
            self.sending = Some(Sending { way: Way::Index, ..sending });
            return Some(());
        }
        self.entries += entries.len() as u64;
        self.prepared.push_back(Frame::Batch { handle, from, entries, head: BareHead::from(&head) });
        Some(())
    }

    fn write_index(&mut self, sending: Sending, tiles: Vec<Hash>, edge: Vec<Hash>) -> Option<()> {
        let Sending { handle, head, next, .. } = sending;
        let first = next / TILE_LEAVES;
        let lacking = tiles.get(usize::try_from(first).ok()?..)?.to_vec();
        let index = TileIndex::new(0, tiles, edge.clone()).verify(&Frontier::default(), &head.head).ok()?;
        self.prepared.extend(index_frames(
            handle,
            BareHead::from(&head),
            first,
            &lacking,
            edge,
            ENTRIES_LEN_MAX,
        ));
        let sparing = Sparing::new(head.head.feed.lane, sending.list, next, head.head.size);
        self.sending = Some(Sending { way: Way::Tiles { index, hashed: None, sparing }, ..sending });
        Some(())
    }

    fn write_list(
        &mut self,
        sending: Sending,
        index: VerifiedIndex,
        mut sparing: Sparing,
        entries: Vec<Entry>,
        leaves: Vec<Hash>,
    ) -> Option<()> {
        self.prepared.extend(sparing.frames(sending.handle, &index, entries, leaves)?);
        let next = self.pass_dead_tiles(sending.handle, sending.next, &sparing);
        self.sending = Some(Sending { next, way: Way::Tiles { index, hashed: None, sparing }, ..sending });
        Some(())
    }

    /// Whole dead tiles are not written: it is said that they are dead. The index of the entry behind them.
    fn pass_dead_tiles(&mut self, handle: FeedHandle, next: u64, sparing: &Sparing) -> u64 {
        let Some(tiles) = sparing.dead_tiles(next) else { return next };
        let (first, count) = (tiles.start, tiles.end - tiles.start);
        self.prepared.push_back(Frame::DeadTiles { handle, first, count });
        tiles.end * TILE_LEAVES
    }

    fn write_tile(
        &mut self,
        sending: Sending,
        (index, hashed, sparing): (VerifiedIndex, Option<u64>, Sparing),
        entries: Vec<Entry>,
        leaves: Vec<Hash>,
    ) -> Option<()> {
        let Sending { handle, head, next: from, .. } = sending;
        let skip = from - tile_start(from);
        check_leaves(&entries, skip, &leaves)?;
        let (tile, end) = (from / TILE_LEAVES, from + entries.len() as u64);
        let whole = index.tiles().contains(&tile);
        let run = if whole { index.tile(tile, leaves).ok()? } else { index.edge() };
        if entries.is_empty() || check_leaves(&entries, skip, run.leaves()).is_none() {
            return None;
        }
        let ahead = whole && hashed != Some(tile) && (from, end) != (run.first(), run.end());
        let leaf_hashes = if ahead { run.leaves().to_vec() } else { Vec::new() };
        let hashed = if ahead { Some(tile) } else { hashed };
        let entries = sparing.spare(from, entries)?;
        self.entries += entries.len() as u64;
        self.prepared.push_back(Frame::Tile { handle, from, entries, leaf_hashes });
        if end < head.head.size {
            let next = self.pass_dead_tiles(handle, end, &sparing);
            self.sending = Some(Sending { next, way: Way::Tiles { index, hashed, sparing }, ..sending });
        }
        Some(())
    }
}

/// The first roster version that the recipient lacks. One who holds another text under the same number is shown this one.
fn roster_from(ctx: &Context, holding: &Holding) -> Option<u64> {
    let roster = ctx.chain().roster();
    let differs = holding.roster_hash.is_some_and(|hash| hash != roster.hash());
    match holding.roster_version.cmp(&roster.version) {
        Ordering::Less => Some(holding.roster_version + 1),
        Ordering::Equal if differs => Some(roster.version),
        _ => None,
    }
}
