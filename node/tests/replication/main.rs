//! Nodes that replicate over real TLS connections, each with a store on disk.

mod town;

mod joining;
mod mending;
mod streaming;
