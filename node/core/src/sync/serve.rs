//! Sending feeds to the peer: what it wants, from what is stored here, the most urgent lane first and each owner in turn.
//!
//! One frame's worth up to the head goes as a Batch. Anything longer goes as a TileIndex and then tile by tile, each
//! resumable. Entries are compared with the hashes that the store keeps beside them before they leave: what a broken
//! disk has changed goes nowhere, and the copy is checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::feed::tile::TILE_LEAVES;
use crate::feed::{Entry, FeedId, Frontier, Hash, Lane, SignedHead, TileIndex, VerifiedIndex};
use crate::sync::context::Context;
use crate::sync::credit::Allowance;
use crate::sync::effect::{Effect, Rows};
use crate::sync::limits::{CATCH_UPS_MAX, FAILURES_MAX, PAYLOAD_LEN_MAX, TILE_HASHES_LEN};
use crate::sync::message::{BareHead, FeedHandle, Frame, RefuseCode, WantMode};
use crate::sync::moment::Moment;
use crate::sync::pace::Pace;
use crate::sync::session::{Fault, Session};
use crate::sync::sparse::{Sparing, list_until};

/// What the peer wants, and what is ready for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Serving {
    pub(super) feeds: BTreeMap<FeedId, Serve>,
    /// Feeds that may have something to send.
    ready: BTreeSet<(Lane, FeedId)>,
    /// The feed of each lane that was served last.
    turns: BTreeMap<Lane, FeedId>,
    /// Data frames made of the last read of each lane. What is less urgent may wait here for long.
    prepared: BTreeMap<Lane, VecDeque<Frame>>,
    pub(super) allowance: Allowance,
    pub(super) pace: Pace,
    /// Times that the peer said that what it was sent does not verify.
    doubts: u32,
}

/// How far one feed has been sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Serve {
    mode: WantMode,
    pub(super) next: u64,
    /// Entries that the peer has on its disk.
    durable: u64,
    /// The last head sent whole.
    sent: Option<SignedHead>,
    pub(super) catch_up: Option<CatchingUp>,
    /// The stored copy was found damaged; nothing is sent until it has changed.
    paused: bool,
}

/// A catch-up under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CatchingUp {
    pub(super) head: SignedHead,
    pub(super) index: VerifiedIndex,
    /// The tile whose leaf hashes were sent ahead.
    hashed: Option<u64>,
    /// What is left out.
    pub(super) sparing: Sparing,
}

/// What the session has asked the store for; one thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// Roster versions that the peer lacks.
    Roster,
    /// The own identity lane.
    Identity,
    /// Entries up to a head, for a Batch.
    Tail { feed: FeedId, from: u64, head: SignedHead },
    /// What a head consists of.
    Index { feed: FeedId, head: SignedHead },
    /// Entries of the live list by which a catch-up leaves something out.
    List { feed: FeedId, from: u64, until: u64 },
    /// Entries of one tile or of the right edge.
    Tile { feed: FeedId, from: u64, until: u64 },
}

impl Serving {
    /// Whether new entries of the feed will be sent without being announced.
    pub(super) fn serves(&self, feed: FeedId) -> bool {
        self.feeds.get(&feed).is_some_and(|serve| !serve.paused)
    }

    pub(super) fn len(&self) -> usize {
        self.feeds.len()
    }

    pub(super) fn stop(&mut self, feed: FeedId) {
        self.feeds.remove(&feed);
        self.ready.remove(&feed.priority());
    }

    /// The feed has changed in the store.
    pub(super) fn wake(&mut self, feed: FeedId) {
        if let Some(serve) = self.feeds.get_mut(&feed) {
            serve.paused = false;
            self.ready.insert(feed.priority());
        }
    }

    /// The peer has saved what it was sent.
    pub(super) fn acknowledge(&mut self, feed: FeedId, size: u64) {
        if let Some(serve) = self.feeds.get_mut(&feed) {
            serve.durable = serve.durable.max(size);
        }
    }

    /// Feeds of which something is sent, but not known to be saved.
    pub(super) fn unsaved(&self) -> usize {
        self.feeds.values().filter(|serve| serve.durable < serve.next).count()
    }

    /// Feeds whose newest head is not on the wire: not read yet, or waiting for credit.
    pub(super) fn unsent(
        &self,
        ctx: &Context,
        feed_of: impl Fn(FeedHandle) -> Option<FeedId>,
    ) -> BTreeSet<FeedId> {
        let behind =
            |(feed, serve): (&FeedId, &Serve)| (serve.sent.as_ref() != ctx.head(*feed)).then_some(*feed);
        let waiting = self.prepared.values().flatten().filter_map(Frame::data_handle).filter_map(feed_of);
        self.feeds.iter().filter_map(behind).chain(waiting).collect()
    }

