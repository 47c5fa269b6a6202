//! How far a record is that is published rather than agreed on: a message, a piece of knowledge, a report.

use crate::domain::field::FieldError;
use crate::domain::id::RecordId;
use crate::domain::transition::TransitionError;

/// Where a publication stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publication {
    /// Being written; private.
    Draft,
    /// To be read by its audience.
    Published,
    /// Another record took its place.
    Superseded {
        /// The record that stays.
        by: RecordId,
    },
    /// Taken back.
    Retracted,
}

impl Publication {
    /// The word for it, without the record that took its place.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Superseded { .. } => "superseded",
            Self::Retracted => "retracted",
        }
    }

    /// draft → published. `record` names the family in a refusal.
    pub fn publish(&self, record: &'static str) -> Result<Self, TransitionError> {
        match self {
            Self::Draft => Ok(Self::Published),
            _ => Err(self.refuse("publish", record, "draft")),
        }
    }

    /// published → retracted, or → superseded by a record that is not this one (`own`).
    pub fn retract(
        &self,
        record: &'static str,
        own: &RecordId,
        by: Option<RecordId>,
    ) -> Result<Self, TransitionError> {
        match (self, by) {
            (Self::Published, Some(by)) if by == *own => {
                Err(FieldError::of(by, "another record").under("superseded_by").into())
            }
            (Self::Published, Some(by)) => Ok(Self::Superseded { by }),
            (Self::Published | Self::Draft, None) => Ok(Self::Retracted),
            _ => Err(self.refuse("retract", record, "published")),
        }
    }

    fn refuse(&self, action: &'static str, record: &'static str, expected: &'static str) -> TransitionError {
        TransitionError::State { action, record, state: self.as_str(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RecordId {
        text.parse().unwrap()
    }

    #[test]
    fn a_publication_moves_forward_only_and_never_takes_its_own_place() {
        let (own, other) = (id("yuxi/3"), id("yuxi/4"));
        let superseded = Publication::Superseded { by: other.clone() };
        let states = [Publication::Draft, Publication::Published, superseded.clone(), Publication::Retracted];
        let publishes = states.clone().map(|state| state.publish("message").is_ok());
        assert_eq!(publishes, [true, false, false, false]);
        let retracts = states.clone().map(|state| state.retract("message", &own, None).is_ok());
        assert_eq!(retracts, [true, true, false, false]);
        let supersedes = states.map(|state| state.retract("message", &own, Some(other.clone())).ok());
        assert_eq!(supersedes, [None, Some(superseded), None, None]);
        let itself = Publication::Published.retract("message", &own, Some(own.clone())).unwrap_err();
        assert_eq!(itself.to_string(), "superseded_by is \"yuxi/3\", expected another record");
    }
}
