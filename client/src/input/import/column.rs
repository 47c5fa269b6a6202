//! The columns of an import: their names, which are the keys of a file's needs and offers, and the hashtags of the Humanitarian
//! Exchange Language (HXL 1.1) that say the same.

use crate::input::fault::{At, Faults};
use crate::input::import::table::Line;

/// A column, by its place in [`ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The header.
    pub name: &'static str,
    /// Where its values belong.
    pub scope: Scope,
    /// What a cell holds.
    pub shape: Shape,
}

/// Where the values of a column belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// To the import itself: which rows are one record.
    Table,
    /// To the record, above its lines.
    Head,
    /// To any line.
    Line,
    /// To a line of a need.
    NeedLine,
    /// To a line of an offer.
    OfferLine,
    /// To the terms of a line of an offer.
    Terms,
    /// To a line's place or date, which needs and offers call differently.
    Composed,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One value.
    Text,
    /// Any number of values, with `|` between them.
    Many,
    /// yes or no.
    Flag,
}

/// Separates the values of a cell that holds several.
pub const SEPARATOR: char = '|';

/// Every column, as the help lists them.
pub const ALL: &[Column] = &[
    column("record", Scope::Table, Shape::Text),
    column("group", Scope::Table, Shape::Text),
    column("title", Scope::Head, Shape::Text),
    column("description", Scope::Head, Shape::Text),
    column("incident", Scope::Head, Shape::Text),
    column("call", Scope::Head, Shape::Text),
    column("party", Scope::Head, Shape::Many),
    column("external-id", Scope::Head, Shape::Many),
    column("value", Scope::Head, Shape::Many),
    column("currency", Scope::Head, Shape::Text),
    column("approximate", Scope::Head, Shape::Flag),
    column("source", Scope::Head, Shape::Text),
    column("locator", Scope::Head, Shape::Text),
    column("as-of", Scope::Head, Shape::Text),
    column("continues", Scope::Head, Shape::Text),
    column("related", Scope::Head, Shape::Many),
    column("kind", Scope::Line, Shape::Text),
    column("item", Scope::Line, Shape::Text),
    column("quantity", Scope::Line, Shape::Text),
    column("attribute", Scope::Line, Shape::Many),
    column("min-lot", Scope::Line, Shape::Text),
    column("note", Scope::Line, Shape::Text),
    column("to", Scope::Line, Shape::Text),
    column("urgency", Scope::NeedLine, Shape::Text),
    column("by", Scope::NeedLine, Shape::Text),
    column("min-shelf-life-days", Scope::NeedLine, Shape::Text),
    column("accept-lower-grade", Scope::NeedLine, Shape::Flag),
    column("accept-basis", Scope::NeedLine, Shape::Many),
    column("available", Scope::OfferLine, Shape::Text),
    column("from", Scope::OfferLine, Shape::Text),
    column("expires", Scope::OfferLine, Shape::Text),
    column("weight", Scope::OfferLine, Shape::Text),
    column("volume", Scope::OfferLine, Shape::Text),
    column("cold-chain", Scope::OfferLine, Shape::Flag),
    column("earmarked-for", Scope::OfferLine, Shape::Many),
    column("excluded", Scope::OfferLine, Shape::Many),
    column("basis", Scope::Terms, Shape::Text),
    column("estimate", Scope::Terms, Shape::Text),
    column("freight", Scope::Terms, Shape::Text),
    column("duty", Scope::Terms, Shape::Text),
    column("insurance", Scope::Terms, Shape::Text),
    column("place", Scope::Composed, Shape::Text),
    column("country", Scope::Composed, Shape::Text),
    column("latitude", Scope::Composed, Shape::Text),
    column("longitude", Scope::Composed, Shape::Text),
    column("date", Scope::Composed, Shape::Text),
];

/// Hashtags and the columns that they mean. A tag with other attributes means what the tag alone means.
pub const TAGS: &[(&str, &str)] = &[
    ("#item+name", "title"),
    ("#item", "item"),
    ("#inneed", "quantity"),
    ("#quantity", "quantity"),
    ("#loc", "place"),
    ("#country", "country"),
    ("#geo+lat", "latitude"),
    ("#geo+lon", "longitude"),
    ("#date+asof", "as-of"),
    ("#date", "date"),
    ("#value", "value"),
    ("#currency", "currency"),
    ("#org+source", "source"),
    ("#meta+id", "group"),
    ("#meta+kind", "record"),
    ("#meta", "note"),
];

const fn column(name: &'static str, scope: Scope, shape: Shape) -> Column {
    Column { name, scope, shape }
}

/// The column of a header, whatever its case; blanks and underscores are hyphens.
#[must_use]
pub fn named(header: &str) -> Option<&'static Column> {
    let name = header.trim().to_lowercase().replace([' ', '_'], "-");
    ALL.iter().find(|column| column.name == name)
}

/// The column of a hashtag: that of the most telling pattern whose tag and attributes it has.
#[must_use]
pub fn tagged(hashtag: &str) -> Option<&'static Column> {
    let hashtag = hashtag.trim().to_lowercase().replace(' ', "");
    let parts: Vec<&str> = hashtag.split('+').collect();
    let fits = |pattern: &&(&str, &str)| pattern.0.split('+').all(|part| parts.contains(&part));
    TAGS.iter().find(fits).and_then(|(_, name)| named(name))
}

/// Which column stands where; `None` where it is left out. Unknown ones, and one that stands twice, are faults.
///
/// # Errors
/// All of these faults.
pub fn read_header(
    header: &Line,
    tags: Option<&Line>,
    ignored: &[String],
) -> Result<Vec<Option<&'static Column>>, Faults> {
    let mut faults = Faults::default();
    let mut found: Vec<Option<&'static Column>> = Vec::new();
    let ignored: Vec<String> = ignored.iter().map(|name| folded(name)).collect();
    let width = header.cells.len().max(tags.map_or(0, |tags| tags.cells.len()));
    for index in 0..width {
        let cell = |line: &Line| line.cells.get(index).map_or("", |cell| cell.trim()).to_owned();
        let name = cell(header);
        let (row, shown) = match tags.map(|tags| (tags.number, cell(tags))) {
            Some((row, tag)) if !tag.is_empty() => (row, tag),
            _ => (header.number, name.clone()),
        };
        if shown.is_empty() || [&name, &shown].iter().any(|name| ignored.contains(&folded(name))) {
            found.push(None);
            continue;
        }
        let column = if shown.starts_with('#') { tagged(&shown) } else { named(&shown) };
        let place = format!("column {}", index + 1);
        match column {
            None => faults.note(At::Row(row), &place, &shown, &expected(&shown)),
            Some(column) if found.contains(&Some(column)) => {
                let twice = format!(
                    "each column once, but another one is {} too: --ignore leaves one out",
                    column.name
                );
                faults.note(At::Row(row), &place, &shown, &twice);
            }
            Some(_) => {}
        }
        found.push(column);
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// Headers are told apart without regard to case.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn expected(shown: &str) -> String {
    let names: Vec<&str> = if shown.starts_with('#') {
        TAGS.iter().map(|(tag, _)| *tag).collect()
    } else {
        ALL.iter().map(|column| column.name).collect()
    };
    format!("one of {}; --ignore COLUMN leaves one out", names.join(", "))
}
