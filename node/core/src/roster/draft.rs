//! The plain values of a roster version, as stewards edit them, and the rules every version must keep by itself.
//!
//! What a version must keep towards the one before it is in `verify`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use thiserror::Error;

use crate::domain::handle::Handle;
use crate::domain::item::{CATALOGUE_VERSION, CatalogueVersion};
use crate::feed::hash::Hash;
use crate::feed::id::{INTEGER_MAX, NodeId};
use crate::feed::key::PublicKey;
use crate::feed::note::SIGNATURES_MAX;
use crate::roster::name::Name;

/// The most stewards: the signatures of the old and the new set fit one note.
pub const STEWARDS_MAX: usize = SIGNATURES_MAX / 2;

/// A member of the federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub node: NodeId,
    /// How many live records it may hold, when more than everybody's.
    pub record_limit: Option<u64>,
}

/// A roster version that nobody has checked or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterDraft {
    /// The federation's name.
    pub name: Name,
    /// 1 for the first.
    pub version: u64,
    /// Hash of the text of the version before; none in the first.
    pub previous: Option<Hash>,
    /// When stewards should have signed another version, in whole seconds. Past it, the roster still counts but is shown as old.
    pub expires: Timestamp,
    /// How many stewards must sign the next version, and this one: a majority.
    pub threshold: usize,
    /// The version of the catalogue that members go by; `None` where stewards have not said.
    pub catalogue: Option<CatalogueVersion>,
    /// Who may sign rosters.
    pub stewards: BTreeMap<Handle, PublicKey>,
    /// Who belongs to the federation.
    pub members: BTreeMap<Handle, Member>,
}

/// A federation goes by another version of the catalogue than this program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "roster version {version} names catalogue version {named}, this program has {CATALOGUE_VERSION}: upgrade the older side, \
     or plans differ"
)]
pub struct OtherCatalogue {
    /// Of the roster.
    pub version: u64,
    /// What it names.
    pub named: CatalogueVersion,
}

/// A rule that a roster version breaks by itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RosterRule {
    /// Versions count from 1.
    #[error("version is {0}, expected 1 to {INTEGER_MAX}")]
    Version(u64),
    /// The first version follows nothing.
    #[error("version 1 names a previous version, expected none")]
    PreviousOfFirst,
    /// Every other version follows one.
    #[error("version {0} names no previous version")]
    NoPrevious(u64),
    /// The instant is too fine, or before anything could be signed.
    #[error("expiry {0} is not in whole seconds after 1970")]
    Expires(Timestamp),
    /// Too few or too many stewards.
    #[error("roster has {0} stewards, expected 1 to {STEWARDS_MAX}")]
    Stewards(usize),
    /// Less than a majority, or more than all.
    #[error("threshold is {threshold} of {stewards} stewards, expected a majority")]
    Threshold {
        /// As given.
        threshold: usize,
        /// How many stewards there are.
        stewards: usize,
    },
    /// One steward would count twice.
    #[error("stewards {0} and {1} have the same key")]
    SharedKey(Handle, Handle),
    /// One node would have two names.
    #[error("members {0} and {1} are the same node")]
    SharedNode(Handle, Handle),
    /// A limit that cannot be counted everywhere.
    #[error("member {handle} has limit {limit}, expected at most {INTEGER_MAX}")]
    Limit {
        /// Whose.
        handle: Handle,
        /// As given.
        limit: u64,
    },
}

impl RosterDraft {
    /// What is to be said where it names another version of the catalogue than this program has. Nothing stops: a node plans
    /// by its own, and plans say by which.
    #[must_use]
    pub fn other_catalogue(&self) -> Option<OtherCatalogue> {
        let named = self.catalogue.clone().filter(|version| !version.is_embedded())?;
        Some(OtherCatalogue { version: self.version, named })
    }

    pub(crate) fn check(&self) -> Result<(), RosterRule> {
        self.check_place()?;
        self.check_stewards()?;
        let over = |member: &Member| member.record_limit.filter(|limit| *limit > INTEGER_MAX);
        match self.members.iter().find_map(|(handle, member)| Some((handle, over(member)?))) {
            Some((handle, limit)) => Err(RosterRule::Limit { handle: handle.clone(), limit }),
            None => Ok(()),
        }
    }

    fn check_place(&self) -> Result<(), RosterRule> {
        match (self.version, self.previous) {
            (1, Some(_)) => return Err(RosterRule::PreviousOfFirst),
            (1, None) => {}
            (version, _) if !(1..=INTEGER_MAX).contains(&version) => {
                return Err(RosterRule::Version(version));
            }
            (version, None) => return Err(RosterRule::NoPrevious(version)),
            (_, Some(_)) => {}
        }
        if self.expires.subsec_nanosecond() != 0 || self.expires < Timestamp::UNIX_EPOCH {
            return Err(RosterRule::Expires(self.expires));
        }
        Ok(())
    }

    fn check_stewards(&self) -> Result<(), RosterRule> {
        let (threshold, stewards) = (self.threshold, self.stewards.len());
        if !(1..=STEWARDS_MAX).contains(&stewards) {
            return Err(RosterRule::Stewards(stewards));
        }
        if threshold > stewards || threshold * 2 <= stewards {
            return Err(RosterRule::Threshold { threshold, stewards });
        }
        let mut by_key = BTreeMap::new();
        for (handle, key) in &self.stewards {
            if let Some(other) = by_key.insert(key, handle) {
                return Err(RosterRule::SharedKey(other.clone(), handle.clone()));
            }
        }
        Ok(())
    }

    /// Handles by node id; one node has one handle.
    pub(crate) fn by_node(&self) -> Result<BTreeMap<NodeId, Handle>, RosterRule> {
        let mut by_node = BTreeMap::new();
        for (handle, member) in &self.members {
            if let Some(other) = by_node.insert(member.node, handle.clone()) {
                return Err(RosterRule::SharedNode(other, handle.clone()));
            }
        }
        Ok(by_node)
    }
}
