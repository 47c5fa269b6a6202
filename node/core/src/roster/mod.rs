//! Who belongs to the federation: roster versions, members and their identity lanes.
//!
//! The order of trust has no circle: the roster lists members' inception hashes, the identity lane begins with
//! the inception and names the keys, and everything else is checked with those keys. This room deliberately
//! judges no expiry by itself and opens no connection: `now` and what peers say are arguments.

pub mod address;
pub mod admit;
pub mod draft;
pub mod identity;
pub mod inception;
pub mod invitation;
pub mod name;
pub mod signed;
pub mod verify;
pub mod version;
pub mod words;

#[cfg(test)]
mod golden;
#[cfg(test)]
pub(crate) mod sample;

pub use address::{Address, AddressError};
pub use admit::{JoinClaim, JoinError, JoinProof};
pub use draft::{Member, OtherCatalogue, RosterDraft, RosterRule};
pub use identity::{IdentityError, IdentityLane};
pub use inception::{EpochStart, Inception};
pub use invitation::{CodeId, Invitation, InvitationError, Secret};
pub use name::{Name, NameError};
pub use signed::{SignedRoster, SignedRosterError};
pub use verify::{ChainError, RosterChain, StewardFork};
pub use version::{Roster, RosterError};
pub use words::SixWords;
