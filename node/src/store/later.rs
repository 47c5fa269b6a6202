//! Writes that nobody waits for: SQLite gets those of a transaction together, for each way to its thread and back costs more than
//! a short statement.
//!
//! Whatever is asked next, and the commit, first writes all that was put off. So nobody sees that anything was, but for an error,
//! which comes that much later. PostgreSQL takes prepared statements one by one, and nothing is put off there.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _, Sqlite, SqliteConnection, Transaction};
use tokio_stream::StreamExt as _;

use super::conn::Conn;
use super::error::StoreError;

/// A value that a statement writes.
#[derive(Debug)]
pub(super) enum Written {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// How many rows a statement changes, and what is wrong if it changes another number.
pub(super) struct Expected {
    pub(super) rows: u64,
    pub(super) otherwise: Box<dyn FnOnce(u64) -> StoreError + Send + Sync>,
}

/// A transaction of SQLite, with what it is to write before it is asked anything.
pub(super) struct Lite {
    tx: Transaction<'static, Sqlite>,
    text: String,
    arguments: SqliteArguments,
    count: usize,
    expected: Vec<Option<Expected>>,
    /// Something that was put off could not be written, and what came behind it was not. Nothing of this transaction may be kept.
    broken: bool,
}

impl Expected {
    pub(super) fn check(self, rows: u64) -> Result<(), StoreError> {
        if rows == self.rows { Ok(()) } else { Err((self.otherwise)(rows)) }
    }
}

impl Lite {
    pub(super) fn new(tx: Transaction<'static, Sqlite>) -> Self {
        let (text, arguments) = (String::new(), SqliteArguments::default());
        Self { tx, text, arguments, count: 0, expected: Vec::new(), broken: false }
    }

    /// Puts off a statement, whose parameters are `$1` and so on.
    pub(super) fn put_off(
        &mut self,
        text: &str,
        values: Vec<Written>,
        expected: Option<Expected>,
    ) -> Result<(), StoreError> {
        push_shifted(&mut self.text, text, self.count);
        self.text.push(';');
        self.count += values.len();
        for value in values {
            let added = match value {
                Written::Integer(value) => self.arguments.add(value),
                Written::Text(value) => self.arguments.add(value),
                Written::Bytes(value) => self.arguments.add(value),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        self.expected.push(expected);
        Ok(())
    }

    /// The connection, after all that was put off.
    ///
    /// # Errors
    /// When that could not be written; whoever goes on nevertheless cannot commit.
    pub(super) async fn settled(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.broken {
            return Err(StoreError::conflict(
                "a write of this transaction has failed, and nothing of it is kept",
            ));
        }
        if !self.expected.is_empty() {
            // A caller that goes away in between leaves it broken too.
            self.broken = true;
            self.write_all().await?;
            self.broken = false;
        }
        Ok(&mut self.tx)
    }

    async fn write_all(&mut self) -> Result<(), StoreError> {
        let (text, arguments) = (std::mem::take(&mut self.text), std::mem::take(&mut self.arguments));
        let mut expected = std::mem::take(&mut self.expected).into_iter();
        self.count = 0;
        // Made of constants and numbers.
        let mut steps = self.tx.fetch_many(sqlx::query_with(AssertSqlSafe(text), arguments));
        while let Some(step) = steps.try_next().await? {
            if let Either::Left(done) = step
                && let Some(expected) = expected.next().flatten()
            {
                expected.check(done.rows_affected())?;
            }
        }
        Ok(())
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.settled().await?;
        Ok(self.tx.commit().await?)
    }
}

impl Conn {
    /// Writes, now or with what is written next.
    pub(super) async fn later(&mut self, text: &'static str, values: Vec<Written>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(lite) => lite.put_off(text, values, None),
            Self::Postgres(tx) => {
                let query = values.into_iter().fold(sqlx::query(text), |query, value| match value {
                    Written::Integer(value) => query.bind(value),
                    Written::Text(value) => query.bind(value),
                    Written::Bytes(value) => query.bind(value),
                });
                query.execute(&mut **tx).await?;
                Ok(())
            }
        }
    }
}

/// Adds a text whose parameters come after those of others.
fn push_shifted(to: &mut String, text: &str, by: usize) {
    let mut parts = text.split('$');
    to.extend(parts.next());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        to.push('$');
        match number.parse::<usize>() {
            Ok(number) => to.push_str(&(number + by).to_string()),
            Err(_) => to.push_str(number),
        }
        to.push_str(rest);
    }
}

impl From<i64> for Written {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<&str> for Written {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Written {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Vec<u8>> for Written {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Written {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

#[cfg(test)]
mod tests {
    use super::push_shifted;

    #[test]
    fn parameters_are_counted_on_and_nothing_else_is_touched() {
        let mut text = "SELECT 1;".to_owned();
        push_shifted(&mut text, "UPDATE feed SET size = $2, head = $10 || '$' WHERE feed = $1", 7);
        assert_eq!(text, "SELECT 1;UPDATE feed SET size = $9, head = $17 || '$' WHERE feed = $8");
    }
}
