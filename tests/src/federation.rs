//! Founds federations of offices through their public API, as their administrators would.

use quince_proto::admin::v1 as admin;
use tonic::{Response, Status};

use crate::acts::Answer;
use crate::city::Desk;
use crate::eventually::eventually;

/// The name that every test federation has.
pub const NAME: &str = "Silk Road Cities";

/// Founds a federation at the steward's office.
///
/// # Panics
/// When the office refuses.
pub async fn found(steward: &Desk) {
    create(steward, "").await.expect("the federation is founded");
}

/// Invites an office, redeems the code there, compares nothing, admits it, and waits until both know.
///
/// # Panics
/// When one of the steps is refused.
pub async fn admit(steward: &Desk, newcomer: &Desk, handle: &str) {
    let code = invite(steward, handle, "").await.expect("an invitation").code;
    join(newcomer, &code).await.expect("the code is redeemed");
    admit_member(steward, handle).await.expect("the newcomer is admitted");
    eventually(&format!("{handle} to be a member"), || stands_at(newcomer, admin::MembershipState::Member))
        .await;
}

/// Asks for a federation to be founded.
///
/// # Errors
/// What the office answers instead.
pub async fn create(steward: &Desk, request_id: &str) -> Answer<admin::Federation> {
    let request =
        admin::CreateFederationRequest { display_name: NAME.to_owned(), request_id: request_id.to_owned() };
    steward.federation.clone().create_federation(request).await.map(Response::into_inner)
}

/// Asks for an invitation that trusts its code.
///
/// # Errors
/// What the office answers instead.
pub async fn invite(steward: &Desk, handle: &str, request_id: &str) -> Answer<admin::Invitation> {
    let invitation = admin::CreateInvitationRequest {
        handle: handle.to_owned(),
        display_name: handle.to_owned(),
        trust_code: true,
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    steward.federation.clone().create_invitation(invitation).await.map(Response::into_inner)
}

/// Redeems a code.
///
/// # Errors
/// What the office answers instead.
pub async fn join(newcomer: &Desk, code: &str) -> Answer<()> {
    let join = admin::JoinFederationRequest { code: code.to_owned(), ..Default::default() };
    newcomer.federation.clone().join_federation(join).await.map(|_| ())
}

/// Asks for a newcomer to be admitted without comparing words.
///
/// # Errors
/// What the office answers instead.
pub async fn admit_member(steward: &Desk, handle: &str) -> Answer<()> {
    let admit = admin::AdmitMemberRequest { handle: handle.to_owned(), ..Default::default() };
    steward.federation.clone().admit_member(admit).await.map(|_| ())
}

/// How far the steward's only invitation is.
///
/// # Errors
/// What the office answers instead.
pub async fn invitation_state(steward: &Desk) -> Answer<admin::invitation::State> {
    let listed = steward.federation.clone().list_invitations(admin::ListInvitationsRequest {}).await?;
    let first = listed.into_inner().invitations.into_iter().next();
    first.map(|invitation| invitation.state()).ok_or_else(|| Status::not_found("there is no invitation"))
}

/// Whether an office stands so in its federation.
///
/// # Errors
/// When it stands otherwise, or does not answer.
pub async fn stands_at(office: &Desk, expected: admin::MembershipState) -> Answer<()> {
    let federation = office.federation.clone().get_federation(admin::GetFederationRequest {}).await?;
    let stands = federation.into_inner().membership();
    if stands == expected { Ok(()) } else { Err(Status::not_found(format!("it stands at {stands:?}"))) }
}
