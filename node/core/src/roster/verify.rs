//! The chain of roster versions, by the rules of The Update Framework: strictly sequential, each version signed by a
//! threshold of the stewards before and after it, never back.
//!
//! Pure: accepting a version returns the next chain. Expiry is shown, never a reason to refuse.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::handle::Handle;
use crate::feed::hash::Hash;
use crate::feed::id::{FederationId, NodeId};
use crate::roster::signed::SignedRoster;
use crate::roster::version::Roster;

/// The versions accepted so far: the latest, the one before it, and every handle ever given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterChain {
    federation: FederationId,
    previous: Option<SignedRoster>,
    latest: SignedRoster,
    nodes: BTreeMap<Handle, NodeId>,
    handles: BTreeMap<NodeId, Handle>,
    fork: Option<Box<StewardFork>>,
}

/// Two valid versions of one number: a proof of misconduct by a threshold of stewards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StewardFork {
    first: SignedRoster,
    second: SignedRoster,
}

/// Which stewards were asked for their signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StewardSet {
    /// Those of the version before.
    Old,
    /// Those of the version itself.
    New,
}

/// Why a version was not accepted. The chain stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// Not the federation this chain belongs to.
    #[error("roster version 1 founds federation {found}, expected {expected}")]
    OtherFederation {
        /// What its text hashes to.
        found: Hash,
        /// The chain's federation.
        expected: FederationId,
    },
    /// A chain begins with version 1.
    #[error("chain begins with roster version {0}, expected 1")]
    NotFirst(u64),
    /// An older version than the one held.
    #[error("roster version {offered} is older than version {held}, which is held")]
    Rollback {
        /// Version offered.
        offered: u64,
        /// Version held.
        held: u64,
    },
    /// A version is missing in between.
    #[error("roster version {offered} does not follow version {held}, expected version {}", held + 1)]
    Skipped {
        /// Version offered.
        offered: u64,
        /// Version held.
        held: u64,
    },
    /// The version follows another history.
    #[error("roster version {version} follows {found}, expected {expected}")]
    Previous {
        /// Version offered.
        version: u64,
        /// The text it follows.
        found: Hash,
        /// The text held.
        expected: Hash,
    },
    /// Too few stewards signed.
    #[error(
        "roster version {version} is signed by {found} of the {set:?} stewards, expected at least {threshold}"
    )]
    Signatures {
        /// Version offered.
        version: u64,
        /// Which stewards.
        set: StewardSet,
        /// How many signed.
        found: usize,
        /// How many must.
        threshold: usize,
    },
    /// A signature under a steward's key that does not verify.
    #[error("signature of steward {steward} under roster version {version} does not verify")]
    BadSignature {
        /// Version offered.
        version: u64,
        /// Whose key.
        steward: Handle,
    },
    /// A handle belongs to its first node for ever.
    #[error("handle {handle} is given to node {found}, but belongs to {bound}")]
    HandleReused {
        /// The handle.
        handle: Handle,
        /// The node in this version.
        found: NodeId,
        /// The node it was first given to.
        bound: NodeId,
    },
    /// A node keeps its handle for ever.
    #[error("node {node} is renamed to {found}, but is {bound}")]
    Renamed {
        /// The node.
        node: NodeId,
        /// The handle in this version.
        found: Handle,
        /// Its handle.
        bound: Handle,
    },
    /// Two valid versions of one number exist.
    #[error("stewards signed two different rosters of version {}", .0.version())]
    Fork(Box<StewardFork>),
    /// The chain ended with a fork.
    #[error("this chain stopped at version {held}: stewards signed two different rosters of the next")]
    Stopped {
        /// The last common version.
        held: u64,
    },
}

impl RosterChain {
    /// Begins with version 1 of a federation whose id is known, from an invitation or because it was founded here.
    ///
    /// # Errors
    /// When it is not that federation's first version, or not signed by its own stewards.
    pub fn begin(federation: FederationId, first: SignedRoster) -> Result<Self, ChainError> {
        let roster = first.roster();
        if roster.version != 1 {
            return Err(ChainError::NotFirst(roster.version));
        }
        if FederationId::from(roster.hash()) != federation {
            return Err(ChainError::OtherFederation { found: roster.hash(), expected: federation });
        }
        check_signers(&federation, &first, roster, StewardSet::New)?;
        let (nodes, handles) = (BTreeMap::new(), BTreeMap::new());
        let mut chain = Self { federation, previous: None, latest: first, nodes, handles, fork: None };
        chain.bind();
        Ok(chain)
    }

