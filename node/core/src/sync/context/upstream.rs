//! The one session that brings a feed: who is it, and when another takes its place.

use std::time::Duration;

use super::{Context, SessionId};
use crate::feed::FeedId;
use crate::sync::limits::UPSTREAM_DOUBT;
use crate::sync::moment::Moment;

/// The session that brings a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upstream {
    pub(super) session: SessionId,
    pub(super) heard: Moment,
    /// How long it may bring nothing.
    patience: Duration,
    /// When it was last asked for a sign of life.
    asked: Option<Moment>,
}

/// What came of a claim to bring a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) enum Claimed {
    /// The session brings it.
    Yes,
    /// Another one does.
    No,
    /// Another one should, and nothing has been heard of it since there is more: to be looked at again soon.
    Doubtful,
}

impl Context {
    /// Makes the session the feed's upstream, if it has none, or one that has brought nothing for long although there
    /// has been more since `behind`, or one that gives no sign of life. The owner's own session need not wait for another
    /// to fail: whoever stands between may only have said that it holds something.
    pub(in crate::sync) fn claim(
        &mut self,
        feed: FeedId,
        session: SessionId,
        behind: Moment,
        now: Moment,
        patience: Duration,
    ) -> Claimed {
        let from_owner = self.peers.get(&session).is_some_and(|link| link.peer == feed.node);
        let other = self.held_mut(feed).upstream.filter(|other| other.session != session && !from_owner);
        let claimed = other.map_or(Claimed::Yes, |other| self.weigh(other, behind, now));
        match claimed {
            Claimed::Yes => {
                self.held_mut(feed).upstream = Some(Upstream { session, heard: now, patience, asked: None });
            }
            Claimed::Doubtful if now.since(behind) >= UPSTREAM_DOUBT => self.doubt(feed, now),
            Claimed::Doubtful | Claimed::No => {}
        }
        claimed
    }

    /// Whether another session may take the place of this one.
    fn weigh(&self, upstream: Upstream, behind: Moment, now: Moment) -> Claimed {
        let Upstream { session, heard, patience, asked } = upstream;
        let lives = self.peers.get(&session).map_or(heard, |link| link.heard);
        let is_mute = asked.is_some_and(|asked| lives < asked && now.since(asked) >= UPSTREAM_DOUBT);
        if is_mute || now.since(heard.max(behind)) >= patience {
            Claimed::Yes
        } else if lives < behind {
            Claimed::Doubtful
        } else {
            Claimed::No
        }
    }

    /// Asks the feed's upstream for a sign of life, unless it owes one.
    fn doubt(&mut self, feed: FeedId, now: Moment) {
        let Some(upstream) = self.feeds.get_mut(&feed).and_then(|held| held.upstream.as_mut()) else {
            return;
        };
        let lives = self.peers.get(&upstream.session).map_or(upstream.heard, |link| link.heard);
        if upstream.asked.is_none_or(|asked| asked <= lives) {
            upstream.asked = Some(now);
            self.changes.doubted.insert(upstream.session);
        }
    }

    pub(in crate::sync) fn is_upstream(&self, feed: FeedId, session: SessionId) -> bool {
        let upstream = self.feeds.get(&feed).and_then(|held| held.upstream);
        upstream.is_some_and(|upstream| upstream.session == session)
    }

    /// The session is not the feed's upstream any more; another may be.
    pub(in crate::sync) fn release(&mut self, feed: FeedId, session: SessionId) {
        if self.is_upstream(feed, session) {
            self.held_mut(feed).upstream = None;
            self.changes.feeds.insert(feed);
        }
    }
}