    /// The nonce of a sign of life to ask for now, if one is due.
    pub(super) fn probe(&mut self, now: Moment) -> Option<u64> {
        self.pace.probe(now, !self.prepared.is_empty())
    }

    /// The next data frame, if it is granted and the way is free.
    pub(super) fn next_frame(&mut self) -> Option<Frame> {
        let mut most_urgent = self.prepared.first_entry()?;
        let bytes = most_urgent.get().front().map_or(0, Frame::data_bytes);
        if !self.allowance.covers(bytes) || !self.pace.admit(bytes) {
            return None;
        }
        self.allowance.spend(bytes);
        let frame = most_urgent.get_mut().pop_front();
        if most_urgent.get().is_empty() {
            most_urgent.remove();
        }
        frame
    }

    pub(super) fn prepare(&mut self, lane: Lane, frames: impl IntoIterator<Item = Frame>) {
        self.prepared.entry(lane).or_default().extend(frames);
    }

    fn start(&mut self, feed: FeedId, from: u64, mode: WantMode) {
        let serve = Serve { mode, next: from, durable: from, sent: None, catch_up: None, paused: false };
        self.feeds.insert(feed, serve);
        self.ready.insert(feed.priority());
    }

    /// What to read next: nothing while there is something as urgent to send. Feeds with nothing to send leave the queue until
    /// they change.
    fn plan(&mut self, ctx: &Context) -> Option<Reading> {
        while let Some((lane, feed)) = self.turn() {
            if self.prepared.first_key_value().is_some_and(|(prepared, _)| *prepared <= lane) {
                return None;
            }
            if let Some(reading) = self.feeds.get(&feed).and_then(|serve| serve.plan(ctx, feed)) {
                self.turns.insert(lane, feed);
                return Some(reading);
            }
            self.ready.remove(&(lane, feed));
        }
        None
    }

    /// Whose turn it is: in the most urgent lane, the feed after the one served last. While a lane has as many catch-ups
    /// under way as a receiver must bear, only those go on.
    fn turn(&self) -> Option<(Lane, FeedId)> {
        let lane = self.ready.first()?.0;
        let in_lane = || self.ready.iter().filter(|(other, _)| *other == lane).copied();
        let catching_up = |feed: &FeedId| self.feeds.get(feed).is_some_and(|serve| serve.catch_up.is_some());
        let full = in_lane().filter(|(_, feed)| catching_up(feed)).count() >= CATCH_UPS_MAX;
        let mut may = in_lane().filter(|(_, feed)| !full || catching_up(feed));
        let first = may.clone().next();
        let last = self.turns.get(&lane);
        may.find(|(_, feed)| last.is_none_or(|last| feed > last)).or(first)
    }

    /// Catch-up frames are made of the entries read; the frame with the last of them ends it.
    fn sent(&mut self, feed: FeedId, next: u64, head: Option<SignedHead>) {
        let Some(serve) = self.feeds.get_mut(&feed) else { return };
        serve.next = next;
        if head.is_none() {
            return;
        }
        serve.sent = head;
        serve.catch_up = None;
        if serve.mode == WantMode::Once {
            self.stop(feed);
        }
    }
}

impl Serve {
    fn plan(&self, ctx: &Context, feed: FeedId) -> Option<Reading> {
        let head = *ctx.head(feed)?;
        let (from, held) = (self.next, ctx.size(feed));
        if self.paused {
            return None;
        }
        if let Some(CatchingUp { head, sparing, .. }) = &self.catch_up {
            let size = head.head.size;
            if let Some(from) = sparing.next() {
                return (size <= held).then_some(Reading::List { feed, from, until: list_until(from, size) });
            }
            let until = tile_end(from).min(size);
            return (until <= held).then_some(Reading::Tile { feed, from, until });
        }
        let size = head.head.size;
        if size < from || self.sent == Some(head) {
            return None;
        }
        let in_one_tile = from == size || from / TILE_LEAVES == (size - 1) / TILE_LEAVES;
        Some(if in_one_tile { Reading::Tail { feed, from, head } } else { Reading::Index { feed, head } })
    }
}

impl Session {
    /// Reads what is to be sent next, when everything as urgent that was read before is sent.
    pub(super) fn serve(&mut self, ctx: &Context) {
        if self.reading.is_some() || self.offer_roster(ctx) {
            return;
        }
        if let Some(reading) = self.serving.plan(ctx) {
            self.read(reading);
        }
    }

