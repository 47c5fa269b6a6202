//! What a city office does, against real databases: every act, what refuses it, and what follows by itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod acts;
mod agreement;
mod bundle;
#[path = "../store/city.rs"]
#[expect(dead_code, reason = "the suite of the store needs more of it")]
mod city;
#[path = "../store/codec.rs"]
mod codec;
#[path = "../store/database.rs"]
mod database;
mod desk;
mod door;
mod drill;
mod frame;
mod items;
mod lists;
mod race;
mod takeover;
