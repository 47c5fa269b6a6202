//! Between the contract and the domain: the only room that converts between the two.
//!
//! `record` holds both directions of what is signed, `from_proto` and `to_proto` those of the API. What comes in may
//! be wrong and says where; what goes out cannot fail. Nothing here decides anything about a city's records.

pub mod contact;
pub mod entering;
pub mod from_proto;
pub mod json;
pub mod names;
pub mod offline_file;
pub mod page;
pub mod record;
pub mod status;
pub mod sync_from_proto;
pub mod sync_to_proto;
pub mod to_proto;
pub mod vocabulary;

pub use record::RecordCodec;

use quince_core::domain::FieldErrors;

/// An input that the gate refused, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub FieldErrors);

/// What a gate yields: a value that is already good, or all faults at once.
pub type Gate<T> = Result<T, Invalid>;

impl<E: Into<FieldErrors>> From<E> for Invalid {
    fn from(errors: E) -> Self {
        Self(errors.into())
    }
}
