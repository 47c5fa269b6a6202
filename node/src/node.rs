//! The composition of a node: what is opened, what is served, and in which order it begins and ends.
//!
//! Read from top to bottom it is the life of the process. The rooms behind are handed what they need and nothing more:
//! there is no object that opens every door.

mod bind;

use std::io;
use std::sync::Arc;

use thiserror::Error;
use tonic::service::Routes;
use tracing::info;

use crate::clock::Clock;
use crate::config::Config;
use crate::founding::{Founding, FoundingError};
use crate::introspection::{self, Health};
use crate::keys::{self, Keys, KeysError};
use crate::listener::{self, Listener, Name, Plain};
use crate::private::{self, PrivateError};
use crate::shutdown::{Ended, Signals, Tasks};
use crate::telemetry;
use crate::tls::certificate::CertificateError;
use crate::tls::{Dialler, Handshake, TlsIdentity};

pub use bind::{Addresses, BindError, Listeners};

/// A node, opened but not yet serving.
pub struct Node {
    config: Config,
    founding: Founding,
    clock: Clock,
    tasks: Tasks,
    api_tls: TlsIdentity,
    peer_tls: Arc<TlsIdentity>,
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
    /// The API's certificate cannot be made.
    #[error("the API's certificate cannot be made")]
    ApiCertificate(#[from] CertificateError),
}

impl Node {
    /// Opens the node in the configuration's data directory.
    ///
    /// # Errors
    /// When something in it is missing, damaged, or readable by others.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, OpenError> {
        private::check_mode(&config.data, private::DIRECTORY_MODE)?;
        private::check_mode(&config.data.join(keys::DIRECTORY), private::DIRECTORY_MODE)?;
        let founding = Founding::load(&config.data)?;
        let keys = Keys::load(&config.data)?;
        let mut names = config.api.names.clone();
        if !config.api.listen.is_unspecified() {
            names.push(config.api.listen.host.clone());
        }
        let api_tls = keys.api.issue(&names, clock.real_now())?;
        let peer_tls = Arc::new(keys.peer);
        Ok(Self { config, founding, clock, tasks: Tasks::new(), api_tls, peer_tls })
    }

    /// Serves until `signals` say otherwise, on listeners that the caller has bound.
    pub async fn serve(self, listeners: Listeners, signals: impl Signals) -> Ended {
        let handle = self.founding.handle.clone();
        info!(node = %self.founding.node_id(), "{handle} is open");
        let health = Health::default();
        self.serve_metrics(listeners.metrics, &health);
        self.serve_peers(listeners.peer);
        self.serve_api(listeners.api, &health);
        health.say(true).await;
        tell_when_stopping(&self.tasks, health);
        let ended = self.tasks.run(signals).await;
        info!(?ended, "{handle} is closed");
        ended
    }

    /// Reaches other nodes with this node's key.
    #[must_use]
    pub fn dialler(&self) -> Dialler {
        Dialler::new(self.peer_tls.clone(), self.config.peer.reach)
    }

    fn serve_api(&self, tcp: tokio::net::TcpListener, health: &Health) {
        let handshake = Handshake::api(&self.api_tls).expect("a certificate just made fits its key");
        let incoming = Listener::new(Name::Api, handshake, self.clock.clone()).accept_from(tcp, &self.tasks);
        let routes = introspection::beside(Routes::default(), health);
        let stop = self.tasks.stop().cancelled_owned();
        let server = listener::api_server().add_routes(routes);
        self.tasks.spawn("API", server.serve_with_incoming_shutdown(incoming, stop));
    }

    fn serve_peers(&self, tcp: Option<tokio::net::TcpListener>) {
        let Some(tcp) = tcp else { return };
        let handshake = Handshake::peer(&self.peer_tls).expect("a certificate that was read fits its key");
        let incoming = Listener::new(Name::Peer, handshake, self.clock.clone()).accept_from(tcp, &self.tasks);
        let stop = self.tasks.stop().cancelled_owned();
        let server = listener::peer_server().add_routes(Routes::default());
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
