//! Everything a node keeps: feeds, records, tokens, peers. The only room that contains SQL.
//!
//! A [`Store`] is either a SQLite file in the data directory or a PostgreSQL database. Both are read through
//! a [`View`], which is one consistent snapshot, and written through a [`WriteTx`], of which there is one at
//! a time: so the order of numbers is the order of commits. A business change, its entries, heads and cursors
//! are one transaction; only after its commit is anything published. What is written here is decided
//! elsewhere: this room knows no rule of the agreement, no protobuf and no peer.

mod append;
mod apply;
mod backup;
mod bulk;
mod change;
mod check;
mod checkpoint;
mod conn;
mod decision;
mod desk;
mod entry;
mod error;
mod facts;
mod feed;
mod fold;
mod guard;
mod halves;
mod head_file;
mod history;
mod inbox;
mod instance;
mod invitation;
mod known;
mod later;
mod live_list;
mod mend;
mod mention;
mod meta;
mod open;
mod page;
mod peer;
mod reading;
mod recent;
mod record;
mod removal;
mod roster;
mod row;
mod standing;
mod sweep;
mod token;
mod usage;
mod view;
mod waiting;
mod write;

pub use append::{NewEntry, NewRevision};
pub use backup::{BackupReport, backup};
pub use change::Changes;
pub use check::CheckReport;
pub use desk::{Answered, AuditEntry, NewAudit};
pub use error::StoreError;
pub use feed::FeedState;
pub use halves::Halves;
pub use history::OwnRevision;
pub use inbox::Touched;
pub use invitation::InvitationRow;
pub use mend::Mended;
pub use mention::Shipments;
pub use meta::Meta;
pub use open::{Access, Database, StoreConfig};
pub use peer::Peer;
pub use reading::ReadAhead;
pub use record::{Counts, Family, ListQuery, Stored};
pub use roster::MemberRow;
pub use token::TokenRow;
pub use usage::Applied;
pub use view::{Progress, Signer, Store, View};
pub use waiting::Waiting;
pub use write::{Committed, WriteTx};
