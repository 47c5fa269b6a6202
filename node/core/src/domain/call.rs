//! Call: an open invitation that gathers needs and offers under one heading. Records join it by naming it.

use crate::domain::common::Common;
use crate::domain::item::ItemCode;
use crate::domain::list::List;
use crate::domain::place::Place;
use crate::domain::text::{Description, Names, Reason};
use crate::domain::time::{Instant, When};
use crate::domain::transition::TransitionError;
use crate::domain::word::words;

/// The most items that a call asks for: as many as a record has lines.
pub const CALL_ITEMS_MAX: usize = 100;

words! {
    /// Where a call stands.
    CallState, "a state of a call", {
        /// Whoever can help is asked to.
        Open = "open",
        /// Nothing more is gathered; what was gathered stays.
        Closed = "closed",
    }
}

/// One revision of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: CallState,
    /// What it is called.
    pub title: Names,
    /// What it is, in full.
    pub description: Description,
    /// Whom it is to help; `None` for nobody in particular.
    pub for_place: Option<Place>,
    /// From when until when it is open.
    pub open: When,
    /// What it asks for; empty for anything.
    pub items: List<ItemCode, 0, CALL_ITEMS_MAX>,
}

impl Call {
    /// open → closed.
    pub fn close(&self, now: Instant, reason: Option<Reason>) -> Result<Self, TransitionError> {
        if self.state != CallState::Open {
            let (action, record, state) = ("close", "call", self.state.as_str());
            return Err(TransitionError::State { action, record, state, expected: "open" });
        }
        Ok(Self { common: self.common.revised(now, reason), state: CallState::Closed, ..self.clone() })
    }
}
