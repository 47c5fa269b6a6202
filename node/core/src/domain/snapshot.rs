//! One revision of a record together with what the feed says about it: who wrote it, which revision, who may see it.

use crate::domain::field::FieldError;
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, LineNumber, RecordId, Revision};
use crate::domain::text::Words;

/// The longest name of a group, in characters.
pub const GROUP_CHARS_MAX: usize = 31;

/// Who may see a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// It never leaves its node.
    Private,
    /// A named group of members.
    Group(Words<GROUP_CHARS_MAX>),
    /// Every member.
    Federation,
}

/// A complete revision, valid alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Snapshot<T> {
    /// Which record; its owner wrote this.
    pub id: RecordId,
    /// Which revision.
    pub revision: Revision,
    /// Who may see it.
    pub audience: Audience,
    /// What it says.
    pub record: T,
}

impl<T> Snapshot<T> {
    /// The node that wrote it.
    #[must_use]
    pub fn owner(&self) -> &Handle {
        &self.id.owner
    }

    /// The full name of one of its lines.
    #[must_use]
    pub fn line_id(&self, line: LineNumber) -> LineId {
        self.id.line(line)
    }

    /// The next revision of the same record; fails when the record has used up its revisions.
    pub fn revised(&self, record: T) -> Result<Self, FieldError> {
        let revision = self.revision.next();
        let revision =
            revision.ok_or_else(|| FieldError::of(self.revision, "a record with revisions left"))?;
        Ok(Self { id: self.id.clone(), revision, audience: self.audience.clone(), record })
    }

    /// The same frame around something else.
    #[must_use]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Snapshot<U> {
        Snapshot { id: self.id, revision: self.revision, audience: self.audience, record: f(self.record) }
    }
}
