//! Sockets before anything is served on them: bound by the caller, so that tests can take any free port.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;
use thiserror::Error;
use tokio::net::TcpListener;

use crate::config::{Config, Listen};
use crate::private::{self, PrivateError};

/// The addresses really bound, within the data directory, while the node runs.
const FILE: &str = "addresses.json";

/// Sockets to serve on.
#[derive(Debug)]
pub struct Listeners {
    /// For operators and partners.
    pub api: TcpListener,
    /// For peers.
    pub peer: Option<TcpListener>,
    /// For collectors.
    pub metrics: Option<TcpListener>,
}

/// Where a node really listens: port 0 has become a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// For operators and partners.
    pub api: SocketAddr,
    /// For peers.
    pub peer: Option<SocketAddr>,
    /// For collectors.
    pub metrics: Option<SocketAddr>,
}

/// A socket cannot be bound.
#[derive(Debug, Error)]
#[error("cannot listen on {listen} for {setting}")]
pub struct BindError {
    /// The setting.
    setting: &'static str,
    /// Where.
    listen: Listen,
    /// Why not.
    source: io::Error,
}

impl Listeners {
    /// Binds what the configuration asks for.
    ///
    /// # Errors
    /// When an address is taken or is none of this machine.
    pub async fn bind(config: &Config) -> Result<Self, BindError> {
        let metrics = config.metrics.as_ref().map(|metrics| &metrics.listen);
        Ok(Self {
            api: bind("api.listen", &config.api.listen).await?,
            peer: bind_if("peer.listen", config.peer.listen.as_ref()).await?,
            metrics: bind_if("metrics.listen", metrics).await?,
        })
    }

    /// Where they are.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn addresses(&self) -> io::Result<Addresses> {
        let local = |tcp: &Option<TcpListener>| tcp.as_ref().map(TcpListener::local_addr).transpose();
        Ok(Addresses {
            api: self.api.local_addr()?,
            peer: local(&self.peer)?,
            metrics: local(&self.metrics)?,
        })
    }
}

impl Addresses {
    /// Writes them into the data directory, for scripts that chose port 0.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, data: &Path) -> Result<(), PrivateError> {
        let text = serde_json::to_string(self).expect("addresses are JSON");
        private::replace(&data.join(FILE), format!("{text}\n").as_bytes())
    }

    /// Removes them again: nobody listens there any more.
    pub fn remove(data: &Path) {
        // It may be gone already; a stale file is replaced at the next start.
        drop(std::fs::remove_file(data.join(FILE)));
    }
}

impl BindError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                format!("another program listens there: choose another {}, or stop it", self.setting)
            }
            _ => format!("{} must be an address of this machine", self.setting),
        }
    }
}

async fn bind(setting: &'static str, listen: &Listen) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind((listen.host.as_str(), listen.port)).await;
    bound.map_err(|source| BindError { setting, listen: listen.clone(), source })
}

async fn bind_if(setting: &'static str, listen: Option<&Listen>) -> Result<Option<TcpListener>, BindError> {
    match listen {
        Some(listen) => bind(setting, listen).await.map(Some),
        None => Ok(None),
    }
}
