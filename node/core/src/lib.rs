//! Quince's core: what is true, and what follows from it.
//!
//! Plain data and synchronous functions. It deliberately knows no clock, no randomness, no socket, no
//! database, no protobuf and no hash-map order: the same inputs give the same outputs on every node.
//! The shell in `quince-node` does everything that waits.

pub mod domain;
pub mod feed;
pub mod matching;
pub mod roster;
pub mod sync;
