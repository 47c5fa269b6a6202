//! The rows of a CSV file (RFC 4180), by column: delimiter, encoding and bounds are settled here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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

/// How much of a cell that is too long an error repeats: enough to find it.
const SHOWN_CHARS_MAX: usize = 40;

/// Delimiters that are recognized by themselves.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// What a spreadsheet may put before the first character.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A line of the file with its cells as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As a spreadsheet counts them, the first being 1.
    pub number: usize,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A row with its cells; empty ones are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet counts them.
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

    /// Where a value of its line was typed: a place or a date may stand in columns that needs and offers share.
    #[must_use]
    pub fn column<'a>(&self, key: &'a str) -> &'a str {
        match key {
            "to" | "from" if self.text(key).is_none() && composed_place(self).is_some() => "place",
            "by" | "available" if self.text(key).is_none() && self.text("date").is_some() => "date",
            _ => key,
        }
    }
}

impl Table {
    /// Reads a file, `-` being standard input. Faults of its cells are noted.
    ///
    /// # Errors
    /// When it cannot be read, or is no table of known columns.
    pub fn read(
        path: &Path,
        delimiter: Option<u8>,
        ignored: &[String],
        faults: &mut Faults,
    ) -> Result<Self, Failure> {
        let fault = |what: String| Failure::new(Exit::Usage, format!("file {}: {what}", path.display()));
        let bytes = bytes(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            fault(format!("byte {} is not UTF-8", place + 1))
                .with_hint("save it as \"CSV UTF-8\" in the spreadsheet")
        })?;
        Self::parse(&text, delimiter, ignored, faults)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// As for [`Table::read`].
    pub fn parse(
        text: &str,
        delimiter: Option<u8>,
        ignored: &[String],
        faults: &mut Faults,
    ) -> Result<Self, Failure> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut lines = lines(text, delimiter.map_or_else(|| detected(text), Ok)?)?.into_iter().peekable();
        let Some(header) = lines.next() else {
            return Err(Failure::new(Exit::Usage, "the file is empty, expected a header and rows below it"));
        };
        let tags = lines.next_if(Line::is_of_tags);
        let columns = read_header(&header, tags.as_ref(), ignored).map_err(failed)?;
        let rows: Vec<Row> =
            lines.map(|line| row(&line, &columns, faults)).filter(|row| !row.cells.is_empty()).collect();
        if rows.len() > ROWS_MAX {
            let words = format!("{} rows, expected at most {ROWS_MAX}: split the file", rows.len());
            return Err(Failure::new(Exit::Usage, words));
        }
        Ok(Self { rows })
    }
}

impl Table {
    /// Rows that say the same, group and all, as one before them: number of the later, number of the first.
    #[must_use]
    pub fn doubles(&self) -> Vec<(usize, usize)> {
        let mut first = BTreeMap::new();
        let mut doubles = Vec::new();
        for row in &self.rows {
            let said: Vec<(&str, &str)> =
                row.cells.iter().map(|(name, (_, text))| (*name, text.as_str())).collect();
            match first.entry(said) {
                Entry::Occupied(before) => doubles.push((row.number, *before.get())),
                Entry::Vacant(free) => {
                    free.insert(row.number);
                }
            }
        }
        doubles
    }
}

impl Line {
    /// Whether it holds hashtags, as HXL puts them under the header.
    fn is_of_tags(&self) -> bool {
        let mut filled = self.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).peekable();
        filled.peek().is_some() && filled.all(|cell| cell.starts_with('#'))
    }
}

/// A delimiter as it is typed: a character, or `tab`.
///
/// # Errors
/// Says what was expected.
pub fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [only] if only.is_ascii() && !matches!(only, b'"' | b'\r' | b'\n') => Ok(*only),
        _ => Err("expected one ASCII character, such as ; or the word tab".to_owned()),
    }
}

/// Place, country and coordinates of a row, as one text.
pub(super) fn composed_place(row: &Row) -> Option<String> {
    let parts = ["place", "country", "latitude", "longitude"].map(|name| row.text(name));
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(","))
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

/// The only delimiter that the header has outside of quotes.
fn detected(text: &str) -> Result<u8, Failure> {
    let header = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let bare: String = header.split('"').step_by(2).collect();
    let used: Vec<u8> =
        DELIMITERS.into_iter().filter(|delimiter| bare.as_bytes().contains(delimiter)).collect();
    match used[..] {
        [] => Ok(b','),
        [only] => Ok(only),
        _ => Err(Failure::new(Exit::Usage, "the header has commas, semicolons or tabs beside each other")
            .with_hint("say which one separates columns: --delimiter ';'")),
    }
}

/// All lines. The reader leaves out empty ones, which a spreadsheet shows and counts.
fn lines(text: &str, delimiter: u8) -> Result<Vec<Line>, Failure> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let (mut lines, mut number) = (Vec::new(), 0);
    let mut cells = csv::StringRecord::new();
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let more = reader.read_record(&mut cells);
        if !more.map_err(|error| Failure::new(Exit::Usage, format!("the file is no CSV: {error}")))? {
            return Ok(lines);
        }
        number += 1 + empty_lines(text, start);
        lines.push(Line { number, cells: cells.iter().map(ToOwned::to_owned).collect() });
    }
}

/// How many empty lines begin at a byte. The reader stops between the two characters that may end a line.
fn empty_lines(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let mut rest = if text[..start].ends_with('\r') { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
    let mut count = 0;
    while let Some(next) =
        rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).or_else(|| rest.strip_prefix('\r'))
    {
        (rest, count) = (next, count + 1);
    }
    count
}

fn row(line: &Line, columns: &[Option<&'static Column>], faults: &mut Faults) -> Row {
    let mut row = Row { number: line.number, ..Row::default() };
    for (index, cell) in line.cells.iter().enumerate() {
        // A spreadsheet ends lines within a cell as its system does.
        let text = cell.replace("\r\n", "\n");
        let (text, at) = (text.trim(), At::Row(line.number));
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
                let came: String = text.chars().take(SHOWN_CHARS_MAX).collect();
                faults.note(at, column.name, &came, &format!("at most {CELL_CHARS_MAX} characters"));
                // It is there, if too long: nobody is to be told that it is missing.
                row.cells.insert(column.name, (column, came));
            }
            Some(Some(column)) => {
                row.cells.insert(column.name, (column, text.to_owned()));
            }
        }
    }
    row
}
