//! A node's configuration: a file in its data directory, overridden by the environment and by flags.
//!
//! Raw texts are read first and checked then, so that one attempt shows every fault. Nothing else in the server knows
//! files, variables or flags. Limits are not here: they are constants, because nobody should have to tune them.

mod check;
mod raw;
mod sample;
pub mod setting;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use quince_core::domain::profile::Endpoint;
use quince_core::domain::{FieldError, FieldErrors};
use thiserror::Error;

pub use raw::Raw;
pub use sample::{sample, written};

use crate::tls::reach::Reach;

/// The file in the data directory.
pub const FILE: &str = "node.toml";

/// What a node runs with. All of it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// The listener for operators and partners.
    pub api: Api,
    /// What has to do with other nodes.
    pub peer: Peer,
    /// The listener for metrics, if one is wanted.
    pub metrics: Option<Metrics>,
    /// Where the node keeps everything.
    pub database: Database,
    /// What the office wants seen twice.
    pub office: Office,
    /// How it logs.
    pub log: Log,
}

/// The listener for operators and partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Where it listens.
    pub listen: Listen,
    /// More names of its certificate.
    pub names: Vec<String>,
}

/// What has to do with other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Where they dial in, if they may.
    pub listen: Option<Listen>,
    /// What they dial.
    pub advertise: Vec<Endpoint>,
    /// Whom this node dials.
    pub reach: Reach,
}

/// The listener for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Where it listens.
    pub listen: Listen,
}

/// Where the node keeps everything.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file in the data directory.
    Sqlite,
    /// A server.
    Postgres {
        /// Its URL, which may hold a password.
        url: String,
        /// Whether an older database may be brought up to date.
        migrate: bool,
    },
}

/// What an office wants seen by a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Office {
    /// A need is published only after an approver has seen it.
    pub approve_needs: bool,
    /// Stock is committed by approvers only.
    pub require_approver: bool,
}

/// How a node logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// For whom.
    pub format: LogFormat,
    /// What, in the words of `tracing`.
    pub filter: String,
}

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines.
    Json,
}

/// Where to listen: a host name or IP address of this machine and a port, 0 for a free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Without brackets.
    pub host: String,
    /// 0 picks a free one.
    pub port: u16,
}

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no file, or it cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has the wrong form.
    #[error("{FILE} has {} faults", .0.len())]
    Form(Vec<FieldError>),
    /// The values make no sense.
    #[error(transparent)]
    Values(#[from] FieldErrors),
}

impl Config {
    /// Reads the file of a data directory and what overrides it.
    ///
    /// # Errors
    /// With every fault at once.
    pub fn load(data: &Path, overrides: Raw) -> Result<Self, ConfigError> {
        let path = data.join(FILE);
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|source| ConfigError::Unreadable { path, source })?;
        let file = Raw::parse(&text).map_err(ConfigError::Form)?;
        Ok(Self::check(data, &overrides.over(file))?)
    }

    /// Checks what was said about the node in `data`.
    ///
    /// # Errors
    /// With every fault at once.
    pub fn check(data: &Path, raw: &Raw) -> Result<Self, FieldErrors> {
        check::check(data, raw)
    }
}

impl ConfigError {
    /// Every fault, one sentence each.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        match self {
            Self::Unreadable { source, .. } => vec![format!("{self}: {source}")],
            Self::Form(faults) => faults.iter().map(ToString::to_string).collect(),
            Self::Values(faults) => faults.as_slice().iter().map(ToString::to_string).collect(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "`quince-node init` makes a data directory with its node.toml",
            Self::Form(_) | Self::Values(_) => "`quince-node config` shows every setting with its default",
        }
    }
}

impl Listen {
    /// Whether nobody outside this machine can connect.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
    }

    /// Whether it is every address of this machine.
    #[must_use]
    pub fn is_unspecified(&self) -> bool {
        self.host.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified())
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres { .. } => "Postgres(..)",
        })
    }
}

#[cfg(test)]
mod tests;