    /// The peer wants a feed.
    pub(super) fn take_want(
        &mut self,
        ctx: &Context,
        handle: FeedHandle,
        from: u64,
        mode: WantMode,
    ) -> Result<(), Fault> {
        let feed = self.announcing.feed(handle)?;
        match ctx.head(feed) {
            Some(_) if self.withholds(ctx, feed, from) => self.withhold(handle, feed),
            Some(signed) if from <= signed.head.size => self.serving.start(feed, from, mode),
            _ => {
                let hint = format!("entry {from} of {feed} is not here");
                self.queue.push_back(Frame::refuse(RefuseCode::Unavailable, Some(handle), &hint));
            }
        }
        Ok(())
    }

    /// Rows were read.
    pub(super) fn take_rows(&mut self, ctx: &mut Context, reading: Reading, rows: Rows) {
        if let Reading::Tile { feed, .. } | Reading::List { feed, .. } = &reading
            && self.renews(ctx, *feed)
        {
            return;
        }
        let outcome = match (reading.clone(), rows) {
            (Reading::Roster, Rows::Roster(notes)) => {
                self.present_roster(notes);
                Some(())
            }
            (Reading::Identity, Rows::Entries { entries, .. }) => {
                self.present_identity(ctx, entries);
                Some(())
            }
            (Reading::Tail { feed, from, head }, Rows::Entries { entries, leaves }) => {
                self.prepare_batch(feed, from, head, entries, &leaves)
            }
            (Reading::Index { feed, head }, Rows::Index { tiles, edge }) => {
                self.prepare_index(ctx, feed, head, tiles, edge)
            }
            (Reading::List { feed, from, .. }, Rows::Entries { entries, leaves }) => {
                self.prepare_list(feed, from, entries, leaves)
            }
            (Reading::Tile { feed, from, until }, Rows::Entries { entries, leaves }) => {
                self.prepare_tile(feed, from, until, entries, leaves)
            }
            _ => None,
        };
        if outcome.is_none()
            && let Reading::Tail { feed, .. }
            | Reading::Index { feed, .. }
            | Reading::List { feed, .. }
            | Reading::Tile { feed, .. } = reading
        {
            self.pause(ctx, feed);
        }
    }

    /// The peer refuses what it was sent, or cannot give what it was asked for.
    pub(super) fn take_refusal(
        &mut self,
        ctx: &mut Context,
        code: RefuseCode,
        handle: FeedHandle,
    ) -> Result<(), Fault> {
        if code == RefuseCode::Unavailable {
            return self.take_unavailable(ctx, handle);
        }
        let feed = self.announcing.feed(handle)?;
        if self.serving.serves(feed) && code == RefuseCode::Unverified {
            // An honest peer leaves after so many, and another one cannot make this node read its disk again and again.
            self.serving.doubts += 1;
            if self.serving.doubts > FAILURES_MAX {
                return Err(Fault::new(RefuseCode::Limit, format!("more than {FAILURES_MAX} doubts")));
            }
            self.check_copy(ctx, feed);
        }
        self.serving.stop(feed);
        Ok(())
    }

    /// `None` when the rows are not what is stored.
    fn prepare_batch(
        &mut self,
        feed: FeedId,
        from: u64,
        head: SignedHead,
        entries: Vec<Entry>,
        leaves: &[Hash],
    ) -> Option<()> {
        if self.serving.feeds.get(&feed).is_none_or(|serve| serve.next != from) {
            return Some(());
        }
        check_leaves(&entries, 0, leaves)?;
        let handle = self.announcing.handle(feed)?;
        let end = from + entries.len() as u64;
        if end < head.head.size {
            self.read(Reading::Index { feed, head });
            return Some(());
        }
        let frame = Frame::Batch { handle, from, entries, head: BareHead::from(&head) };
        self.serving.prepare(feed.lane, [frame]);
        self.serving.sent(feed, end, Some(head));
        Some(())
    }

    fn prepare_index(
        &mut self,
        ctx: &Context,
        feed: FeedId,
        head: SignedHead,
        tiles: Vec<Hash>,
        edge: Vec<Hash>,
    ) -> Option<()> {
        let handle = self.announcing.handle(feed)?;
        let list = self.usable_list(ctx, feed);
        let Some(serve) = self.serving.feeds.get_mut(&feed) else { return Some(()) };
        let first = serve.next / TILE_LEAVES;
        let lacking = tiles.get(usize::try_from(first).ok()?..)?.to_vec();
        let index = TileIndex::new(0, tiles, edge.clone()).verify(&Frontier::default(), &head.head).ok()?;
        let sparing = Sparing::new(feed.lane, list, serve.next, head.head.size);
        serve.catch_up = Some(CatchingUp { head, index, hashed: None, sparing });
        let frames =
            index_frames(handle, BareHead::from(&head), first, &lacking, edge, self.serving.pace.piece());
        self.serving.prepare(feed.lane, frames);
        Some(())
    }

