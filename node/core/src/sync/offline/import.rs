//! Taking a file: each frame is verified alone, as if the most hostile peer had sent it, and becomes work for the store.
//!
//! A file cannot be asked to begin elsewhere, so what is held already is passed by, and a feed that begins behind what is held
//! is refused. What one feed does wrong harms no other. Frames of one feed stand together, each feed once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use thiserror::Error;

use crate::feed::replica::ExtendError;
use crate::feed::tile::TILE_LEAVES;
use crate::feed::{Entry, FeedId, Hash, Lane, NodeId, SignedHead, TileIndex};
use crate::roster::{ChainError, RosterChain, SignedRoster};
use crate::sync::context::{Alarm, Context};
use crate::sync::effect::{Effect, Receipt, VerifiedBatch};
use crate::sync::limits::{BINDS_MAX, INDEX_HASHES_MAX, LIST_LEAVES_MAX};
use crate::sync::message::{FeedHandle, Frame};
use crate::sync::quota::Usage;
use crate::sync::receive::{DataError, Wanted};

/// A file being taken. For each frame: if [`OfflineImport::saves_before`] it, save first; then [`OfflineImport::take`] it. What
/// is to be saved comes out of [`OfflineImport::poll_effect`], and each effect is answered as a session's is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineImport {
    /// Who wrote the file, as it says of itself.
    writer: NodeId,
    seen: BTreeSet<FeedId>,
    current: Option<Taking>,
    chain: Option<RosterChain>,
    effects: VecDeque<Effect>,
    report: ImportReport,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// The roster version that it brought, if it was newer.
    pub roster_version: Option<u64>,
    /// Why its roster was refused, if it was.
    pub roster_refused: Option<String>,
    /// What became of each feed.
    pub feeds: BTreeMap<FeedId, FeedOutcome>,
    /// Entries that were saved.
    pub entries: u64,
}

/// What became of one feed of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedOutcome {
    /// All of it was here.
    Unchanged,
    /// It grew by so many entries; by none when only its head is new.
    Grew(u64),
    /// It is this node's own: the head was compared with what is stored.
    Own {
        /// The file holds more of it than this node, or another history.
        ahead: bool,
    },
    /// Nothing more of it was taken, and why.
    Refused(String),
}

/// A file that is none: nothing behind this place is read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// A frame that belongs to a conversation.
    #[error("the file holds a frame {0}, which only a conversation has")]
    Frame(&'static str),
    /// A frame of no feed.
    #[error("the file holds a frame {frame} of handle {handle}, expected the feed that was bound last")]
    Unbound {
        /// Which frame.
        frame: &'static str,
        /// The handle.
        handle: u32,
    },
    /// Nothing could be resumed behind it.
    #[error("the file holds feed {0} twice")]
    Twice(FeedId),
    /// More than anybody may read.
    #[error("the file holds more than {BINDS_MAX} feeds")]
    TooManyFeeds,
}

/// The feed whose frames come now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taking {
    handle: FeedHandle,
    feed: FeedId,
    /// `None` when the rest of its frames is passed by.
    wanted: Option<Wanted>,
    /// The leaf hashes of a tile that came ahead of it, while all its entries so far were held.
    hashes: Option<(u64, Vec<Hash>)>,
}

/// Why no more of a feed is taken.
enum Stop {
    /// What is left is held.
    Held,
    Data(DataError),
    Gap {
        from: u64,
        held: u64,
    },
}

impl From<DataError> for Stop {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Extend(ExtendError::Behind { .. } | ExtendError::Complete { .. }) => Self::Held,
            error => Self::Data(error),
        }
    }
}

type Step = Result<(), Stop>;

impl OfflineImport {
    /// Begins with a file that says to come from `writer`.
    #[must_use]
    pub fn new(writer: NodeId) -> Self {
        Self {
            writer,
            seen: BTreeSet::new(),
            current: None,
            chain: None,
            effects: VecDeque::new(),
            report: ImportReport::default(),
        }
    }

