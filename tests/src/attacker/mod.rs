//! A hostile peer: it drives the wire itself and keeps to no rule that a test does not ask it to keep.
//!
//! It has a real identity, joins by a real invitation and is admitted, so that all it lacks is good will. Of the
//! server it uses the arithmetic of feeds and rosters, which must be right for a lie to be believed, and nothing else: what it can
//! send is not limited to what an honest node would.

pub mod body;
pub mod feed;
pub mod mask;
pub mod member;
pub mod session;
pub mod wire;

pub use feed::Feed;
pub use mask::{Mask, TlsKey};
pub use member::Member;
pub use session::{Parting, Session};
pub use wire::{Line, dial};
