//! Arbitrary partnerships, calls, messages, knowledge and reports.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use quince_core::domain::call::CallState;
use quince_core::domain::common::{Common, Source, Valuation};
use quince_core::domain::knowledge::KnowledgeType;
use quince_core::domain::list::List;
use quince_core::domain::message::MessageType;
use quince_core::domain::partnership::{Partner, PartnershipState};
use quince_core::domain::report::Figure;
use quince_core::domain::{Call, Knowledge, Message, Partnership, Publication, RecordId, Report};

use super::{
    common, handle, instant, item, line_id, measure, money, names, one_of, parsed, place, record_id, texts,
    when, words,
};

/// Common content with values and related records.
fn valued() -> impl Strategy<Value = Common> {
    let value = (money(), vec(line_id(), 0..3)).prop_map(|(money, covers)| {
        let covers = List::new(covers).unwrap();
        Valuation { money, covers }
    });
    (common(), vec(value, 0..3), vec(record_id(), 0..3))
        .prop_map(|(common, values, related)| Common {
            values: List::new(values).unwrap(),
            related: List::new(related).unwrap(),
            ..common
        })
        .boxed()
}

fn state() -> impl Strategy<Value = Publication> {
    prop_oneof![
        Just(Publication::Draft),
        Just(Publication::Published),
        Just(Publication::Retracted),
        record_id().prop_map(|by| Publication::Superseded { by }),
    ]
}

fn list<T: std::fmt::Debug + Clone, const MAX: usize>(
    one: impl Strategy<Value = T>,
) -> impl Strategy<Value = List<T, 0, MAX>> {
    vec(one, 0..3).prop_map(|all| List::new(all).unwrap())
}

pub(super) fn partnership() -> impl Strategy<Value = Partnership> {
    let partner = prop_oneof![
        handle().prop_map(Partner::City),
        record_id().prop_map(Partner::Party),
        words().prop_map(Partner::Named),
    ];
    (valued(), one_of(PartnershipState::ALL), names(), texts(), partner, when())
        .prop_map(|(common, state, title, description, partner, since)| Partnership {
            common,
            state,
            title,
            description,
            partner,
            since,
        })
        .boxed()
}

pub(super) fn call() -> impl Strategy<Value = Call> {
    (valued(), one_of(CallState::ALL), names(), texts(), of(place()), when(), list(item()))
        .prop_map(|(common, state, title, description, for_place, open, items)| Call {
            common,
            state,
            title,
            description,
            for_place,
            open,
            items,
        })
        .boxed()
}

pub(super) fn message() -> impl Strategy<Value = Message> {
    let what = (valued(), state(), one_of(MessageType::ALL), names(), texts());
    (what, list(words()), list::<RecordId, 50>(record_id()), when(), of(words()), list(parsed("[a-z]{2}")))
        .prop_map(
            |((common, state, message_type, title, text), addressees, about, said, locator, languages)| {
                Message {
                    common,
                    state,
                    message_type,
                    title,
                    text,
                    addressees,
                    about,
                    said,
                    locator,
                    languages,
                }
            },
        )
        .boxed()
}

pub(super) fn knowledge() -> impl Strategy<Value = Knowledge> {
    let what = (valued(), state(), one_of(KnowledgeType::ALL), names(), texts());
    (what, of(words()), list(parsed("[a-z]{2}")), list(words()), when())
        .prop_map(
            |((common, state, knowledge_type, title, description), locator, languages, topics, published)| {
                Knowledge {
                    common,
                    state,
                    knowledge_type,
                    title,
                    description,
                    locator,
                    languages,
                    topics,
                    published,
                }
            },
        )
        .boxed()
}

pub(super) fn report() -> impl Strategy<Value = Report> {
    let figure = (words(), measure(), of(words())).prop_map(|(metric, measure, unit)| Figure {
        metric,
        measure,
        unit,
    });
    let source = (words(), of(words()), of(instant())).prop_map(|(name, locator, as_of)| Source {
        name,
        locator,
        as_of,
    });
    let what = (valued(), source, state(), words(), texts());
    (what, of(place()), when(), of(figure), list::<RecordId, 50>(record_id()))
        .prop_map(|((common, source, state, subject, statement), place, happened, figure, about)| Report {
            common: Common { source: Some(source), ..common },
            state,
            subject,
            statement,
            place,
            happened,
            figure,
            about,
        })
        .boxed()
}
