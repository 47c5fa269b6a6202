//! Needs and offers from a spreadsheet: rows of a CSV file become the same structs that flags and files become, so that a
//! value means the same wherever it is typed.
//!
//! ```text
//! bytes ─ csv (delimiter, encoding, bounds) ─ column (header or hashtags) ─ table (rows) ─ entry (records, line by line)
//!                                                      row and column ─ refusal ─ (what the node says of a record's fields)
//! ```

pub mod column;
pub mod entry;
pub mod refusal;
pub mod table;

pub use entry::{Entry, Family};
pub use table::Table;
