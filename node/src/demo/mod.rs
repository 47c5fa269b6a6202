//! `quince-node demo`: the newsletter that Quince began with, played by its cities on one machine.
//!
//! Every office is a whole node with a directory, a database, keys and ports of its own; they speak mutual TLS with each
//! other, and the player calls nothing but their public API. The story is data (`node/data/newsletter.yaml`). At the end each
//! flow is computed at an office that had no part in it, out of what reached it.
//!
//! ```text
//! story ─ town (offices) ─ federation ─ play (acts by date) ─ settled ─ seen ─ row ─ verdict
//! ```

mod codec;
pub mod door;
pub mod federation;
mod figure;
pub mod play;
pub mod row;
pub mod seen;
pub mod spell;
pub mod story;
pub mod town;
pub mod verdict;

pub use door::Door;
pub use play::Player;
pub use seen::Seen;
pub use story::Story;
pub use town::Town;
pub use verdict::Verdict;
