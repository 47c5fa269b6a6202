//! Requests of `offline.proto`.

use bytes::Bytes;
use quince_core::domain::field::FieldError;
use quince_core::domain::handle::Handle;
use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::export_file_request::Part;

use crate::office::{Error, ErrorKind};
use crate::wire::Gate;
use crate::wire::record::from_proto::handle;

/// For whom a file is to be made, and whether everybody may read it.
pub fn export_start(first: Option<admin::ExportFileRequest>) -> Gate<(Handle, bool)> {
    let Some(Part::Start(start)) = first.and_then(|first| first.part) else {
        return Err(FieldError::of("something else", "`start` in the first message").under("start").into());
    };
    Ok((handle(&start.recipient).map_err(|e| e.under("start.recipient"))?, start.plain))
}

/// A part of the recipient's have file.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a second `start`.
pub fn export_part(message: admin::ExportFileRequest) -> Result<Bytes, Error> {
    match message.part {
        Some(Part::Have(have)) => Ok(have),
        _ => Err(Error::new(ErrorKind::Invalid, "expected a part of a have file")),
    }
}
