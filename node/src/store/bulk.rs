//! Many rows in one statement: a statement per row would cost more than the rows.
//!
//! The databases have no common way to take a list. PostgreSQL unnests one array per column. SQLite gets the rows that
//! it inserts as parameters, each a value of its own; for all else a JSON array of rows, and in place of each byte string
//! its place in one heap of bytes, which `substr` cuts out again. Of wide rows, that costs twice as much as parameters.

use std::ops::Range;

use serde_json::{Value, json};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Postgres};

use super::conn::{Conn, Texts};
use super::error::StoreError;
use super::later::{Expected, Written};

/// Rows in one statement of SQLite: a tile of entries, and with 22 columns a sixth of the parameters that it takes.
const ROWS_MAX: usize = 256;

/// What remains goes in statements of a quarter of the rows each, down to one: few texts, so that all stay prepared.
const ROWS_STEP: usize = 4;

/// More rows than this are not put off: whoever writes them together with others saves nothing, and a text for every number of
/// rows in every company would be prepared anew.
const ROWS_LATER: usize = 4;

/// Values of one column, one for each row.
#[derive(Debug)]
pub(super) enum Column {
    Integer(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// A statement that inserts whole rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insert {
    /// SQLite's text up to the rows; it ends with `VALUES`.
    pub(super) sqlite: &'static str,
    /// SQLite's text after the rows.
    pub(super) sqlite_end: &'static str,
    /// PostgreSQL's text, which finds the columns from `$1` on.
    pub(super) postgres: &'static str,
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
        Conn::Sqlite(lite) => {
            let (rows, heap) = pack(&columns);
            let query = sqlx::query(statement.sqlite).bind(rows).bind(heap).bind(fixed);
            Ok(query.execute(lite.settled().await?).await?.rows_affected())
        }
        Conn::Postgres(tx) => {
            let query = unnested(sqlx::query(statement.postgres).bind(fixed), columns);
            Ok(query.execute(&mut **tx).await?.rows_affected())
        }
    }
}

/// Inserts rows and tells how many are new or changed. The columns are in the order of the statement's.
pub(super) async fn insert(
    conn: &mut Conn,
    statement: Insert,
    mut columns: Vec<Column>,
) -> Result<u64, StoreError> {
    let rows = columns.first().map_or(0, Column::len);
    if rows == 0 {
        return Ok(0);
    }
    match conn {
        Conn::Sqlite(lite) => {
            let db = lite.settled().await?;
            let (mut from, mut changed) = (0, 0);
            while from < rows {
                let mut count = ROWS_MAX;
                while count > rows - from {
                    count /= ROWS_STEP;
                }
                let arguments = arguments(&mut columns, from..from + count)?;
                // Made of constants and question marks.
                let text = AssertSqlSafe(statement.text(columns.len(), count));
                changed += sqlx::query_with(text, arguments).execute(&mut *db).await?.rows_affected();
                from += count;
            }
            Ok(changed)
        }
        Conn::Postgres(tx) => {
            let query = unnested(sqlx::query(statement.postgres), columns);
            Ok(query.execute(&mut **tx).await?.rows_affected())
        }
    }
}

/// Inserts rows like [`insert`]; a few with what is written next. `otherwise` says what is wrong when not each of them is new.
pub(super) async fn insert_later(
    conn: &mut Conn,
    statement: Insert,
    mut columns: Vec<Column>,
    otherwise: impl FnOnce(u64) -> StoreError + Send + Sync + 'static,
) -> Result<(), StoreError> {
    let rows = columns.first().map_or(0, Column::len);
    let expected = Expected { rows: rows as u64, otherwise: Box::new(otherwise) };
    match conn {
        Conn::Sqlite(lite) if (1..=ROWS_LATER).contains(&rows) => {
            let text = statement.numbered(columns.len(), rows);
            let values = (0..rows).flat_map(|row| row_of(&mut columns, row)).collect();
            lite.put_off(&text, values, Some(expected))
        }
        _ => expected.check(insert(conn, statement, columns).await?),
    }
}

/// Takes the values of a row out of the columns.
fn row_of(columns: &mut [Column], row: usize) -> Vec<Written> {
    let value = |column: &mut Column| match column {
        Column::Integer(values) => Written::Integer(values[row]),
        Column::Text(values) => Written::Text(values[row].take()),
        Column::Bytes(values) => Written::Bytes(values[row].take()),
    };
    columns.iter_mut().map(value).collect()
}

type PostgresQuery = Query<'static, Postgres, PgArguments>;

fn unnested(query: PostgresQuery, columns: Vec<Column>) -> PostgresQuery {
    columns.into_iter().fold(query, |query, column| match column {
        Column::Integer(values) => query.bind(values),
        Column::Text(values) => query.bind(values),
        Column::Bytes(values) => query.bind(values),
    })
}

/// Takes the values of these rows out of the columns.
fn arguments(columns: &mut [Column], rows: Range<usize>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(rows.len() * columns.len(), 0);
    for row in rows {
        for column in &mut *columns {
            let added = match column {
                Column::Integer(values) => arguments.add(values[row]),
                Column::Text(values) => arguments.add(values[row].take()),
                Column::Bytes(values) => arguments.add(values[row].take()),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
    }
    Ok(arguments)
}

impl Insert {
    fn text(self, columns: usize, rows: usize) -> String {
        let row = format!("({})", vec!["?"; columns].join(","));
        format!("{} {} {}", self.sqlite, vec![row; rows].join(","), self.sqlite_end)
    }

    /// The same with parameters that can be counted on.
    fn numbered(self, columns: usize, rows: usize) -> String {
        let row = |row: usize| {
            let numbers: Vec<String> =
                (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
            format!("({})", numbers.join(","))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("{} {} {}", self.sqlite, rows.join(","), self.sqlite_end)
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
