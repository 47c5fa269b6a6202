//! Requests to inputs that are already good: one file per proto file, one function per request, in its order.
//!
//! Each function reports every fault it finds, with its path in the request. Behind this gate nobody asks again
//! whether a name is empty. Nothing here knows who calls.

use std::collections::BTreeSet;

use prost_types::FieldMask;
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::text::{Reason, Words};
use quince_core::domain::{RecordKind, Revision};

use crate::office::request::Target;
use crate::wire::record::from_proto::{each, required, unless_empty};
use crate::wire::{contact, names};

mod commitment;
mod consignment;
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
mod receipt;
mod requisition;
mod write;

pub use commitment::*;
pub use consignment::*;
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
pub use receipt::*;
pub use requisition::*;
pub use write::{WriteRequest, retry_key};

/// The most states or other choices that a filter lists: more than any vocabulary has.
const CHOICES_MAX: usize = 32;

/// An own record by name, with the revision that the caller saw.
fn target(faults: &mut Faults, kind: RecordKind, path: &str, name: &str, etag: &str) -> Option<Target> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
    let id = faults.take(&format!("{prefix}name"), names::parse_record(kind, name));
    let expected = faults.take(&format!("{prefix}etag"), revision(etag));
    Some(Target { id: id?, expected: expected? })
}

/// The request for one record by name.
fn named(kind: RecordKind, name: &str) -> Result<quince_core::domain::RecordId, FieldError> {
    names::parse_record(kind, name).map_err(|e| e.under("name"))
}

/// An etag is the revision; an empty one takes any.
fn revision(etag: &str) -> Result<Option<Revision>, FieldError> {
    let canonical = || {
        let revision = etag.parse().ok().and_then(|n: u64| Revision::new(n).ok());
        revision.filter(|revision| revision.to_string() == etag)
    };
    let fault = || FieldError::of(etag, "the etag of the record as last read, or nothing");
    if etag.is_empty() { Ok(None) } else { canonical().map(Some).ok_or_else(fault) }
}

/// A reason is read by every member, so that no contact belongs into it.
fn optional_reason(faults: &mut Faults, reason: String) -> Option<Option<Reason>> {
    let reason = faults.take("reason", unless_empty(reason, Words::new))?;
    contact::check_reason(faults, "reason", reason.as_ref());
    Some(reason)
}

fn mandatory_reason(faults: &mut Faults, reason: String) -> Option<Reason> {
    let reason = faults.take("reason", Words::new(reason))?;
    contact::check_reason(faults, "reason", Some(&reason));
    Some(reason)
}

/// The paths that a mask names; nothing means `default`. A path outside `known` is a fault.
fn mask(
    mask: Option<FieldMask>,
    known: &[&'static str],
    default: &[&'static str],
) -> Result<BTreeSet<&'static str>, FieldErrors> {
    let paths = mask.map(|mask| mask.paths).unwrap_or_default();
    if paths.is_empty() {
        return Ok(default.iter().copied().collect());
    }
    let paths = each(paths, CHOICES_MAX, |path| {
        let found = known.iter().copied().find(|known| *known == path);
        found.ok_or_else(|| FieldError::of(&path, known.join(", ")))
    });
    let mut faults = Faults::default();
    let paths = faults.take_all("paths", paths);
    faults.finish(paths.map(|paths| paths.into_iter().collect()))
}

#[cfg(test)]
mod tests;
