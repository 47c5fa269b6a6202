//! What a city office does, as transaction scripts: read, let the core decide, write, in one transaction each.
//! Knows neither protobuf nor sockets; the API calls it with inputs that are already good.
//!
//! Every write runs in a `script`. Reads take one snapshot of the store and show what the core folds out of it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use quince_core::domain::item::Catalogue;
use quince_core::domain::{Handle, Instant};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::office::identity::Identity;
use crate::office::item::Known;
use crate::office::network::Network;
use crate::store::Store;

mod audit;
mod bundle;
mod call;
pub mod caller;
mod commitment;
mod consignment;
mod desk;
pub mod drill;
pub mod error;
mod federation;
mod forget;
mod history;
pub mod identity;
mod invitation;
mod item;
mod need;
pub mod network;
mod offer;
mod partnership;
mod party;
mod peer;
mod provenance;
mod publication;
mod receipt;
pub mod request;
mod requisition;
mod roster;
mod script;
mod settle;
mod status;
mod takeover;
mod token;
pub mod view;

pub use caller::{Caller, Grant, RequestId, RetryKey, Role, TokenHash, Write};
pub use drill::BusinessTime;
pub use error::{Error, ErrorKind};
pub use forget::{ANSWERS_KEPT, TOKENS_KEPT};
pub use token::draw_secret;

/// The answer of every office function.
pub type Result<T> = std::result::Result<T, Error>;

/// What the operator of a node decides about its office.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// A need is published only after an approver has seen it.
    pub approve_needs: bool,
    /// Whose clock its business goes by.
    pub time: BusinessTime,
}

/// The office of one city. Cheap to clone; all clones are one office.
#[derive(Clone)]
pub struct Office {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    clock: Clock,
    handle: Handle,
    settings: Settings,
    catalogue: Catalogue,
    own_items: Mutex<Known>,
    started: Instant,
    identity: OnceLock<Identity>,
    network: OnceLock<Arc<dyn Network>>,
}

impl Office {
    /// The office of the node whose database this is.
    ///
    /// # Errors
    /// [`ErrorKind::State`] when the database has no node yet.
    pub async fn open(store: Store, clock: Clock, settings: Settings) -> Result<Self> {
        let handle = store.view().await?.own_handle().await?;
        let started = clock.now();
        let (identity, network) = (OnceLock::new(), OnceLock::new());
        let (catalogue, own_items) = (Catalogue::embedded(), Mutex::default());
        let shared =
            Shared { store, clock, handle, settings, catalogue, own_items, started, identity, network };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Gives the office its network. Called once, at the start; until then nobody can be reached.
    pub fn connect(&self, network: Arc<dyn Network>) {
        self.shared.network.get_or_init(|| network);
    }

    /// The business clock; the gate stamps new records with it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.clock.now()
    }

    /// What time it is in the world: by it tokens, invitations and rosters end, whatever the office plays.
    pub(crate) fn real_now(&self) -> Instant {
        self.shared.clock.real_now()
    }

    /// This node's handle.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.shared.handle
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Which item may stand in for which.
    fn catalogue(&self) -> &Catalogue {
        &self.shared.catalogue
    }

    fn started(&self) -> Instant {
        self.shared.started
    }

    fn identity(&self) -> Result<&Identity> {
        self.shared.identity.get().ok_or_else(|| Error::internal("the node has not been introduced"))
    }

    fn network(&self) -> Result<&Arc<dyn Network>> {
        let network = self.shared.network.get();
        network.ok_or_else(|| Error::new(ErrorKind::Unavailable, "this node has no network"))
    }

    fn tell_network(&self) {
        if let Some(network) = self.shared.network.get() {
            network.membership_changed();
        }
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office").field("handle", &self.shared.handle).finish_non_exhaustive()
    }
}
