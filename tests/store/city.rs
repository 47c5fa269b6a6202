//! A city with a store: what the tests write with, and how one store gets what another holds.

use std::path::PathBuf;
use std::sync::Arc;

use quince_core::domain::{Audience, Handle, Record, RecordId, RecordKind, Revision, Snapshot};
use quince_core::feed::{
    AudienceId, Epoch, FederationId, FeedId, Lane, NodeId, PublicKey, Sign as _, SigningKey, TILE_LEAVES,
    Verifier,
};
use quince_core::roster::{Member, Roster, RosterDraft, SignedRoster};
use quince_node::store::{
    Access, Committed, Database, ListQuery, Meta, NewRevision, Store, StoreConfig, StoreError, Stored,
    WriteTx,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use tempfile::TempDir;

use crate::codec::Remembering;
use crate::database::Server;
use quince_tests::samples::now;

pub(crate) const FEDERATION: FederationId = FederationId([7; 32]);

/// The cities of every test, by their seeds.
pub(crate) const CITIES: [(&str, u8); 4] = [("isfahan", 1), ("quanzhou", 2), ("recife", 3), ("acre", 4)];

pub(crate) struct City {
    pub(crate) store: Store,
    pub(crate) handle: Handle,
    pub(crate) node: NodeId,
    pub(crate) config: StoreConfig,
    pub(crate) codec: Arc<Remembering>,
    key: SigningKey,
    /// Deleted with the city.
    dir: Arc<TempDir>,
}

/// What is left of a city whose store was closed.
pub(crate) struct Closed {
    pub(crate) config: StoreConfig,
    pub(crate) codec: Arc<Remembering>,
    dir: Arc<TempDir>,
}

impl Closed {
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }
}

impl City {
    /// Every record as it stands here, without the number of its last change, which each store counts for itself.
    pub(crate) async fn everything(&self) -> Vec<(RecordKind, Stored)> {
        let mut view = self.store.view().await.unwrap();
        let mut all = Vec::new();
        for kind in RecordKind::ALL {
            for mut stored in view.list(&ListQuery::of(*kind, 1000)).await.unwrap() {
                stored.changed = 0;
                all.push((*kind, stored));
            }
        }
        all
    }

    /// A member of the federation with an empty store.
    pub(crate) async fn found(server: &Server, name: &str, codec: &Arc<Remembering>) -> Self {
        let city = Self::alone(server, name, codec).await;
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_meta(Meta::Federation, &FEDERATION.0).await.unwrap();
        tx.put_roster(&roster()).await.unwrap();
        tx.commit().await.unwrap();
        city
    }

