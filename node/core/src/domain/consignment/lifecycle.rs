//! How a consignment moves: planned, dispatched, arrived, closed, or one of the ways in which it does not get there.
//! How much may be in it is decided in [`agreement::shipment`](crate::domain::agreement::shipment).

use crate::domain::consignment::{Consignment, ConsignmentState, DocumentState, Event, EventType};
use crate::domain::list::List;
use crate::domain::text::Reason;
use crate::domain::time::Instant;
use crate::domain::transition::TransitionError;

type Step = Result<Consignment, TransitionError>;

impl Consignment {
    /// planned → dispatched, once every required document is ready or waived, or `waive` says why not.
    pub fn dispatch(&self, now: Instant, event: Event, waive: Option<Reason>) -> Step {
        if self.state != ConsignmentState::Planned {
            return Err(self.refuse("dispatch", "planned"));
        }
        let missing = self.documents.iter().find(|document| document.state == DocumentState::Required);
        if let (Some(document), None) = (missing, &waive) {
            return Err(TransitionError::DocumentMissing { document: document.document_type.as_str() });
        }
        let event = Event { event_type: EventType::Dispatched, ..event };
        let moved = self.with_event(now, event, waive.clone(), ConsignmentState::Dispatched)?;
        Ok(Self { documents_waived: waive, ..moved })
    }

    /// planned → cancelled.
    pub fn cancel(&self, now: Instant, reason: Reason) -> Step {
        if self.state != ConsignmentState::Planned {
            return Err(self.refuse("cancel", "planned; one that has left is returned, diverted or lost"));
        }
        let common = self.common.revised(now, Some(reason));
        Ok(Self { common, state: ConsignmentState::Cancelled, ..self.clone() })
    }

    /// Adds a fact; some facts are also steps.
    pub fn add_event(&self, now: Instant, event: Event) -> Step {
        use ConsignmentState::{Arrived, Closed, Dispatched, Diverted, Lost, Returned};
        let on_the_way = matches!(self.state, Dispatched | Arrived);
        let to = match (event.event_type, self.state) {
            (EventType::Dispatched | EventType::Cancelled, _) => {
                return Err(self.refuse("enter that event for", "the verbs dispatch and cancel"));
            }
            (EventType::Arrived, Dispatched) => Arrived,
            (EventType::Closed, Arrived) => Closed,
            (EventType::Returned, _) if on_the_way => Returned,
            (EventType::Diverted, _) if on_the_way => Diverted,
            (EventType::Lost, _) if on_the_way => Lost,
            (EventType::Arrived, _) => return Err(self.refuse("enter the arrival of", "dispatched")),
            (EventType::Closed, _) => return Err(self.refuse("close", "arrived")),
            (EventType::Returned | EventType::Diverted | EventType::Lost, _) => {
                return Err(self.refuse("enter that event for", "dispatched or arrived"));
            }
            (_, ConsignmentState::Cancelled) => {
                return Err(self.refuse("enter an event for", "a consignment that was not cancelled"));
            }
            (_, same) => same,
        };
        self.with_event(now, event, None, to)
    }

    fn with_event(&self, now: Instant, event: Event, reason: Option<Reason>, to: ConsignmentState) -> Step {
        let events = self.events.iter().cloned().chain([event]).collect();
        let events = List::new(events).map_err(|error| error.under("events"))?;
        Ok(Self { common: self.common.revised(now, reason), state: to, events, ..self.clone() })
    }

    pub(in crate::domain) fn refuse(&self, action: &'static str, expected: &'static str) -> TransitionError {
        TransitionError::State { action, record: "consignment", state: self.state.as_str(), expected }
    }
}
