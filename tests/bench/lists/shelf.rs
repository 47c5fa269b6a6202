//! The store of a city, opened in this process while its node does not run, or beside it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use quince_core::domain::{Handle, Instant};
use quince_core::feed::live_list::{LISTED_LANES, ListReader};
use quince_core::feed::{AudienceId, Epoch, FeedId, Lane, ListPlace, PublicKey, Sign as _, Verifier};
use quince_core::sync::Usage;
use quince_node::clock::{Clock, Entropy};
use quince_node::config::{Config, Raw};
use quince_node::founding::Founding;
use quince_node::keys::Keys;
use quince_node::opening;
use quince_node::store::{Access, FeedState, Store};
use quince_tests::city::City;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::process::Process;
use crate::stopwatch;

/// An open store.
pub(crate) struct Shelf {
    pub(crate) store: Store,
    pub(crate) handle: Handle,
    key: PublicKey,
    database: PathBuf,
}

/// What a sweep took.
pub(crate) struct Swept {
    pub(crate) seconds: f64,
    pub(crate) more_mib: f64,
    pub(crate) dead: u64,
}

/// Bytes on the disk.
#[derive(Clone, Copy)]
pub(crate) struct Space {
    /// In pages that hold something.
    pub(crate) used: u64,
    /// Of the database's file.
    pub(crate) file: u64,
}

impl Shelf {
    /// As the only process.
    pub(crate) async fn open(city: &City) -> Result<Self> {
        let shelf = Self::of(city, Access::Node).await?;
        shelf.store.sign_with(Arc::new(Keys::load(&city.data())?.signing));
        Ok(shelf)
    }

    /// To look at it.
    pub(crate) async fn beside(city: &City) -> Result<Self> {
        Self::of(city, Access::Beside).await
    }

    async fn of(city: &City, access: Access) -> Result<Self> {
        let data = city.data();
        let (config, founding) = (Config::load(&data, Raw::default())?, Founding::load(&data)?);
        let store = opening::open(&config, &founding, access, &Entropy::system()).await?;
        let key = Keys::load(&data)?.signing.public_key();
        Ok(Self { store, handle: founding.handle, key, database: city.database() })
    }

    pub(crate) async fn close(self) {
        self.store.close().await;
    }

    /// A feed of its own.
    pub(crate) async fn feed(&self, lane: Lane) -> Result<FeedId> {
        let mut view = self.store.view().await?;
        let federation = view.federation().await?.context("a member of a federation")?;
        Ok(FeedId { node: view.own_node().await?, audience: AudienceId::federation(&federation), lane })
    }

    /// Checks its heads.
    pub(crate) async fn verifier(&self) -> Result<Verifier> {
        let federation = self.store.view().await?.federation().await?.context("a member of a federation")?;
        Ok(Verifier { federation, epoch: Epoch::FIRST, key: self.key })
    }

    /// Sweeps, as the node does.
    pub(crate) async fn sweep(&self) -> Result<Swept> {
        let process = Process::numbered(std::process::id());
        process.forget_peak()?;
        let resident = process.peak_mib()?;
        let before = self.lists().await?;
        let began = stopwatch::start();
        let mut tx = self.store.begin_write().await?;
        tx.sweep(now()).await?;
        tx.commit().await?;
        let seconds = began.elapsed().as_secs_f64();
        let more_mib = (process.peak_mib()? - resident).max(0.0);
        ensure!(self.lists().await? != before, "no sweep was due");
        let mut dead = 0;
        for lane in LISTED_LANES {
            if let Some(feed) = self.store.view().await?.feed(&self.feed(lane).await?).await? {
                dead += self.dead(&feed).await?;
            }
        }
        Ok(Swept { seconds, more_mib, dead })
    }

    /// How many entries of a feed its list calls dead.
    async fn dead(&self, feed: &FeedState) -> Result<u64> {
        let Some(place) = feed.list else { return Ok(0) };
        let mut view = self.store.view().await?;
        let mut reader = ListReader::new(feed.id.lane, place.first);
        for entry in view.entries(&feed.id, place.first..place.end, usize::MAX).await? {
            if let Some(closed) = reader.take(&entry)? {
                return Ok(closed.list.dead());
            }
        }
        bail!("the list of {} does not close", feed.id)
    }

    /// Where the lists of the own feeds stand.
    async fn lists(&self) -> Result<Vec<Option<ListPlace>>> {
        let mut lists = Vec::new();
        for lane in LISTED_LANES {
            let feed = self.feed(lane).await?;
            lists.push(self.store.view().await?.feed(&feed).await?.and_then(|feed| feed.list));
        }
        Ok(lists)
    }

    /// Whether nothing is left to be let go of what another's lists call dead.
    pub(crate) async fn has_let_go(&self, owner: &Self) -> Result<bool> {
        for lane in LISTED_LANES {
            let feed = owner.feed(lane).await?;
            let listed = owner.store.view().await?.feed(&feed).await?.and_then(|feed| feed.list);
            let held = self.store.view().await?.feed(&feed).await?;
            if listed.is_some() && held.as_ref().and_then(|feed| feed.list) != listed {
                return Ok(false);
            }
        }
        Ok(!self.store.view().await?.is_compacting().await?)
    }

    /// What another has in use here.
    pub(crate) async fn usage_of(&self, owner: &Self) -> Result<Usage> {
        Ok(self.store.view().await?.usage(&owner.handle).await?)
    }

    pub(crate) async fn space(&self) -> Result<Space> {
        let options = SqliteConnectOptions::new().filename(&self.database).read_only(true);
        let mut connection = options.connect().await?;
        let mut pragma = async |name: &'static str| -> Result<u64> {
            let value: i64 = sqlx::query_scalar(name).fetch_one(&mut connection).await?;
            Ok(value.unsigned_abs())
        };
        let (size, pages, free) = (
            pragma("PRAGMA page_size").await?,
            pragma("PRAGMA page_count").await?,
            pragma("PRAGMA freelist_count").await?,
        );
        connection.close().await?;
        Ok(Space { used: size * (pages - free), file: size * pages })
    }
}

/// The machine's time.
pub(crate) fn now() -> Instant {
    Clock::system().now()
}
