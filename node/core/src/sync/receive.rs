//! Taking entries: each frame is verified alone, against the head or the index it belongs to, before anything is stored.
//!
//! The copy kept here runs ahead of the stored one by what is being saved, so that the next frame can be verified
//! meanwhile. It is never announced: only the context's copy is, and that follows the store.

use thiserror::Error;

use crate::feed::live_list::{ListError, ListPart};
use crate::feed::replica::{CatchUp, ExtendError, Extended};
use crate::feed::tile::TILE_LEAVES;
use crate::feed::{
    Entry, FeedId, Hash, HeadError, Lane, LeafRun, ReplicaLog, SignedHead, TileError, TileIndex,
    VerifiedIndex, Verifier,
};
use crate::roster::{IdentityError, IdentityLane};
use crate::sync::context::{Alarm, Context};
use crate::sync::effect::{Effect, VerifiedBatch};
use crate::sync::limits::{FAILURES_MAX, INDEX_HASHES_MAX, LIST_LEAVES_MAX};
use crate::sync::message::{BareHead, FeedHandle, Frame, RefuseCode};
use crate::sync::moment::Moment;
use crate::sync::session::{Fault, Session};
use crate::sync::sparse::Listed;

/// A feed on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Verified, and stored or being stored.
    log: ReplicaLog,
    /// The owner's keys, folded as far; in identity lanes only.
    lane: Option<IdentityLane>,
    /// Frames of an earlier Want may still arrive; they are thrown away until one begins where this Want did.
    resuming: bool,
    /// It was wanted before in this session. The answers to two Wants may begin at the same place, and then nothing tells
    /// them apart: the second may bring once more what the first has brought.
    again: bool,
    /// It has reached a head since it was wanted: what comes now is the live tail.
    level: bool,
    parts: Option<(SignedHead, TileIndex)>,
    index: Option<VerifiedIndex>,
    run: Option<LeafRun>,
    listed: Listed,
}

