//! Rows to records: rows of one group are the lines of one record. What a row says above the lines is said once, or alike.

use std::collections::BTreeMap;

use quince_proto::record::v1::{Need, Offer};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::input::catalogue::Catalogue;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::import::column::{Column, SEPARATOR, Scope, Shape};
use crate::input::import::table::{Row, Table};
use crate::input::need::NeedLineInput;
use crate::input::offer::OfferLineInput;
use crate::input::sheet::{Author, Sheet};

/// Bytes of a digest in a request id: 128 bits meet no second time.
const REQUEST_ID_BYTES: usize = 16;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// What a city asks for.
    Need,
    /// What a city can give.
    Offer,
}

/// A record to be, with the rows that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub family: Family,
    /// Its rows, one for each line.
    pub rows: Vec<Row>,
}

/// A record, ready for the node.
#[derive(Debug, Clone, PartialEq)]
pub enum Prepared {
    /// A need.
    Need(Need),
    /// An offer.
    Offer(Offer),
}

impl Entry {
    /// The records of a table, in the order of their first rows. `family` is that of rows that name none.
    pub fn all(table: Table, family: Option<Family>, faults: &mut Faults) -> Vec<Self> {
        let mut entries: Vec<Self> = Vec::new();
        let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
        for row in table.rows {
            let Some(family) = family_of(&row, family, faults) else { continue };
            let group = row.text("group").map(|group| (format!("{family:?}"), group.to_owned()));
            match group.as_ref().and_then(|group| groups.get(group)) {
                Some(index) => entries[*index].rows.push(row),
                None => {
                    groups.extend(group.map(|group| (group, entries.len())));
                    entries.push(Self { family, rows: vec![row] });
                }
            }
        }
        entries
    }

