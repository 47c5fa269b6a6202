//! What a coordinator expects of matching, as tables to read, and what must hold of every plan, as properties.

mod adversaries;
mod bounds;
mod exact;
mod explanations;
mod flips;
mod invariants;
mod optimal;
mod oracle;
mod properties;
mod random;
mod served;
mod stability;
mod table;
pub(super) mod town;
