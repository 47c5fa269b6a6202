//! The store on a disk that loses power, fails and fills up: what was acknowledged is there, and nothing is half there.
//!
//! The real store writes through SQLite to a file system that keeps unsynchronized writes apart (`vfs` and `disk`). At a drawn
//! moment the power goes: a drawn part of these writes is lost, and the store is opened again from the rest. A ledger outside
//! says what was acknowledged. SQLite has one default file system in a process; that is why this is a suite of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod cuts;
mod disk;
mod failures;
mod ledger;
mod source;
mod town;
mod vfs;
