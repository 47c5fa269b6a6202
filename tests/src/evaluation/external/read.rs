//! Reads the tables. Columns are found by their names, in any order, and others are left alone. Every fault is told with
//! its row and column, the first row after the heading being 1.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result};
use csv::StringRecord;
use quince_core::domain::Instant;
use quince_core::domain::place::Point;
use quince_core::domain::quantity::AMOUNT_MAX;

/// How many faults are told at once.
const FAULTS_MAX: usize = 20;

const METRES_PER_KM: f64 = 1_000.0;

/// By definition of the international mile.
pub(super) const METRES_PER_MILE: f64 = 1_609.344;

/// A longer way than around the Earth is a mistake.
const METRES_MAX: f64 = 40_075_000.0;

/// An offer or a need, as its table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name; each once in a table.
    pub id: String,
    /// When it was entered: a day, which begins at midnight UTC, or an instant.
    pub date: Instant,
    /// What it is about.
    pub item: String,
    /// How much; `20` or `20.0`, perhaps 0.
    pub quantity: i64,
    /// Who gives or asks.
    pub place: String,
    /// Where that is, from the columns `lat` and `lon` in degrees, if there are any.
    pub point: Option<Point>,
}

/// How far it is from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distance {
    /// Whence.
    pub from: String,
    /// Whither.
    pub to: String,
    /// In metres; the column is `km` or `miles`.
    pub metres: u32,
}

/// The tables of one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// What there is.
    pub offers: Vec<Row>,
    /// What is asked for.
    pub needs: Vec<Row>,
    /// How far it is, as far as a table tells.
    pub distances: Vec<Distance>,
}

/// What is wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which row, the first after the heading being 1; 0 is the heading.
    pub row: usize,
    /// Which column; empty for the whole row.
    pub column: String,
    /// What is there and what was expected.
    pub message: String,
}

/// Everything that is wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// Which table.
    pub table: String,
    /// Where and what, in the order of the table.
    pub faults: Vec<Fault>,
}

/// A row with the names of its columns.
struct Cells<'a> {
    row: usize,
    columns: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl Tables {
    /// Reads the tables from files; the one of distances may be missing.
    pub fn read(offers: &Path, needs: &Path, distances: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| File::open(path).with_context(|| format!("cannot read {}", path.display()));
        let name = |path: &Path| path.display().to_string();
        Ok(Self {
            offers: Row::read(&name(offers), open(offers)?)?,
            needs: Row::read(&name(needs), open(needs)?)?,
            distances: match distances {
                Some(path) => Distance::read(&name(path), open(path)?)?,
                None => Vec::new(),
            },
        })
    }
}

impl Row {
    /// Reads a table of offers or of needs: `id,date,item,quantity,place`, and `lat,lon` if there are points.
    pub fn read(table: &str, from: impl Read) -> Result<Vec<Self>, Faults> {
        let mut ids = BTreeMap::new();
        read(table, from, &["id", "date", "item", "quantity", "place"], |cells| {
            let row = Self::of(cells)?;
            match ids.insert(row.id.clone(), cells.row) {
                Some(first) => {
                    Err(cells.fault("id", &format!("a name of its own; row {first} has the same")))
                }
                None => Ok(row),
            }
        })
    }

    fn of(cells: &Cells<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: cells.text("id")?,
            date: cells.parsed("date", "a day such as 2020-04-02 or an instant with its offset", instant)?,
            item: cells.text("item")?,
            quantity: cells.parsed("quantity", "a whole number, 0 or more", quantity)?,
            place: cells.text("place")?,
            point: cells.point()?,
        })
    }
}

impl Distance {
    /// Reads a table of distances: `from,to,km` or `from,to,miles`.
    pub fn read(table: &str, from: impl Read) -> Result<Vec<Self>, Faults> {
        read(table, from, &["from", "to"], |cells| {
            let (column, unit) = match (cells.cell("km"), cells.cell("miles")) {
                (Some(_), _) => ("km", METRES_PER_KM),
                (None, Some(_)) => ("miles", METRES_PER_MILE),
                (None, None) => return Err(cells.fault("km", "a column km or a column miles")),
            };
            let metres = |text: &str| metres(text, unit);
            Ok(Self {
                from: cells.text("from")?,
                to: cells.text("to")?,
                metres: cells.parsed(column, "a length, 0 or more, within the Earth's girth", metres)?,
            })
        })
    }
}

