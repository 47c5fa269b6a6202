//! What the office needs of the network: to knock at another node's door, and to know who is connected. The
//! composition implements it over replication, which the office does not see.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use quince_core::domain::{Handle, Instant};
use quince_core::feed::{Entry, FeedId, SignedHead};
use quince_core::roster::{Inception, Invitation, SignedRoster};

use crate::office::view::LagView;

/// An answer that takes a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, NetworkError>> + Send + 'a>>;

/// The network as the office uses it.
pub trait Network: Send + Sync {
    /// Proves an invitation at the steward's node and brings back what a newcomer needs to know.
    fn join<'a>(&'a self, invitation: &'a Invitation, inception: &'a Inception) -> Answer<'a, Welcome>;

    /// Asks the steward's node whether the newcomer has been admitted: the whole roster once it has.
    fn admission<'a>(
        &'a self,
        invitation: &'a Invitation,
        inception: &'a Inception,
    ) -> Answer<'a, Option<Vec<SignedRoster>>>;

    /// How replication is.
    fn replication(&self) -> Answer<'_, ReplicationView>;

    /// Roster, membership or pinned peers changed in the store: look again whom to reach.
    fn membership_changed(&self);
}

/// A node's identity lane as its owner signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLane {
    /// The head over all entries.
    pub head: SignedHead,
    /// Every entry, from the inception on.
    pub entries: Vec<Entry>,
}

/// What a steward's node tells a newcomer whose proof was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The roster from version 1 on.
    pub rosters: Vec<SignedRoster>,
    /// The identity lane of the steward's node.
    pub steward: SignedLane,
}

/// How replication is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplicationView {
    /// The sessions that run or are being tried.
    pub sessions: Vec<SessionView>,
    /// Where this node lags behind what was announced to it.
    pub lag: Vec<LagView>,
    /// How many members are known to hold each own feed up to its newest entry.
    pub held_by: BTreeMap<FeedId, u32>,
}

/// A session with a peer, or the attempt at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Which member.
    pub handle: Handle,
    /// It runs.
    pub connected: bool,
    /// This node dialled.
    pub outbound: bool,
    /// The other end.
    pub address: Option<String>,
    /// Since when it runs, or since when it does not.
    pub since: Option<Instant>,
    /// Entries that the peer announced and this node does not hold.
    pub behind: u64,
    /// The same lane by lane, where there are any.
    pub lag: Vec<LagView>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Why the network gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkError {
    /// The other node answered, and the answer is no.
    pub refused: bool,
    /// What happened, in one line.
    pub message: String,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NetworkError {}
