//! The rows of a CSV file (RFC 4180), by column: delimiter, encoding and bounds are settled here.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::fault::{At, Faults};
use crate::input::import::column::{Column, read_header};

/// The longest file: some thousand rows of a spreadsheet are a tenth of it.
pub const FILE_BYTES_MAX: u64 = 8 << 20;

/// The most rows: each may be a record that the node writes durably, a few milliseconds each.
pub const ROWS_MAX: usize = 5_000;

/// The longest cell: as long as the longest text of a record.
pub const CELL_CHARS_MAX: usize = 4_000;

/// Delimiters that are recognized by themselves.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// What a spreadsheet may put before the first character.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A row with its cells; empty ones are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet counts them, the header being 1.
    pub number: usize,
    /// Texts by the names of their columns.
    pub cells: BTreeMap<&'static str, (Cell, String)>,
}

/// The column of a cell, ordered by nothing but its name.
pub type Cell = &'static Column;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its rows without the header, in order; rows of nothing are left out.
    pub rows: Vec<Row>,
}

impl Row {
    /// The text of a column, if it has one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.cells.get(name).map(|(_, text)| text.as_str())
    }
}

impl Table {
    /// Reads a file, `-` being standard input.
    ///
    /// # Errors
    /// When it cannot be read, or is no table of known columns; every fault is told.
    pub fn read(path: &Path, delimiter: Option<char>, ignored: &[String]) -> Result<Self, Failure> {
        let fault = |what: String| Failure::new(Exit::Usage, format!("file {}: {what}", path.display()));
        let bytes = bytes(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            fault(format!("byte {} is not UTF-8", place + 1))
                .with_hint("save it as \"CSV UTF-8\" in the spreadsheet")
        })?;
        Self::parse(&text, delimiter, ignored)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// As for [`Table::read`].
    pub fn parse(text: &str, delimiter: Option<char>, ignored: &[String]) -> Result<Self, Failure> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut records = records(text, self::delimiter(text, delimiter)?)?.into_iter().peekable();
        let Some(header) = records.next() else {
            return Err(Failure::new(Exit::Usage, "the file is empty, expected a header and rows below it"));
        };
        let tags = records.next_if(|record| are_tags(&record.cells)).map(|record| record.cells);
        let columns = read_header(&header.cells, tags.as_deref(), ignored).map_err(failed)?;
        let mut faults = Faults::default();
        let rows = records.map(|record| row(&record, &columns, &mut faults));
        let rows: Vec<Row> = rows.filter(|row| !row.cells.is_empty()).collect();
        if rows.len() > ROWS_MAX {
            let words = format!("{} rows, expected at most {ROWS_MAX}: split the file", rows.len());
            return Err(Failure::new(Exit::Usage, words));
        }
        faults.end()?;
        Ok(Self { rows })
    }
}

fn failed(faults: Faults) -> Failure {
    faults.end().err().unwrap_or_else(|| Failure::new(Exit::Usage, "the header cannot be read"))
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    let mut bytes = Vec::new();
    source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// The delimiter that was named, or the only one that the first line has.
fn delimiter(text: &str, named: Option<char>) -> Result<u8, Failure> {
    if let Some(named) = named {
        let expected = "--delimiter: expected one ASCII character, such as ; or a tab";
        return u8::try_from(named)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| Failure::new(Exit::Usage, expected));
    }
    let first = text.lines().next().unwrap_or_default();
    let used: Vec<u8> =
        DELIMITERS.into_iter().filter(|delimiter| first.as_bytes().contains(delimiter)).collect();
    match used[..] {
        [] => Ok(b','),
        [only] => Ok(only),
        _ => Err(Failure::new(Exit::Usage, "the header has commas, semicolons or tabs beside each other")
            .with_hint("say which one separates columns: --delimiter ';'")),
    }
}

/// A record of the file, numbered as a spreadsheet does.
struct Record {
    number: usize,
    cells: Vec<String>,
}

/// The records of the file. The reader passes over empty lines, which a spreadsheet counts as rows; cells may hold line ends,
/// which it does not count.
fn records(text: &str, delimiter: u8) -> Result<Vec<Record>, Failure> {
    // So that lines can be counted: the reader ends a record at either character of a Windows line end, and counts one only.
    let text = format!("{}\n", text.replace("\r\n", "\n").trim_end_matches('\n'));
    let mut builder = csv::ReaderBuilder::new();
    let mut reader =
        builder.has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut records, mut cells, mut number) = (Vec::new(), csv::StringRecord::new(), 0);
    loop {
        let begin = reader.position().line();
        let read = reader.read_record(&mut cells);
        if !read.map_err(|error| Failure::new(Exit::Usage, format!("the file is no CSV: {error}")))? {
            return Ok(records);
        }
        let lines = usize::try_from(reader.position().line() - begin).unwrap_or(usize::MAX);
        let inner: usize = cells.iter().map(|cell| cell.matches('\n').count()).sum();
        number += lines.saturating_sub(inner);
        records.push(Record { number, cells: cells.iter().map(ToOwned::to_owned).collect() });
    }
}

/// A row of hashtags, as HXL puts it under the header.
fn are_tags(cells: &[String]) -> bool {
    let mut filled = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).peekable();
    filled.peek().is_some() && filled.all(|cell| cell.starts_with('#'))
}

fn row(record: &Record, columns: &[Option<&'static Column>], faults: &mut Faults) -> Row {
    let number = record.number;
    let mut row = Row { number, ..Row::default() };
    for (index, cell) in record.cells.iter().enumerate() {
        let (text, at) = (cell.trim(), At::Row(number));
        match columns.get(index) {
            None if text.is_empty() => {}
            None => faults.note(
                at,
                &format!("column {}", index + 1),
                text,
                "nothing: the header has no column there",
            ),
            Some(None) => {}
            Some(Some(_)) if text.is_empty() => {}
            Some(Some(column)) if text.chars().count() > CELL_CHARS_MAX => {
                let came: String = text.chars().take(40).collect();
                faults.note(at, column.name, &came, &format!("at most {CELL_CHARS_MAX} characters"));
            }
            Some(Some(column)) => {
                row.cells.insert(column.name, (column, text.to_owned()));
            }
        }
    }
    row
}
