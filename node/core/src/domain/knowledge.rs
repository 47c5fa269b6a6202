//! Knowledge: a practice, training module, document or directory entry. No match consumes it.

use crate::domain::common::{Common, Label};
use crate::domain::id::RecordId;
use crate::domain::list::List;
use crate::domain::message::Languages;
use crate::domain::publication::Publication;
use crate::domain::text::{Description, Names, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;
use crate::domain::word::words;

/// The most topics of a piece of knowledge.
pub const TOPICS_MAX: usize = 20;

words! {
    /// What sort of knowledge.
    KnowledgeType, "a type of knowledge", {
        /// A practice that worked somewhere.
        Practice = "practice",
        /// Training.
        Training = "training",
        /// A document.
        Document = "document",
        /// A directory or map of who does what.
        Directory = "directory",
    }
}

/// One revision of a piece of knowledge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Knowledge {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: Publication,
    /// What sort.
    pub knowledge_type: KnowledgeType,
    /// In one line.
    pub title: Names,
    /// In full.
    pub description: Description,
    /// Where it can be had.
    pub locator: Option<Label>,
    /// In which languages.
    pub languages: Languages,
    /// What it is about.
    pub topics: List<Label, 0, TOPICS_MAX>,
    /// When it came out.
    pub published: When,
}

impl Knowledge {
    /// draft → published.
    pub fn publish(&self, now: Instant) -> Result<Self, TransitionError> {
        let state = self.state.publish("knowledge")?;
        Ok(Self { common: self.common.revised(now, None), state, ..self.clone() })
    }

    /// Takes it back, or lets another take its place.
    pub fn retract(
        &self,
        now: Instant,
        own: &RecordId,
        by: Option<RecordId>,
        reason: Reason,
    ) -> Result<Self, TransitionError> {
        let state = self.state.retract("knowledge", own, by)?;
        Ok(Self { common: self.common.revised(now, Some(reason)), state, ..self.clone() })
    }
}
