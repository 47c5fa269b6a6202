//! Opening a store: lock the data directory, refuse a newer database, back up an older one, migrate, check
//! the guard.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use quince_core::domain::Codec;
use quince_core::feed::SignedHead;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;

use super::conn::{Conn, Pools, Texts, on};
use super::error::StoreError;
use super::guard::Guard;
use super::head_file::HeadFile;
use super::meta::Meta;
use super::view::{Progress, Shared, Store};

/// The database in a data directory.
pub(super) const SQLITE_FILE: &str = "quince.db";
const LOCK_FILE: &str = "lock";

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The catalogues have different names.
const IS_MIGRATED: Texts = Texts {
    sqlite: "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
    postgres: "SELECT COUNT(*) FROM pg_tables WHERE tablename = '_sqlx_migrations' AND schemaname = current_schema()",
};
const MIGRATION: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";
pub(super) const COPY: &str = "VACUUM INTO $1";

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file in the data directory.
    Sqlite,
    /// A PostgreSQL database.
    Postgres {
        /// Its URL.
        url: String,
        /// The operator says that there is a backup, so an older database may be migrated.
        migrate: bool,
    },
}

/// Who opens a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The node: the only process in its data directory, which it locks.
    Node,
    /// A short command beside a running node: neither locks nor migrates, and signs nothing.
    Beside,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Holds the lock, the head file and, for SQLite, the database. It must exist.
    pub data_dir: PathBuf,
    /// Where the database is.
    pub database: Database,
    /// Who opens it.
    pub access: Access,
    /// Random; names the database from now on if it is new or was restored.
    pub fresh_token: [u8; 16],
}

impl Store {
    /// Opens a store, creating its tables when there are none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the data directory, [`StoreError::Newer`] and
    /// [`StoreError::NeedsMigration`] when program and database do not fit.
    pub async fn open(config: StoreConfig, codec: Arc<dyn Codec>) -> Result<Self, StoreError> {
        let lock = (config.access == Access::Node).then(|| lock(&config.data_dir)).transpose()?;
        let heads = HeadFile::open(&config.data_dir)?;
        let pools = match &config.database {
            Database::Sqlite => Pools::sqlite(&config.data_dir.join(SQLITE_FILE)).await?,
            Database::Postgres { url, .. } => Pools::postgres(url.parse::<PgConnectOptions>()?).await?,
        };
        migrate(&pools, &config).await?;
        let shared = Shared {
            pools,
            codec,
            signer: RwLock::new(None),
            guard: Guard::default(),
            heads,
            progress: watch::Sender::new(Progress::default()),
            tokens: Mutex::default(),
            recent: Mutex::default(),
            turn: Arc::default(),
            _lock: lock,
        };
        let store = Self { shared: Arc::new(shared) };
        store.begin(&config).await?;
        Ok(store)
    }

    /// Draws the token of a new or restored database, and closes the guard if there is a reason; if not, there is a head
    /// file from here on.
    async fn begin(&self, config: &StoreConfig) -> Result<(), StoreError> {
        let mut view = self.view().await?;
        let token = view.meta(Meta::StoreToken).await?;
        let reason = match config.access {
            Access::Node => view.reason_to_close(&self.shared.heads).await?,
            Access::Beside => Some("opened beside a running node".to_owned()),
        };
        let progress = Progress { change_no: view.change_no().await?, changed: view.last_changed().await? };
        let own: Vec<SignedHead> =
            view.feeds().await?.into_iter().filter(|feed| feed.own).filter_map(|feed| feed.head).collect();
        drop(view);
        self.shared.progress.send_replace(progress);
        if token.is_none() {
            let mut tx = self.begin_write().await?;
            tx.put_meta(Meta::StoreToken, &config.fresh_token).await?;
            tx.commit().await?;
        }
        match reason {
            Some(reason) => self.shared.guard.close(reason),
            // A crash after the last commit left the file behind; peers are about to see what it does not say.
            None => {
                let fault = || StoreError::file("write the head file");
                self.shared.heads.begin().await.map_err(fault())?;
                self.shared.heads.record(&own).await.map_err(fault())?;
            }
        }
        Ok(())
    }
}

fn lock(data_dir: &Path) -> Result<File, StoreError> {
    let path = data_dir.join(LOCK_FILE);
    let file = File::create(&path).map_err(StoreError::file(format!("create {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(StoreError::file(format!("lock {}", path.display()))(error)),
    }
}

async fn migrate(pools: &Pools, config: &StoreConfig) -> Result<(), StoreError> {
    let migrations = match pools {
        Pools::Sqlite { .. } => &SQLITE_MIGRATIONS,
        Pools::Postgres(_) => &POSTGRES_MIGRATIONS,
    };
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found = migration(&mut pools.begin_read().await?).await?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    if config.access == Access::Beside {
        return Err(StoreError::NeedsMigration { found, known });
    }
    match (pools, &config.database) {
        (Pools::Sqlite { write, .. }, _) => {
            if found > 0 {
                let copy = config.data_dir.join(format!("{SQLITE_FILE}.before-migration-{}", found + 1));
                copy_before(pools, &copy).await?;
            }
            Ok(migrations.run(write).await?)
        }
        (Pools::Postgres(_), Database::Postgres { migrate: false, .. }) if found > 0 => {
            Err(StoreError::NeedsMigration { found, known })
        }
        (Pools::Postgres(pool), _) => Ok(migrations.run(pool).await?),
    }
}

/// The newest migration of a database; 0 when it is empty.
async fn migration(conn: &mut Conn) -> Result<i64, StoreError> {
    let statement = IS_MIGRATED.of(conn);
    let tables: i64 = on!(&mut *conn, db => sqlx::query_scalar(statement).fetch_one(db))?;
    if tables == 0 {
        return Ok(0);
    }
    on!(conn, db => sqlx::query_scalar(MIGRATION).fetch_one(db))
}

/// An unfinished copy of an earlier attempt is replaced: the database itself has not changed since.
async fn copy_before(pools: &Pools, copy: &Path) -> Result<(), StoreError> {
    if copy.exists() {
        fs::remove_file(copy).map_err(StoreError::file(format!("remove {}", copy.display())))?;
    }
    let Pools::Sqlite { write, .. } = pools else { return Ok(()) };
    sqlx::query(COPY).bind(copy.display().to_string()).execute(write).await?;
    Ok(())
}
