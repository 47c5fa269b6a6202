//! Messages of `quince.record.v1` to domain records. Each function reports every fault it finds, with its path.

use quince_core::domain::field::{Faults, FieldError, FieldErrors};

mod commitment;
mod common;
mod consignment;
mod need;
mod offer;
mod own_item;
mod party;
mod profile;
mod publication;
mod receipt;
mod requisition;

pub use commitment::{commitment, commitment_state_word};
pub(in crate::wire) use common::{common, handle, record_ref, required_line};
pub use common::{instant, parties, place, terms, texts, when};
pub(in crate::wire) use consignment::unless_zero;
pub use consignment::{carriage, consignees, consignment, documents, event, lots};
pub use need::{need, need_lines, need_state_word};
pub use offer::{offer, offer_lines};
pub use own_item::{hs6, own_item, packs};
pub use party::{names, party};
pub use profile::profile;
pub use publication::{call, knowledge, message, partnership, report};
pub use receipt::{count, receipt};
pub use requisition::requisition;

/// The value of a field that must be there.
pub(in crate::wire) fn required<T>(value: Option<T>, expected: &str) -> Result<T, FieldError> {
    value.ok_or_else(|| FieldError::of("missing", expected))
}

/// A text that may be empty for "not said".
pub(in crate::wire) fn unless_empty<T, E>(
    text: String,
    read: impl FnOnce(String) -> Result<T, E>,
) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// Each value of a list that has at most `max`, read with its index as path. The length is checked first, so that a
/// hostile list costs nothing.
pub(in crate::wire) fn each<T, U, E: Into<FieldErrors>>(
    values: Vec<T>,
    max: usize,
    read: impl Fn(T) -> Result<U, E>,
) -> Result<Vec<U>, FieldErrors> {
    let mut faults = Faults::default();
    if values.len() > max {
        let came = format!("a list of {}", values.len());
        return Err(FieldError::of(came, format!("at most {max} entries")).into());
    }
    let mut built = Vec::with_capacity(values.len());
    for (i, value) in values.into_iter().enumerate() {
        match read(value) {
            Ok(value) => built.push(value),
            // A path is made where there is a fault: most lists have none.
            Err(error) => drop(faults.take_all::<U>(&format!("[{i}]"), Err(error.into()))),
        }
    }
    faults.finish(Some(built))
}
