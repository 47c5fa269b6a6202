//! The own-head echo: what peers hold of this node's own feeds, as it was signed.
//!
//! The context knows how much of each own feed is stored and the root over all of it, so it sees at once an echo that is
//! ahead, and another root at the same size. A smaller echo may belong to another history as well, for a cloned machine
//! signs from the same beginning: the store has the roots to compare it with, and gets it here.
//!
//! A database from before an epoch began does not know the key by which the echo is signed, and could take it for a lie. So who
//! holds a later epoch than the first tells the owner of its own identity lane, as of any feed, and the owner reads that lane from
//! the beginning: inception and recovery keys prove it, whatever was forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::feed::{Epoch, FeedId, Lane, NodeId, SignedHead};
use crate::sync::context::{Alarm, Context};
use crate::sync::message::{FeedHandle, Frame, WantMode};
use crate::sync::receive::{Taken, Wanted};
use crate::sync::session::{Fault, Session};

/// What is known of echoes. One head waits and two sizes are remembered for each member and own feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Echoes {
    alarmed: BTreeSet<FeedId>,
    waiting: BTreeMap<(NodeId, FeedId), SignedHead>,
    /// Up to which size a peer's copy was handed over. A copy has no gaps, so that one that agreed there agrees before.
    compared: BTreeMap<(NodeId, FeedId), u64>,
    /// How much of each own feed each peer holds, by its own word.
    held: BTreeMap<(NodeId, FeedId), u64>,
}

impl Context {
    /// Heads of own feeds that peers hold and that are smaller than what is stored: to be compared with the stored
    /// history. Each was signed by this node's key, and comes once for each size that a peer's copy reaches.
    pub fn take_echoes(&mut self) -> Vec<SignedHead> {
        mem::take(&mut self.echoes.waiting).into_values().collect()
    }

    /// How many members are known to hold each own feed up to its newest entry. They said so when a session began, or when
    /// they had saved what this node sent them; of who has it from others nothing is known.
    #[must_use]
    pub fn holders(&self) -> BTreeMap<FeedId, u32> {
        let own = self.feeds().filter(|log| self.is_own(log.feed()) && log.frontier().size() > 0);
        let mut holders: BTreeMap<FeedId, u32> = own.map(|log| (log.feed(), 0)).collect();
        let roster = self.chain().roster();
        for ((peer, feed), size) in &self.echoes.held {
            if let Some(count) = holders.get_mut(feed)
                && *size >= self.size(*feed)
                && roster.handle_of(peer).is_some()
            {
                *count += 1;
            }
        }
        holders
    }

    /// A peer that proved who it is says how much it holds of an own feed; what it says last counts.
    pub(super) fn holds(&mut self, peer: NodeId, feed: FeedId, size: u64) {
        if self.is_own(feed) && self.held(feed).is_some() {
            self.echoes.held.insert((peer, feed), size);
        }
    }

    /// A peer is about to say anew what it holds.
    pub(super) fn holds_nothing(&mut self, peer: NodeId) {
        self.echoes.held.retain(|(holder, _), _| *holder != peer);
    }

    /// Looks at an own head as a peer holds it. One that this node's key did not sign is passed by, or any peer could
    /// silence the node. True when the peer's is ahead.
    pub(super) fn check_echo(&mut self, signed: &SignedHead, peer: NodeId) -> bool {
        let feed = signed.head.feed;
        if !self.is_signed(signed) || !self.is_own(feed) {
            return false;
        }
        let held = self.log(feed);
        let (size, root) = (held.frontier().size(), held.frontier().root());
        let ahead = signed.head.size > size || (signed.head.size == size && signed.head.root != root);
        if !ahead {
            self.echoes.wait(signed, peer, size);
        } else {
            self.is_behind(signed, peer);
        }
        ahead
    }

    /// An own head that its lane has proven. What was told before may have been a lie about a lane that is known here.
    fn take_proven(&mut self, signed: &SignedHead, peer: NodeId) {
        if self.is_signed(signed) {
            self.check_echo(signed, peer);
        } else {
            self.is_behind(signed, peer);
        }
    }

    /// A peer holds what this node signed and does not know.
    fn is_behind(&mut self, signed: &SignedHead, peer: NodeId) {
        if self.echoes.alarmed.insert(signed.head.feed) {
            self.raise(Alarm::OwnHeadAhead { held: Box::new(*signed), peer });
        }
    }

    /// Whether its owner signed it, by a key that is known here.
    fn is_signed(&self, signed: &SignedHead) -> bool {
        self.verifier(signed).is_some_and(|verifier| verifier.check(signed).is_ok())
    }
}

impl Session {
    /// Tells the peer of its own identity lane, if that is the feed and has a later epoch than the first.
    pub(super) fn echo_identity(&mut self, ctx: &Context, feed: FeedId) {
        let owner = self.peer().filter(|peer| ctx.identity_feed(*peer) == feed);
        if owner.and(ctx.head(feed)).is_some_and(|signed| signed.head.epoch > Epoch::FIRST) {
            self.announcing.echo(feed);
        }
    }

    /// The peer holds this much of an own feed. Of an identity lane under a key that is not known here the whole is asked for, once.
    pub(super) fn take_own_have(&mut self, ctx: &mut Context, peer: NodeId, signed: &SignedHead) {
        let feed = signed.head.feed;
        if feed.lane != Lane::Identity || ctx.is_signed(signed) {
            ctx.check_echo(signed, peer);
            return;
        }
        let remote = self.receiving.remotes.get_mut(&feed).expect("every handle has its feed");
        if mem::replace(&mut remote.was_wanted, true) {
            return;
        }
        remote.want = Some(Wanted::whole(feed));
        let (handle, epoch) = (remote.handle, signed.head.epoch);
        self.queue.push_back(Frame::Want { handle, epoch, from: 0, mode: WantMode::Live });
    }

    /// Entries of the own identity lane that were asked for. They are not kept: they show that this database has forgotten some.
    pub(super) fn take_own_lane(
        &mut self,
        ctx: &mut Context,
        feed: FeedId,
        handle: FeedHandle,
        taken: Taken,
    ) -> Result<(), Fault> {
        let peer = self.peer.as_ref().expect("an open session has a peer").node;
        match taken {
            Ok(Some((extended, _))) if extended.log.target().is_none() => {
                self.give_up(ctx, feed);
                extended.log.head().into_iter().for_each(|head| ctx.take_proven(head, peer));
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                self.give_up(ctx, feed);
                self.blame(ctx, feed, handle, error.to_string())
            }
        }
    }
}

impl Echoes {
    /// Keeps a smaller head until the store has compared it; the larger one of two stays.
    fn wait(&mut self, signed: &SignedHead, peer: NodeId, stored: u64) {
        let key = (peer, signed.head.feed);
        let compared = self.compared.entry(key).or_default();
        if signed.head.size < stored && signed.head.size > *compared {
            *compared = signed.head.size;
            self.waiting.insert(key, *signed);
        }
    }
}
