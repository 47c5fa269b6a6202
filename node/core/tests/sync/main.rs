//! Sessions between cities, under a clock and over links that move only when a test says so.

mod city;
mod disk;
mod federation;
mod net;

mod admission;
mod catching_up;
mod echo;
mod forks;
mod hostile;
mod mending;
mod schedules;