    /// Its rows, as people name them: `row 7`, `rows 7-9`, `rows 7, 9`.
    #[must_use]
    pub fn place(&self) -> String {
        let numbers: Vec<usize> = self.rows.iter().map(|row| row.number).collect();
        match numbers[..] {
            [only] => format!("row {only}"),
            [first, .., last] if last - first + 1 == numbers.len() => format!("rows {first}-{last}"),
            _ => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("rows {}", numbers.join(", "))
            }
        }
    }

    /// The request id of its creation: the same content in the same rows, written in the same way, is never written twice.
    #[must_use]
    pub fn request_id(&self, manner: &str) -> String {
        let mut digest = Sha256::new();
        let mut feed = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        };
        feed(manner);
        feed(&format!("{:?}", self.family));
        for row in &self.rows {
            feed(&row.number.to_string());
            row.cells.iter().for_each(|(name, (_, text))| {
                feed(name);
                feed(text);
            });
        }
        let digest = digest.finalize();
        digest[..REQUEST_ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What it says above its lines.
    #[must_use]
    pub fn common(&self) -> CommonInput {
        self.sheet::<NeedLineInput>(&mut Faults::default()).common()
    }

    /// Its lines as those of a need.
    #[must_use]
    pub fn need_lines(&self) -> Vec<NeedLineInput> {
        self.lines(&mut Faults::default())
    }

    /// Its lines as those of an offer.
    #[must_use]
    pub fn offer_lines(&self) -> Vec<OfferLineInput> {
        self.lines(&mut Faults::default())
    }

    /// The record; every fault is noted with its row and column.
    pub fn prepare(&self, author: &Author<'_>, catalogue: &Catalogue, faults: &mut Faults) -> Prepared {
        self.check(faults);
        let first = At::Row(self.rows[0].number);
        match self.family {
            Family::Need => {
                let head = self.sheet::<NeedLineInput>(faults).head(first, author, faults);
                let lines: Vec<NeedLineInput> = self.lines(faults);
                let lines = (1..).zip(lines.iter().zip(&self.rows)).map(|(number, (line, row))| {
                    line.to_record(At::Row(row.number), number, catalogue, faults)
                });
                let lines = lines.collect();
                Prepared::Need(Need {
                    common: Some(head.common),
                    title: head.title,
                    description: head.description,
                    lines,
                    ..Need::default()
                })
            }
            Family::Offer => {
                let head = self.sheet::<OfferLineInput>(faults).head(first, author, faults);
                let lines: Vec<OfferLineInput> = self.lines(faults);
                let lines = (1..).zip(lines.iter().zip(&self.rows)).map(|(number, (line, row))| {
                    line.to_record(At::Row(row.number), number, author.now, catalogue, faults)
                });
                let lines = lines.collect();
                Prepared::Offer(Offer {
                    common: Some(head.common),
                    title: head.title,
                    description: head.description,
                    lines,
                    ..Offer::default()
                })
            }
        }
    }

    /// What only a table can get wrong.
    fn check(&self, faults: &mut Faults) {
        let dated = self.rows.iter().any(|row| row.text("as-of").is_some());
        for row in &self.rows {
            let at = At::Row(row.number);
            if row.text("value").is_some() && !dated {
                faults.missing(at, "as-of", "the day for which the value was stated, such as 2027-03-15");
            }
            for (name, (column, text)) in &row.cells {
                self.check_cell(at, name, column, text, faults);
            }
        }
    }

    fn check_cell(&self, at: At, name: &str, column: &Column, text: &str, faults: &mut Faults) {
        let foreign = match (self.family, column.scope) {
            (Family::Need, Scope::OfferLine | Scope::Terms) => Some("nothing: a need has none"),
            (Family::Offer, Scope::NeedLine) => Some("nothing: an offer has none"),
            _ => None,
        };
        if let Some(expected) = foreign {
            faults.note(at, name, text, expected);
        }
        if column.scope == Scope::Head
            && let Some((first, said)) = self.rows.iter().find_map(|row| Some((row.number, row.text(name)?)))
            && said != text
        {
            faults.note(at, name, text, &format!("the same as in row {first}, {said:?}, or nothing"));
        }
    }

    fn sheet<L>(&self, faults: &mut Faults) -> Sheet<L>
    where
        L: Clone + Default + DeserializeOwned + Send + Sync + 'static,
    {
        let mut head = Map::new();
        for row in &self.rows {
            for (column, text) in row.cells.values().filter(|(column, _)| column.scope == Scope::Head) {
                if !head.contains_key(column.name) {
                    head.insert(column.name.to_owned(), value(At::Row(row.number), column, text, faults));
                }
            }
        }
        serde_json::from_value(Value::Object(head)).expect("the columns of a head are keys of a file")
    }

    fn lines<L: DeserializeOwned>(&self, faults: &mut Faults) -> Vec<L> {
        let line = |row: &Row| {
            let fields = self.line(row, faults);
            serde_json::from_value(Value::Object(fields)).expect("the columns of a line are keys of a file")
        };
        self.rows.iter().map(line).collect()
    }

    fn line(&self, row: &Row, faults: &mut Faults) -> Map<String, Value> {
        let (mut fields, mut terms) = (Map::new(), Map::new());
        let own = match self.family {
            Family::Need => [Scope::Line, Scope::NeedLine],
            Family::Offer => [Scope::Line, Scope::OfferLine],
        };
        for (column, text) in row.cells.values() {
            let into = match column.scope {
                scope if own.contains(&scope) => &mut fields,
                Scope::Terms if self.family == Family::Offer => &mut terms,
                _ => continue,
            };
            into.insert(column.name.to_owned(), value(At::Row(row.number), column, text, faults));
        }
        let (place, date) = match self.family {
            Family::Need => ("to", "by"),
            Family::Offer => ("from", "available"),
        };
        put_missing(&mut fields, place, composed_place(row));
        put_missing(&mut fields, date, row.text("date").map(ToOwned::to_owned));
        if !terms.is_empty() {
            fields.insert("terms".to_owned(), Value::Object(terms));
        }
        fields
    }
}

fn put_missing(fields: &mut Map<String, Value>, key: &str, text: Option<String>) {
    if let Some(text) = text {
        fields.entry(key).or_insert_with(|| json!(text));
    }
}

/// Place, country and coordinates of a row, as one text.
fn composed_place(row: &Row) -> Option<String> {
    let parts = ["place", "country", "latitude", "longitude"].map(|name| row.text(name));
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

fn family_of(row: &Row, otherwise: Option<Family>, faults: &mut Faults) -> Option<Family> {
    let (at, expected) = (At::Row(row.number), "need or offer");
    match row.text("record").map(str::to_lowercase).as_deref() {
        Some("need") => Some(Family::Need),
        Some("offer") => Some(Family::Offer),
        Some(other) => {
            faults.note(at, "record", other, expected);
            None
        }
        None if otherwise.is_some() => otherwise,
        None => {
            faults.missing(at, "record", "need or offer; --record says it for rows that do not");
            None
        }
    }
}

/// A cell as the value of a file's key.
fn value(at: At, column: &Column, text: &str, faults: &mut Faults) -> Value {
    match column.shape {
        Shape::Text => json!(text),
        Shape::Many => text.split(SEPARATOR).map(str::trim).filter(|one| !one.is_empty()).collect(),
        Shape::Flag => match text.to_lowercase().as_str() {
            "yes" | "true" | "1" | "x" => json!(true),
            "no" | "false" | "0" => json!(false),
            _ => {
                faults.note(at, column.name, text, "yes or no");
                json!(false)
            }
        },
    }
}
