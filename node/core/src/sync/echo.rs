//! The own-head echo: what peers hold of this node's own feeds, as it was signed.
//!
//! The context knows how much of each own feed is stored and the root over all of it, so it sees at once an echo that is
//! ahead, and another root at the same size. A smaller echo may belong to another history as well, for a cloned machine
//! signs from the same beginning: the store has the roots to compare it with, and gets it here.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::feed::{FeedId, NodeId, SignedHead};
use crate::sync::context::{Alarm, Context};

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
        let counts = self.verifier(signed).is_some_and(|verifier| verifier.check(signed).is_ok());
        if !counts || !self.is_own(feed) {
            return false;
        }
        let held = self.log(feed);
        let (size, root) = (held.frontier().size(), held.frontier().root());
        let ahead = signed.head.size > size || (signed.head.size == size && signed.head.root != root);
        if !ahead {
            self.echoes.wait(signed, peer, size);
        } else if self.echoes.alarmed.insert(feed) {
            self.raise(Alarm::OwnHeadAhead { held: Box::new(*signed), peer });
        }
        ahead
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