/// Entries that are not what their owner signed, or not where they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum DataError {
    #[error(transparent)]
    Extend(#[from] ExtendError),
    #[error(transparent)]
    Tile(#[from] TileError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Head(#[from] HeadError),
    #[error("entries begin at {from}, expected {expected}")]
    Position { from: u64, expected: u64 },
    #[error("the identity lane of the owner does not reach the epoch of the head")]
    NoKey,
    #[error("entries of a tile without a tile index before them")]
    NoIndex,
    #[error("a part of a tile index begins elsewhere than the part before it, or the entries held, end")]
    Parts,
    #[error("tile indexes hold more than {INDEX_HASHES_MAX} hashes")]
    IndexTooLong,
    #[error(transparent)]
    List(#[from] ListError),
    #[error("live lists speak of more than {LIST_LEAVES_MAX} leaves")]
    ListTooLong,
    #[error("tiles are left out without a live list before them")]
    NoList,
}

/// Verified entries, to be saved; none when the frame held only hashes.
pub(super) type Taken = Result<Option<(Extended, Vec<Entry>)>, DataError>;

impl Wanted {
    pub(super) fn new(ctx: &Context, feed: FeedId, resuming: bool) -> Self {
        let lane = (feed.lane == Lane::Identity).then(|| ctx.lane(feed.node).cloned()).flatten();
        let again = resuming;
        let (parts, index, run, listed) = (None, None, None, Listed::None);
        Self { log: ctx.log(feed), lane, resuming, again, level: false, parts, index, run, listed }
    }

    /// A feed from its beginning, whatever is held of it.
    pub(super) fn whole(feed: FeedId) -> Self {
        let (parts, index, run, listed) = (None, None, None, Listed::None);
        let (log, lane) = (ReplicaLog::new(feed), None);
        Self { log, lane, resuming: false, again: false, level: false, parts, index, run, listed }
    }

    /// Leaves that the live list speaks of which is held or under way.
    pub(super) const fn list_leaves(&self) -> u64 {
        self.listed.leaves()
    }

    /// Hashes of the tile index that is held or under way.
    pub(super) fn index_hashes(&self) -> usize {
        let parts = self.parts.as_ref().map_or(0, |(_, parts)| parts.tiles.len() + parts.edge.len());
        let index = self.index.as_ref().map_or(0, |index| {
            let tiles = index.tiles();
            usize::try_from(tiles.end - tiles.start).unwrap_or(usize::MAX) + index.edge().leaves().len()
        });
        parts + index
    }

    /// The copy so far: verified, and stored or being stored.
    pub(super) const fn log(&self) -> &ReplicaLog {
        &self.log
    }

    /// The owner's keys, folded as far; in identity lanes only.
    pub(super) const fn lane(&self) -> Option<&IdentityLane> {
        self.lane.as_ref()
    }

    /// Whether the frame belongs to an earlier Want.
    fn is_late(&mut self, frame: &Frame) -> bool {
        let size = self.log.frontier().size();
        let begins_here = match frame {
            Frame::Batch { from, .. } => *from == size,
            Frame::TileIndex { first_tile, .. } => *first_tile == size / TILE_LEAVES,
            _ => false,
        };
        self.resuming &= !begins_here;
        self.resuming
    }

    /// A frame of a feed that was wanted before, without what the first answer has brought; `None` when that is all of it.
    fn without_held(&self, mut frame: Frame) -> Option<Frame> {
        if !self.again {
            return Some(frame);
        }
        let size = self.log.frontier().size();
        let is_held = match &mut frame {
            // It answers a Want that began further on: the copy was cut back since.
            Frame::Batch { from, .. } | Frame::Tile { from, .. } if *from > size => true,
            Frame::Batch { head, .. } => head.size < size,
            Frame::TileIndex { head, first_tile, tiles, .. } => {
                let held = (size / TILE_LEAVES).saturating_sub(*first_tile).min(tiles.len() as u64);
                tiles.drain(..usize::try_from(held).unwrap_or(usize::MAX));
                *first_tile += held;
                head.size <= size
            }
            // Leaf hashes are of use until the whole of their tile is held.
            Frame::Tile { from, leaf_hashes, .. } if !leaf_hashes.is_empty() => {
                (*from / TILE_LEAVES + 1) * TILE_LEAVES <= size
            }
            Frame::Tile { from, entries, .. } => *from + entries.len() as u64 <= size,
            Frame::LiveList { index, entry, .. } => self.needs_no_list(*index, entry),
            Frame::DeadTiles { first, count, .. } => {
                let held = (size / TILE_LEAVES).saturating_sub(*first).min(*count);
                (*first, *count) = (*first + held, *count - held);
                *count == 0
            }
            _ => false,
        };
        (!is_held).then_some(frame)
    }

    pub(super) fn take_batch(
        &mut self,
        ctx: &Context,
        from: u64,
        entries: Vec<Entry>,
        head: &SignedHead,
    ) -> Taken {
        self.check_position(from)?;
        let lane = self.fold(from, &entries)?;
        let owner = match &lane {
            Some(lane) => lane.current(ctx.federation()),
            None => ctx.verifier(head).ok_or(DataError::NoKey)?,
        };
        let extended = self.log.extend(from, &entries, head, &owner)?;
        self.lane = lane;
        self.forget_index();
        self.advance(extended, entries)
    }

    pub(super) fn take_index(
        &mut self,
        ctx: &Context,
        head: SignedHead,
        part: TileIndex,
        more: bool,
        room: usize,
    ) -> Taken {
        if part.tiles.len() + part.edge.len() > room {
            return Err(DataError::IndexTooLong);
        }
        let whole = match self.parts.take() {
            None if part.first_tile != self.log.frontier().size() / TILE_LEAVES => {
                return Err(DataError::Parts);
            }
            None => part,
            Some((begun, mut parts)) => {
                let next = parts.first_tile + parts.tiles.len() as u64;
                if begun != head || part.first_tile != next || !parts.edge.is_empty() {
                    return Err(DataError::Parts);
                }
                parts.tiles.extend(part.tiles);
                parts.edge = part.edge;
                parts
            }
        };
        if more {
            self.parts = Some((head, whole));
            return Ok(None);
        }
        let owner = self.verifier(ctx, &head).ok_or(DataError::NoKey)?;
        let CatchUp { log, index } = self.log.catch_up(whole, &head, &owner)?;
        self.log = log;
        (self.index, self.run, self.listed) = (Some(index), None, Listed::None);
        Ok(None)
    }

    /// Whether the entry belongs to a list that speaks only of what is held.
    pub(super) fn needs_no_list(&self, index: u64, entry: &Entry) -> bool {
        let part = ListPart::of(self.log.feed().lane, index, entry);
        part.is_ok_and(|part| part.base() <= self.log.frontier().size())
    }

    pub(super) fn take_list(&mut self, at: u64, entry: &Entry, leaf_hashes: Vec<Hash>, room: u64) -> Taken {
        let index = self.index.as_ref().ok_or(DataError::NoIndex)?;
        self.listed.take(self.log.feed().lane, index, at, entry, leaf_hashes, room)?;
        Ok(None)
    }

    pub(super) fn take_dead_tiles(&mut self, first: u64, count: u64) -> Taken {
        let index = self.index.as_ref().ok_or(DataError::NoIndex)?;
        let list = self.listed.closed().ok_or(DataError::NoList)?;
        let extended = self.log.extend_dead_tiles(index, first..first.saturating_add(count), list)?;
        self.run = None;
        self.advance(extended, Vec::new())
    }

    pub(super) fn take_tile(
        &mut self,
        ctx: &Context,
        from: u64,
        entries: Vec<Entry>,
        leaf_hashes: Vec<Hash>,
    ) -> Taken {
        self.check_position(from)?;
        let run = self.run_of(from, &entries, leaf_hashes)?;
        let lane = self.fold(from, &entries)?;
        let extended = self.log.extend_run(&run, from, &entries, self.listed.closed())?;
        if let (Some(lane), None, Some(head)) = (&lane, extended.log.target(), extended.log.head()) {
            // A key that ended inside the lane signs no head over its end.
            lane.current(ctx.federation()).check(head)?;
        }
        (self.lane, self.run) = (lane, Some(run));
        if extended.log.target().is_none() {
            self.forget_index();
        }
        self.advance(extended, entries)
    }

    /// The leaf hashes that these entries must have.
    fn run_of(&self, from: u64, entries: &[Entry], leaf_hashes: Vec<Hash>) -> Result<LeafRun, DataError> {
        let index = self.index.as_ref().ok_or(DataError::NoIndex)?;
        let tile = from / TILE_LEAVES;
        if !index.tiles().contains(&tile) {
            return Ok(index.edge());
        }
        match &self.run {
            _ if !leaf_hashes.is_empty() => Ok(index.tile(tile, leaf_hashes)?),
            Some(run) if run.first() == tile * TILE_LEAVES => Ok(run.clone()),
            _ => Ok(index.tile_of(tile, entries)?),
        }
    }

    fn verifier(&self, ctx: &Context, head: &SignedHead) -> Option<Verifier> {
        match &self.lane {
            Some(lane) => lane.of_epoch(ctx.federation(), head.head.epoch),
            None => ctx.verifier(head),
        }
    }

    /// The owner's keys after these entries; `None` outside identity lanes. What was folded before a copy was cut back is
    /// not folded again.
    fn fold(&self, from: u64, entries: &[Entry]) -> Result<Option<IdentityLane>, IdentityError> {
        let feed = self.log.feed();
        if feed.lane != Lane::Identity {
            return Ok(None);
        }
        let Some(lane) = &self.lane else {
            return if entries.is_empty() {
                Ok(None)
            } else {
                IdentityLane::replay(feed.node, entries).map(Some)
            };
        };
        let known = usize::try_from(lane.size().saturating_sub(from)).unwrap_or(usize::MAX);
        entries.iter().skip(known).try_fold(lane.clone(), |lane, entry| lane.fold(entry)).map(Some)
    }

    const fn check_position(&self, from: u64) -> Result<(), DataError> {
        let expected = self.log.frontier().size();
        if from == expected || (self.again && from < expected) {
            Ok(())
        } else {
            Err(DataError::Position { from, expected })
        }
    }

    fn forget_index(&mut self) {
        (self.index, self.run, self.listed) = (None, None, Listed::None);
    }

    fn advance(&mut self, extended: Extended, entries: Vec<Entry>) -> Taken {
        self.log = extended.log.clone();
        Ok(Some((extended, entries)))
    }
}

impl Session {
    /// A data frame.
    pub(super) fn take_data(&mut self, ctx: &mut Context, now: Moment, frame: Frame) -> Result<(), Fault> {
        let bytes = frame.data_bytes();
        let Some(handle) = frame.data_handle() else { return Ok(()) };
        let feed = self.receiving.feed(handle)?;
        if !self.receiving.grant.take(bytes) {
            return Err(Fault::new(RefuseCode::Limit, "more data than was granted"));
        }
        if let Frame::TileIndex { head, .. } | Frame::Batch { head, .. } = &frame
            && !ctx.is_own(feed)
        {
            self.receiving.hear_head(feed, *head);
            self.note_lack(ctx, feed);
        }
        if !self.is_expected(ctx, feed, &frame)? {
            self.receiving.grant.settle(bytes);
            return Ok(());
        }
        let Some(frame) = self.without_held(feed, frame) else {
            self.receiving.grant.settle(bytes);
            return Ok(());
        };
        let head = match &frame {
            Frame::Batch { head, .. } | Frame::TileIndex { head, .. } => Some(*head),
            _ => None,
        };
        match self.verify(ctx, feed, frame) {
            taken if ctx.is_own(feed) => {
                self.receiving.grant.settle(bytes);
                self.take_own_lane(ctx, feed, handle, taken)
            }
            Ok(Some((extended, entries))) => {
                let (new, level) = (extended.leaves.len(), extended.log.target().is_none());
                let tail = self.save(feed, handle, extended, entries, bytes);
                ctx.quotas.count(feed.node, new, tail, now);
                if level {
                    // Not in the middle of a catch-up, or what is on its way would be sent twice.
                    self.hold_back(ctx, feed, now);
                }
                Ok(())
            }
            Ok(None) => {
                self.receiving.grant.settle(bytes);
                Ok(())
            }
            Err(DataError::NoKey) => {
                self.receiving.grant.settle(bytes);
                self.wait_for_key(ctx, feed, head);
                Ok(())
            }
            // The owner signed it before the epoch that is known here began: the peer has not heard of that yet.
            Err(DataError::Extend(ExtendError::Epoch { .. })) => {
                self.receiving.grant.settle(bytes);
                self.pass_by(ctx, feed);
                Ok(())
            }
            Err(error) => {
                self.receiving.grant.settle(bytes);
                self.refuse_data(ctx, feed, handle, &error)
            }
        }
    }

    /// Wants nothing of a feed from a peer until it announces another head.
    fn pass_by(&mut self, ctx: &mut Context, feed: FeedId) {
        let held = ctx.size(feed);
        self.give_up(ctx, feed);
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        remote.refused = Some(held);
    }

    /// Whether the frame belongs to what is wanted now. One of an earlier Want is passed by; one of none is a fault.
    fn is_expected(&mut self, ctx: &mut Context, feed: FeedId, frame: &Frame) -> Result<bool, Fault> {
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        if !remote.was_wanted {
            return Err(Fault::malformed(format!("{} of a feed that was not wanted", frame.name())));
        }
        let Some(wanted) = &mut remote.want else { return Ok(false) };
        if !ctx.is_own(feed) && !ctx.is_upstream(feed, self.id) {
            self.give_up(ctx, feed);
            return Ok(false);
        }
        Ok(!wanted.is_late(frame))
    }

    fn without_held(&self, feed: FeedId, frame: Frame) -> Option<Frame> {
        let wanted = self.receiving.remotes.get(&feed).and_then(|remote| remote.want.as_ref());
        wanted.expect("only what is wanted is expected").without_held(frame)
    }

    fn verify(&mut self, ctx: &Context, feed: FeedId, frame: Frame) -> Taken {
        let (room, list_room) = (self.receiving.index_room(), self.receiving.list_room(feed));
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        let wanted = remote.want.as_mut().expect("only what is wanted is verified");
        match frame {
            Frame::Batch { from, entries, head, .. } => wanted.take_batch(ctx, from, entries, &head.of(feed)),
            Frame::TileIndex { head, first_tile, tiles, edge, more, .. } => {
                wanted.take_index(ctx, head.of(feed), TileIndex::new(first_tile, tiles, edge), more, room)
            }
            Frame::Tile { from, entries, leaf_hashes, .. } => {
                wanted.take_tile(ctx, from, entries, leaf_hashes)
            }
            Frame::LiveList { index, entry, leaf_hashes, .. } => {
                wanted.take_list(index, &entry, leaf_hashes, list_room)
            }
            Frame::DeadTiles { first, count, .. } => wanted.take_dead_tiles(first, count),
            _ => Ok(None),
        }
    }

    /// Asks to save a batch. Tells whether it belongs to the live tail.
    fn save(
        &mut self,
        feed: FeedId,
        handle: FeedHandle,
        extended: Extended,
        entries: Vec<Entry>,
        bytes: u64,
    ) -> bool {
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        let wanted = remote.want.as_mut().expect("only what is wanted is saved");
        let (lane, tail) = (wanted.lane.clone(), wanted.level);
        wanted.level |= extended.log.target().is_none();
        let batch = VerifiedBatch { extended, entries, lane, handle: Some(handle), bytes };
        self.effects.push_back(Effect::Store(Box::new(batch)));
        tail
    }

    /// The owner signs with a key that its identity lane, as stored here, does not reach. It may come from another peer, so
    /// nobody is to blame: when it has come, the feed is wanted anew.
    fn wait_for_key(&mut self, ctx: &mut Context, feed: FeedId, head: Option<BareHead>) {
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        remote.head = head.or(remote.head);
        self.give_up(ctx, feed);
    }

    /// Entries that do not verify: the feed is refused from this peer, and the own copy is looked at, which may be the one
    /// that is broken. A fork is the owner's doing, not the peer's.
    fn refuse_data(
        &mut self,
        ctx: &mut Context,
        feed: FeedId,
        handle: FeedHandle,
        error: &DataError,
    ) -> Result<(), Fault> {
        let held = ctx.size(feed);
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        (remote.want, remote.refused) = (None, Some(held));
        if let DataError::Extend(ExtendError::Fork(proof)) = error {
            self.freeze(ctx, (**proof).clone());
            return Ok(());
        }
        self.check_copy(ctx, feed);
        self.blame(ctx, feed, handle, error.to_string())
    }

    /// The peer brought or announced what the owner did not sign: it hears so, people hear so, and at last it is sent away.
    pub(super) fn blame(
        &mut self,
        ctx: &mut Context,
        feed: FeedId,
        handle: FeedHandle,
        reason: String,
    ) -> Result<(), Fault> {
        ctx.release(feed, self.id);
        self.queue.push_back(Frame::refuse(RefuseCode::Unverified, Some(handle), &reason));
        let peer = self.peer.as_ref().expect("an open session has a peer").node;
        ctx.raise(Alarm::Unverified { peer, feed, reason });
        self.receiving.failures += 1;
        if self.receiving.failures >= FAILURES_MAX {
            let hint = format!("what it sent failed verification {FAILURES_MAX} times");
            return Err(Fault::new(RefuseCode::Unverified, hint));
        }
        Ok(())
    }
}
