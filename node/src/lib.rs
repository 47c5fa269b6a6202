//! The city office's server, as a library so that tests can run it in-process.

pub mod agreement;
pub mod clock;
pub mod office;
pub mod store;
