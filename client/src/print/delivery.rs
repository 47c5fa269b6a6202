//! What moved and what was counted: consignments with their papers, events and outcomes, and receipts.

use quince_proto::api::v1::{Consignment, Receipt};
use quince_proto::record::v1::{
    Carriage, ConsignmentLine, ConsignmentState, DocumentState, DocumentType, EventType, ReceiptState,
    TransportMode,
};

use crate::choice::word;
use crate::name::{short, short_record};
use crate::print::records::{changed, line};
use crate::print::sheet::{above_lines, facts, heading, heard, turned};
use crate::print::table::{self, Row};
use crate::print::words::{NOTHING, instant, or_nothing, place, text, when, yes};
use crate::print::{Shown, View, Written};

impl Row for Consignment {
    const HEAD: &'static [&'static str] =
        &["ID", "STATE", "LINES", "NEED", "AMOUNT", "BY", "FROM", "TO", "WAYBILL", "COUNTED", "TITLE"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<ConsignmentState>(record.state),
            record.lines.len().to_string(),
            line(record.lines.first().and_then(|line| line.need_line.as_ref())),
            record
                .lines
                .first()
                .map_or_else(|| NOTHING.to_owned(), |line| format!("{} {}", line.amount, line.unit)),
            word::<TransportMode>(record.carriage.as_ref().map_or(0, |carriage| carriage.mode)),
            place(record.carriage.as_ref().and_then(|carriage| carriage.from.as_ref())),
            place(record.carriage.as_ref().and_then(|carriage| carriage.to.as_ref())),
            or_nothing(
                &record.carriage.as_ref().map(|carriage| carriage.waybill.clone()).unwrap_or_default(),
            ),
            yes(!self.outcomes.is_empty() && self.outcomes.iter().all(|outcome| outcome.counted)),
            text(&record.title, view.language),
        ]
    }
}

impl Row for Receipt {
    const HEAD: &'static [&'static str] = &[
        "ID",
        "STATE",
        "CONSIGNMENT",
        "COUNTS",
        "LINES",
        "GOOD",
        "DAMAGED",
        "MISSING",
        "REFUSED",
        "SURPLUS",
    ];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        let record = self.record.clone().unwrap_or_default();
        vec![
            short(&self.name),
            word::<ReceiptState>(record.state),
            record.consignment.as_ref().map_or_else(|| NOTHING.to_owned(), short_record),
            yes(self.counts),
            record.lines.len().to_string(),
            first(record.lines.first().map(|line| line.good)),
            first(record.lines.first().map(|line| line.damaged)),
            first(record.lines.first().map(|line| line.missing)),
            first(record.lines.first().map(|line| line.refused)),
            first(record.lines.first().map(|line| line.surplus)),
        ]
    }
}

