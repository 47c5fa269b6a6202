//! Parties.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::party_service_server::PartyService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Parties over the office.
#[derive(Debug, Clone)]
pub(super) struct Parties(pub(super) Office);

#[tonic::async_trait]
impl PartyService for Parties {
    async fn create_party(
        &self,
        request: Request<proto::CreatePartyRequest>,
    ) -> Result<Response<proto::Party>, Status> {
        let write = caller::write(&request)?;
        let party = from_proto::create_party(self.0.now(), request.into_inner())?;
        let view = self.0.create_party(&write, party).await?;
        Ok(Response::new(to_proto::party(&view)))
    }

    async fn get_party(
        &self,
        request: Request<proto::GetPartyRequest>,
    ) -> Result<Response<proto::Party>, Status> {
        let id = from_proto::get_party(request.get_ref())?;
        let view = self.0.party(&id).await?;
        Ok(Response::new(to_proto::party(&view)))
    }

    async fn list_parties(
        &self,
        request: Request<proto::ListPartiesRequest>,
    ) -> Result<Response<proto::ListPartiesResponse>, Status> {
        let (owner, page) = from_proto::list_parties(request.get_ref())?;
        let listing = self.0.parties(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_parties(&listing, &page)))
    }

    async fn update_party(
        &self,
        request: Request<proto::UpdatePartyRequest>,
    ) -> Result<Response<proto::Party>, Status> {
        let write = caller::write(&request)?;
        let (target, patch) = from_proto::update_party(request.into_inner())?;
        let view = self.0.update_party(&write, &target, patch).await?;
        Ok(Response::new(to_proto::party(&view)))
    }
}
