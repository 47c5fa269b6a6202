//! Many rows in one statement: a statement per row would cost more than the rows.
//!
//! The databases have no common way to take a list. PostgreSQL unnests one array per column. SQLite gets a
//! JSON array of rows, and in place of each byte string its place in one heap of bytes, which `substr` cuts
//! out again.

use serde_json::{Value, json};

use super::conn::{Conn, Texts};
use super::error::StoreError;

/// Values of one column, one for each row.
#[derive(Debug)]
pub(super) enum Column {
    Integer(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// Builds a column of integers.
pub(super) fn integers(values: impl Iterator<Item = impl Into<Option<i64>>>) -> Column {
    Column::Integer(values.map(Into::into).collect())
}

/// Builds a column of texts.
pub(super) fn texts(values: impl Iterator<Item = impl Into<Option<String>>>) -> Column {
    Column::Text(values.map(Into::into).collect())
}

/// Builds a column of byte strings. In SQLite's text it takes two places of the JSON row: offset and length.
pub(super) fn bytes(values: impl Iterator<Item = impl Into<Option<Vec<u8>>>>) -> Column {
    Column::Bytes(values.map(Into::into).collect())
}

/// Runs a statement over all rows and tells how many it changed. SQLite's text finds the JSON rows in `$1`,
/// the heap in `$2` and `fixed`, which is the same for all rows, in `$3`; PostgreSQL's finds `fixed` in `$1`
/// and the columns from `$2` on.
pub(super) async fn execute(
    conn: &mut Conn,
    statement: Texts,
    fixed: i64,
    columns: Vec<Column>,
) -> Result<u64, StoreError> {
    match conn {
        Conn::Sqlite(tx) => {
            let (rows, heap) = pack(&columns);
            let query = sqlx::query(statement.sqlite).bind(rows).bind(heap).bind(fixed);
            Ok(query.execute(&mut **tx).await?.rows_affected())
        }
        Conn::Postgres(tx) => {
            let query = sqlx::query(statement.postgres).bind(fixed);
            let query = columns.into_iter().fold(query, |query, column| match column {
                Column::Integer(values) => query.bind(values),
                Column::Text(values) => query.bind(values),
                Column::Bytes(values) => query.bind(values),
            });
            Ok(query.execute(&mut **tx).await?.rows_affected())
        }
    }
}

/// The rows as JSON and the bytes that they point to. Offsets count from 1, as SQLite does.
fn pack(columns: &[Column]) -> (String, Vec<u8>) {
    let rows = columns.first().map_or(0, Column::len);
    let mut heap = Vec::new();
    let packed: Vec<Value> = (0..rows)
        .map(|row| Value::Array(columns.iter().flat_map(|column| column.pack(row, &mut heap)).collect()))
        .collect();
    (Value::Array(packed).to_string(), heap)
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Integer(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn pack(&self, row: usize, heap: &mut Vec<u8>) -> Vec<Value> {
        match self {
            Self::Integer(values) => vec![json!(values[row])],
            Self::Text(values) => vec![json!(values[row])],
            Self::Bytes(values) => match &values[row] {
                None => vec![Value::Null, Value::Null],
                Some(bytes) => {
                    let offset = heap.len() + 1;
                    heap.extend_from_slice(bytes);
                    vec![json!(offset), json!(bytes.len())]
                }
            },
        }
    }
}
