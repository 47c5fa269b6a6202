//! Matching: who can help whom. A plan is advice, computed from the records a node holds; it binds nobody.
//!
//! `view` says what a plan is computed from, `limit` keeps any one city from filling it, `family` splits it into parts
//! that cannot touch each other, `rule` says which pairs are possible, `rank` which come first, `plan` deals them out,
//! `explain` says why and why not, `transport` finds who carries the goods, `sentence` puts reasons into words. Two nodes with the same federation records
//! compute the same plan, byte for byte; `digest` shows it. Deliberately absent: clock, chance, floats that a machine
//! could round differently, and the display names and remarks that peers write.

mod digest;
pub mod explain;
mod family;
mod limit;
pub mod plan;
mod rank;
pub mod reason;
mod rule;
pub mod sentence;
pub mod transport;
pub mod view;

#[cfg(test)]
mod tests;

pub use digest::Digest;
pub use explain::{Candidate, Explanation, Subject, explain};
pub use limit::{LINES_PER_CITY_MAX, TIER_ONE_LINES_MAX};
pub use plan::{Match, MatchId, Plan, plan};
pub use reason::{Reason, RuleCode};
pub use rule::RULE_VERSION;
pub use sentence::sentence;
pub use view::{Entry, Epoch, Readiness, Sources, View};
