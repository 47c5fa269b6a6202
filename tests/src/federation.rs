//! Founds federations of offices through their public API, as their administrators would.

use quince_proto::admin::v1 as admin;

use crate::city::Desk;
use crate::eventually::eventually;

/// The name that every test federation has.
pub const NAME: &str = "Silk Road Cities";

/// Founds a federation at the steward's office.
///
/// # Panics
/// When the office refuses.
pub async fn found(steward: &Desk) {
    let request = admin::CreateFederationRequest { display_name: NAME.to_owned(), request_id: String::new() };
    steward.federation.clone().create_federation(request).await.expect("the federation is founded");
}

/// Invites an office, redeems the code there, compares nothing, admits it, and waits until both know.
///
/// # Panics
/// When one of the steps is refused.
pub async fn admit(steward: &Desk, newcomer: &Desk, handle: &str) {
    let invitation = admin::CreateInvitationRequest {
        handle: handle.to_owned(),
        display_name: handle.to_owned(),
        trust_code: true,
        ..Default::default()
    };
    let invited = steward.federation.clone().create_invitation(invitation).await.expect("an invitation");
    let code = invited.into_inner().code;
    let join = admin::JoinFederationRequest { code };
    newcomer.federation.clone().join_federation(join).await.expect("the code is redeemed");
    let admit = admin::AdmitMemberRequest { handle: handle.to_owned(), words: String::new() };
    steward.federation.clone().admit_member(admit).await.expect("the newcomer is admitted");
    eventually(&format!("{handle} to be a member"), || is_member(newcomer)).await;
}

async fn is_member(office: &Desk) -> Result<(), String> {
    let federation = office.federation.clone().get_federation(admin::GetFederationRequest {}).await;
    match federation.map(|answer| answer.into_inner().membership()) {
        Ok(admin::MembershipState::Member) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}
