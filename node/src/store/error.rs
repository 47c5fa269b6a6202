//! What can go wrong in the store, in words an operator can act upon.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the store did not do what was asked. Nothing is half-written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another transaction held the database for too long; the same call may work when repeated.
    #[error("the database is busy; try again")]
    Busy,
    /// The disk is full: reads go on, writes are refused until there is room.
    #[error("the disk of the database is full; free some space, then try again")]
    Full,
    /// The disk failed. What was being written may be there after the next start, or not.
    #[error("the disk of the database failed ({0}); look at the disk, then start the node again")]
    Disk(String),
    /// A stored value is not what this program writes.
    #[error("{table}.{column} of {row} is damaged: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row, in the words of the domain.
        row: String,
        /// What stands there and what was expected.
        what: String,
    },
    /// The database file as a whole is not readable.
    #[error("the database is damaged: {0}; restore a backup")]
    Damaged(String),
    /// Something else was written meanwhile, or the write contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// The node signs nothing.
    #[error("this node is read-only: {reason}")]
    ReadOnly {
        /// Why, and what to do.
        reason: String,
    },
    /// A newer program has written this database.
    #[error(
        "database has migration {found} newer than this binary knows ({known}): run the newer \
        quince-node, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration of this program.
        known: i64,
    },
    /// A PostgreSQL database is to be upgraded, and nobody has said that there is a backup.
    #[error(
        "database has migration {found}, this binary needs {known}: make a backup with pg_dump, then start with \
        --migrate"
    )]
    NeedsMigration {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration of this program.
        known: i64,
    },
    /// Another process uses the data directory.
    #[error("another quince-node uses {0}; stop it first")]
    Locked(PathBuf),
    /// A file outside the database could not be read or written.
    #[error("cannot {what}")]
    File {
        /// What was tried, with the path.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The migrations could not be run.
    #[error("cannot migrate the database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else that the database said.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub(super) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict(what.into())
    }

    pub(super) fn file(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::File { what, source }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy;
        }
        let Some(said) = error.as_database_error() else { return Self::Database(error) };
        match said.code().as_deref().map(meaning) {
            _ if said.is_unique_violation() => Self::Conflict(said.message().to_owned()),
            Some(Meaning::Busy) => Self::Busy,
            Some(Meaning::Full) => Self::Full,
            Some(Meaning::Disk) => Self::Disk(said.message().to_owned()),
            Some(Meaning::Damaged) => Self::Damaged(said.message().to_owned()),
            _ => Self::Database(error),
        }
    }
}

enum Meaning {
    Busy,
    Full,
    Disk,
    Damaged,
    Other,
}

/// Reads the codes of both databases: SQLite's are decimal with the primary code in the low byte,
/// PostgreSQL's have five characters.
fn meaning(code: &str) -> Meaning {
    let sqlite_primary = (code.len() < 5).then(|| code.parse::<i32>().ok().map(|code| code & 0xff)).flatten();
    match (sqlite_primary, code) {
        // SQLITE_BUSY, SQLITE_LOCKED; serialization failure, deadlock, lock not available.
        (Some(5 | 6), _) | (_, "40001" | "40P01" | "55P03") => Meaning::Busy,
        // SQLITE_FULL; disk full.
        (Some(13), _) | (_, "53100") => Meaning::Full,
        // SQLITE_IOERR, of which a synchronization that failed is one; I/O error.
        (Some(10), _) | (_, "58030") => Meaning::Disk,
        // SQLITE_CORRUPT, SQLITE_NOTADB; data corrupted, index corrupted.
        (Some(11 | 26), _) | (_, "XX001" | "XX002") => Meaning::Damaged,
        _ => Meaning::Other,
    }
}
