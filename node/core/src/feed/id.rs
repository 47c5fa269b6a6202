//! Who and what a feed belongs to: federation, node, audience, lane, epoch.

use std::fmt;

use thiserror::Error;

use crate::feed::hash::{Hash, bytes32};

/// The largest number, revision, size or time anywhere in a feed: 2^53 − 1, which every partner's language,
/// also those that count in floating point, represents exactly.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

bytes32! {
    /// A federation: SHA-256 of the text of its first roster version. Two federations may share a name, never this.
    FederationId, "federation id"
}

bytes32! {
    /// A node: SHA-256 of `quince/node/v1\n` and its inception bytes.
    NodeId, "node id"
}

bytes32! {
    /// Who may read a feed: the whole federation or one of its groups.
    AudienceId, "audience id"
}

impl AudienceId {
    /// The audience of every member.
    #[must_use]
    pub const fn federation(federation: &FederationId) -> Self {
        Self(federation.0)
    }
}

impl From<Hash> for FederationId {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl From<Hash> for NodeId {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

/// The reign of one signing key of a node. Trees and sizes go on across epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch the inception begins.
    pub const FIRST: Self = Self(1);

    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The urgency of a feed. The numbers are signed as part of the origin; a smaller number travels first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Everything about the node itself: inception, profile, endpoints, TLS keys, epoch starts.
    Identity = 0,
    /// Promises: requisitions, commitments, consignments, receipts.
    Ledger = 1,
    /// Records that cannot wait.
    Urgent = 2,
    /// Records of everyday.
    Normal = 3,
    /// Catalogue additions, imports, knowledge.
    Bulk = 4,
}

/// A number that names no lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("lane {0} is unknown, expected 0 to 4")]
pub struct LaneError(pub u64);

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Ledger, Self::Urgent, Self::Normal, Self::Bulk];

    /// The lane's number, as signed and stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The lane's name, for logs and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Ledger => "ledger",
            Self::Urgent => "urgent",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }
}

impl TryFrom<u64> for Lane {
    type Error = LaneError;

    fn try_from(number: u64) -> Result<Self, LaneError> {
        Self::ALL.into_iter().find(|lane| u64::from(lane.number()) == number).ok_or(LaneError(number))
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One log with one writer: what a node says to an audience in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId {
    /// The owner, the only one who may append.
    pub node: NodeId,
    /// Who may read.
    pub audience: AudienceId,
    /// How urgent it is.
    pub lane: Lane,
}

impl FeedId {
    /// The key to sort by when feeds compete for a link: the most urgent lane first, then as identifiers.
    #[must_use]
    pub const fn priority(self) -> (Lane, Self) {
        (self.lane, self)
    }
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.node, self.audience, self.lane.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_keep_their_numbers_and_their_order_of_urgency() {
        assert_eq!(Lane::ALL.map(Lane::number), [0, 1, 2, 3, 4]);
        for lane in Lane::ALL {
            assert_eq!(Lane::try_from(u64::from(lane.number())), Ok(lane));
        }
        assert_eq!(Lane::try_from(5), Err(LaneError(5)));
        assert_eq!(Lane::try_from(256), Err(LaneError(256)));
    }

    #[test]
    fn a_more_urgent_lane_goes_first_whoever_owns_it() {
        let feed = |node: u8, lane| FeedId { node: NodeId([node; 32]), audience: AudienceId([0; 32]), lane };
        let mut feeds = [feed(1, Lane::Bulk), feed(2, Lane::Ledger), feed(1, Lane::Ledger)];
        feeds.sort_by_key(|feed| feed.priority());
        assert_eq!(feeds, [feed(1, Lane::Ledger), feed(2, Lane::Ledger), feed(1, Lane::Bulk)]);
    }
}
