//! The federation.

use quince_core::domain::handle::Handle;
use quince_proto::admin::v1 as admin;

use super::resource::hex;
use crate::office::request::JoinByFile;
use crate::office::view::{FederationView, InvitationView, Listing, MemberView};
use crate::wire::offline_file;
use crate::wire::page::Page;
use crate::wire::record::to_proto::instant;
use crate::wire::vocabulary::Vocabulary;

/// The federation as this node knows it.
pub fn federation(view: &FederationView) -> admin::Federation {
    admin::Federation {
        display_name: view.display_name.clone(),
        federation_id: view.federation_id.map(|id| hex(&id)).unwrap_or_default(),
        roster_version: view.roster_version,
        roster_expires: view.roster_expires.map(instant),
        membership: view.membership.value(),
        steward: view.steward,
        words: view.words.clone().unwrap_or_default(),
        catalogue_version: view.catalogue_version.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// An invitation; the code is there only when it was just created.
pub fn invitation(view: &InvitationView) -> admin::Invitation {
    admin::Invitation {
        name: format!("invitations/{}", view.id),
        handle: view.handle.to_string(),
        display_name: view.display_name.to_string(),
        expires: Some(instant(view.expires)),
        code: view.code.clone().unwrap_or_default(),
        state: view.state.value(),
        words: view.words.clone().unwrap_or_default(),
        node_id: view.node_id.map(|id| hex(&id)).unwrap_or_default(),
    }
}

/// Every invitation that is kept.
pub fn list_invitations(views: &[InvitationView]) -> admin::ListInvitationsResponse {
    admin::ListInvitationsResponse { invitations: views.iter().map(invitation).collect() }
}

/// Where joining has led, and the file to be carried to the steward, if it goes by one.
pub fn join_federation(view: &FederationView, by_file: Option<&JoinByFile>) -> admin::JoinFederationResponse {
    let request_file = by_file.map(offline_file::write_request).unwrap_or_default().into();
    admin::JoinFederationResponse { federation: Some(federation(view)), request_file }
}

/// A member.
pub fn member(view: &MemberView) -> admin::Member {
    admin::Member {
        name: format!("members/{}", view.handle),
        handle: view.handle.to_string(),
        display_name: view.display_name.clone(),
        node_id: hex(&view.node_id),
        steward: view.steward,
        self_: view.this_node,
        endpoints: view.endpoints.clone(),
        last_heard: view.last_heard.map(instant),
    }
}

/// A page of members.
pub fn list_members(listing: &Listing<MemberView>, page: &Page<Handle>) -> admin::ListMembersResponse {
    let (members, next_page_token) = page.fill(listing, member);
    admin::ListMembersResponse { members, next_page_token }
}
