//! Helpers of the suites: offices as processes, what is done at their desks, what their books say, links between them, and patience.

pub mod acts;
pub mod attacker;
pub mod books;
pub mod city;
pub mod deliveries;
pub mod evaluation;
pub mod eventually;
pub mod evidence;
pub mod federation;
pub mod frame_len;
pub mod fuzz;
pub mod link;
pub mod offline;
pub mod paper;
pub mod port;
pub mod samples;

pub use quince_simulator as sim;
