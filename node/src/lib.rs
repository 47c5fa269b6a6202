//! The city office's server, as a library so that tests can run it in-process.

pub mod admission;
pub mod agreement;
pub mod api;
pub mod args;
pub mod check;
mod checkpoint;
pub mod clock;
pub mod config;
pub mod demo;
pub mod error;
pub mod founding;
mod gathering;
pub mod housekeeping;
pub mod init;
pub mod introspection;
pub mod keys;
pub mod listener;
pub mod matcher;
pub mod network;
pub mod node;
pub mod office;
pub mod opening;
pub mod private;
mod program;
pub mod replication;
pub mod shutdown;
pub mod store;
pub mod sweep;
pub mod telemetry;
pub mod tls;
pub mod token;
pub mod verb;
pub mod wire;

pub use program::main;

/// A record is many small texts, made by one thread and let go by another: with the system's own allocator that is a quarter of the
/// work of taking records in.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
