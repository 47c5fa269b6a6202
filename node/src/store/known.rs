//! What the writer knows from the transaction before, so that a change asks the database for less: each statement is a way to
//! another thread and back.
//!
//! There is one writer at a time, and whoever has the turn has this with it. It begins empty, is filled by what is read, and
//! is put back by a commit alone: what a transaction that was dropped believed is forgotten with it. Processes beside the node
//! write tokens only, of which nothing is kept here.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::domain::{Handle, Instant};
use quince_core::feed::{AudienceId, FeedId, NodeId};
use quince_core::sync::Usage;

use super::change::LAST_CHANGED;
use super::conn::on;
use super::error::StoreError;
use super::feed::{FeedState, NEXT_CHANGE_NO};
use super::meta::Origin;
use super::roster::MemberRow;
use super::row::Place;
use super::write::WriteTx;

/// Feeds that are kept in mind, of half a kilobyte each: those that grow, and not all that there are.
const FEEDS_MAX: usize = 256;

/// As of the transaction's last statement. What is absent is not known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Who appends.
    pub(super) origin: Option<Origin>,
    /// The next number of this node's one sequence.
    pub(super) next_number: Option<u64>,
    /// The newest change of a record.
    changed: Option<i64>,
    /// The newest change of a head.
    change_no: Option<u64>,
    /// Members, present or past. There are as many as rosters ever named.
    members: BTreeMap<NodeId, MemberRow>,
    /// What members have in use.
    pub(super) usage: BTreeMap<Handle, Usage>,
    /// Feeds as they stand.
    feeds: BTreeMap<FeedId, FeedState>,
    /// Owners of whose live lists none waits for its effect.
    settled: BTreeSet<(NodeId, AudienceId)>,
    /// A feed was written by something else than its growth, in this transaction.
    rewritten: bool,
}

impl Known {
    /// Rosters may say anything else about a member.
    pub(super) fn roster_changed(&mut self) {
        self.members.clear();
    }

    /// The row of a feed is written by something else than [`Known::feed_grew`].
    pub(super) fn feed_changed(&mut self, id: &FeedId) {
        self.feeds.remove(id);
        self.feed_rewritten();
    }

    /// What is kept of a feed changed without a new head, or by more than growing.
    pub(super) fn feed_rewritten(&mut self) {
        self.rewritten = true;
    }

    /// Everything is forgotten: what was believed did not happen.
    pub(super) fn forget(&mut self) {
        *self = Self { rewritten: true, ..Self::default() };
    }

    /// Whether feeds changed in another way than by growing, which the next transaction is not told.
    pub(super) fn take_rewritten(&mut self) -> bool {
        std::mem::take(&mut self.rewritten)
    }

    /// The row of a feed is what this says, if it was known before.
    pub(super) fn feed_grew(&mut self, after: FeedState) {
        if let Some(feed) = self.feeds.get_mut(&after.id) {
            *feed = after;
        }
    }

    /// A list of this feed's owner may wait for its effect from now on.
    pub(super) fn list_came(&mut self, of: &FeedId) {
        self.settled.remove(&(of.node, of.audience));
    }

    /// No list of this feed's owner waits for its effect.
    pub(super) fn lists_are_settled(&mut self, of: &FeedId) {
        self.settled.insert((of.node, of.audience));
    }

    pub(super) fn has_settled_lists(&self, of: &FeedId) -> bool {
        self.settled.contains(&(of.node, of.audience))
    }
}

impl WriteTx {
    /// Who appends.
    pub(super) async fn known_origin(&mut self) -> Result<Origin, StoreError> {
        if let Some(origin) = &self.known.origin {
            return Ok(origin.clone());
        }
        let origin = self.origin().await?;
        self.known.origin = Some(origin.clone());
        Ok(origin)
    }

    /// The member that is a node.
    pub(super) async fn known_member(&mut self, node: NodeId) -> Result<Option<MemberRow>, StoreError> {
        if let Some(member) = self.known.members.get(&node) {
            return Ok(Some(member.clone()));
        }
        let member = self.member_by_node(node).await?;
        self.known.members.extend(member.iter().map(|member| (node, member.clone())));
        Ok(member)
    }

    /// A feed, created when nothing of it was ever held.
    pub(super) async fn known_feed(
        &mut self,
        id: FeedId,
        own: bool,
        now: Instant,
    ) -> Result<FeedState, StoreError> {
        if let Some(feed) = self.known.feeds.get(&id) {
            return Ok(feed.clone());
        }
        let feed = self.feed_or_new(id, own, now).await?;
        if self.known.feeds.len() >= FEEDS_MAX {
            self.known.feeds.clear();
        }
        self.known.feeds.insert(id, feed.clone());
        Ok(feed)
    }

    /// What a member has in use.
    pub(super) async fn known_usage(&mut self, owner: &Handle) -> Result<Usage, StoreError> {
        if let Some(usage) = self.known.usage.get(owner) {
            return Ok(*usage);
        }
        let usage = self.usage(owner).await?;
        self.known.usage.insert(owner.clone(), usage);
        Ok(usage)
    }

    /// The newest change of a record, or the going of one.
    pub(super) async fn newest_change(&mut self) -> Result<i64, StoreError> {
        let newest = match self.known.changed {
            Some(newest) => newest,
            None => on!(&mut self.conn, db => sqlx::query_scalar(LAST_CHANGED).fetch_one(db))?,
        };
        self.known.changed = Some(newest);
        Ok(newest)
    }

    /// Records have changed, up to this change.
    pub(super) fn changed_to(&mut self, newest: i64) -> Result<(), StoreError> {
        self.known.changed = Some(newest);
        let newest = Place::new("record", "the last change").unsigned("changed", newest)?;
        self.progress.changed = self.progress.changed.max(newest);
        Ok(())
    }

    /// The number of the next change of a head.
    pub(super) async fn next_change_no(&mut self) -> Result<u64, StoreError> {
        let next = match self.known.change_no {
            Some(newest) => newest + 1,
            None => {
                let next: i64 = on!(&mut self.conn, db => sqlx::query_scalar(NEXT_CHANGE_NO).fetch_one(db))?;
                Place::new("feed", "the next change").unsigned("change_no", next)?
            }
        };
        self.known.change_no = Some(next);
        Ok(next)
    }

    /// An own record has this number: the sequence goes on behind it.
    pub(super) fn number_taken(&mut self, number: u64) {
        if let Some(next) = &mut self.known.next_number {
            *next = (*next).max(number + 1);
        }
    }
}
