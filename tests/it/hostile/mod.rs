//! Hostile peers: a member of the federation drives the wire directly and tries to harm two cities that are in the middle of
//! their work.
//!
//! Whatever it sends is refused or harmless: an honest entry behind it arrives, and what the cities see of their own
//! needs, offers, suggestions and desks stays as it was.

mod agreement;
mod door;
mod flood;
mod forged;
mod fork;
mod frames;
mod poison;
mod stage;
