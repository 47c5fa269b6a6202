//! Message: a word of support, thanks or a statement. No match consumes it.

use crate::domain::common::{Common, Label};
use crate::domain::id::RecordId;
use crate::domain::list::List;
use crate::domain::publication::Publication;
use crate::domain::text::{Description, LANGUAGES_MAX, Language, Names, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;
use crate::domain::word::words;

/// The most addressees of a message.
pub const ADDRESSEES_MAX: usize = 50;

/// The most records that a publication is about.
pub const ABOUT_MAX: usize = 50;

/// Languages in which something can be had.
pub type Languages = List<Language, 0, { 2 * LANGUAGES_MAX }>;

words! {
    /// What sort of message.
    MessageType, "a message type", {
        /// Support and solidarity.
        Support = "support",
        /// Gratitude: evidence that something arrived, and no word of how much.
        Thanks = "thanks",
        /// A statement.
        Statement = "statement",
        /// What somebody means to do; nothing is promised by it.
        Intent = "intent",
    }
}

/// One revision of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: Publication,
    /// What sort.
    pub message_type: MessageType,
    /// In one line.
    pub title: Names,
    /// In full.
    pub text: Description,
    /// To whom: handles of nodes, or names of those who run none.
    pub addressees: List<Label, 0, ADDRESSEES_MAX>,
    /// What it is about, such as consignments that are acknowledged.
    pub about: List<RecordId, 0, ABOUT_MAX>,
    /// When it was said.
    pub said: When,
    /// Where it can be seen or heard.
    pub locator: Option<Label>,
    /// Languages in which it can be had beyond the texts here.
    pub languages: Languages,
}

impl Message {
    /// draft → published.
    pub fn publish(&self, now: Instant) -> Result<Self, TransitionError> {
        let state = self.state.publish("message")?;
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
        let state = self.state.retract("message", own, by)?;
        Ok(Self { common: self.common.revised(now, Some(reason)), state, ..self.clone() })
    }

    /// Whether it is published thanks for this record.
    #[must_use]
    pub fn thanks_for(&self, record: &RecordId) -> bool {
        self.state == Publication::Published
            && self.message_type == MessageType::Thanks
            && self.about.contains(record)
    }
}
