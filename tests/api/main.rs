//! The API as a caller meets it: real messages through the gate, the handlers and the office to a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

#[path = "../store/city.rs"]
#[expect(dead_code, reason = "the suite of the store needs more of it")]
mod city;
#[path = "../store/codec.rs"]
mod codec;
mod counter;
#[path = "../store/database.rs"]
mod database;
mod drill;
mod gate;
mod matches;
mod watch;
mod writes;
