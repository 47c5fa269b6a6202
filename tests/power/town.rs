//! A town whose power is cut again and again: the real store on a [`Disk`], a ledger outside, and what one does to the other.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use quince_core::domain::{Audience, Record, RecordId, Revision};
use quince_core::feed::{Epoch, FederationId, NodeId, Sign as _, SigningKey, Verifier};
use quince_core::roster::{Member, Roster, RosterDraft, SignedRoster};
use quince_node::store::{Access, Database, Meta, NewRevision, Store, StoreConfig, StoreError};
use quince_node::wire::RecordCodec;
use quince_tests::samples::{need, now, offer};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tempfile::TempDir;

use crate::disk::{Disk, Fate};
use crate::ledger::{Doubtful, Ledger, Written};
use crate::source::{self, Source};
use crate::vfs;

pub(crate) const FEDERATION: FederationId = FederationId([7; 32]);
pub(crate) const HANDLE: &str = "isfahan";
pub(crate) const ITEM: &str = "mask.surgical.iir";
const NODE: NodeId = NodeId([1; 32]);

/// Cuts that one town suffers; then its database is large, and a new town begins.
pub(crate) const LIVES: u64 = 8;

/// Transactions of one life at most, if the power lasts.
const WRITES_MAX: usize = 16;

/// Memory, where there is such a folder: the real disk proves nothing here.
const MEMORY: &str = "/dev/shm";

/// A mistake, to prove that it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// The disk says that it has synchronized what it has not, as it is when nobody asks it to.
    LyingDisk,
    /// A write is acknowledged before it is committed.
    TellBeforeSave,
}

/// What came of a town.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) cuts: Vec<Fate>,
    pub(crate) acknowledged: u64,
    pub(crate) violation: Option<String>,
}

/// A town in one of its lives.
pub(crate) struct Town {
    pub(crate) disk: Arc<Disk>,
    pub(crate) chance: StdRng,
    pub(crate) ledger: Ledger,
    folder: TempDir,
    key: SigningKey,
    planted: Option<Planted>,
    words: u64,
}

/// Runs a town through all of its lives, or to the first thing that does not hold.
pub(crate) fn run(seed: u64, planted: Option<Planted>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut town = Town::new(seed, planted);
        let mut outcome = Outcome::default();
        for life in 0..LIVES {
            let lived = town.live().await.and_then(|()| town.lose_power());
            match lived {
                Ok(fate) => outcome.cuts.push(fate),
                Err(fault) => {
                    outcome.violation = Some(format!("town {seed}, life {life}: {fault:#}"));
                    break;
                }
            }
        }
        if outcome.violation.is_none() {
            // What the last cut left is looked at like the others.
            let last = town.open().await;
            outcome.violation = last.err().map(|fault| format!("town {seed}, at the end: {fault:#}"));
        }
        outcome.acknowledged = town.ledger.acknowledged();
        outcome
    })
}

impl Town {
    pub(crate) fn new(seed: u64, planted: Option<Planted>) -> Self {
        vfs::register();
        let folder = folder();
        let mut chance = StdRng::seed_from_u64(seed);
        let disk = Disk::mount(folder.path(), chance.random());
        let key = SigningKey::from_seed(&[1; 32]);
        Self { disk, chance, ledger: Ledger::default(), folder, key, planted, words: 0 }
    }

