//! Partnership: a standing relation of two parties. It counts in matching only when both nodes publish it.

use crate::domain::common::{Common, Label};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::text::{Description, Names, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;
use crate::domain::word::words;

words! {
    /// Where a partnership stands.
    PartnershipState, "a state of a partnership", {
        /// It holds.
        Active = "active",
        /// It is over.
        Ended = "ended",
    }
}

/// One revision of a partnership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partnership {
    /// What every record carries; its parties are those of the owner's side.
    pub common: Common,
    /// Where it stands.
    pub state: PartnershipState,
    /// What it is called.
    pub title: Names,
    /// What it is, in full.
    pub description: Description,
    /// The other side.
    pub partner: Partner,
    /// Since when it holds.
    pub since: When,
}

/// The other side of a partnership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partner {
    /// A node's city itself.
    City(Handle),
    /// A party of a node.
    Party(RecordId),
    /// One who runs no node, as the owner names it.
    Named(Label),
}

impl Partnership {
    /// active → ended.
    pub fn end(&self, now: Instant, reason: Reason) -> Result<Self, TransitionError> {
        if self.state != PartnershipState::Active {
            let (action, record, state) = ("end", "partnership", self.state.as_str());
            return Err(TransitionError::State { action, record, state, expected: "active" });
        }
        let common = self.common.revised(now, Some(reason));
        Ok(Self { common, state: PartnershipState::Ended, ..self.clone() })
    }

    /// The node of the other side, if it runs one.
    #[must_use]
    pub fn partner_node(&self) -> Option<&Handle> {
        match &self.partner {
            Partner::City(handle) => Some(handle),
            Partner::Party(party) => Some(&party.owner),
            Partner::Named(_) => None,
        }
    }
}
