//! Requests of `item.proto`.

use quince_core::domain::ItemCode;
use quince_core::domain::field::{Faults, FieldError};
use quince_core::domain::text::Words;
use quince_proto::api::v1 as api;

use super::names;
use crate::wire::Gate;

/// The longest query, in characters: longer than any name of a thing.
pub const QUERY_CHARS_MAX: usize = 200;

/// Proposals of an answer when the caller does not say; a person reads them.
pub const PROPOSALS_DEFAULT: usize = 20;

/// The most proposals of an answer.
pub const PROPOSALS_MAX: usize = 100;

/// What to look for, and how many proposals at most.
pub fn search_items(request: api::SearchItemsRequest) -> Gate<(String, usize)> {
    let mut faults = Faults::default();
    let query = faults.take("query", Words::<QUERY_CHARS_MAX>::new(request.query));
    let size = usize::try_from(request.page_size);
    let size = size.map_err(|_| FieldError::of(request.page_size, format!("0 to {PROPOSALS_MAX}")));
    let limit = faults.take("page_size", size).map(|size| match size {
        0 => PROPOSALS_DEFAULT,
        size => size.min(PROPOSALS_MAX),
    });
    let built = || Some((query?.to_string(), limit?));
    Ok(faults.finish(built())?)
}

/// Which item.
pub fn get_item(request: &api::GetItemRequest) -> Gate<ItemCode> {
    Ok(names::parse_item(&request.name).map_err(|e| e.under("name"))?)
}
