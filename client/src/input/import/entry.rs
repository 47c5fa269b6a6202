//! Rows to records: rows of one group are the lines of one record. What a row says above the lines is said once, or alike.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quince_proto::record::v1::{Need, Offer};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::input::catalogue::Catalogue;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::import::column::{Column, SEPARATOR, Scope, Shape};
use crate::input::import::table::{Row, Table, composed_place};
use crate::input::need::NeedLineInput;
use crate::input::offer::OfferLineInput;
use crate::input::sheet::{Author, Head, Sheet};
use crate::input::when;

/// Bytes of a digest in a request id: 128 bits meet no second time.
const REQUEST_ID_BYTES: usize = 16;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// What a city asks for.
    Need,
    /// What a city can give.
    Offer,
}

impl Family {
    /// As the column `record` says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Need => "need",
            Self::Offer => "offer",
        }
    }
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

/// A line as it is typed.
trait Line: Clone + Default + DeserializeOwned + Send + Sync + 'static {}

impl Line for NeedLineInput {}

impl Line for OfferLineInput {}

impl Entry {
    /// The records of a table, in the order of their first rows. `family` is that of rows that name none.
    pub fn all(table: Table, family: Option<Family>, faults: &mut Faults) -> Vec<Self> {
        let mut entries: Vec<Self> = Vec::new();
        let mut groups: BTreeMap<(Family, String), usize> = BTreeMap::new();
        for row in table.rows {
            let family = match family_of(&row, family, faults) {
                Some(family) => family,
                None => likely_family(&row, &groups),
            };
            let group = row.text("group").map(|group| (family, group.to_owned()));
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
        places(&numbers)
    }

    /// Its rows without the word: `7-9`.
    #[must_use]
    pub fn numbers(&self) -> String {
        let place = self.place();
        place.split_once(' ').map_or(place.clone(), |(_, numbers)| numbers.to_owned())
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
        match self.family {
            Family::Need => {
                let Head { common, title, description } = self.head::<NeedLineInput>(author, faults);
                let lines = self.each_line(faults, |line: &NeedLineInput, number, faults| {
                    line.to_record(At::File, number, catalogue, faults)
                });
                Prepared::Need(Need { common: Some(common), title, description, lines, ..Need::default() })
            }
            Family::Offer => {
                let Head { common, title, description } = self.head::<OfferLineInput>(author, faults);
                let stated = self.stated().unwrap_or(author.now);
                let lines = self.each_line(faults, |line: &OfferLineInput, number, faults| {
                    line.to_record(At::File, number, stated, catalogue, faults)
                });
                Prepared::Offer(Offer { common: Some(common), title, description, lines, ..Offer::default() })
            }
        }
    }

    /// What stands above the lines. A fault is that of the row which says it.
    fn head<L: Line>(&self, author: &Author<'_>, faults: &mut Faults) -> Head {
        let sheet = self.sheet::<L>(faults);
        let mut own = Faults::default();
        let head = sheet.head(At::File, author, &mut own);
        faults.adopt(own, |key| At::Row(self.row_with(key).number).path(key));
        head
    }

    /// Its lines, one of each row.
    fn each_line<L: Line, R>(
        &self,
        faults: &mut Faults,
        to_record: impl Fn(&L, u32, &mut Faults) -> R,
    ) -> Vec<R> {
        let lines: Vec<L> = self.lines(faults);
        let mut records = Vec::with_capacity(lines.len());
        for (number, (line, row)) in (1..).zip(lines.iter().zip(&self.rows)) {
            let mut own = Faults::default();
            records.push(to_record(line, number, &mut own));
            faults.adopt(own, |key| At::Row(row.number).path(row.column(key)));
        }
        records
    }

    /// The row that says something above the lines; the first one where none does.
    #[must_use]
    pub fn row_with(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.text(name).is_some()).unwrap_or(&self.rows[0])
    }

    /// When its money was stated: of the same file the same, whenever it is imported.
    fn stated(&self) -> Option<Timestamp> {
        let day = when::parse_start(self.row_with("as-of").text("as-of")?).ok()?;
        Timestamp::new(day.seconds, day.nanos).ok()
    }

    /// What only a table can get wrong.
    fn check(&self, faults: &mut Faults) {
        let dated = self.rows.iter().any(|row| row.text("as-of").is_some());
        for row in &self.rows {
            let at = At::Row(row.number);
            for name in ["value", "estimate"] {
                if row.text(name).is_some() && !dated {
                    let expected = format!("the day for which the {name} was stated, such as 2027-03-15");
                    faults.missing(at, "as-of", &expected);
                }
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

    fn sheet<L: Line>(&self, faults: &mut Faults) -> Sheet<L> {
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

    fn lines<L: Line>(&self, faults: &mut Faults) -> Vec<L> {
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

/// Rows, as people name them: `row 7`, `rows 7-9`, `rows 7, 9-11`.
#[must_use]
pub fn places(numbers: &[usize]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    let runs: Vec<String> = numbers
        .chunk_by(|one, next| one + 1 == *next)
        .map(|run| match run {
            [only] => only.to_string(),
            [first, .., last] => format!("{first}-{last}"),
            [] => String::new(),
        })
        .collect();
    let row = if numbers.len() == 1 { "row" } else { "rows" };
    format!("{row} {}", runs.join(", "))
}

/// What a row that does not say it may well be, so that its other faults are told as well: what others of its group are, or
/// whose columns it fills.
fn likely_family(row: &Row, groups: &BTreeMap<(Family, String), usize>) -> Family {
    let named = |family: &Family| {
        row.text("group").is_some_and(|group| groups.contains_key(&(*family, group.to_owned())))
    };
    let asks = row.cells.values().any(|(column, _)| column.scope == Scope::NeedLine);
    let otherwise = if asks { Family::Need } else { Family::Offer };
    [Family::Need, Family::Offer].into_iter().find(named).unwrap_or(otherwise)
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
