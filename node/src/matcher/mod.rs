//! The matcher: keeps the newest plan of this node beside its records, and answers from it.
//!
//! It wakes with each change of the store and with each epoch, reads what changed, and computes on a thread of its own.
//! Changes that come meanwhile are taken together the next time. Nothing is stored: a plan follows from the records, so
//! a restart computes it again. It writes nothing and sends nothing.

mod advice;
mod handle;
mod pool;
mod worker;

pub use advice::{Advice, Filter, Place, Simulation, Suggestion};
pub use handle::{MatcherError, MatcherHandle};
pub use worker::Matcher;

#[cfg(test)]
mod tests;
