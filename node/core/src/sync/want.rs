//! What the peer holds, and what this node wants of it.
//!
//! Of each feed one session at a time is the upstream. A feed is wanted when the peer holds more, its owner is a member whose
//! identity lane reaches the head's epoch and whose key signed the head, and nobody else brings it.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::feed::{FeedId, ForkProof, HeadError, Lane, NodeId, ReplicaLog, SignedHead};
use crate::sync::announce::unknown;
use crate::sync::context::{Claimed, Context, feeds_of};
use crate::sync::credit::Grant;
use crate::sync::effect::{Effect, Receipt};
use crate::sync::limits::{
    BINDS_MAX, INDEX_HASHES_MAX, LIST_LEAVES_MAX, UNPROVEN_PATIENCE, UPSTREAM_DOUBT, UPSTREAM_PATIENCE,
};
use crate::sync::message::{BareHead, FeedHandle, Frame, RefuseCode, WantMode};
use crate::sync::moment::Moment;
use crate::sync::receive::Wanted;
use crate::sync::session::{Fault, Session};
use crate::sync::status::Lacking;

/// What the peer holds, and what is on its way from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receiving {
    pub(super) remotes: BTreeMap<FeedId, Remote>,
    handles: BTreeMap<FeedHandle, FeedId>,
    pub(super) grant: Grant,
    pub(super) failures: u32,
    durable: BTreeMap<FeedHandle, u64>,
    /// Feeds whose owners went too fast, and until when they wait.
    held_back: BTreeMap<FeedId, Moment>,
    /// Feeds that another session should bring of which nothing is heard, and when they are looked at again.
    doubts: BTreeSet<FeedId>,
    doubt_at: Option<Moment>,
    pub(super) pong: Option<u64>,
}

/// One feed as the peer announced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) handle: FeedHandle,
    pub(super) head: Option<BareHead>,
    pub(super) want: Option<Wanted>,
    /// It was wanted at some time, so that entries may still be on their way.
    pub(super) was_wanted: bool,
    /// Refused when this much was held here; until the peer announces a head anew, or the copy here is found damaged.
    pub(super) refused: Option<u64>,
    /// The owner's signature under the head was checked.
    proven: bool,
    /// Since when the peer has had more, and nobody has brought it.
    behind: Option<Moment>,
    /// Since when the peer has had more.
    lacking: Option<Moment>,
}

/// What the keys held here say of an announced head.
enum Standing {
    /// Its owner signed it.
    Signed,
    /// An identity lane whose keys are among the entries that it covers: only they will show.
    Unproven,
    /// There is no key yet, or the feed does not belong here.
    NotYet,
    /// Its owner did not sign it.
    Forged(HeadError),
}

impl Receiving {
    pub(super) const fn new(credit_bytes: u64) -> Self {
        Self {
            remotes: BTreeMap::new(),
            handles: BTreeMap::new(),
            grant: Grant::new(credit_bytes),
            failures: 0,
            durable: BTreeMap::new(),
            held_back: BTreeMap::new(),
            doubts: BTreeSet::new(),
            doubt_at: None,
            pong: None,
        }
    }

    /// The peer names a feed.
    pub(super) fn bind(&mut self, handle: FeedHandle, feed: FeedId) -> Result<(), Fault> {
        if self.remotes.len() >= BINDS_MAX {
            return Err(Fault::new(RefuseCode::Limit, format!("more than {BINDS_MAX} binds")));
        }
        if handle.0 == 0 || self.remotes.contains_key(&feed) || self.handles.contains_key(&handle) {
            return Err(Fault::malformed(format!("handle {} or its feed is bound already", handle.0)));
        }
        self.handles.insert(handle, feed);
        let remote = Remote {
            handle,
            head: None,
            want: None,
            was_wanted: false,
            refused: None,
            proven: false,
            behind: None,
            lacking: None,
        };
        self.remotes.insert(feed, remote);
        Ok(())
    }

    /// The feed that a handle of the peer names.
    pub(super) fn feed(&self, handle: FeedHandle) -> Result<FeedId, Fault> {
        self.handles.get(&handle).copied().ok_or_else(|| unknown(handle))
    }