    /// A node in no federation.
    pub(crate) async fn alone(server: &Server, name: &str, codec: &Arc<Remembering>) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let data_dir = dir.path().to_owned();
        let (_, seed) = CITIES.into_iter().find(|(known, _)| *known == name).unwrap();
        let config = StoreConfig {
            data_dir,
            database: server.database().await,
            access: Access::Node,
            fresh_token: [seed; 16],
        };
        let store = Store::open(config.clone(), codec.clone()).await.unwrap();
        let node = NodeId([seed; 32]);
        let mut tx = store.begin_write().await.unwrap();
        tx.put_meta(Meta::Handle, name.as_bytes()).await.unwrap();
        tx.put_meta(Meta::NodeId, &node.0).await.unwrap();
        tx.commit().await.unwrap();
        let key = SigningKey::from_seed(&[seed; 32]);
        store.sign_with(Arc::new(key.clone()));
        Self { store, handle: name.parse().unwrap(), node, config, codec: codec.clone(), key, dir }
    }

    /// Stops the store and opens it again.
    pub(crate) async fn reopen(self) -> Self {
        let city = self.reopen_without_key().await;
        city.store.sign_with(Arc::new(city.key.clone()));
        city
    }

    /// The same, before the store can sign.
    pub(crate) async fn reopen_without_key(self) -> Self {
        let Self { store, handle, node, config, codec, key, dir } = self;
        store.close().await;
        drop(store);
        let store = Store::open(config.clone(), codec.clone()).await.unwrap();
        Self { store, handle, node, config, codec, key, dir }
    }

    /// The same without its store, whose data directory others may open now.
    pub(crate) fn closed(self) -> Closed {
        let Self { store, config, codec, dir, .. } = self;
        drop(store);
        Closed { config, codec, dir }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.config.database == Database::Sqlite
    }

    pub(crate) fn feed(&self, lane: Lane) -> FeedId {
        FeedId { node: self.node, audience: AudienceId::federation(&FEDERATION), lane }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier { federation: FEDERATION, epoch: Epoch::FIRST, key: self.public_key() }
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Writes a new record for the federation.
    pub(crate) async fn create(&self, record: impl Into<Record>) -> Snapshot<Record> {
        self.try_create(record).await.unwrap().0
    }

    pub(crate) async fn try_create(
        &self,
        record: impl Into<Record>,
    ) -> Result<(Snapshot<Record>, Committed), StoreError> {
        let mut tx = self.store.begin_write().await?;
        let number = tx.allocate_number().await?;
        let new = revision(RecordId::new(self.handle.clone(), number), 1, record);
        let snapshot = tx.append(new, now()).await?;
        Ok((snapshot, tx.commit().await?))
    }

    /// Writes the next revision of a record.
    pub(crate) async fn revise(&self, of: &Snapshot<Record>, record: impl Into<Record>) -> Snapshot<Record> {
        let mut tx = self.store.begin_write().await.unwrap();
        let new = revision(of.id.clone(), of.revision.get() + 1, record);
        let snapshot = tx.append(new, now()).await.unwrap();
        tx.commit().await.unwrap();
        snapshot
    }

    /// Fetches everything of a feed that another store holds, tile by tile, each in a transaction of its own.
    pub(crate) async fn pull(&self, from: &Self, feed: FeedId, owner: &Verifier) -> Result<(), StoreError> {
        let mut theirs = from.store.view().await?;
        let Some(head) = theirs.feed(&feed).await?.and_then(|feed| feed.head) else { return Ok(()) };
        let mut log = self.store.view().await?.replica(&feed).await?;
        if log.frontier().size() >= head.head.size {
            return Ok(());
        }
        let first_tile = log.frontier().size() / TILE_LEAVES;
        let index = theirs.tile_index(&feed, first_tile, head.head.size).await?;
        let catch_up = log.catch_up(index, &head, owner).unwrap();
        log = catch_up.log;
        let mut tx = self.store.begin_write().await?;
        tx.save_target(&log, now()).await?;
        tx.commit().await?;
        while log.frontier().size() < head.head.size {
            let from = log.frontier().size();
            let tile = from / TILE_LEAVES;
            let end = head.head.size.min((tile + 1) * TILE_LEAVES);
            let entries = theirs.entries(&feed, from..end, usize::MAX).await?;
            let leaves = theirs.leaf_hashes(&feed, tile * TILE_LEAVES..end).await?;
            let whole = leaves.len() as u64 == TILE_LEAVES;
            let run = if whole { catch_up.index.tile(tile, leaves).unwrap() } else { catch_up.index.edge() };
            let extended = log.extend_run(&run, from, &entries, None).unwrap();
            let mut tx = self.store.begin_write().await?;
            tx.apply(&extended, &entries, now()).await?;
            tx.commit().await?;
            log = extended.log;
        }
        Ok(())
    }

    /// Fetches every lane of another city from itself.
    pub(crate) async fn pull_all(&self, from: &Self) {
        for lane in Lane::ALL {
            self.pull(from, from.feed(lane), &from.verifier()).await.unwrap();
        }
    }
}

/// Commits what was written unless that was refused, which the databases say at different times. Either way the turn to write is
/// another's.
pub(crate) async fn commit<T>(tx: WriteTx, written: Result<T, StoreError>) -> Result<(), StoreError> {
    written?;
    tx.commit().await.map(drop)
}

/// Changes the database behind the store's back.
pub(crate) async fn tamper(city: &City, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    match &city.config.database {
        Database::Sqlite => {
            let options = SqliteConnectOptions::new().filename(city.path("quince.db"));
            options.connect().await.unwrap().execute(statement).await.unwrap();
        }
        Database::Postgres { url, .. } => {
            let options: PgConnectOptions = url.parse().unwrap();
            options.connect().await.unwrap().execute(statement).await.unwrap();
        }
    }
}

pub(crate) fn revision(id: RecordId, revision: u64, record: impl Into<Record>) -> NewRevision {
    NewRevision {
        number: id.number,
        revision: Revision::new(revision).unwrap(),
        audience: Audience::Federation,
        record: record.into(),
        holder: "layla".to_owned(),
    }
}

/// Everybody is a member, the first is the steward.
pub(crate) fn roster() -> SignedRoster {
    let member = |(name, seed): (&str, u8)| {
        (name.parse().unwrap(), Member { node: NodeId([seed; 32]), record_limit: None })
    };
    let (steward, seed) = CITIES[0];
    let key = SigningKey::from_seed(&[seed; 32]).public_key();
    let draft = RosterDraft {
        name: "Silk Road Relief".parse().unwrap(),
        version: 1,
        previous: None,
        expires: "2028-01-01T00:00:00Z".parse().unwrap(),
        threshold: 1,
        catalogue: None,
        stewards: [(steward.parse().unwrap(), key)].into(),
        members: CITIES.into_iter().map(member).collect(),
    };
    let roster = SignedRoster::unsigned(Roster::new(draft).unwrap());
    roster.sign(&FEDERATION, &steward.parse().unwrap(), &SigningKey::from_seed(&[seed; 32]))
}
