//! The composition of a node: what is opened, what is served, and in which order it begins and ends.
//!
//! Read from top to bottom it is the life of the process. The rooms behind are handed what they need and nothing more:
//! there is no object that opens every door.

mod bind;

use std::io;
use std::sync::Arc;

use quince_core::domain::common::Label;
use quince_core::domain::item::Catalogue;
use quince_core::domain::profile::{OfflineRecipient, TlsKeyHash};
use quince_core::domain::text::{Names, Text, TextOrigin, Texts};
use thiserror::Error;
use tonic::service::Routes;
use tracing::info;

use crate::admission;
use crate::agreement;
use crate::api::{self, Api};
use crate::checkpoint;
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::founding::{Founding, FoundingError};
use crate::housekeeping;
use crate::introspection::{self, Health};
use crate::keys::{self, Keys, KeysError, OfflineKey};
use crate::listener::{self, Listener, Name, Plain};
use crate::matcher::{Matcher, MatcherHandle};
use crate::network::{Doorkeeper, Replicated};
use crate::office::identity::Identity;
use crate::office::{self, BusinessTime, Office, Settings};
use crate::opening;
use crate::private::{self, PrivateError};
use crate::replication::{self, Offline, OfflineParts, Replication, ReplicationHandle, sync_service};
use crate::shutdown::{Ended, Signals, Tasks};
use crate::store::{Access, Signer, Store, StoreError};
use crate::sweep;
use crate::telemetry;
use crate::tls::certificate::CertificateError;
use crate::tls::{Dialler, Handshake, TlsIdentity};

pub use bind::{Addresses, BindError, Listeners};

/// The language of an office's name: nobody says which one it is in.
const UNDETERMINED: &str = "und";

/// A node, opened but not yet serving.
pub struct Node {
    config: Config,
    founding: Founding,
    clock: Clock,
    tasks: Tasks,
    api_tls: TlsIdentity,
    peer_tls: Arc<TlsIdentity>,
    store: Store,
    office: Office,
    catalogue: Arc<Catalogue>,
    entropy: Entropy,
    offline_key: Arc<OfflineKey>,
}

