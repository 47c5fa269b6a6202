//! Replication under a seed: fixed seeds and a fresh one, small federations and large ones, and mistakes that must be seen.
//!
//! What is simulated, and what must hold, is in the package's `sim` module. A run that fails prints how to see it again.

mod planted;
mod replay;
mod scale;
mod seeds;