    /// What has come of it so far.
    #[must_use]
    pub const fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Whether what was taken must be saved before this frame can be judged: who is a member before anybody's keys, and keys
    /// before what they sign.
    #[must_use]
    pub fn saves_before(&self, frame: &Frame) -> bool {
        let lane = self.current.as_ref().map(|taking| taking.feed.lane);
        let begins = matches!(frame, Frame::Bind { feed, .. } if lane != Some(feed.lane));
        begins && !self.effects.is_empty()
    }

    /// The next piece of work on the store.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// When no file has such a frame in this place; what was taken before stays taken.
    pub fn take(&mut self, ctx: &mut Context, frame: Frame) -> Result<(), ImportError> {
        match frame {
            Frame::Roster { notes, .. } => {
                self.take_roster(ctx, notes);
                Ok(())
            }
            Frame::Bind { handle, feed } => self.bind(ctx, handle, feed),
            Frame::Have { handle, .. }
            | Frame::TileIndex { handle, .. }
            | Frame::Tile { handle, .. }
            | Frame::LiveList { handle, .. }
            | Frame::DeadTiles { handle, .. }
            | Frame::Batch { handle, .. } => self.take_of_feed(ctx, handle, frame),
            other => Err(ImportError::Frame(other.name())),
        }
    }

    /// A batch is saved.
    pub fn handle_stored(&mut self, ctx: &mut Context, receipt: &Receipt, new: u64) {
        let feed = receipt.feed();
        ctx.feed_changed(receipt.log.clone());
        if let Some(lane) = &receipt.lane
            && ctx.lane(feed.node).is_none_or(|held| held.size() < lane.size())
        {
            ctx.lane_changed(lane.clone());
        }
        self.report.entries += new;
        match self.report.feeds.get_mut(&feed) {
            Some(FeedOutcome::Grew(entries)) => *entries += new,
            Some(outcome @ FeedOutcome::Unchanged) => *outcome = FeedOutcome::Grew(new),
            _ => {}
        }
    }

    /// A batch was not saved because its owner would have more in use than it may.
    pub fn handle_stalled(&mut self, ctx: &mut Context, receipt: &Receipt, usage: Usage) {
        ctx.quotas.stall(receipt.feed(), usage);
        let reason = format!("its owner has {} records in use, and may not have more", usage.records);
        self.refuse(receipt.feed(), reason);
    }

    /// A batch was not saved because the store holds something else by now.
    pub fn handle_store_refused(&mut self, receipt: &Receipt) {
        self.refuse(receipt.feed(), "it grew here meanwhile: import the file again".to_owned());
    }

    /// A roster is saved.
    pub fn handle_roster_stored(&mut self, ctx: &mut Context, chain: RosterChain) {
        self.report.roster_version = Some(chain.roster().version);
        ctx.roster_changed(chain);
    }

    fn take_roster(&mut self, ctx: &mut Context, notes: Vec<SignedRoster>) {
        let mut chain = self.chain.clone().unwrap_or_else(|| ctx.chain().clone());
        let held = chain.roster().version;
        let mut accepted = Vec::new();
        for note in notes {
            match chain.accept(note.clone()) {
                Ok(next) if next == chain => continue,
                Ok(next) => chain = next,
                Err(ChainError::Rollback { .. } | ChainError::Stopped { .. }) => continue,
                Err(ChainError::Fork(fork)) => {
                    self.report.roster_refused = Some(ChainError::Fork(fork.clone()).to_string());
                    ctx.raise(Alarm::StewardFork(fork.clone()));
                    ctx.roster_changed(chain.stop(*fork));
                    return;
                }
                Err(error) => {
                    self.report.roster_refused = Some(error.to_string());
                    break;
                }
            }
            accepted.push(note);
        }
        if chain.roster().version > held {
            self.chain = Some(chain.clone());
            self.effects.push_back(Effect::StoreRoster(Box::new(chain), accepted));
        }
    }

