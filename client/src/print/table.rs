//! Tables: no borders, no colours, a head in capitals; as wide as the terminal, or as the data where there is none.

use comfy_table::{ContentArrangement, Table, presets};

use crate::print::View;
use crate::print::clean::clean;
use crate::print::json::Described;

/// A message that is a row of a table.
pub(crate) trait Row: Described {
    /// The names of the columns.
    const HEAD: &'static [&'static str];

    /// A cell for each column.
    fn cells(&self, view: &View<'_>) -> Vec<String>;
}

/// The table of these rows.
pub(crate) fn table<M: Row>(rows: &[M], view: &View<'_>) -> String {
    plain(M::HEAD, rows.iter().map(|row| row.cells(view)))
}

/// A table from bare cells. Every cell is cleaned here once more, so that no row can forget it.
pub(crate) fn plain(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell)));
    }
    table.lines().map(|line| format!("{}\n", line.trim())).collect()
}
