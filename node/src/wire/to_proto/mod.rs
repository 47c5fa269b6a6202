//! What the office shows as messages of the API: one file per proto file, in its order. Nothing here can fail.

mod commitment;
mod delivery;
mod desk;
mod federation;
mod item;
mod matching;
mod need;
mod node;
mod offer;
mod offline;
mod party;
mod publication;
mod requisition;
mod resource;

pub use commitment::*;
pub use delivery::*;
pub use desk::*;
pub use federation::*;
pub use item::*;
pub use matching::*;
pub use need::*;
pub use node::*;
pub use offer::*;
pub use offline::*;
pub use party::*;
pub use publication::*;
pub use requisition::*;
pub use resource::*;
