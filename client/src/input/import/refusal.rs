//! What the node refuses, by row and column: it names fields of the record, and the spreadsheet has neither.

use crate::input::import::column::named;
use crate::input::import::entry::Entry;

/// Fields of a line whose columns are called otherwise. What is not here is called alike, with hyphens.
const LINE_FIELDS: [(&str, &str); 13] = [
    ("deliver_to", "to"),
    ("needed", "by"),
    ("available_at", "from"),
    ("attributes", "attribute"),
    ("acceptable_bases", "accept-basis"),
    ("freight.weight_grams", "weight"),
    ("freight.volume_millilitres", "volume"),
    ("freight.cold_chain", "cold-chain"),
    ("terms.basis", "basis"),
    ("terms.estimate", "estimate"),
    ("terms.freight", "freight"),
    ("terms.duty", "duty"),
    ("terms.insurance", "insurance"),
];

/// Fields above the lines whose columns are called otherwise.
const HEAD_FIELDS: [(&str, &str); 9] = [
    ("common.parties", "party"),
    ("common.external_ids", "external-id"),
    ("common.values", "value"),
    ("common.source.as_of", "as-of"),
    ("common.source.locator", "locator"),
    ("common.source", "source"),
    ("common.related", "related"),
    ("common.continues", "continues"),
    ("common.call", "call"),
];

/// Row and column of a field: `need.record.lines[1].quantity.amount` is the quantity of the second row. A field without a
/// column keeps its name.
#[must_use]
pub fn place(entry: &Entry, path: &str) -> String {
    let inner = path.split_once(".record.").map_or(path, |(_, inner)| inner);
    let line = inner.strip_prefix("lines[").and_then(|rest| rest.split_once(']'));
    let line = line.and_then(|(index, field)| {
        Some((entry.rows.get(index.parse::<usize>().ok()?)?, field.trim_start_matches('.')))
    });
    match line {
        Some((row, "")) => format!("row {}", row.number),
        Some((row, field)) => {
            let column = column(field, &LINE_FIELDS).map_or(field, |column| row.column(column));
            format!("row {}, {column}", row.number)
        }
        None => match column(inner, &HEAD_FIELDS) {
            Some(column) => format!("row {}, {column}", entry.row_with(column).number),
            None if inner.is_empty() => entry.place(),
            None => format!("{}, {inner}", entry.place()),
        },
    }
}

/// The number that a place begins with, by which a report is sorted.
#[must_use]
pub fn number(place: &str) -> usize {
    let digits = place.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or_default()
}

fn column(field: &str, fields: &[(&'static str, &'static str)]) -> Option<&'static str> {
    let bare = without_indices(field);
    let within =
        |outer: &str| bare.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let told = fields.iter().find(|(outer, _)| within(outer)).map(|(_, column)| *column);
    told.or_else(|| {
        let first = bare.trim_start_matches("common.").split('.').next()?;
        named(first).map(|column| column.name)
    })
}

/// `values[0].money` is `values.money`.
fn without_indices(field: &str) -> String {
    field.split('[').enumerate().fold(String::new(), |bare, (index, part)| {
        let part = if index == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) };
        bare + part
    })
}
