//! Listeners: who may connect, how often and for how long, before anything is understood of what they say.
//!
//! The accept loop is our own, because tonic's has no limit on connections, handshakes or their time, and its server
//! is open where its defaults are not set. What a request may do is the business of the services behind.

mod accept;
mod guarded;
pub mod limits;
mod plain;
mod server;
mod slots;
mod throttle;

pub use accept::{Listener, Name, Ready};
pub use guarded::Guarded;
pub use plain::Plain;
pub use server::{api_server, peer_server};
pub use slots::{Slot, Slots};
pub use throttle::Throttle;
