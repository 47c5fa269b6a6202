//! The federation: its roster, and the way in.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::federation_service_server::FederationService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// The federation over the office.
#[derive(Debug, Clone)]
pub(super) struct Federations(pub(super) Office);

#[tonic::async_trait]
impl FederationService for Federations {
    async fn create_federation(
        &self,
        request: Request<proto::CreateFederationRequest>,
    ) -> Result<Response<proto::Federation>, Status> {
        let write = caller::write(&request)?;
        let name = from_proto::create_federation(request.into_inner())?;
        let view = self.0.create_federation(&write, name).await?;
        Ok(Response::new(to_proto::federation(&view)))
    }

    async fn get_federation(
        &self,
        request: Request<proto::GetFederationRequest>,
    ) -> Result<Response<proto::Federation>, Status> {
        let proto::GetFederationRequest {} = request.into_inner();
        let view = self.0.federation().await?;
        Ok(Response::new(to_proto::federation(&view)))
    }

    async fn create_invitation(
        &self,
        request: Request<proto::CreateInvitationRequest>,
    ) -> Result<Response<proto::Invitation>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::create_invitation(request.into_inner())?;
        let view = self.0.create_invitation(&write, new).await?;
        Ok(Response::new(to_proto::invitation(&view)))
    }

    async fn list_invitations(
        &self,
        request: Request<proto::ListInvitationsRequest>,
    ) -> Result<Response<proto::ListInvitationsResponse>, Status> {
        let proto::ListInvitationsRequest {} = request.into_inner();
        let views = self.0.invitations().await?;
        Ok(Response::new(to_proto::list_invitations(&views)))
    }

    async fn revoke_invitation(
        &self,
        request: Request<proto::RevokeInvitationRequest>,
    ) -> Result<Response<proto::Invitation>, Status> {
        let write = caller::write(&request)?;
        let id = from_proto::revoke_invitation(request.get_ref())?;
        let view = self.0.revoke_invitation(&write, &id).await?;
        Ok(Response::new(to_proto::invitation(&view)))
    }

    async fn join_federation(
        &self,
        request: Request<proto::JoinFederationRequest>,
    ) -> Result<Response<proto::JoinFederationResponse>, Status> {
        let write = caller::write(&request)?;
        let (code, by_file) = from_proto::join_federation(request.into_inner())?;
        if by_file {
            let (view, request) = self.0.request_by_file(&write, &code).await?;
            return Ok(Response::new(to_proto::join_federation(&view, Some(&request))));
        }
        let view = self.0.join_federation(&write, &code).await?;
        Ok(Response::new(to_proto::join_federation(&view, None)))
    }

    async fn admit_member(
        &self,
        request: Request<proto::AdmitMemberRequest>,
    ) -> Result<Response<proto::Member>, Status> {
        let write = caller::write(&request)?;
        let (handle, words, by_file) = from_proto::admit_member(request.into_inner())?;
        let view = match by_file {
            Some(request) => self.0.admit_by_file(&write, &handle, &words, &request).await?,
            None => self.0.admit_member(&write, &handle, &words).await?,
        };
        Ok(Response::new(to_proto::member(&view)))
    }

    async fn list_members(
        &self,
        request: Request<proto::ListMembersRequest>,
    ) -> Result<Response<proto::ListMembersResponse>, Status> {
        let page = from_proto::list_members(request.get_ref())?;
        let listing = self.0.members(&page.paging).await?;
        Ok(Response::new(to_proto::list_members(&listing, &page)))
    }

    async fn set_catalogue_version(
        &self,
        request: Request<proto::SetCatalogueVersionRequest>,
    ) -> Result<Response<proto::Federation>, Status> {
        let write = caller::write(&request)?;
        let version = from_proto::set_catalogue_version(request.get_ref())?;
        let view = self.0.set_catalogue(&write, version).await?;
        Ok(Response::new(to_proto::federation(&view)))
    }

    async fn leave_federation(
        &self,
        request: Request<proto::LeaveFederationRequest>,
    ) -> Result<Response<proto::Federation>, Status> {
        let write = caller::write(&request)?;
        let confirm = from_proto::leave_federation(request.into_inner())?;
        let view = self.0.leave_federation(&write, &confirm).await?;
        Ok(Response::new(to_proto::federation(&view)))
    }
}
