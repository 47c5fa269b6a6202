//! Report: a third-hand statement with source and as-of date. Two may disagree, and both stay.

use crate::domain::common::{Common, Label};
use crate::domain::id::RecordId;
use crate::domain::list::List;
use crate::domain::message::ABOUT_MAX;
use crate::domain::place::Place;
use crate::domain::publication::Publication;
use crate::domain::quantity::Measure;
use crate::domain::text::{Description, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;

/// One revision of a report. `common.source` says who says so; without one it is no report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Report {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: Publication,
    /// What it is about.
    pub subject: Label,
    /// What is said.
    pub statement: Description,
    /// Where.
    pub place: Option<Place>,
    /// When it happened, as reported; apart from the day for which it was said.
    pub happened: When,
    /// A figure, where it states one.
    pub figure: Option<Figure>,
    /// Records that it speaks about.
    pub about: List<RecordId, 0, ABOUT_MAX>,
}

/// A figure that a report states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure {
    /// What was measured, such as `cases`.
    pub metric: Label,
    /// How much.
    pub measure: Measure,
    /// In which unit, in the source's words.
    pub unit: Option<Label>,
}

impl Report {
    /// draft → published.
    pub fn publish(&self, now: Instant) -> Result<Self, TransitionError> {
        let state = self.state.publish("report")?;
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
        let state = self.state.retract("report", own, by)?;
        Ok(Self { common: self.common.revised(now, Some(reason)), state, ..self.clone() })
    }
}