/// A node cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] PrivateError),
    /// Who the node is cannot be read.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// Its keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Its database cannot be opened.
    #[error("the database cannot be opened")]
    Store(#[from] StoreError),
    /// Its office cannot begin.
    #[error("the office cannot begin")]
    Office(#[from] office::Error),
    /// The API's certificate cannot be made.
    #[error("the API's certificate cannot be made")]
    ApiCertificate(#[from] CertificateError),
}

impl Node {
    /// Opens the node in the configuration's data directory.
    ///
    /// # Errors
    /// When something in it is missing, damaged, or readable by others, or when a drill would touch real records.
    pub async fn open(
        config: Config,
        clock: Clock,
        time: BusinessTime,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        private::check_mode(&config.data, private::DIRECTORY_MODE)?;
        private::check_mode(&config.data.join(keys::DIRECTORY), private::DIRECTORY_MODE)?;
        let founding = Founding::load(&config.data)?;
        let keys = Keys::load(&config.data)?;
        let mut names = config.api.names.clone();
        if !config.api.listen.is_unspecified() {
            names.push(config.api.listen.host.clone());
        }
        let api_tls = keys.api.issue(&names, clock.real_now())?;
        let store = opening::open(&config, &founding, Access::Node, &entropy).await?;
        store.sign_with(Arc::new(keys.signing));
        let settings = Settings { approve_needs: config.office.approve_needs, time };
        let office = Office::open(store.clone(), clock.clone(), settings).await?;
        office.check_drill().await?;
        office.warn_of_catalogue().await?;
        let tls_key = keys.peer.tls_key();
        let steward: Signer = Arc::new(keys.steward);
        let offline_key = Arc::new(keys.offline);
        let recipient = offline_key.to_public().to_string();
        let own = (tls_key, recipient.parse().map_err(office::Error::internal)?);
        office.introduce(identity(&config, &founding, own, steward, entropy.clone())?).await?;
        let peer_tls = Arc::new(keys.peer);
        let catalogue = Arc::new(Catalogue::embedded());
        Ok(Self {
            config,
            founding,
            clock,
            tasks: Tasks::new(),
            api_tls,
            peer_tls,
            store,
            office,
            catalogue,
            entropy,
            offline_key,
        })
    }

    /// Serves until `signals` say otherwise, on listeners that the caller has bound.
    pub async fn serve(self, listeners: Listeners, signals: impl Signals) -> Ended {
        let handle = self.founding.handle.clone();
        info!(node = %self.founding.node_id(), "{handle} is open");
        let health = Health::default();
        let replication = self.begin_replication();
        let matcher = self.begin_work();
        self.serve_metrics(listeners.metrics, &health);
        self.serve_peers(listeners.peer, replication.clone());
        self.serve_api(listeners.api, &health, matcher, self.offline(replication));
        health.say(true).await;
        tell_when_stopping(&self.tasks, health);
        let ended = self.tasks.run(signals).await;
        self.store.close().await;
        info!(?ended, "{handle} is closed");
        ended
    }

    /// Reaches other nodes with this node's key.
    fn dialler(&self) -> Dialler {
        Dialler::new(self.peer_tls.clone(), self.config.peer.reach)
    }

    /// Sessions with other nodes, and the office's way to them.
    fn begin_replication(&self) -> ReplicationHandle {
        let replication = Replication {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            dialler: self.dialler(),
            tls_key: self.peer_tls.tls_key(),
        };
        let handle = replication::start(replication, &self.tasks);
        self.office.connect(Arc::new(Replicated(handle.clone())));
        handle
    }

    /// What follows by itself from what is written: agreements, admission, matches.
    fn begin_work(&self) -> MatcherHandle {
        let stop = self.tasks.stop();
        self.tasks.spawn_worker("checkpoint", checkpoint::run(self.office.store().clone(), stop.clone()));
        self.tasks.spawn_worker("agreement", agreement::run(self.office.clone(), stop.clone()));
        self.tasks.spawn_worker("admission", admission::run(self.office.clone(), stop.clone()));
        self.tasks.spawn_worker("housekeeping", housekeeping::run(self.office.clone(), stop.clone()));
        self.tasks.spawn_worker("sweep", sweep::run(self.office.clone(), stop.clone()));
        let (home, catalogue) = (self.founding.handle.clone(), Arc::clone(&self.catalogue));
        let (matcher, handle) = Matcher::new(self.store.clone(), self.clock.clone(), home, catalogue);
        self.tasks.spawn_worker("matcher", matcher.run(stop));
        handle
    }

    /// Replication by hand.
    fn offline(&self, replication: ReplicationHandle) -> Offline {
        Offline::new(OfflineParts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            replication,
            key: Arc::clone(&self.offline_key),
            entrance: Arc::new(Doorkeeper(self.office.clone())),
            tasks: self.tasks.clone(),
        })
    }

    fn serve_api(
        &self,
        tcp: tokio::net::TcpListener,
        health: &Health,
        matcher: MatcherHandle,
        offline: Offline,
    ) {
        let handshake = Handshake::api(&self.api_tls).expect("a certificate just made fits its key");
        let incoming = Listener::new(Name::Api, handshake, self.clock.clone()).accept_from(tcp, &self.tasks);
        let routes = api::routes(Api {
            office: self.office.clone(),
            matcher,
            offline,
            health: health.reporter(),
            require_approver: self.config.office.require_approver,
            stop: self.tasks.stop(),
            tasks: self.tasks.tracker(),
        });
        let stop = self.tasks.stop().cancelled_owned();
        let server = listener::api_server().add_routes(routes);
        self.tasks.spawn("API", server.serve_with_incoming_shutdown(incoming, stop));
    }

    fn serve_peers(&self, tcp: Option<tokio::net::TcpListener>, replication: ReplicationHandle) {
        let Some(tcp) = tcp else { return };
        let handshake = Handshake::peer(&self.peer_tls).expect("a certificate that was read fits its key");
        let incoming = Listener::new(Name::Peer, handshake, self.clock.clone()).accept_from(tcp, &self.tasks);
        let stop = self.tasks.stop().cancelled_owned();
        let doorkeeper = Arc::new(Doorkeeper(self.office.clone()));
        let service = sync_service(replication, self.store.clone(), doorkeeper);
        let server = listener::peer_server().add_routes(Routes::new(service));
        self.tasks.spawn("peer listener", server.serve_with_incoming_shutdown(incoming, stop));
    }

    fn serve_metrics(&self, tcp: Option<tokio::net::TcpListener>, health: &Health) {
        let Some(tcp) = tcp else { return };
        let numbers = telemetry::numbers();
        let page = introspection::metrics_page(numbers.clone(), health.clone());
        let stop = self.tasks.stop();
        let server = axum::serve(Plain::new(tcp, self.tasks.cut()), page);
        self.tasks
            .spawn("metrics", async move { server.with_graceful_shutdown(stop.cancelled_owned()).await });
        let stop = self.tasks.stop();
        self.tasks.spawn_detached(telemetry::upkeep(numbers, stop));
    }
}

/// Who this node is, from what was founded and what is configured.
fn identity(
    config: &Config,
    founding: &Founding,
    (tls_key, offline_recipient): (TlsKeyHash, OfflineRecipient),
    steward: Signer,
    entropy: Entropy,
) -> Result<Identity, office::Error> {
    let name = Text::new(UNDETERMINED, founding.name.as_str(), TextOrigin::Human);
    let names = name.and_then(|name| Texts::new(vec![name])).and_then(Names::new);
    let software = Label::new(concat!("quince-node/", env!("CARGO_PKG_VERSION")));
    Ok(Identity {
        inception: founding.inception,
        steward,
        tls_key,
        names: names.map_err(office::Error::internal)?,
        place: Some(founding.seat.0.clone()),
        endpoints: config.peer.advertise.clone(),
        offline_recipient,
        software: software.map_err(office::Error::internal)?,
        entropy,
    })
}

/// Load balancers look elsewhere while what is open is finished.
fn tell_when_stopping(tasks: &Tasks, health: Health) {
    let stop = tasks.stop();
    tasks.spawn("health", async move {
        stop.cancelled().await;
        health.say(false).await;
        Ok::<(), io::Error>(())
    });
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let (Self::Data(error)
        | Self::Founding(FoundingError::File(error))
        | Self::Keys(KeysError::File(error))) = self
        else {
            return Some("`quince-node check` looks at the whole data directory".to_owned());
        };
        error.hint().or_else(|| Some("`quince-node init` makes a data directory".to_owned()))
    }
}
