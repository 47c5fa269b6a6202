//! The city office's server, as a library so that tests can run it in-process.

pub mod agreement;
pub mod clock;
pub mod listener;
pub mod office;
pub mod replication;
pub mod shutdown;
pub mod store;
pub mod tls;
pub mod wire;
