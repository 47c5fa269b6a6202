//! Moving SQLite's write-ahead log into the database file while others write, so that no commit stops for it.
//!
//! Left to itself, SQLite does it at the end of the commit that makes the log long enough, and whoever waits for that commit waits
//! for all of it. A connection of its own copies what is committed without being in anybody's way; what comes meanwhile is copied
//! in the next round, which is shorter. The last round has the turn to write, so that nothing comes behind it and the log begins
//! anew. It waits for no reader: where one still looks at an old page, the next checkpoint does the rest. PostgreSQL does
//! all of this by itself.

use sqlx::SqlitePool;

use super::conn::Pools;
use super::error::StoreError;
use super::view::Store;

/// Copies what it can without waiting for anybody.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Rounds beside the writers. Each takes as long as what was written in the one before, so that few are left to do.
const ROUNDS: u32 = 4;

/// Pages of 4 KiB that may be left for the last round, for which writers wait: 2 MiB, some milliseconds.
const LEFT_MAX: i64 = 512;

impl Store {
    /// Moves the write-ahead log into the database, if there is one.
    ///
    /// # Errors
    /// When the disk fails; then nothing more is written until the store is opened again. What is committed stays in the log.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        let Pools::Sqlite { aside, .. } = &self.shared.pools else { return Ok(()) };
        let done = self.move_log(aside).await;
        if let Err(StoreError::Disk(error)) = &done {
            self.shared.guard.disk_failed(format!("nothing is written any more: {error}"));
        }
        done
    }

    async fn move_log(&self, aside: &SqlitePool) -> Result<(), StoreError> {
        for _ in 0..ROUNDS {
            if round(aside).await? <= LEFT_MAX {
                break;
            }
        }
        let _turn = self.shared.turn.lock().await;
        round(aside).await.map(drop)
    }
}

/// Tells how many pages of the log are left.
async fn round(aside: &SqlitePool) -> Result<i64, StoreError> {
    let (_, all, moved): (i64, i64, i64) = sqlx::query_as(CHECKPOINT).fetch_one(aside).await?;
    Ok(all - moved)
}
