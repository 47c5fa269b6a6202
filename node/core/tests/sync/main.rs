//! Sessions between cities, under a clock and over links that move only when a test says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod city;
mod disk;
mod federation;
mod net;
mod wire;

mod admission;
mod catching_up;
mod echo;
mod forks;
mod hostile;
mod idle;
mod lists;
mod mending;
mod offline;
mod quota;
mod schedules;
mod status;
mod thin;
mod upstreams;
