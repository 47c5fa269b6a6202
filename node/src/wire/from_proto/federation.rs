//! Requests of `federation.proto`.

use std::time::Duration;

use quince_core::domain::common::Label;
use quince_core::domain::field::{Faults, FieldError};
use quince_core::domain::handle::Handle;
use quince_core::domain::item::CatalogueVersion;
use quince_core::domain::text::Words;
use quince_proto::admin::v1 as admin;

use super::names;
use crate::office::request::{JoinByFile, NewInvitation};
use crate::office::view::INVITATION_LIFETIME;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto::handle;
use crate::wire::{Gate, offline_file};

/// The longest code or list of words that is looked at, in characters: an invitation with four endpoints.
pub const CODE_CHARS_MAX: usize = 4_000;

/// What the federation is to be called.
pub fn create_federation(request: admin::CreateFederationRequest) -> Gate<Label> {
    Ok(Words::new(request.display_name).map_err(|e| e.under("display_name"))?)
}

/// Which version of the catalogue the roster is to name.
pub fn set_catalogue_version(request: &admin::SetCatalogueVersionRequest) -> Gate<CatalogueVersion> {
    Ok(request.catalogue_version.parse().map_err(|e: FieldError| e.under("catalogue_version"))?)
}

/// Whom to invite.
pub fn create_invitation(request: admin::CreateInvitationRequest) -> Gate<NewInvitation> {
    let mut faults = Faults::default();
    let handle = faults.take("handle", handle(&request.handle));
    let display_name = faults.take("display_name", Words::new(request.display_name));
    let lifetime = faults.take("lifetime", request.lifetime.map(lifetime).transpose());
    let built = || {
        Some(NewInvitation {
            handle: handle?,
            display_name: display_name?,
            lifetime: lifetime?,
            trust_code: request.trust_code,
            by_file: request.by_file,
        })
    };
    Ok(faults.finish(built())?)
}

/// Which invitation.
pub fn revoke_invitation(request: &admin::RevokeInvitationRequest) -> Gate<String> {
    Ok(names::parse_id("invitations", &request.name).map_err(|e| e.under("name"))?)
}

/// Which code to redeem; the office reads it.
pub fn join_federation(request: admin::JoinFederationRequest) -> Gate<(String, bool)> {
    let by_file = request.by_file;
    let code = Words::<CODE_CHARS_MAX>::new(request.code).map_err(|_| {
        // The code is a secret: the error must not repeat it.
        FieldError::of("not shown", "the code of an invitation").under("code")
    });
    Ok((code?.to_string(), by_file))
}

/// Whom to admit, with the words that the newcomer read out, and its request file if it came by one; empty words are the
/// office's to judge.
pub fn admit_member(request: admin::AdmitMemberRequest) -> Gate<(Handle, String, Option<JoinByFile>)> {
    let mut faults = Faults::default();
    let handle = faults.take("handle", handle(&request.handle));
    let len = request.words.len();
    faults.require(len <= CODE_CHARS_MAX, "words", format!("{len} bytes"), "six words");
    let file = (!request.request_file.is_empty()).then(|| offline_file::read_request(&request.request_file));
    let file = file
        .transpose()
        .map_err(|error| FieldError::of(error, "the file that `quince federation join --request` wrote"));
    let file = faults.take("request_file", file);
    let built = || Some((handle?, request.words, file?));
    Ok(faults.finish(built())?)
}

/// Which members first.
pub fn list_members(request: &admin::ListMembersRequest) -> Gate<Page<Handle>> {
    page(request)
}

/// The name typed again.
pub fn leave_federation(request: admin::LeaveFederationRequest) -> Gate<String> {
    let name = Label::new(request.confirm).map_err(|e| e.under("confirm"))?;
    Ok(name.to_string())
}

fn lifetime(lifetime: prost_types::Duration) -> Result<Duration, FieldError> {
    let (shortest, longest) = INVITATION_LIFETIME;
    let came = format!("{} s", lifetime.seconds);
    let read = Duration::try_from(lifetime).ok().filter(|d| (shortest..=longest).contains(d));
    read.ok_or_else(|| FieldError::of(came, "15 minutes to 7 days"))
}
