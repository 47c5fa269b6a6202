//! What cities publish rather than agree on: calls, partnerships, messages, knowledge and reports.

use quince_proto::api::v1::{Call, CallTotals, Knowledge, Message, Partnership, Report};
use quince_proto::record::v1::{
    CallState, KnowledgeType, MessageType, PartnershipState, PublicationState, Qualifier, RecordRef,
    ReportFigure, Text,
};

use crate::choice::word;
use crate::name::{short, short_record};
use crate::print::records::changed;
use crate::print::sheet::{above_lines, heard, turned};
use crate::print::table::Row;
use crate::print::words::{NOTHING, or_nothing, place, text, when, yes};
use crate::print::{Shown, View, Written};

impl Row for Call {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "TITLE", "FOR", "OPEN", "ITEMS", "NEEDS", "OFFERS"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<CallState>(record.state),
            text(&record.title, view.language),
            place(record.for_place.as_ref()),
            when(record.open.as_ref()),
            or_nothing(&record.items.join(", ")),
            self.totals.map_or(0, |totals| totals.needs).to_string(),
            self.totals.map_or(0, |totals| totals.offers).to_string(),
        ]
    }
}

impl Row for Partnership {
    const HEAD: &'static [&'static str] = &["ID", "STATE", "PARTNER", "MUTUAL", "SINCE", "TITLE"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<PartnershipState>(record.state),
            record.partner.as_ref().map_or_else(|| or_nothing(&record.partner_name), partner),
            yes(self.mutual),
            when(record.since.as_ref()),
            text(&record.title, view.language),
        ]
    }
}

impl Row for Message {
    const HEAD: &'static [&'static str] = &["ID", "STATE", "TYPE", "TO", "ABOUT", "SAID", "TEXT"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<PublicationState>(record.state),
            word::<MessageType>(record.r#type),
            or_nothing(&record.addressees.join(", ")),
            records(&record.about),
            when(record.said.as_ref()),
            text(if record.title.is_empty() { &record.text } else { &record.title }, view.language),
        ]
    }
}

impl Row for Knowledge {
    const HEAD: &'static [&'static str] = &["ID", "STATE", "TYPE", "TITLE", "LANGUAGES", "TOPICS", "LINK"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<PublicationState>(record.state),
            word::<KnowledgeType>(record.r#type),
            text(&record.title, view.language),
            or_nothing(&record.languages.join(", ")),
            or_nothing(&record.topics.join(", ")),
            or_nothing(&record.locator),
        ]
    }
}

impl Row for Report {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "SUBJECT", "FIGURE", "PLACE", "HAPPENED", "SAID BY", "STATEMENT"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<PublicationState>(record.state),
            or_nothing(&record.subject),
            record.figure.as_ref().map_or_else(|| NOTHING.to_owned(), figure),
            place(record.place.as_ref()),
            when(record.happened.as_ref()),
            or_nothing(&record.common.and_then(|common| common.source).unwrap_or_default().name),
            text(&record.statement, view.language),
        ]
    }
}

impl Shown for Call {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [
            ("text", known(&record.description, view)),
            ("agreed", self.totals.map(agreed).unwrap_or_default()),
        ];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Partnership {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [("text", known(&record.description, view))];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Message {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [
            ("in full", known(&record.text, view)),
            ("link", record.locator.clone()),
            ("languages", record.languages.join(", ")),
            ("superseded by", record.superseded_by.as_ref().map(short_record).unwrap_or_default()),
        ];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Knowledge {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [
            ("text", known(&record.description, view)),
            ("published", record.published.as_ref().map(|then| when(Some(then))).unwrap_or_default()),
            ("superseded by", record.superseded_by.as_ref().map(short_record).unwrap_or_default()),
        ];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Report {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [
            ("about", records(&record.about)),
            ("superseded by", record.superseded_by.as_ref().map(short_record).unwrap_or_default()),
        ];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
    }
}

impl Written for Call {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("call", &self.name, word::<CallState>(state))
    }
}

impl Written for Partnership {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("partnership", &self.name, word::<PartnershipState>(state))
    }
}

impl Written for Message {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("message", &self.name, word::<PublicationState>(state))
    }
}

impl Written for Knowledge {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("knowledge", &self.name, word::<PublicationState>(state))
    }
}

impl Written for Report {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("report", &self.name, word::<PublicationState>(state))
    }
}

/// Intent, promise and fact stand apart.
fn agreed(totals: CallTotals) -> String {
    format!(
        "{} requisitions, {} commitments, {} consignments, {} receipts",
        totals.requisitions, totals.commitments, totals.consignments, totals.receipts
    )
}

fn known(texts: &[Text], view: &View<'_>) -> String {
    if texts.is_empty() { String::new() } else { text(texts, view.language) }
}

fn records(records: &[RecordRef]) -> String {
    or_nothing(&records.iter().map(short_record).collect::<Vec<_>>().join(", "))
}

/// A city itself is number 0.
fn partner(partner: &RecordRef) -> String {
    if partner.number == 0 { partner.owner.clone() } else { short_record(partner) }
}

fn figure(figure: &ReportFigure) -> String {
    let amount = match figure.qualifier() {
        Qualifier::Exact | Qualifier::Unspecified => figure.amount.to_string(),
        Qualifier::AtLeast => format!("at least {}", figure.amount),
        Qualifier::About => format!("about {}", figure.amount),
        Qualifier::Unknown => "unknown".to_owned(),
    };
    format!("{}: {amount} {}", figure.metric, figure.unit).trim().to_owned()
}
