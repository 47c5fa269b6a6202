//! What a node stores and who may change it: values, records, and the rules that move them.
//!
//! Three layers of files. Values cannot be wrong once built; records are values side by side; rules are functions
//! from records to records. Nothing here knows bytes, tables, clocks or peers.

pub mod agreement;
pub mod call;
pub mod codec;
pub mod commitment;
pub mod common;
pub mod consignment;
pub mod coverage;
pub mod field;
pub mod freight;
pub mod handle;
pub mod id;
pub mod item;
pub mod kind;
pub mod knowledge;
pub mod lines;
pub mod list;
pub mod message;
pub mod money;
pub mod need;
pub mod offer;
pub mod partnership;
pub mod party;
pub mod place;
pub mod profile;
pub mod publication;
pub mod quantity;
pub mod receipt;
pub mod record;
pub mod report;
pub mod requisition;
pub mod snapshot;
pub mod terms;
pub mod text;
pub mod time;
pub mod todo;
pub mod transition;
mod word;

pub use call::{Call, CallState};
pub use codec::{Codec, Malformed};
pub use commitment::{Commitment, CommitmentState, ReasonCode};
pub use common::Common;
pub use consignment::{Consignment, ConsignmentLine, ConsignmentState};
pub use field::{FieldError, FieldErrors};
pub use freight::Freight;
pub use handle::{Handle, HandleError};
pub use id::{LineId, LineNumber, Number, RecordId, RecordKind, Revision};
pub use item::{ItemCode, OwnItem};
pub use kind::Kind;
pub use knowledge::Knowledge;
pub use message::Message;
pub use need::{Need, NeedLine, NeedState};
pub use offer::{Offer, OfferLine, OfferState};
pub use partnership::{Partnership, PartnershipState};
pub use party::Party;
pub use profile::Profile;
pub use publication::Publication;
pub use quantity::{Amount, Measure, Positive, Quantity, Unit};
pub use receipt::{Receipt, ReceiptState};
pub use record::Record;
pub use report::Report;
pub use requisition::{Requisition, RequisitionState};
pub use snapshot::{Audience, Snapshot};
pub use time::Instant;
