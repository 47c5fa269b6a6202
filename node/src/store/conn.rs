//! Two databases, one text: pools, transactions, and the macro that runs the same call on either.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, Postgres, SqlitePool, Transaction};

use super::error::StoreError;
use super::later::Lite;

/// Connections that read a SQLite file side by side: reads are short, and more only compete for two cores.
const SQLITE_READERS: u32 = 4;

/// Connections of one process to PostgreSQL: one writes at a time, the others read.
const POSTGRES_CONNECTIONS: u32 = 16;

/// How long a caller waits for its turn before it is told to try again; the API's own time-out.
pub(super) const WAIT: Duration = Duration::from_secs(30);

/// Pages of 4 KiB after which a commit moves the write-ahead log into the file by itself: 256 MiB, should nobody have done that
/// before.
const WAL_PAGES: &str = "65536";

/// What the writer keeps of a SQLite file in memory, in KiB, as SQLite counts that: the inner pages of every index of a million
/// records. With its own 2 MiB a first synchronization reads and writes them again and again.
const WRITER_CACHE: &str = "-32768";

/// Rows that a statement may be ahead of who reads them: a tile of entries, so that two threads do not wait for each other in
/// between.
const ROWS_AHEAD: usize = 256;

/// Names the one advisory lock that every writer of a PostgreSQL database takes: the letters of `quince`.
const WRITER_LOCK: i64 = 0x7175_696e_6365;

const LOCK_WRITER: &str = "SELECT pg_advisory_xact_lock($1)";

/// The connections of a store.
#[derive(Debug, Clone)]
pub(super) enum Pools {
    /// One connection writes, some read, and one moves the write-ahead log.
    Sqlite { write: SqlitePool, read: SqlitePool, aside: SqlitePool },
    /// Any connection reads or writes; writers take turns by an advisory lock.
    Postgres(PgPool),
}

/// A transaction on either database. Dropped without a commit, it never happened.
pub(super) enum Conn {
    Sqlite(Lite),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same call on whichever database it is: `on!(conn, db => query.fetch_all(db))`.
macro_rules! on {
    ($conn:expr, $db:ident => $call:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite(lite) => match lite.settled().await {
                Ok(db) => {
                    let $db = db;
                    $call.await.map_err($crate::store::error::StoreError::from)
                }
                Err(error) => Err(error),
            },
            $crate::store::conn::Conn::Postgres(tx) => {
                let $db = &mut **tx;
                $call.await.map_err($crate::store::error::StoreError::from)
            }
        }
    };
}
pub(super) use on;

/// Executes a statement on whichever database it is, and tells how many rows it changed.
macro_rules! run {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite(lite) => match lite.settled().await {
                Ok(db) => {
                    let done = $query.execute(db).await;
                    done.map(|done| done.rows_affected()).map_err($crate::store::error::StoreError::from)
                }
                Err(error) => Err(error),
            },
            $crate::store::conn::Conn::Postgres(tx) => {
                let done = $query.execute(&mut **tx).await;
                done.map(|done| done.rows_affected()).map_err($crate::store::error::StoreError::from)
            }
        }
    };
}
pub(super) use run;

/// Two texts of one statement, where the databases truly differ; the site says why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Texts {
    /// The text for this connection's database.
    pub(super) const fn of(self, conn: &Conn) -> &'static str {
        match conn {
            Conn::Sqlite(_) => self.sqlite,
            Conn::Postgres(_) => self.postgres,
        }
    }
}

pub(super) fn sqlite_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WAIT)
        .foreign_keys(true)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("wal_autocheckpoint", WAL_PAGES)
}

/// When the disk is full or fails, SQLite undoes a transaction by itself; sqlx goes on waiting for its end, and nothing can
/// begin on that connection. It is closed, and another takes its place.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        // A file does not hang up, and to ask costs as much as a short statement.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

impl Pools {
    /// Opens a SQLite file, creating it when absent.
    pub(super) async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        let options = sqlite_options(file).create_if_missing(true);
        let write = sqlite_pool(1).connect_with(options.clone().pragma("cache_size", WRITER_CACHE)).await?;
        let options = options.create_if_missing(false);
        let aside = sqlite_pool(1).connect_lazy_with(options.clone());
        let read = sqlite_pool(SQLITE_READERS).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { write, read, aside })
    }

    /// Connects to PostgreSQL.
    pub(super) async fn postgres(options: PgConnectOptions) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(WAIT);
        Ok(Self::Postgres(pool.connect_with(options).await?))
    }

    /// Begins a snapshot that sees nothing committed later.
    pub(super) async fn begin_read(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Conn::Sqlite(Lite::new(read.begin().await?)),
            Self::Postgres(pool) => {
                Conn::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// Waits for its turn, then begins the one transaction that may write.
    pub(super) async fn begin_write(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Conn::Sqlite(Lite::new(write.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => {
                // Whatever the server's default is: a snapshot from before the lock would show an older newest change.
                let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
                sqlx::query(LOCK_WRITER).bind(WRITER_LOCK).execute(&mut *tx).await?;
                Conn::Postgres(tx)
            }
        })
    }

    /// Closes all connections, waiting for those in use.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { write, read, aside } => {
                read.close().await;
                aside.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Conn {
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(lite) => lite.commit().await,
            Self::Postgres(tx) => Ok(tx.commit().await?),
        }
    }
}
