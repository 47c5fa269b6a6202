//! Offline files between offices, as their command line exchanges them.

use bytes::Bytes;
use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::export_file_request::{Part, Start};
use quince_proto::admin::v1::import_file_response::Step;
use tonic::Status;

use crate::acts::Answer;
use crate::city::Desk;

/// Bytes of a part.
const PART_LEN: usize = 100_000;

/// What an office says that it holds.
///
/// # Errors
/// What the office answers instead.
pub async fn have(desk: &Desk) -> Answer<Vec<u8>> {
    let mut parts = desk.offline.clone().get_have_file(admin::GetHaveFileRequest {}).await?.into_inner();
    let mut file = Vec::new();
    while let Some(part) = parts.message().await? {
        file.extend_from_slice(&part.data);
    }
    Ok(file)
}

/// A file for another office, with what its have file lacks.
///
/// # Errors
/// What the office answers instead.
pub async fn export(desk: &Desk, recipient: &str, have: Option<&[u8]>, plain: bool) -> Answer<Vec<u8>> {
    let start = Part::Start(Start { recipient: recipient.to_owned(), plain });
    let have = have.unwrap_or_default().chunks(PART_LEN).map(|part| Part::Have(Bytes::copy_from_slice(part)));
    let messages: Vec<_> = std::iter::once(start).chain(have).collect();
    let messages = messages.into_iter().map(|part| admin::ExportFileRequest { part: Some(part) });
    let answer = desk.offline.clone().export_file(tokio_stream::iter(messages.collect::<Vec<_>>())).await?;
    let (mut parts, mut file) = (answer.into_inner(), Vec::new());
    while let Some(part) = parts.message().await? {
        file.extend_from_slice(&part.data);
    }
    Ok(file)
}

/// Brings a file to an office.
///
/// # Errors
/// What the office answers instead.
pub async fn import(desk: &Desk, file: &[u8]) -> Answer<admin::ImportReport> {
    let parts =
        file.chunks(PART_LEN).map(|part| admin::ImportFileRequest { data: Bytes::copy_from_slice(part) });
    let answer = desk.offline.clone().import_file(tokio_stream::iter(parts.collect::<Vec<_>>())).await?;
    let mut steps = answer.into_inner();
    while let Some(message) = steps.message().await? {
        if let Some(Step::Report(report)) = message.step {
            return Ok(report);
        }
    }
    Err(Status::unknown("the office did not say what came of the file"))
}
