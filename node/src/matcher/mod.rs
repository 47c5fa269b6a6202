//! The matcher: keeps the newest plan of this node beside its records, and answers from it.
//!
//! It wakes when somebody asks, when an epoch begins and when records have changed, reads what changed, and computes on a
//! thread of its own. Changes that nobody asks about wait for others, so that planning never takes much of what replication
//! needs. Nothing is stored: a plan follows from the records, so a restart computes it again. It writes nothing and sends
//! nothing. When it fails it keeps what it has, tries again ever more rarely, and says so to whoever asks.

mod advice;
mod aside;
mod ended;
mod handle;
mod ledger;
mod pool;
mod worker;

pub use advice::{Advice, Filter, Place, Simulation, Suggestion};
pub use handle::{MatcherError, MatcherHandle, Newest};
pub use worker::Matcher;

#[cfg(test)]
mod tests;
