//! Matching: who can help whom. A plan is advice, computed from the records a node holds; it binds nobody.
//!
//! `sources` are the records, `entry` what matters of one line, `view` all lines by `family`, the parts that cannot touch each
//! other; `limit` keeps any one city from filling it, `geography` knows distances. `rule` says which pairs are possible,
//! `rank` what they cost, and `figures` both at once from numbers; the `roll` keeps these, and `shift` says what became of
//! it. A family is planned on a `board` with a `state`, by the `live` planner or the `exact` one; what comes out is a `part`,
//! and all parts are the `plan`, with `suggestions` in order. `planner` keeps a plan while records change, `shown` is what people
//! see of it. `explain` says why and why not, `transport` finds who carries the goods, and `bundles` asks it for a whole plan;
//! `simulate` says what if; `sentence` puts reasons into words. Two nodes with the same federation records compute the same plan,
//! byte for byte; `digest` shows it, and `compare` says what it means if they do not. Deliberately absent: clock, chance,
//! floats that a machine could round differently, and the display names and remarks that peers write.

mod board;
mod bundles;
mod compare;
mod digest;
pub mod entry;
mod exact;
pub mod explain;
mod family;
mod figures;
mod geography;
mod limit;
mod live;
mod pair;
mod part;
pub mod plan;
mod planner;
mod rank;
pub mod reason;
mod roll;
mod rule;
pub mod sentence;
mod shift;
mod shown;
mod simulate;
pub mod sources;
mod state;
pub mod suggestions;
pub mod transport;
pub mod view;

#[cfg(test)]
mod tests;

pub use compare::{Comparison, Origin, Side};
pub use digest::Digest;
pub use entry::{Entry, Readiness};
pub use exact::{EXACT_PAIRS_MAX, Network, NetworkArc, solve};
pub use explain::{Candidate, Explanation, Subject, explain};
pub use limit::{LINES_PER_CITY_MAX, TIER_ONE_LINES_MAX};
pub use plan::{Match, MatchId, MatchIdError, Plan, Standing, exact, networks, plan};
pub use planner::Planner;
pub use reason::{Reason, RuleCode};
pub use rule::RULE_VERSION;
pub use sentence::sentence;
pub use shown::Change;
pub use simulate::Supposed;
pub use sources::{LeanNeed, LeanOffer, Partners, Sources};
pub use suggestions::Suggestions;
pub use view::{Epoch, View};
