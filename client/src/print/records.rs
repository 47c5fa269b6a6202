//! The records of cities as rows of tables and as answers to writes.

use quince_proto::api::v1::{
    AcceptOfferResponse, Commitment, CreateBundleResponse, Need, Offer, Party, Requisition, Revision,
};
use quince_proto::record::v1::{
    CommitmentState, Kind, LineRef, NeedState, OfferState, PartyType, ReasonCode, RecordRef, RequisitionState,
};

use crate::choice::word;
use crate::name::{short, short_line, short_record};
use crate::print::table::Row;
use crate::print::words::{NOTHING, age, instant, or_nothing, place, quantity, text, when, yes};
use crate::print::{View, Written};

impl Row for Need {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "URGENCY", "LINES", "ITEM", "QUANTITY", "WHEN", "TO", "OUTSTANDING", "TITLE"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        let first = record.lines.first().cloned().unwrap_or_default();
        let urgency = record.lines.iter().map(|line| line.urgency).min().unwrap_or_default();
        vec![
            short(&self.name),
            word::<NeedState>(record.state),
            urgency.to_string(),
            record.lines.len().to_string(),
            item(&first.item, first.kind),
            quantity(first.quantity.as_ref()),
            when(first.needed.as_ref()),
            place(first.deliver_to.as_ref()),
            outstanding(self.coverage.first().and_then(|coverage| coverage.outstanding)),
            text(&record.title, view.language),
        ]
    }
}

impl Row for Offer {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "STALE", "LINES", "ITEM", "QUANTITY", "WHEN", "FROM", "LEFT", "TITLE"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        let first = record.lines.first().cloned().unwrap_or_default();
        vec![
            short(&self.name),
            word::<OfferState>(record.state),
            yes(self.stale),
            record.lines.len().to_string(),
            item(&first.item, first.kind),
            quantity(first.quantity.as_ref()),
            when(first.available.as_ref()),
            place(first.available_at.as_ref()),
            outstanding(self.coverage.first().and_then(|coverage| coverage.outstanding)),
            text(&record.title, view.language),
        ]
    }
}

impl Row for Requisition {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "NEED", "OFFER", "AMOUNT", "ANSWER", "COMMITMENT", "COMMITTED", "WITH", "REASON"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        let common = record.common.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<RequisitionState>(record.state),
            line(record.need_line.as_ref()),
            line(record.offer_line.as_ref()),
            format!("{} {}", record.amount, record.unit),
            word::<quince_proto::api::v1::Answer>(self.answer),
            or_nothing(&short(&self.commitment)),
            self.committed.to_string(),
            with(&common.related),
            or_nothing(&common.reason),
        ]
    }
}

impl Row for Commitment {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "NEED", "OFFER", "AMOUNT", "REQUISITION", "PAIRED", "HELD UNTIL", "REASON"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        let requisition = record.requisition.as_ref().map(short_record);
        vec![
            short(&self.name),
            word::<CommitmentState>(record.state),
            line(record.need_line.as_ref()),
            line(record.offer_line.as_ref()),
            format!("{} {}", record.amount, record.unit),
            requisition.unwrap_or_else(|| NOTHING.to_owned()),
            yes(self.paired),
            instant(record.held_until.as_ref()),
            word::<ReasonCode>(record.reason_code),
        ]
    }
}

impl Row for Party {
    const HEAD: &'static [&'static str] = &["ID", "TYPE", "NAME", "PLACE", "CONTACT", "PRIVATE", "RETIRED"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<PartyType>(record.r#type),
            text(&record.names, view.language),
            place(record.place.as_ref()),
            or_nothing(&record.public_contact),
            yes(self.private),
            yes(record.retired),
        ]
    }
}

impl Row for Revision {
    const HEAD: &'static [&'static str] = &["REVISION", "UPDATED", "AGE", "HOLDER", "STATE", "REASON"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        vec![
            self.revision.to_string(),
            instant(self.updated.as_ref()),
            age(view.now, self.updated.as_ref()),
            or_nothing(&self.holder),
            or_nothing(&self.state),
            or_nothing(&self.reason),
        ]
    }
}

impl Written for Need {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        changed("need", &self.name, word::<NeedState>(self.record.as_ref().map_or(0, |record| record.state)))
    }
}

impl Written for Offer {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        changed(
            "offer",
            &self.name,
            word::<OfferState>(self.record.as_ref().map_or(0, |record| record.state)),
        )
    }
}

impl Written for Party {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let scope = if self.private { "private to this node" } else { "known to the federation" };
        changed("party", &self.name, scope.to_owned())
    }
}

impl Written for Requisition {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let record = self.record.clone().unwrap_or_default();
        let state = word::<RequisitionState>(record.state);
        changed("requisition", &self.name, state + &how_much(record.amount, &record.unit))
    }
}

impl Written for Commitment {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let record = self.record.clone().unwrap_or_default();
        let reason = match record.reason_code {
            0 => String::new(),
            code => format!(" ({})", word::<ReasonCode>(code)),
        };
        let state = word::<CommitmentState>(record.state);
        changed("commitment", &self.name, state + &reason + &how_much(record.amount, &record.unit))
    }
}

impl Written for CreateBundleResponse {
    fn datum(&self) -> String {
        let names = self.goods.iter().chain(&self.transport).map(|one| short(&one.name));
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn sentence(&self) -> String {
        let (goods, transport) = (self.goods.len(), self.transport.len());
        if self.datum().is_empty() {
            return format!(
                "this bundle of {goods} + {transport} requisitions is valid; nothing was written"
            );
        }
        let need =
            self.need.as_ref().map(|need| format!("; need {} is for the transport", short(&need.name)));
        let asked = format!("{goods} requisitions of goods and {transport} of transport are written");
        asked + &need.unwrap_or_default()
    }
}

impl Written for AcceptOfferResponse {
    fn datum(&self) -> String {
        self.requisition.as_ref().map(|requisition| short(&requisition.name)).unwrap_or_default()
    }

    fn sentence(&self) -> String {
        let need = self.need.clone().unwrap_or_default();
        let requisition = self.requisition.clone().unwrap_or_default();
        format!("{}; {}", need.sentence(), requisition.sentence())
    }
}

/// A thing is named by its item; a line without one by its kind.
pub(crate) fn item(code: &str, kind: i32) -> String {
    if code.is_empty() { word::<Kind>(kind) } else { code.to_owned() }
}

pub(crate) fn line(line: Option<&LineRef>) -> String {
    line.map_or_else(|| NOTHING.to_owned(), short_line)
}

/// The first of the records that this one belongs with, and how many more there are.
fn with(related: &[RecordRef]) -> String {
    match related {
        [] => NOTHING.to_owned(),
        [one] => short_record(one),
        [first, rest @ ..] => format!("{} + {}", short_record(first), rest.len()),
    }
}

/// Nothing where the state says so already: declined, refused, released.
fn how_much(amount: i64, unit: &str) -> String {
    if amount == 0 { String::new() } else { format!(", {amount} {unit}") }
}

fn outstanding(amount: Option<i64>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string())
}

/// Without a name nothing was written: the node only checked.
pub(crate) fn changed(kind: &str, name: &str, state: String) -> String {
    if name.is_empty() {
        return format!("this {kind} is valid; nothing was written");
    }
    format!("{kind} {} is {state}", short(name))
}