    /// From opening the store until the power goes, or until everything is done.
    async fn live(&mut self) -> anyhow::Result<()> {
        if self.planted == Some(Planted::LyingDisk) {
            self.disk.lie();
        }
        // Often while the store is opened or migrated, often in the middle of the work, sometimes never.
        let reach = [40, 400, 2_000][self.chance.random_range(0..3)];
        self.disk.cut_in(self.chance.random_range(1..=reach));
        match self.open_and_work().await {
            Ok(()) => Ok(()),
            Err(_) if self.disk.is_off() => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    async fn open_and_work(&mut self) -> anyhow::Result<()> {
        let Some(store) = self.open().await? else { return Ok(()) };
        let worked = self.work(&store).await;
        if worked.is_ok() && self.chance.random_bool(0.3) {
            // The last connection moves the log into the database, and the power may go while it does.
            store.close().await;
        } else {
            // Not by the last connection: it would find no power.
            self.disk.remains();
            store.close().await;
        }
        worked
    }

    /// Opens the store and compares it with the ledger; `None` when the power went meanwhile.
    pub(crate) async fn open(&mut self) -> anyhow::Result<Option<Store>> {
        let opened = self.open_store().await;
        if self.disk.is_off() {
            if let Ok(store) = opened {
                store.close().await;
            }
            return Ok(None);
        }
        let store = opened.context("the store does not open")?;
        let own = Verifier { federation: FEDERATION, epoch: Epoch::FIRST, key: self.key.public_key() };
        self.ledger.check(&store, &own, Source::get()).await?;
        Ok(Some(store))
    }

    async fn open_store(&self) -> Result<Store, StoreError> {
        let config = StoreConfig {
            data_dir: self.folder.path().to_owned(),
            database: Database::Sqlite,
            access: Access::Node,
            fresh_token: [1; 16],
        };
        let store = Store::open(config, Arc::new(RecordCodec)).await?;
        store.sign_with(Arc::new(self.key.clone()));
        Ok(store)
    }

    async fn work(&mut self, store: &Store) -> anyhow::Result<()> {
        self.found(store).await?;
        for _ in 0..WRITES_MAX {
            match self.chance.random_range(0..10) {
                0..6 => self.append(store).await?,
                6..9 => self.copy(store).await?,
                _ => self.checkpoint().await?,
            }
        }
        Ok(())
    }

    /// Joins the federation, unless it is done.
    pub(crate) async fn found(&self, store: &Store) -> Result<(), StoreError> {
        if store.view().await?.meta(Meta::Federation).await?.is_some() {
            return Ok(());
        }
        let mut tx = store.begin_write().await?;
        tx.put_meta(Meta::Handle, HANDLE.as_bytes()).await?;
        tx.put_meta(Meta::NodeId, &NODE.0).await?;
        tx.put_meta(Meta::Federation, &FEDERATION.0).await?;
        tx.put_roster(&self.roster()).await?;
        tx.commit().await.map(|_| ())
    }

    /// Writes a few own records, new ones and revisions, in one transaction.
    pub(crate) async fn append(&mut self, store: &Store) -> Result<(), StoreError> {
        let count = [1, 1, 2, 5, 12][self.chance.random_range(0..5)];
        let mut tx = store.begin_write().await?;
        let mut all: Vec<Written> = Vec::new();
        for _ in 0..count {
            let known = self.ledger.record(self.chance.random_range(0..1_000));
            let known = known.filter(|(id, _)| all.iter().all(|other| other.id != **id));
            let (id, revision) = match known.filter(|_| self.chance.random_bool(0.3)) {
                Some((id, revision)) => (id.clone(), revision.next().expect("few revisions")),
                None => {
                    (RecordId::new(HANDLE.parse().unwrap(), tx.allocate_number().await?), Revision::FIRST)
                }
            };
            let record = self.record(revision, &id);
            all.push(Written { id, revision, record });
        }
        let new = all.iter().map(|it| NewRevision {
            number: it.id.number,
            revision: it.revision,
            audience: Audience::Federation,
            record: it.record.clone(),
            holder: "layla".to_owned(),
        });
        tx.append_all(new.collect(), now()).await?;
        self.ledger.begin(Doubtful::Own(all));
        self.commit(tx).await
    }

    /// A record that says something new. One whose number is even is a need, so that revisions keep their kind.
    fn record(&mut self, revision: Revision, id: &RecordId) -> Record {
        self.words += 1;
        let words = format!("word {} of {id} at {revision}", self.words);
        match id.number.get() % 2 {
            0 => need(&words, ITEM, self.chance.random_range(1..=4)).into(),
            _ => offer(&words, ITEM, 500).into(),
        }
    }

    /// Takes a few batches of the other city, in one transaction.
    pub(crate) async fn copy(&mut self, store: &Store) -> Result<(), StoreError> {
        let source = Source::get();
        let batches = self.chance.random_range(1..=4);
        let log = store.view().await?.replica(&source.feed()).await?;
        let Some(size) = source.size_after(&log, batches) else { return Ok(()) };
        let mut tx = store.begin_write().await?;
        source.apply(&mut tx, log, batches).await?;
        self.ledger.begin(Doubtful::Copied(size));
        self.commit(tx).await
    }

    async fn commit(&mut self, tx: quince_node::store::WriteTx) -> Result<(), StoreError> {
        if self.planted == Some(Planted::TellBeforeSave) {
            self.ledger.acknowledge([]);
            return tx.commit().await.map(|_| ());
        }
        let committed = tx.commit().await?;
        self.ledger.acknowledge(committed.heads.iter().map(|signed| signed.head));
        Ok(())
    }

    /// Moves the log into the database, which the store does by itself after 64 MiB.
    async fn checkpoint(&mut self) -> anyhow::Result<()> {
        let how = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"][self.chance.random_range(0..4)];
        let options = SqliteConnectOptions::new()
            .filename(self.folder.path().join("quince.db"))
            .synchronous(SqliteSynchronous::Full);
        let mut connection = options.connect().await?;
        connection.execute(AssertSqlSafe(format!("PRAGMA wal_checkpoint({how})"))).await?;
        connection.close().await?;
        Ok(())
    }

    /// Takes what the cut has left into the next life.
    pub(crate) fn lose_power(&mut self) -> anyhow::Result<Fate> {
        let (fate, remains) = self.disk.remains();
        self.disk.unmount();
        let next = folder();
        for (name, bytes) in remains {
            fs::write(next.path().join(name), bytes)?;
        }
        let heads = self.folder.path().join("heads");
        let text = if heads.exists() { fs::read_to_string(&heads)? } else { String::new() };
        self.ledger.check_head_file(&text)?;
        if heads.exists() {
            fs::copy(&heads, next.path().join("heads"))?;
        }
        self.disk = Disk::mount(next.path(), self.chance.random());
        self.folder = next;
        Ok(fate)
    }

    fn roster(&self) -> SignedRoster {
        let member =
            |(name, node): (&str, NodeId)| (name.parse().unwrap(), Member { node, record_limit: None });
        let draft = RosterDraft {
            name: "Silk Road Relief".parse().unwrap(),
            version: 1,
            previous: None,
            expires: "2028-01-01T00:00:00Z".parse().unwrap(),
            threshold: 1,
            catalogue: None,
            stewards: [(HANDLE.parse().unwrap(), self.key.public_key())].into(),
            members: [(HANDLE, NODE), ("quanzhou", source::NODE)].into_iter().map(member).collect(),
        };
        let roster = SignedRoster::unsigned(Roster::new(draft).unwrap());
        roster.sign(&FEDERATION, &HANDLE.parse().unwrap(), &self.key)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.disk.unmount();
    }
}

fn folder() -> TempDir {
    let memory = Path::new(MEMORY);
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}
