//! The store's contract: every function on both databases, through one body.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod append;
mod apply;
mod city;
mod codec;
mod database;
mod desk;
mod faulty_lists;
mod flips;
mod guard;
mod items;
mod lists;
mod mend;
mod mention;
mod open;
mod race;
mod reads;
mod recent;
mod usage;