    fn prepare_tile(
        &mut self,
        feed: FeedId,
        from: u64,
        until: u64,
        entries: Vec<Entry>,
        leaves: Vec<Hash>,
    ) -> Option<()> {
        let handle = self.announcing.handle(feed)?;
        let serve = self.serving.feeds.get_mut(&feed).filter(|serve| serve.next == from);
        let Some((serve, catch_up)) = serve.and_then(|serve| serve.catch_up.take().map(|it| (serve, it)))
        else {
            return Some(());
        };
        let CatchingUp { head, index, hashed, sparing } = catch_up;
        let skip = from - tile_start(from);
        check_leaves(&entries, skip, &leaves)?;
        let (tile, end) = (from / TILE_LEAVES, from + entries.len() as u64);
        let whole = index.tiles().contains(&tile);
        let run = if whole { index.tile(tile, leaves).ok()? } else { index.edge() };
        if entries.is_empty() || end > until || check_leaves(&entries, skip, run.leaves()).is_none() {
            return None;
        }
        let ahead = whole && hashed != Some(tile) && (from, end) != (run.first(), run.end());
        let leaf_hashes = if ahead { run.leaves().to_vec() } else { Vec::new() };
        let hashed = if ahead { Some(tile) } else { hashed };
        let Some(entries) = sparing.spare(from, entries) else {
            self.withhold(handle, feed);
            return Some(());
        };
        serve.catch_up = Some(CatchingUp { head, index, hashed, sparing });
        self.serving.prepare(feed.lane, [Frame::Tile { handle, from, entries, leaf_hashes }]);
        let done = (end == head.head.size).then_some(head);
        self.serving.sent(feed, end, done);
        self.pass_dead_tiles(handle, feed);
        Some(())
    }

    /// The stored copy does not agree with itself: nothing of it leaves until it has been checked and has changed.
    fn pause(&mut self, ctx: &mut Context, feed: FeedId) {
        if let Some(serve) = self.serving.feeds.get_mut(&feed) {
            serve.paused = true;
            serve.catch_up = None;
        }
        self.check_copy(ctx, feed);
    }

    fn read(&mut self, reading: Reading) {
        let bytes_max = self.serving.pace.piece();
        self.effects.extend(match &reading {
            Reading::Tail { feed, from, head } => {
                let (from, until) = (*from, head.head.size);
                Some(Effect::ReadEntries { feed: *feed, from, until, leaves_from: from, bytes_max })
            }
            Reading::Tile { feed, from, until } | Reading::List { feed, from, until } => {
                let leaves_from = tile_start(*from);
                Some(Effect::ReadEntries { feed: *feed, from: *from, until: *until, leaves_from, bytes_max })
            }
            Reading::Index { feed, head } => Some(Effect::ReadIndex { feed: *feed, size: head.head.size }),
            Reading::Roster | Reading::Identity => None,
        });
        self.reading = Some(reading);
    }
}

/// Whether the entries are those whose leaf hashes are stored, after so many others.
pub(super) fn check_leaves(entries: &[Entry], skip: u64, leaves: &[Hash]) -> Option<()> {
    let skip = usize::try_from(skip).ok()?;
    let stored = leaves.get(skip..skip + entries.len())?;
    entries.iter().map(Entry::leaf_hash).eq(stored.iter().copied()).then_some(())
}

/// The index in parts of about so many bytes that fit frames, the edge with the last.
pub(super) fn index_frames(
    handle: FeedHandle,
    head: BareHead,
    first_tile: u64,
    tiles: &[Hash],
    edge: Vec<Hash>,
    bytes: usize,
) -> Vec<Frame> {
    let hashes = bytes.min(PAYLOAD_LEN_MAX - TILE_HASHES_LEN) / size_of::<Hash>();
    let mut parts: Vec<Vec<Hash>> = tiles.chunks(hashes.max(1)).map(<[Hash]>::to_vec).collect();
    let last = parts.pop().unwrap_or_default();
    let mut first_tile = first_tile;
    let mut frames = Vec::new();
    for tiles in parts {
        let count = tiles.len() as u64;
        frames.push(Frame::TileIndex { handle, head, first_tile, tiles, edge: Vec::new(), more: true });
        first_tile += count;
    }
    frames.push(Frame::TileIndex { handle, head, first_tile, tiles: last, edge, more: false });
    frames
}

/// The beginning of the tile in which an entry lies.
pub(super) const fn tile_start(index: u64) -> u64 {
    index - index % TILE_LEAVES
}

/// The end of the tile in which an entry lies.
pub(super) const fn tile_end(index: u64) -> u64 {
    (index / TILE_LEAVES + 1) * TILE_LEAVES
}