    /// Feeds that the peer has named, the most urgent first.
    pub(super) fn feeds(&self) -> Vec<FeedId> {
        let mut feeds: Vec<FeedId> = self.remotes.keys().copied().collect();
        feeds.sort_by_key(|feed| feed.priority());
        feeds
    }

    /// Feeds of one owner that the peer has named, the most urgent first.
    fn feeds_of(&self, node: NodeId) -> Vec<FeedId> {
        let mut feeds: Vec<FeedId> = self.remotes.range(feeds_of(node)).map(|(feed, _)| *feed).collect();
        feeds.sort_by_key(|feed| feed.priority());
        feeds
    }

    /// Feeds of which the peer announced entries that are not stored here.
    pub(super) fn lacking(&self, ctx: &Context) -> impl Iterator<Item = Lacking> {
        self.remotes.iter().filter_map(move |(feed, remote)| {
            let announced = remote.head.filter(|_| ctx.is_shared(*feed))?.size;
            let entries = announced.checked_sub(ctx.size(*feed)).filter(|entries| *entries > 0)?;
            Some(Lacking { feed: *feed, entries, since: remote.lacking? })
        })
    }

    /// Hashes that may still be held in tile indexes.
    pub(super) fn index_room(&self) -> usize {
        let held: usize =
            self.remotes.values().filter_map(|remote| remote.want.as_ref()).map(Wanted::index_hashes).sum();
        INDEX_HASHES_MAX.saturating_sub(held)
    }

    /// Leaves of which live lists may still speak.
    pub(super) fn list_room(&self, feed: FeedId) -> u64 {
        let others = self.remotes.iter().filter(|(other, _)| **other != feed);
        let held = others.filter_map(|(_, remote)| remote.want.as_ref()).map(Wanted::list_leaves);
        LIST_LEAVES_MAX.saturating_sub(held.sum())
    }

    /// Notes that the stored copy covers what the peer announced, or does not.
    pub(super) fn note_lack(&mut self, feed: FeedId, lacks: bool, now: Moment) {
        if let Some(remote) = self.remotes.get_mut(&feed) {
            remote.lacking = lacks.then(|| remote.lacking.unwrap_or(now));
        }
    }

    /// Whether the stored copy does not cover what the peer announced of a feed.
    pub(super) fn lacks(&self, ctx: &Context, feed: FeedId) -> bool {
        let head = self.remotes.get(&feed).and_then(|remote| remote.head);
        head.is_some_and(|head| says_more(&head, ctx.held(feed)))
    }

    /// Whether a head that may be wanted is neither covered here nor known from the peer.
    pub(super) fn is_news(&self, ctx: &Context, feed: FeedId, head: &BareHead) -> bool {
        let known = self.remotes.get(&feed).and_then(|remote| remote.head);
        known.is_none_or(|known| known.place() < head.place())
            && says_more(head, ctx.held(feed))
            && may_want(ctx, feed)
            && matches!(standing(ctx, feed, head), Standing::Signed)
    }

    /// The head of a data frame says what the peer holds, as Have does.
    pub(super) fn hear_head(&mut self, feed: FeedId, head: BareHead) {
        if let Some(remote) = self.remotes.get_mut(&feed)
            && remote.head.is_none_or(|known| known.place() < head.place())
        {
            (remote.head, remote.proven) = (Some(head), false);
        }
    }

    /// When the next feed that is held back may go on, or those in doubt are to be looked at.
    pub(super) fn resume_at(&self) -> Option<Moment> {
        self.held_back.values().copied().chain(self.doubt_at).min()
    }

    /// The feed is to be looked at again soon.
    fn doubt(&mut self, feed: FeedId, now: Moment) {
        self.doubts.insert(feed);
        self.doubt_at.get_or_insert_with(|| now.plus(UPSTREAM_DOUBT));
    }

    /// A batch is saved: the peer will hear so, and may send as much again.
    pub(super) fn acknowledge(&mut self, receipt: &Receipt) {
        self.grant.settle(receipt.bytes);
        if let Some(handle) = receipt.handle {
            self.durable.insert(handle, receipt.log.frontier().size());
        }
    }

