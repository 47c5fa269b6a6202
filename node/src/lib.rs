//! The city office's server, as a library so that tests can run it in-process.

pub mod clock;
pub mod listener;
pub mod shutdown;
pub mod tls;