    /// The chain after one more version; the same chain when it is the version held.
    ///
    /// # Errors
    /// When the version breaks a rule of the chain, and with a [`StewardFork`] when it is valid but another
    /// version of its number was accepted before: then [`RosterChain::stop`] is due.
    pub fn accept(&self, offered: SignedRoster) -> Result<Self, ChainError> {
        let (held, version) = (self.roster().version, offered.roster().version);
        if self.fork.is_some() {
            return Err(ChainError::Stopped { held });
        }
        if version < held {
            return Err(ChainError::Rollback { offered: version, held });
        }
        if version == held {
            return self.compare(offered);
        }
        if version != held + 1 {
            return Err(ChainError::Skipped { offered: version, held });
        }
        check_successor(&self.federation, self.roster(), &offered)?;
        self.check_names(offered.roster())?;
        let mut chain = Self { previous: Some(self.latest.clone()), latest: offered, ..self.clone() };
        chain.bind();
        Ok(chain)
    }

    /// The chain stopped at the last version before the fork: it accepts nothing any more.
    #[must_use]
    pub fn stop(&self, fork: StewardFork) -> Self {
        let mut chain = self.clone();
        if fork.version() == self.roster().version
            && let Some(previous) = chain.previous.take()
        {
            chain.latest = previous;
        }
        chain.fork = Some(Box::new(fork));
        chain
    }

    /// The federation's id.
    #[must_use]
    pub const fn federation(&self) -> FederationId {
        self.federation
    }

    /// The version in force.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        self.latest.roster()
    }

    /// The version in force with its signatures, as given to peers.
    #[must_use]
    pub const fn signed(&self) -> &SignedRoster {
        &self.latest
    }

    /// Why the chain stopped, if it did.
    #[must_use]
    pub fn fork(&self) -> Option<&StewardFork> {
        self.fork.as_deref()
    }

    /// Another roster of the version held: the same, invalid, or a proof of misconduct.
    fn compare(&self, offered: SignedRoster) -> Result<Self, ChainError> {
        let (found, expected) = (offered.roster().hash(), self.roster().hash());
        if found == expected {
            return Ok(self.clone());
        }
        let Some(previous) = &self.previous else {
            return Err(ChainError::OtherFederation { found, expected: self.federation });
        };
        check_successor(&self.federation, previous.roster(), &offered)?;
        Err(ChainError::Fork(Box::new(StewardFork::new(self.latest.clone(), offered))))
    }

    fn check_names(&self, roster: &Roster) -> Result<(), ChainError> {
        for (handle, member) in &roster.members {
            let (node, found) = (member.node, member.node);
            if let Some(&bound) = self.nodes.get(handle).filter(|bound| **bound != node) {
                return Err(ChainError::HandleReused { handle: handle.clone(), found, bound });
            }
            if let Some(bound) = self.handles.get(&node).filter(|bound| *bound != handle) {
                return Err(ChainError::Renamed { node, found: handle.clone(), bound: bound.clone() });
            }
        }
        Ok(())
    }

    /// Remembers the latest version's handles for ever.
    fn bind(&mut self) {
        for (handle, member) in &self.latest.roster().members {
            self.nodes.insert(handle.clone(), member.node);
            self.handles.insert(member.node, handle.clone());
        }
    }
}

impl StewardFork {
    /// Keeps the two in the order of their hashes, so that everybody holds the same evidence.
    fn new(a: SignedRoster, b: SignedRoster) -> Self {
        let in_order = a.roster().hash() < b.roster().hash();
        let (first, second) = if in_order { (a, b) } else { (b, a) };
        Self { first, second }
    }

    /// The version both claim to be.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.first.roster().version
    }

    /// The two rosters, the smaller hash first.
    #[must_use]
    pub const fn rosters(&self) -> (&SignedRoster, &SignedRoster) {
        (&self.first, &self.second)
    }
}

fn check_successor(
    federation: &FederationId,
    held: &Roster,
    offered: &SignedRoster,
) -> Result<(), ChainError> {
    let roster = offered.roster();
    let found = roster.previous.expect("every version but the first names one");
    if found != held.hash() {
        return Err(ChainError::Previous { version: roster.version, found, expected: held.hash() });
    }
    check_signers(federation, offered, held, StewardSet::Old)?;
    check_signers(federation, offered, roster, StewardSet::New)
}

/// Whether enough of the stewards whom `judges` names signed the offered version.
fn check_signers(
    federation: &FederationId,
    offered: &SignedRoster,
    judges: &Roster,
    set: StewardSet,
) -> Result<(), ChainError> {
    let (version, threshold) = (offered.roster().version, judges.threshold);
    let found = offered
        .count_signers(federation, &judges.stewards)
        .map_err(|steward| ChainError::BadSignature { version, steward })?;
    if found < threshold {
        return Err(ChainError::Signatures { version, set, found, threshold });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