    /// Credit, what is durable, a sign of life: each is one frame, however much has gathered.
    pub(super) fn next_answer(&mut self) -> Option<Frame> {
        if let Some(bytes) = self.grant.next() {
            return Some(Frame::Credit { bytes });
        }
        if let Some((handle, size)) = self.durable.pop_first() {
            return Some(Frame::Durable { handle, size });
        }
        self.pong.take().map(|nonce| Frame::Pong { nonce })
    }
}

impl Session {
    /// The peer holds this much of a feed.
    pub(super) fn take_have(
        &mut self,
        ctx: &mut Context,
        now: Moment,
        handle: FeedHandle,
        head: BareHead,
        compared: bool,
    ) -> Result<(), Fault> {
        let feed = self.receiving.feed(handle)?;
        let peer = self.peer.as_ref().expect("an open session has a peer").node;
        if ctx.is_own(feed) {
            self.take_own_have(ctx, peer, &head.of(feed));
            return Ok(());
        }
        if compared {
            self.note_drift(ctx, feed, &head);
        }
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        remote.proven &= remote.head == Some(head);
        (remote.head, remote.refused) = (Some(head), None);
        if let Some(held) = ctx.head(feed).copied() {
            self.take_fork(ctx, held, head.of(feed));
        }
        self.reconsider(ctx, now, feed)
    }

    /// Two heads that may contradict each other.
    pub(super) fn take_fork(&mut self, ctx: &mut Context, left: SignedHead, right: SignedHead) {
        if left.head.root == right.head.root || !ctx.is_shared(left.head.feed) {
            return;
        }
        let Some(owner) = ctx.verifier(&left) else { return };
        if let Ok(proof) = ForkProof::new(left, right, &owner) {
            self.freeze(ctx, proof);
        }
    }

    pub(super) fn freeze(&mut self, ctx: &mut Context, proof: ForkProof) {
        if ctx.freeze(&proof) {
            self.effects.push_back(Effect::StoreFork(Box::new(proof)));
        }
    }

    /// Something about a feed has changed here or there: want it, or want it no more.
    pub(super) fn reconsider(&mut self, ctx: &mut Context, now: Moment, feed: FeedId) -> Result<(), Fault> {
        self.note_lack(ctx, feed);
        self.consider(ctx, now, feed)?;
        if feed.lane == Lane::Identity {
            // Keys have come: what they sign can be read now.
            for feed in self.receiving.feeds_of(feed.node) {
                self.consider(ctx, now, feed)?;
            }
        }
        Ok(())
    }

    /// Looks through everything the peer holds: upstreams that have fallen silent are replaced.
    pub(super) fn review(&mut self, ctx: &mut Context, now: Moment) -> Result<(), Fault> {
        self.receiving.feeds().into_iter().try_for_each(|feed| self.consider(ctx, now, feed))
    }

    /// Wants no more of a feed whose owner goes too fast, until it has waited. Nothing is lost: what piles up comes then.
    pub(super) fn hold_back(&mut self, ctx: &mut Context, feed: FeedId, now: Moment) {
        if let Some(until) = ctx.quotas.waits_until(feed.node, now) {
            self.receiving.held_back.insert(feed, until);
            self.give_up(ctx, feed);
        }
    }

    /// Feeds that have waited long enough go on, and those in doubt are looked at.
    pub(super) fn resume_in_time(&mut self, ctx: &mut Context, now: Moment) -> Result<(), Fault> {
        let ready: Vec<FeedId> =
            self.receiving.held_back.extract_if(.., |_, until| *until <= now).map(|(feed, _)| feed).collect();
        let doubts =
            self.receiving.doubt_at.take_if(|at| *at <= now).map(|_| mem::take(&mut self.receiving.doubts));
        let doubtful = doubts.into_iter().flatten();
        ready.into_iter().chain(doubtful).try_for_each(|feed| self.consider(ctx, now, feed))
    }

    /// The peer has not what it announced.
    pub(super) fn take_unavailable(&mut self, ctx: &mut Context, handle: FeedHandle) -> Result<(), Fault> {
        let feed = self.receiving.feed(handle)?;
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        (remote.want, remote.head) = (None, None);
        self.note_lack(ctx, feed);
        ctx.release(feed, self.id);
        Ok(())
    }