impl Shown for Consignment {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let state = word::<ConsignmentState>(record.state);
        let mut sheet =
            heading("consignment", &self.name, &state, &self.etag, self.provenance.as_ref(), view);
        sheet += &above_lines(&record.title, &record.description, record.common.as_ref(), view);
        let names = |names: &[String]| names.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ");
        sheet += &carriage(record.carriage.as_ref());
        sheet += &facts(&[
            ("papers waived", record.documents_waived.clone()),
            ("receipts", names(&self.receipts)),
            ("thanks", names(&self.thanks)),
        ]);
        sheet += "\n";
        let owner = self.name.split('/').nth(1).unwrap_or_default();
        sheet += &table::plain(
            &["LINE", "COMMITMENT", "NEED", "OFFER", "AMOUNT", "LOTS", "FOR", "NOTE"],
            record.lines.iter().map(|line| line_cells(owner, line)),
        );
        if !record.documents.is_empty() {
            let rows = record.documents.iter().map(|paper| {
                let (kind, state) = (word::<DocumentType>(paper.r#type), word::<DocumentState>(paper.state));
                vec![kind, state, or_nothing(&paper.reference), or_nothing(&paper.note)]
            });
            sheet += &("\n".to_owned() + &table::plain(&["PAPER", "STATE", "REFERENCE", "NOTE"], rows));
        }
        if !record.events.is_empty() {
            let rows = record.events.iter().map(|event| {
                let (kind, note) = (word::<EventType>(event.r#type), or_nothing(&event.note));
                vec![kind, when(event.when.as_ref()), place(event.place.as_ref()), note]
            });
            sheet += &("\n".to_owned() + &table::plain(&["EVENT", "WHEN", "WHERE", "NOTE"], rows));
        }
        sheet + &outcomes(self)
    }
}

impl Shown for Receipt {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let more = [
            ("received", record.received.as_ref().map(|then| when(Some(then))).unwrap_or_default()),
            ("at", record.received_at.as_ref().map(|at| place(Some(at))).unwrap_or_default()),
            ("note", record.note.clone()),
        ];
        let rows = record.lines.iter().map(|counted| {
            let amounts = [counted.good, counted.damaged, counted.missing, counted.refused, counted.surplus];
            let mut cells =
                vec![counted.line.to_string(), line(counted.need_line.as_ref()), counted.unit.clone()];
            cells.extend(amounts.map(|amount| amount.to_string()));
            cells.push(or_nothing(&counted.note));
            cells
        });
        let head = ["LINE", "NEED", "UNIT", "GOOD", "DAMAGED", "MISSING", "REFUSED", "SURPLUS", "NOTE"];
        turned(self, &more, view)
            + &above_lines(&[], &[], record.common.as_ref(), view)
            + &heard(self.provenance.as_ref(), view)
            + "\n"
            + &table::plain(&head, rows)
    }
}

impl Written for Consignment {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("consignment", &self.name, word::<ConsignmentState>(state))
    }
}

impl Written for Receipt {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("receipt", &self.name, word::<ReceiptState>(state))
    }
}

fn carriage(carriage: Option<&Carriage>) -> String {
    let Some(carriage) = carriage else { return String::new() };
    let known = |mode: i32| if mode == 0 { String::new() } else { word::<TransportMode>(mode) };
    let at =
        |one: Option<&quince_proto::record::v1::Place>| one.map(|one| place(Some(one))).unwrap_or_default();
    let then =
        |one: Option<&quince_proto::record::v1::When>| one.map(|one| when(Some(one))).unwrap_or_default();
    facts(&[
        ("by", known(carriage.mode)),
        ("carrier", if carriage.carrier == 0 { String::new() } else { carriage.carrier.to_string() }),
        ("waybill", carriage.waybill.clone()),
        ("transport", carriage.transport.as_ref().map(short_record).unwrap_or_default()),
        ("from", at(carriage.from.as_ref())),
        ("to", at(carriage.to.as_ref())),
        ("departs", then(carriage.departs.as_ref())),
        ("arrives", then(carriage.arrives.as_ref())),
    ])
}

fn line_cells(owner: &str, one: &ConsignmentLine) -> Vec<String> {
    let lots = one
        .lots
        .iter()
        .map(|lot| format!("{} until {} ({})", lot.number, instant(lot.expires.as_ref()), lot.amount));
    let consignees = one.consignees.iter().map(|who| format!("{} ({})", who.name, who.amount));
    vec![
        one.line.to_string(),
        format!("{owner}/{}", one.commitment),
        line(one.need_line.as_ref()),
        line(one.offer_line.as_ref()),
        format!("{} {}", one.amount, one.unit),
        or_nothing(&lots.collect::<Vec<_>>().join("; ")),
        or_nothing(&consignees.collect::<Vec<_>>().join("; ")),
        or_nothing(&one.note),
    ]
}

fn outcomes(consignment: &Consignment) -> String {
    if consignment.outcomes.is_empty() {
        return String::new();
    }
    let rows = consignment.outcomes.iter().map(|one| {
        let amounts = [one.good, one.damaged, one.missing, one.refused, one.surplus];
        let mut cells = vec![one.line.to_string(), yes(one.counted)];
        cells.extend(amounts.map(|amount| amount.to_string()));
        cells
    });
    let head = ["LINE", "COUNTED", "GOOD", "DAMAGED", "MISSING", "REFUSED", "SURPLUS"];
    "\n".to_owned() + &table::plain(&head, rows)
}

fn first(amount: Option<i64>) -> String {
    amount.map_or_else(|| NOTHING.to_owned(), |amount| amount.to_string())
}
