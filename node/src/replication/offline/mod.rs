//! Offline files: made from the store for another node, and taken as if the most hostile peer had brought them.
//!
//! Bytes come and go in parts over bounded channels, so that a file of any size takes a few MiB of memory: a reader that
//! stops keeps the writer waiting. What is taken goes through the owner of all sessions, which alone knows what is stored, and
//! through the same store path. A file breaks off where it is wrong; what was stored before stays.

mod export;
mod have;
mod import;
mod seal;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use quince_core::domain::Handle;
use quince_core::roster::SignedRoster;
use quince_core::sync::Context;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::engine::Tools;
use super::handle::ReplicationHandle;
use super::load;
use crate::clock::{Clock, Entropy};
use crate::office::error::{Error, ErrorKind};
use crate::office::view::ImportStep;
use crate::shutdown::Tasks;
use crate::store::Store;

/// Parts of a file on their way in or out: a disk and a database seldom stall at once.
const PARTS_MAX: usize = 4;

/// The longest part of a file that goes out; encryption may add a chunk of its own.
const PART_LEN_MAX: usize = 256 * 1024;

/// Files made or taken at a time: people carry them, and each holds a few MiB.
const FILES_MAX: usize = 4;

/// A part of a file that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The bytes.
    pub data: Bytes,
    /// Entries written up to here.
    pub entries: u64,
    /// Entries still to come.
    pub entries_left: u64,
}

/// Makes this node a member by the roster that a file brings, while it waits to be admitted.
#[tonic::async_trait]
pub trait Entrance: Send + Sync + 'static {
    /// Takes the roster from version 1 on.
    async fn enter(&self, rosters: &[SignedRoster]) -> Result<(), Error>;
}

/// What the offline files of a node need.
pub struct OfflineParts {
    /// The node's store.
    pub store: Store,
    /// Its clock.
    pub clock: Clock,
    /// Where nonces are drawn from.
    pub entropy: Entropy,
    /// The owner of all sessions.
    pub replication: ReplicationHandle,
    /// Opens what was encrypted to this node.
    pub key: Arc<age::x25519::Identity>,
    /// How this node becomes a member by a file.
    pub entrance: Arc<dyn Entrance>,
    /// Where the work runs.
    pub tasks: Tasks,
}

/// Makes and takes offline files. Cheap to clone.
#[derive(Clone)]
pub struct Offline {
    tools: Tools,
    replication: ReplicationHandle,
    key: Arc<age::x25519::Identity>,
    entrance: Arc<dyn Entrance>,
    tasks: Tasks,
    places: Arc<Semaphore>,
}

/// Parts that go out, and the failure that ends them.
pub type Parts = mpsc::Receiver<Result<Part, Error>>;

/// Parts that come in.
pub type Data = mpsc::Receiver<Bytes>;

impl Offline {
    /// The offline files of one node.
    #[must_use]
    pub fn new(parts: OfflineParts) -> Self {
        let OfflineParts { store, clock, entropy, replication, key, entrance, tasks } = parts;
        let tools = Tools { store, clock, entropy };
        Self { tools, replication, key, entrance, tasks, places: Arc::new(Semaphore::new(FILES_MAX)) }
    }

    /// A have file of this node.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] when too many files are under way.
    pub fn have(&self) -> Result<Parts, Error> {
        let (place, (sender, parts)) = (self.place()?, mpsc::channel(PARTS_MAX));
        let offline = self.clone();
        self.tasks.spawn_detached(async move {
            let _place = place;
            let done = offline.write_have(&sender).await;
            finish(&sender, done).await;
        });
        Ok(parts)
    }

    /// A file for a member, with what its have file lacks; with everything when that is empty.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] when too many files are under way.
    pub fn export(&self, recipient: Handle, plain: bool, have: Data) -> Result<Parts, Error> {
        let (place, (sender, parts)) = (self.place()?, mpsc::channel(PARTS_MAX));
        let offline = self.clone();
        self.tasks.spawn_detached(async move {
            let _place = place;
            let done = offline.write_export(&recipient, plain, have, &sender).await;
            finish(&sender, done).await;
        });
        Ok(parts)
    }

    /// Takes a file.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] when too many files are under way.
    pub fn import(&self, data: Data) -> Result<mpsc::Receiver<Result<ImportStep, Error>>, Error> {
        let (place, (sender, steps)) = (self.place()?, mpsc::channel(PARTS_MAX));
        let offline = self.clone();
        self.tasks.spawn_detached(async move {
            let _place = place;
            let last = offline.read_import(data, &sender).await;
            // Whoever asked may be gone by now.
            drop(sender.send(last.map(|view| ImportStep::Done(Box::new(view)))).await);
        });
        Ok(steps)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.places.clone().try_acquire_owned().map_err(|_| {
            let message = format!("{FILES_MAX} offline files are being made or taken already");
            Error::new(ErrorKind::Limit, message).hint("wait until one of them is done")
        })
    }

    /// What the node holds now, in the form that the core reads.
    async fn context(&self) -> Result<Context, Error> {
        self.member_context().await?.ok_or_else(no_member)
    }

    /// The same; `None` while this node is no member.
    async fn member_context(&self) -> Result<Option<Context>, Error> {
        let mut view = self.tools.store.view().await?;
        Ok(load::everything(&mut view, self.tools.nonce()).await?.map(|loaded| loaded.ctx))
    }
}

impl fmt::Debug for Offline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Offline(..)")
    }
}

/// Tells the failure that ends a file, if one does. Whoever asked may be gone by now.
async fn finish(sender: &mpsc::Sender<Result<Part, Error>>, done: Result<(), Error>) {
    if let Err(error) = done {
        drop(sender.send(Err(error)).await);
    }
}

fn no_member() -> Error {
    Error::new(
        ErrorKind::State,
        "this node is no member of a federation, so it has nobody to exchange files with",
    )
    .hint("found one with `quince federation create NAME`, or join one with `quince federation join CODE`")
}

/// Nobody reads what is written any more.
fn abandoned() -> Error {
    Error::new(ErrorKind::Unavailable, "whoever asked for the file is gone")
}
