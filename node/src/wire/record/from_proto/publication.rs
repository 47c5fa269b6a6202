//! What is published rather than agreed on: partnerships, calls, messages, knowledge, reports.

use quince_core::domain::call::{CALL_ITEMS_MAX, CallState};
use quince_core::domain::common::Label;
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::knowledge::{KnowledgeType, TOPICS_MAX};
use quince_core::domain::list::List;
use quince_core::domain::message::{ABOUT_MAX, ADDRESSEES_MAX, Languages, MessageType};
use quince_core::domain::partnership::{Partner, PartnershipState};
use quince_core::domain::report::Figure;
use quince_core::domain::text::{LANGUAGES_MAX, Words};
use quince_core::domain::{
    Amount, Call, ItemCode, Knowledge, Message, Partnership, Publication, RecordId, Report,
};
use quince_proto::record::v1 as proto;

use super::common::{common, handle, measure, place, record_ref, texts, when};
use super::party::names;
use super::{each, unless_empty};
use crate::wire::vocabulary::Vocabulary;

const STATES: &str = "PUBLICATION_STATE_DRAFT, PUBLICATION_STATE_PUBLISHED, PUBLICATION_STATE_SUPERSEDED, \
    PUBLICATION_STATE_RETRACTED";

/// A partnership.
pub fn partnership(partnership: proto::Partnership) -> Result<Partnership, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(partnership.common));
    let state = faults.take("state", PartnershipState::from_value(partnership.state));
    let title = faults.take_all("title", names(partnership.title));
    let description = faults.take_all("description", texts(partnership.description));
    let partner = faults.take_all("partner", partner(partnership.partner, partnership.partner_name));
    let since = faults.take_all("since", when(partnership.since));
    let built = || {
        Some(Partnership {
            common: common?,
            state: state?,
            title: title?,
            description: description?,
            partner: partner?,
            since: since?,
        })
    };
    faults.finish(built())
}

/// The other side: a node's city, a party of it, or a name.
fn partner(partner: Option<proto::RecordRef>, name: String) -> Result<Partner, FieldErrors> {
    match partner {
        Some(_) if !name.is_empty() => {
            Err(FieldError::of(name, "no name beside the node").under("partner_name").into())
        }
        Some(city) if city.number == 0 => {
            Ok(Partner::City(handle(&city.owner).map_err(|error| error.under("owner"))?))
        }
        Some(party) => record_ref(party).map(Partner::Party),
        None => Ok(Partner::Named(Words::new(name).map_err(|error| error.under("partner_name"))?)),
    }
}

/// A call.
pub fn call(call: proto::Call) -> Result<Call, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(call.common));
    let state = faults.take("state", CallState::from_value(call.state));
    let title = faults.take_all("title", names(call.title));
    let description = faults.take_all("description", texts(call.description));
    let for_place = faults.take_all("for_place", call.for_place.map(place).transpose());
    let open = faults.take_all("open", when(call.open));
    let items = each(call.items, CALL_ITEMS_MAX, |code| code.parse::<ItemCode>());
    let items = faults.take_all("items", items.and_then(|items| Ok(List::new(items)?)));
    let built = || {
        Some(Call {
            common: common?,
            state: state?,
            title: title?,
            description: description?,
            for_place: for_place?,
            open: open?,
            items: items?,
        })
    };
    faults.finish(built())
}

/// A state with the record that took the place.
fn state(value: i32, by: Option<proto::RecordRef>) -> Result<Publication, FieldErrors> {
    let by = by.map(record_ref).transpose()?;
    Ok(match (proto::PublicationState::try_from(value), by) {
        (Ok(proto::PublicationState::Superseded), Some(by)) => Publication::Superseded { by },
        (Ok(proto::PublicationState::Superseded), None) => {
            let expected = "superseded_by to name the record that took its place";
            return Err(FieldError::of("PUBLICATION_STATE_SUPERSEDED", expected).into());
        }
        (Ok(state), Some(_)) => {
            let expected = "PUBLICATION_STATE_SUPERSEDED, because superseded_by is set";
            return Err(FieldError::of(state.as_str_name(), expected).into());
        }
        (Ok(proto::PublicationState::Draft), None) => Publication::Draft,
        (Ok(proto::PublicationState::Published), None) => Publication::Published,
        (Ok(proto::PublicationState::Retracted), None) => Publication::Retracted,
        _ => return Err(FieldError::of(value, STATES).into()),
    })
}

