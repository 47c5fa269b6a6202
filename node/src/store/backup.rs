//! Backups: a consistent copy of a running database, checked, and marked so that restoring it is noticed.
//!
//! A copy leaves the data directory, so it is its maker's alone and holds no secret: keys are in files, tokens are hashes,
//! and the secrets of invitations are taken out.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::StoreError;
use super::open::{COPY, Database, SQLITE_FILE};

/// What is forgotten is overwritten too.
const OVERWRITE: &str = "PRAGMA secure_delete = ON";
const FORGET_TOKEN: &str = "DELETE FROM meta WHERE name = 'store_token'";
/// Whoever reads the copy could redeem those that are open. After a restore others are issued.
const FORGET_INVITATIONS: &str = "UPDATE invitation SET secret = zeroblob(length(secret)), \
    state = CASE WHEN state = 'admitted' THEN state ELSE 'revoked' END";
/// What a copy allows: reading and writing by its owner.
const FILE_MODE: u32 = 0o600;
const INTEGRITY: &str = "PRAGMA integrity_check";
const RECORDS: &str = "SELECT COUNT(*) FROM record";
const ENTRIES: &str = "SELECT COUNT(*) FROM entry";

/// What a backup contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Where it is.
    pub path: PathBuf,
    /// Records in it.
    pub records: u64,
    /// Entries in it.
    pub entries: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Copies the database of a data directory to a new file, also while the node runs. The copy has no store
/// token, so that a store opened from it draws a new one and its peers' cursors do not fit. It contains no
/// keys.
///
/// # Errors
/// When `to` exists, the copy is not sound, or the database is PostgreSQL, which has tools of its own.
pub async fn backup(data_dir: &Path, database: &Database, to: &Path) -> Result<BackupReport, StoreError> {
    if let Database::Postgres { .. } = database {
        return Err(StoreError::conflict(
            "a PostgreSQL database is backed up by its own tools: pg_dump --format=custom --file=FILE URL; keep the \
            data directory's head file where it is",
        ));
    }
    if to.exists() {
        return Err(StoreError::conflict(format!("{} exists; name a new file", to.display())));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(StoreError::conflict(format!("{} is not a directory that exists", folder.display())));
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(to);
    made.map_err(StoreError::file(format!("create {}", to.display())))?;
    let file = data_dir.join(SQLITE_FILE);
    let mut source = SqliteConnectOptions::new().filename(&file).read_only(true).connect().await?;
    let copied = sqlx::query(COPY).bind(to.display().to_string()).execute(&mut source).await;
    if copied.is_err() {
        // What is half copied helps nobody, and the name is free again.
        drop(std::fs::remove_file(to));
    }
    copied?;
    source.close().await?;
    inspect(to).await
}

/// Checks the copy, takes its token away and makes it durable.
async fn inspect(path: &Path) -> Result<BackupReport, StoreError> {
    let mut copy = SqliteConnectOptions::new().filename(path).connect().await?;
    for statement in [OVERWRITE, FORGET_TOKEN, FORGET_INVITATIONS] {
        sqlx::query(statement).execute(&mut copy).await?;
    }
    let said: String = sqlx::query_scalar(INTEGRITY).fetch_one(&mut copy).await?;
    if said != "ok" {
        return Err(StoreError::Damaged(format!("the copy {} is not sound: {said}", path.display())));
    }
    let records: i64 = sqlx::query_scalar(RECORDS).fetch_one(&mut copy).await?;
    let entries: i64 = sqlx::query_scalar(ENTRIES).fetch_one(&mut copy).await?;
    copy.close().await?;
    let fault = || StoreError::file(format!("synchronize {}", path.display()));
    let file = File::open(path).map_err(fault())?;
    file.sync_all().map_err(fault())?;
    let bytes = file.metadata().map_err(fault())?.len();
    Ok(BackupReport {
        path: path.to_owned(),
        records: records.unsigned_abs(),
        entries: entries.unsigned_abs(),
        bytes,
    })
}