    /// Wants nothing more of a feed for now; what is on its way is thrown away.
    pub(super) fn give_up(&mut self, ctx: &mut Context, feed: FeedId) {
        if let Some(remote) = self.receiving.remotes.get_mut(&feed)
            && remote.want.take().is_some()
        {
            self.queue.push_back(Frame::Unwant { handle: remote.handle });
        }
        ctx.release(feed, self.id);
    }

    fn consider(&mut self, ctx: &mut Context, now: Moment, feed: FeedId) -> Result<(), Fault> {
        let Some(remote) = self.receiving.remotes.get(&feed).filter(|_| !ctx.is_own(feed)) else {
            return Ok(());
        };
        if remote.want.is_some() && !ctx.is_upstream(feed, self.id) {
            self.give_up(ctx, feed);
        }
        let remote = self.receiving.remotes.get_mut(&feed).expect("looked up above");
        let Some(head) = remote.head else { return Ok(()) };
        let size = ctx.size(feed);
        if remote.refused.is_some_and(|held| size < held) {
            remote.refused = None;
        }
        if remote.want.is_some() || remote.refused.is_some() || !says_more(&head, ctx.held(feed)) {
            remote.behind = None;
            return Ok(());
        }
        let standing = if remote.proven { Standing::Signed } else { standing(ctx, feed, &head) };
        let patience = match standing {
            Standing::Signed => UPSTREAM_PATIENCE,
            Standing::Unproven => UNPROVEN_PATIENCE,
            Standing::NotYet => return Ok(()),
            Standing::Forged(error) => return self.refuse_head(ctx, feed, &error),
        };
        remote.proven = patience == UPSTREAM_PATIENCE;
        if let Some(until) = ctx.quotas.waits_until(feed.node, now) {
            self.receiving.held_back.insert(feed, until);
            return Ok(());
        }
        let behind = *remote.behind.get_or_insert(now);
        if !may_want(ctx, feed) {
            return Ok(());
        }
        match ctx.claim(feed, self.id, behind, now, patience) {
            Claimed::Yes => {}
            Claimed::No => return Ok(()),
            Claimed::Doubtful => {
                self.receiving.doubt(feed, now);
                return Ok(());
            }
        }
        let remote = self.receiving.remotes.get_mut(&feed).expect("looked up above");
        let (handle, epoch, from) = (remote.handle, head.epoch, size);
        remote.want = Some(Wanted::new(ctx, feed, remote.was_wanted));
        remote.was_wanted = true;
        self.queue.push_back(Frame::Want { handle, epoch, from, mode: WantMode::Live });
        Ok(())
    }

    /// A head that its owner did not sign: whoever believed it would wait for entries that nobody has, while others have some.
    fn refuse_head(&mut self, ctx: &mut Context, feed: FeedId, error: &HeadError) -> Result<(), Fault> {
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        let (handle, size) = (remote.handle, remote.head.take().map_or(0, |head| head.size));
        self.blame(ctx, feed, handle, format!("a head of {size} entries: {error}"))
    }
}

/// Whether a head covers more than the copy, or is signed in a later epoch.
fn says_more(head: &BareHead, log: Option<&ReplicaLog>) -> bool {
    let held = log.and_then(ReplicaLog::head).map(|signed| (signed.head.epoch, signed.head.size));
    let size = log.map_or(0, |log| log.frontier().size());
    head.size > size || (head.size == size && held < Some((head.epoch, head.size)))
}

/// What is known of the head's signature. Heads of feeds that do not belong here are not worth a look.
fn standing(ctx: &Context, feed: FeedId, head: &BareHead) -> Standing {
    if !ctx.is_shared(feed) {
        return Standing::NotYet;
    }
    let signed = head.of(feed);
    match ctx.verifier(&signed).map(|owner| owner.check(&signed)) {
        Some(Ok(())) => Standing::Signed,
        Some(Err(error)) => Standing::Forged(error),
        None if feed.lane == Lane::Identity => Standing::Unproven,
        None => Standing::NotYet,
    }
}

/// Whether the feed belongs here and goes on.
fn may_want(ctx: &Context, feed: FeedId) -> bool {
    ctx.is_shared(feed) && !ctx.is_frozen(feed) && !ctx.quotas.is_stalled(feed)
}