fn labels<const MAX: usize>(labels: Vec<String>) -> Result<List<Label, 0, MAX>, FieldErrors> {
    Ok(List::new(each(labels, MAX, Words::new)?)?)
}

fn languages(tags: Vec<String>) -> Result<Languages, FieldErrors> {
    Ok(List::new(each(tags, 2 * LANGUAGES_MAX, |tag| tag.parse())?)?)
}

fn about(records: Vec<proto::RecordRef>) -> Result<List<RecordId, 0, ABOUT_MAX>, FieldErrors> {
    Ok(List::new(each(records, ABOUT_MAX, record_ref)?)?)
}

/// A message.
pub fn message(message: proto::Message) -> Result<Message, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(message.common));
    let state = faults.take_all("state", state(message.state, message.superseded_by));
    let message_type = faults.take("type", MessageType::from_value(message.r#type));
    let title = faults.take_all("title", names(message.title));
    let text = faults.take_all("text", texts(message.text));
    let addressees = faults.take_all("addressees", labels::<ADDRESSEES_MAX>(message.addressees));
    let about = faults.take_all("about", about(message.about));
    let said = faults.take_all("said", when(message.said));
    let locator = faults.take("locator", unless_empty(message.locator, Words::new));
    let languages = faults.take_all("languages", languages(message.languages));
    let built = || {
        Some(Message {
            common: common?,
            state: state?,
            message_type: message_type?,
            title: title?,
            text: text?,
            addressees: addressees?,
            about: about?,
            said: said?,
            locator: locator?,
            languages: languages?,
        })
    };
    faults.finish(built())
}

/// A piece of knowledge.
pub fn knowledge(knowledge: proto::Knowledge) -> Result<Knowledge, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(knowledge.common));
    let state = faults.take_all("state", state(knowledge.state, knowledge.superseded_by));
    let knowledge_type = faults.take("type", KnowledgeType::from_value(knowledge.r#type));
    let title = faults.take_all("title", names(knowledge.title));
    let description = faults.take_all("description", texts(knowledge.description));
    let locator = faults.take("locator", unless_empty(knowledge.locator, Words::new));
    let languages = faults.take_all("languages", languages(knowledge.languages));
    let topics = faults.take_all("topics", labels::<TOPICS_MAX>(knowledge.topics));
    let published = faults.take_all("published", when(knowledge.published));
    let built = || {
        Some(Knowledge {
            common: common?,
            state: state?,
            knowledge_type: knowledge_type?,
            title: title?,
            description: description?,
            locator: locator?,
            languages: languages?,
            topics: topics?,
            published: published?,
        })
    };
    faults.finish(built())
}

/// A report.
pub fn report(report: proto::Report) -> Result<Report, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(report.common));
    if let Some(common) = &common {
        let expected = "who says so: a report is a third-hand statement";
        faults.require(common.source.is_some(), "common.source", "missing", expected);
    }
    let state = faults.take_all("state", state(report.state, report.superseded_by));
    let subject = faults.take("subject", Words::new(report.subject));
    let statement = faults.take_all("statement", texts(report.statement));
    let place = faults.take_all("place", report.place.map(place).transpose());
    let happened = faults.take_all("happened", when(report.happened));
    let figure = faults.take_all("figure", report.figure.map(figure).transpose());
    let about = faults.take_all("about", about(report.about));
    let built = || {
        Some(Report {
            common: common?,
            state: state?,
            subject: subject?,
            statement: statement?,
            place: place?,
            happened: happened?,
            figure: figure?,
            about: about?,
        })
    };
    faults.finish(built())
}

fn figure(figure: proto::ReportFigure) -> Result<Figure, FieldErrors> {
    let mut faults = Faults::default();
    let metric = faults.take("metric", Words::new(figure.metric));
    let amount = faults.take("amount", Amount::new(figure.amount));
    let measure = amount.and_then(|amount| faults.take("qualifier", measure(figure.qualifier, amount)));
    let unit = faults.take("unit", unless_empty(figure.unit, Words::new));
    let built = || Some(Figure { metric: metric?, measure: measure?, unit: unit? });
    faults.finish(built())
}
