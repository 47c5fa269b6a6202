//! The store itself, and its readers: one consistent snapshot at a time.

use std::fmt;
use std::fs::File;
use std::sync::{Arc, RwLock};

use quince_core::domain::Codec;
use quince_core::feed::Sign;
use tokio::sync::{Mutex, watch};

use super::conn::{Conn, Pools, WAIT};
use super::error::StoreError;
use super::guard::Guard;
use super::head_file::HeadFile;
use super::known::Known;
use super::recent::Recent;
use super::token::TokenCache;
use super::write::WriteTx;

/// Who signs what this node appends.
pub type Signer = Arc<dyn Sign + Send + Sync>;

/// How far the store has come. Both numbers only rise; readers follow them with cursors of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The newest change of a head: see [`View::feeds_since`].
    pub change_no: u64,
    /// The newest change of a record: see [`View::changes`].
    pub changed: u64,
}

/// A node's database. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) pools: Pools,
    pub(super) codec: Arc<dyn Codec>,
    pub(super) signer: RwLock<Option<Signer>>,
    pub(super) guard: Guard,
    pub(super) heads: HeadFile,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) tokens: std::sync::Mutex<TokenCache>,
    pub(super) recent: std::sync::Mutex<Recent>,
    /// Held by whoever writes.
    pub(super) turn: Arc<Mutex<Known>>,
    /// Held as long as the store lives, so that no second process opens the data directory.
    pub(super) _lock: Option<File>,
}

/// One consistent snapshot: what is committed later does not show in it. Keep it short.
pub struct View {
    pub(super) conn: Conn,
    pub(super) shared: Arc<Shared>,
}

impl Store {
    /// Begins a snapshot.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when all connections stay in use.
    pub async fn view(&self) -> Result<View, StoreError> {
        Ok(View { conn: self.shared.pools.begin_read().await?, shared: self.shared.clone() })
    }

    /// Waits for the turn to write. Dropped without [`WriteTx::commit`], nothing of it ever happened.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the turn does not come, [`StoreError::ReadOnly`] after the disk has failed.
    pub async fn begin_write(&self) -> Result<WriteTx, StoreError> {
        self.shared.guard.check_disk()?;
        let turn = tokio::time::timeout(WAIT, self.shared.turn.clone().lock_owned());
        let turn = turn.await.map_err(|_| StoreError::Busy)?;
        let view = View { conn: self.shared.pools.begin_write().await?, shared: self.shared.clone() };
        // Again with the turn in hand: whoever had it before may have found out.
        self.shared.guard.check_disk()?;
        Ok(WriteTx::new(view, turn))
    }

    /// Gives the key by which appends are signed. Without one, nothing is appended to a feed.
    pub fn sign_with(&self, signer: Signer) {
        *self.shared.signer.write().expect("nobody panics while holding the signer") = Some(signer);
    }

    /// Follows what is committed; the newest value is always there, so nothing is lost by reading late.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.shared.progress.subscribe()
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn database(&self) -> &'static str {
        match self.shared.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    /// Ends all connections, waiting for those in use.
    pub async fn close(&self) {
        self.shared.pools.close().await;
    }
}

impl Shared {
    pub(super) fn tokens(&self) -> std::sync::MutexGuard<'_, TokenCache> {
        self.tokens.lock().expect("nobody panics while holding the tokens")
    }

    pub(super) fn signer(&self) -> Result<Signer, StoreError> {
        let signer = self.signer.read().expect("nobody panics while holding the signer").clone();
        signer.ok_or_else(|| StoreError::ReadOnly { reason: "no signing key is loaded".to_owned() })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("database", &self.database()).finish_non_exhaustive()
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}