fn read<T>(
    table: &str,
    from: impl Read,
    columns: &[&str],
    mut parse: impl FnMut(&Cells<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Faults> {
    let faults = |faults| Faults { table: table.to_owned(), faults };
    let whole = |row, message| Fault { row, column: String::new(), message };
    let mut reader = csv::Reader::from_reader(from);
    let heading = reader.headers().map_err(|error| faults(vec![whole(0, error.to_string())]))?;
    let named: BTreeMap<_, _> =
        heading.iter().enumerate().map(|(at, name)| (name.trim().to_owned(), at)).collect();
    let absent = columns.iter().filter(|column| !named.contains_key(**column));
    let absent: Vec<_> = absent
        .map(|column| Fault { row: 0, column: (*column).to_owned(), message: "is missing".to_owned() })
        .collect();
    if !absent.is_empty() {
        return Err(faults(absent));
    }
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (at, record) in reader.records().enumerate() {
        let row = at + 1;
        let parsed = match &record {
            Ok(record) => parse(&Cells { row, columns: &named, record }),
            Err(error) => Err(whole(row, error.to_string())),
        };
        match parsed {
            Ok(one) => rows.push(one),
            Err(fault) if wrong.len() < FAULTS_MAX => wrong.push(fault),
            Err(_) => break,
        }
    }
    if wrong.is_empty() { Ok(rows) } else { Err(faults(wrong)) }
}

impl Cells<'_> {
    fn cell(&self, column: &str) -> Option<&str> {
        self.columns.get(column).and_then(|at| self.record.get(*at)).map(str::trim)
    }

    fn text(&self, column: &str) -> Result<String, Fault> {
        self.parsed(column, "a text", |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    fn parsed<T>(&self, column: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.cell(column).and_then(parse).ok_or_else(|| self.fault(column, expected))
    }

    /// Both columns or neither; empty cells are nowhere.
    fn point(&self) -> Result<Option<Point>, Fault> {
        let stated = |column| self.cell(column).filter(|text| !text.is_empty());
        if stated("lat").is_none() && stated("lon").is_none() {
            return Ok(None);
        }
        let latitude_e6 = self.parsed("lat", "degrees north, -90 to 90", degrees_e6)?;
        let longitude_e6 = self.parsed("lon", "degrees east, -180 to 180", degrees_e6)?;
        let point = Point::new(latitude_e6, longitude_e6);
        point.map(Some).map_err(|_| self.fault("lat", "a point on Earth"))
    }

    fn fault(&self, column: &str, expected: &str) -> Fault {
        let found = self.cell(column).unwrap_or_default();
        let message = format!("{found:?}, expected {expected}");
        Fault { row: self.row, column: column.to_owned(), message }
    }
}

fn instant(text: &str) -> Option<Instant> {
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()
}

/// Tables that went through a spreadsheet or a data frame write 20 as 20.0.
fn quantity(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    (fraction.bytes().all(|digit| digit == b'0') && (0..=AMOUNT_MAX).contains(&whole)).then_some(whole)
}

fn metres(text: &str, unit: f64) -> Option<u32> {
    let metres = text.parse::<f64>().ok()? * unit;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the Earth's girth")]
    (0.0..=METRES_MAX).contains(&metres).then(|| metres.round() as u32)
}

fn degrees_e6(text: &str) -> Option<i32> {
    let degrees = text.parse::<f64>().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
    (-180.0..=180.0).contains(&degrees).then(|| (degrees * 1_000_000.0).round() as i32)
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            let (separator, table) = (if at == 0 { "" } else { "\n" }, &self.table);
            write!(f, "{separator}{table}, ")?;
            if fault.row == 0 {
                write!(f, "heading")?
            } else {
                write!(f, "row {}", fault.row)?
            }
            let column = if fault.column.is_empty() { "" } else { ", column " };
            write!(f, "{column}{}: {}", fault.column, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
