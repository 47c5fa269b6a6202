//! Helpers of the suites: offices as processes, their API, and patience.

pub mod attacker;
pub mod city;
pub mod eventually;
pub mod federation;
pub mod paper;
