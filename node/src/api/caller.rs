//! Who calls, as the gate found out, and the write that a request makes of it.

use tonic::{Request, Status};

use crate::office::{Error, ErrorKind, TokenHash, Write};
use crate::wire::from_proto::{WriteRequest, retry_key};

/// The write that this request is.
pub(super) fn write<M: WriteRequest>(request: &Request<M>) -> Result<Write, Status> {
    Ok(Write {
        caller: known(request)?,
        retry: retry_key(request.get_ref())?,
        validate_only: request.get_ref().validate_only(),
    })
}

/// The token by which this request came.
pub(super) fn token<M>(request: &Request<M>) -> Result<TokenHash, Status> {
    known(request)
}

/// What the gate left on the request. Without a gate there is nobody, and nobody may do anything.
pub(super) fn known<M, T: Clone + Send + Sync + 'static>(request: &Request<M>) -> Result<T, Status> {
    let known = request.extensions().get().cloned();
    known.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "the request passed no gate").into())
}
