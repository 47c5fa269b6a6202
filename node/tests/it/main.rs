//! The shell of a node, from outside: listeners and their limits, TLS, the life of a node, and the program itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod connection;
mod house;
mod life;
mod limits;
mod program;
mod tls;
