//! Nodes that replicate over real TLS connections, each with a store on disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod town;

mod idle;
mod joining;
mod mending;
mod streaming;
