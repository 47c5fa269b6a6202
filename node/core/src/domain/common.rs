//! What every record carries besides its identity: drill or not, who takes part, where it comes from, why it changed.

use crate::domain::field::FieldError;
use crate::domain::id::{LineId, Number, RecordId};
use crate::domain::list::List;
use crate::domain::money::Money;
use crate::domain::text::{Reason, Words};
use crate::domain::time::Instant;
use crate::domain::word::words;

/// The longest incident, scheme, source or similar short label, in characters.
pub const LABEL_CHARS_MAX: usize = 200;

/// The most parties of one record.
pub const PARTIES_MAX: usize = 50;

/// The most external ids of one record.
pub const EXTERNAL_IDS_MAX: usize = 16;

/// The most values of one record, such as one in each currency of its sources.
pub const VALUES_MAX: usize = 4;

/// The most lines that one value covers.
pub const COVERS_MAX: usize = 100;

/// The most records that one record names as belonging with it.
pub const RELATED_MAX: usize = 16;

/// The whole, in shares of one ten-thousandth.
pub const SHARE_WHOLE_E4: u32 = 10_000;

/// A short label.
pub type Label = Words<LABEL_CHARS_MAX>;

/// What is common to every record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Common {
    /// A drill. Fixed at the first revision; drills never match real records.
    pub exercise: bool,
    /// The call for help it belongs to.
    pub call: Option<RecordId>,
    /// The incident, such as a GLIDE number.
    pub incident: Option<Label>,
    /// Who takes part.
    pub parties: Parties,
    /// When the first revision was written, by the owner's clock; advisory, never used for order.
    pub created: Instant,
    /// When this revision was written, by the owner's clock; advisory, never used for order.
    pub updated: Instant,
    /// What others call it.
    pub external_ids: List<ExternalId, 0, EXTERNAL_IDS_MAX>,
    /// Where a third-hand fact comes from.
    pub source: Option<Source>,
    /// The record that this one takes over; only one of the two counts.
    pub continues: Option<RecordId>,
    /// Why this revision was written.
    pub reason: Option<Reason>,
    /// What its lines are worth together.
    pub values: List<Valuation, 0, VALUES_MAX>,
    /// Records that it serves or belongs with.
    pub related: List<RecordId, 0, RELATED_MAX>,
}

/// What several lines are worth together, where no value is known for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Valuation {
    /// How much.
    pub money: Money,
    /// Lines of the owner's own records; empty for all lines of this record.
    pub covers: List<LineId, 0, COVERS_MAX>,
}

words! {
    /// What a party does in a record.
    Role, "a role", {
        /// Gives.
        Donor = "donor",
        /// Asks.
        Requester = "requester",
        /// Acts for another.
        Agent = "agent",
        /// Advises.
        Adviser = "adviser",
        /// Approves.
        Approver = "approver",
        /// Buys.
        Procurer = "procurer",
        /// Carries.
        Carrier = "carrier",
        /// Stores and forwards.
        Logistics = "logistics",
        /// Clears customs.
        Customs = "customs",
        /// Answers questions.
        FocalPoint = "focal-point",
        /// Coordinates.
        Coordinator = "coordinator",
        /// Hosts.
        Host = "host",
        /// Pays.
        Funder = "funder",
    }
}

/// A party in a record, by the number of the owner's own party record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartyRole {
    /// The number of the party record at the same owner.
    pub party: Number,
    /// What it does.
    pub role: Role,
    /// Its share in ten-thousandths, where known.
    pub share: Option<Share>,
}

/// A share of 1 to [`SHARE_WHOLE_E4`] ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

/// Up to [`PARTIES_MAX`] parties, each role at most once a party, shares of one role at most the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parties(List<PartyRole, 0, PARTIES_MAX>);

/// A foreign identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalId {
    /// Whose numbering, such as `glide`.
    pub scheme: Label,
    /// The identifier there.
    pub value: Label,
}

/// Where a third-hand fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Who says so.
    pub name: Label,
    /// Page, address or paragraph.
    pub locator: Option<Label>,
    /// The day for which it was said.
    pub as_of: Option<Instant>,
}

impl Common {
    /// Nothing but the instants: what a record entered at the desk begins with.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            exercise: false,
            call: None,
            incident: None,
            parties: Parties::default(),
            created: now,
            updated: now,
            external_ids: List::default(),
            source: None,
            continues: None,
            reason: None,
            values: List::default(),
            related: List::default(),
        }
    }

    /// The same, written again now for this reason.
    #[must_use]
    pub fn revised(&self, now: Instant, reason: Option<Reason>) -> Self {
        Self { updated: now, reason, ..self.clone() }
    }
}

impl Share {
    /// Checks the bounds.
    pub fn new(share_e4: u32) -> Result<Self, FieldError> {
        if (1..=SHARE_WHOLE_E4).contains(&share_e4) {
            return Ok(Self(share_e4));
        }
        Err(FieldError::of(share_e4, format!("1 to {SHARE_WHOLE_E4} ten-thousandths")))
    }

    /// In ten-thousandths.
    #[must_use]
    pub fn e4(self) -> u32 {
        self.0
    }
}

impl Parties {
    /// Checks number, repetition and shares.
    pub fn new(parties: Vec<PartyRole>) -> Result<Self, FieldError> {
        let parties = List::<_, 0, PARTIES_MAX>::new(parties)?;
        for (i, one) in parties.iter().enumerate() {
            let before = &parties[..i];
            let same_role = || before.iter().filter(|p| p.role == one.role);
            let fault = |expected: &str| {
                let came = format!("party {} as {}", one.party, one.role);
                Err(FieldError::of(came, expected).under(&format!("[{i}]")))
            };
            if same_role().any(|p| p.party == one.party) {
                return fault("each party once in a role");
            }
            let shares: u32 = same_role().chain([one]).filter_map(|p| p.share).map(Share::e4).sum();
            if shares > SHARE_WHOLE_E4 {
                return fault("shares of one role that add up to at most 10000");
            }
        }
        Ok(Self(parties))
    }

    /// The parties in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[PartyRole] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_one_role_add_up_to_at_most_the_whole() {
        let party = |number, role, share| PartyRole {
            party: Number::new(number).unwrap(),
            role,
            share: Some(Share::new(share).unwrap()),
        };
        let (donor, funder) = (Role::Donor, Role::Funder);
        assert!(
            Parties::new(vec![party(1, donor, 6_000), party(2, donor, 4_000), party(1, funder, 10_000)])
                .is_ok()
        );
        let over = Parties::new(vec![party(1, donor, 6_000), party(2, donor, 4_001)]).unwrap_err();
        assert_eq!(over.path, "[1]");
        let twice = Parties::new(vec![party(1, donor, 1), party(1, donor, 1)]).unwrap_err();
        assert_eq!(twice.to_string(), "[1] is \"party 1 as donor\", expected each party once in a role");
        assert!(Share::new(0).is_err() && Share::new(10_001).is_err());
    }
}