    fn bind(&mut self, ctx: &Context, handle: FeedHandle, feed: FeedId) -> Result<(), ImportError> {
        if self.seen.len() >= BINDS_MAX {
            return Err(ImportError::TooManyFeeds);
        }
        if !self.seen.insert(feed) {
            return Err(ImportError::Twice(feed));
        }
        let own = ctx.is_own(feed);
        let refusal = refusal(ctx, feed);
        let takes = refusal.is_none() && !own;
        let wanted = takes.then(|| Wanted::new(ctx, feed, false));
        self.current = Some(Taking { handle, feed, wanted, hashes: None });
        let outcome = match refusal {
            _ if own => FeedOutcome::Own { ahead: false },
            Some(reason) => FeedOutcome::Refused(reason.to_owned()),
            None => FeedOutcome::Unchanged,
        };
        self.report.feeds.insert(feed, outcome);
        Ok(())
    }

    fn take_of_feed(
        &mut self,
        ctx: &mut Context,
        handle: FeedHandle,
        frame: Frame,
    ) -> Result<(), ImportError> {
        let current = self.current.as_mut().filter(|taking| taking.handle == handle);
        let unbound = ImportError::Unbound { frame: frame.name(), handle: handle.0 };
        let Taking { feed, wanted, hashes, .. } = current.ok_or(unbound)?;
        let feed = *feed;
        if ctx.is_own(feed) {
            self.compare_own(ctx, feed, &frame);
            return Ok(());
        }
        let Some(mut wanted) = wanted.take() else { return Ok(()) };
        let mut ahead = hashes.take();
        let step = self.step(ctx, &mut wanted, &mut ahead, frame);
        match step {
            Ok(()) => {
                let current = self.current.as_mut().expect("the feed is still the one bound last");
                (current.wanted, current.hashes) = (Some(wanted), ahead);
            }
            Err(Stop::Held) => {}
            Err(Stop::Gap { from, held }) => self.refuse(
                feed,
                format!(
                    "the file begins at entry {from}, but only {held} are held: export it for a new have file"
                ),
            ),
            Err(Stop::Data(error)) => self.refuse_data(ctx, feed, &error),
        }
        Ok(())
    }

    fn step(
        &mut self,
        ctx: &Context,
        wanted: &mut Wanted,
        ahead: &mut Option<(u64, Vec<Hash>)>,
        frame: Frame,
    ) -> Step {
        let before = wanted.log().clone();
        let held = before.frontier().size();
        let taken = match frame {
            Frame::Batch { from, mut entries, head, .. } => {
                let head = head.of(before.feed());
                let from = pass_by(from, &mut entries, held, head.head.size)?;
                wanted.take_batch(ctx, from, entries, &head)?
            }
            Frame::TileIndex { head, first_tile, tiles, edge, more, .. } => {
                let head = head.of(before.feed());
                let index = TileIndex::new(first_tile, tiles, edge);
                take_index(ctx, wanted, head, index, more)?
            }
            Frame::Tile { from, mut entries, mut leaf_hashes, .. } => {
                let tile = from / TILE_LEAVES;
                if leaf_hashes.is_empty() && from < held && entries.len() as u64 == TILE_LEAVES {
                    leaf_hashes = entries.iter().map(Entry::leaf_hash).collect();
                }
                if leaf_hashes.is_empty()
                    && let Some((_, hashes)) = ahead.take_if(|(of, _)| *of == tile)
                {
                    leaf_hashes = hashes;
                }
                let end = from + entries.len() as u64;
                if end <= held {
                    *ahead = (!leaf_hashes.is_empty()).then_some((tile, leaf_hashes));
                    return Ok(());
                }
                let from = pass_by(from, &mut entries, held, end)?;
                wanted.take_tile(ctx, from, entries, leaf_hashes)?
            }
            Frame::LiveList { index, entry, .. } if wanted.needs_no_list(index, &entry) => None,
            Frame::LiveList { index, entry, leaf_hashes, .. } => {
                wanted.take_list(index, &entry, leaf_hashes, LIST_LEAVES_MAX)?
            }
            Frame::DeadTiles { first, count, .. } => {
                let passed = (held / TILE_LEAVES).saturating_sub(first).min(count);
                if passed == count { None } else { wanted.take_dead_tiles(first + passed, count - passed)? }
            }
            // A head alone says nothing that could be taken.
            _ => None,
        };
        let Some((extended, entries)) = taken else { return Ok(()) };
        if extended.log != before {
            let lane = wanted.lane().cloned();
            let batch = VerifiedBatch { extended, entries, lane, handle: None, bytes: 0 };
            self.effects.push_back(Effect::Store(Box::new(batch)));
        }
        Ok(())
    }

