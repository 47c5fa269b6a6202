//! The one session that brings a feed: who is it, and when another takes its place.

use std::time::Duration;

use super::{Context, SessionId};
use crate::feed::FeedId;
use crate::sync::moment::Moment;

/// The session that brings a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upstream {
    pub(super) session: SessionId,
    pub(super) heard: Moment,
    /// How long it may bring nothing.
    patience: Duration,
}

impl Context {
    /// Makes the session the feed's upstream, if it has none, or one that has brought nothing for long although there
    /// has been more since `behind`. The owner's own session need not wait for another to fail: whoever stands between
    /// may only have said that it holds something.
    pub(in crate::sync) fn claim(
        &mut self,
        feed: FeedId,
        session: SessionId,
        behind: Moment,
        now: Moment,
        patience: Duration,
    ) -> bool {
        let from_owner = self.peers.get(&session).is_some_and(|link| link.peer == feed.node);
        let upstream = &mut self.held_mut(feed).upstream;
        let taken = upstream.is_some_and(|other| {
            let other_serves =
                other.session != session && now.since(other.heard.max(behind)) < other.patience;
            other_serves && !from_owner
        });
        if !taken {
            *upstream = Some(Upstream { session, heard: now, patience });
        }
        !taken
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
