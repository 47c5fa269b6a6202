//! Other people's tables: read from CSV and replayed by date, with the five metrics of the public benchmark for matching
//! protective equipment (GetUsPPE.org's requests of 2020).
//!
//! A place is whoever gives or asks there: a city of its own to the planner. Items are compared by their text, so nothing
//! stands in for anything else, and all needs are equally urgent.

mod read;
mod replay;
mod score;

pub use read::{Distance, Fault, Faults, Row, Tables};
pub use replay::{Replay, Shipment};
pub use score::Score;