    /// What somebody holds of this node, as this node signed it.
    fn compare_own(&mut self, ctx: &mut Context, feed: FeedId, frame: &Frame) {
        let (Frame::Have { head, .. } | Frame::Batch { head, .. } | Frame::TileIndex { head, .. }) = frame
        else {
            return;
        };
        let ahead = ctx.check_echo(&head.of(feed), self.writer);
        if let Some(FeedOutcome::Own { ahead: known }) = self.report.feeds.get_mut(&feed) {
            *known |= ahead;
        }
    }

    /// Entries that do not verify: the own copy is looked at as well, which may be the one that is broken. A fork is the
    /// owner's doing, and freezes the feed.
    fn refuse_data(&mut self, ctx: &mut Context, feed: FeedId, error: &DataError) {
        if let DataError::Extend(ExtendError::Fork(proof)) = error {
            if ctx.freeze(proof) {
                self.effects.push_back(Effect::StoreFork(proof.clone()));
            }
        } else if ctx.begin_check(feed) {
            self.effects.push_back(Effect::CheckCopy(feed));
        }
        self.refuse(feed, error.to_string());
    }

    fn refuse(&mut self, feed: FeedId, reason: String) {
        if let Some(taking) = self.current.as_mut().filter(|taking| taking.feed == feed) {
            taking.wanted = None;
        }
        self.report.feeds.insert(feed, FeedOutcome::Refused(reason));
    }
}

/// Why nothing of a feed is taken at all.
fn refusal(ctx: &Context, feed: FeedId) -> Option<&'static str> {
    if !ctx.is_shared(feed) {
        return Some("its owner is no member, or this node may not read it");
    }
    if ctx.is_frozen(feed) {
        return Some("its owner signed two histories, and it is frozen");
    }
    (feed.lane != Lane::Identity && ctx.lane(feed.node).is_none())
        .then_some("the identity lane of its owner is not held, so nothing tells whether it is true")
}

/// Passes by what is held. The index of the first entry that is left; when none is and the head says no more, all is held.
fn pass_by(from: u64, entries: &mut Vec<Entry>, held: u64, size: u64) -> Result<u64, Stop> {
    if size < held {
        return Err(Stop::Held);
    }
    let Some(overlap) = held.checked_sub(from) else { return Err(Stop::Gap { from, held }) };
    let overlap = usize::try_from(overlap).unwrap_or(usize::MAX).min(entries.len());
    entries.drain(..overlap);
    Ok(from + overlap as u64)
}

/// An index, less the tiles that are held.
fn take_index(
    ctx: &Context,
    wanted: &mut Wanted,
    head: SignedHead,
    mut index: TileIndex,
    more: bool,
) -> Result<Option<(crate::feed::Extended, Vec<Entry>)>, Stop> {
    let held = wanted.log().frontier().size();
    if head.head.size <= held {
        let from = pass_by(held, &mut Vec::new(), held, head.head.size)?;
        wanted.take_batch(ctx, from, Vec::new(), &head)?;
        return Err(Stop::Held);
    }
    let base = held / TILE_LEAVES;
    if wanted.index_hashes() == 0 && index.first_tile > base {
        return Err(Stop::Gap { from: index.first_tile * TILE_LEAVES, held });
    }
    if index.first_tile < base {
        let passed = usize::try_from(base - index.first_tile).unwrap_or(usize::MAX);
        if more && passed >= index.tiles.len() {
            return Ok(None);
        }
        index.tiles.drain(..passed.min(index.tiles.len()));
        index.first_tile = base;
    }
    let room = INDEX_HASHES_MAX.saturating_sub(wanted.index_hashes());
    Ok(wanted.take_index(ctx, head, index, more, room)?)
}
