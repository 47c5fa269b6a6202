//! Whole offices helping each other: real processes, real mutual TLS, the public API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod access;
mod bundle;
mod crash;
#[path = "../store/database.rs"]
mod database;
mod delivery;
mod digests;
mod hostile;
mod items;
mod newsletter;
mod offline;
mod race;
mod relay;
mod restore;
mod retry;
mod thin;
mod two_cities;
mod watch;

/// The server, built by this run.
pub(crate) const OFFICE: &str = env!("CARGO_BIN_EXE_city-office");
