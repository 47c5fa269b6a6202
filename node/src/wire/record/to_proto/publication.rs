//! What is published rather than agreed on: partnerships, calls, messages, knowledge, reports.

use quince_core::domain::partnership::Partner;
use quince_core::domain::report::Figure;
use quince_core::domain::{Call, Handle, Knowledge, Message, Partnership, Publication, RecordId, Report};
use quince_proto::record::v1 as proto;

use super::{common, measure, place, record_ref, texts, when, words};
use crate::wire::vocabulary::Vocabulary;

/// A partnership.
pub fn partnership(partnership: &Partnership) -> proto::Partnership {
    let city = |handle: &Handle| proto::RecordRef { owner: handle.to_string(), number: 0 };
    let (partner, partner_name) = match &partnership.partner {
        Partner::City(handle) => (Some(city(handle)), String::new()),
        Partner::Party(party) => (Some(record_ref(party)), String::new()),
        Partner::Named(name) => (None, name.to_string()),
    };
    proto::Partnership {
        common: Some(common(&partnership.common)),
        state: partnership.state.value(),
        title: texts(partnership.title.as_slice()),
        description: texts(partnership.description.as_slice()),
        partner,
        partner_name,
        since: when(&partnership.since),
    }
}

/// A call.
pub fn call(call: &Call) -> proto::Call {
    proto::Call {
        common: Some(common(&call.common)),
        state: call.state.value(),
        title: texts(call.title.as_slice()),
        description: texts(call.description.as_slice()),
        for_place: call.for_place.as_ref().map(place),
        open: when(&call.open),
        items: call.items.iter().map(ToString::to_string).collect(),
    }
}

/// A state, and the record that took the place.
fn state(state: &Publication) -> (i32, Option<proto::RecordRef>) {
    let (value, by) = match state {
        Publication::Draft => (proto::PublicationState::Draft, None),
        Publication::Published => (proto::PublicationState::Published, None),
        Publication::Superseded { by } => (proto::PublicationState::Superseded, Some(record_ref(by))),
        Publication::Retracted => (proto::PublicationState::Retracted, None),
    };
    (value.into(), by)
}

fn records(records: &[RecordId]) -> Vec<proto::RecordRef> {
    records.iter().map(record_ref).collect()
}

fn strings(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// A message.
pub fn message(message: &Message) -> proto::Message {
    let (state, superseded_by) = state(&message.state);
    proto::Message {
        common: Some(common(&message.common)),
        state,
        r#type: message.message_type.value(),
        title: texts(message.title.as_slice()),
        text: texts(message.text.as_slice()),
        addressees: strings(&message.addressees),
        about: records(&message.about),
        said: when(&message.said),
        locator: words(message.locator.as_ref()),
        superseded_by,
        languages: strings(&message.languages),
    }
}

/// A piece of knowledge.
pub fn knowledge(knowledge: &Knowledge) -> proto::Knowledge {
    let (state, superseded_by) = state(&knowledge.state);
    proto::Knowledge {
        common: Some(common(&knowledge.common)),
        state,
        r#type: knowledge.knowledge_type.value(),
        title: texts(knowledge.title.as_slice()),
        description: texts(knowledge.description.as_slice()),
        locator: words(knowledge.locator.as_ref()),
        languages: strings(&knowledge.languages),
        topics: strings(&knowledge.topics),
        published: when(&knowledge.published),
        superseded_by,
    }
}

/// A report.
pub fn report(report: &Report) -> proto::Report {
    let (state, superseded_by) = state(&report.state);
    proto::Report {
        common: Some(common(&report.common)),
        state,
        subject: report.subject.to_string(),
        statement: texts(report.statement.as_slice()),
        place: report.place.as_ref().map(place),
        happened: when(&report.happened),
        figure: report.figure.as_ref().map(figure),
        about: records(&report.about),
        superseded_by,
    }
}

fn figure(figure: &Figure) -> proto::ReportFigure {
    let (qualifier, amount) = measure(figure.measure);
    proto::ReportFigure {
        metric: figure.metric.to_string(),
        qualifier,
        amount,
        unit: words(figure.unit.as_ref()),
    }
}
