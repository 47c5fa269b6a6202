//! Partnerships.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::partnership_service_server::PartnershipService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Partnerships over the office.
#[derive(Debug, Clone)]
pub(super) struct Partnerships(pub(super) Office);

#[tonic::async_trait]
impl PartnershipService for Partnerships {
    async fn create_partnership(
        &self,
        request: Request<proto::CreatePartnershipRequest>,
    ) -> Result<Response<proto::Partnership>, Status> {
        let write = caller::write(&request)?;
        let partnership = from_proto::create_partnership(self.0.now(), request.into_inner())?;
        let view = self.0.create_partnership(&write, partnership).await?;
        Ok(Response::new(to_proto::partnership(&view)))
    }

    async fn get_partnership(
        &self,
        request: Request<proto::GetPartnershipRequest>,
    ) -> Result<Response<proto::Partnership>, Status> {
        let id = from_proto::get_partnership(request.get_ref())?;
        let view = self.0.partnership(&id).await?;
        Ok(Response::new(to_proto::partnership(&view)))
    }

    async fn list_partnerships(
        &self,
        request: Request<proto::ListPartnershipsRequest>,
    ) -> Result<Response<proto::ListPartnershipsResponse>, Status> {
        let (owner, page) = from_proto::list_partnerships(request.get_ref())?;
        let listing = self.0.partnerships(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_partnerships(&listing, &page)))
    }

    async fn end_partnership(
        &self,
        request: Request<proto::EndPartnershipRequest>,
    ) -> Result<Response<proto::Partnership>, Status> {
        let write = caller::write(&request)?;
        let (target, reason) = from_proto::end_partnership(request.into_inner())?;
        let view = self.0.end_partnership(&write, &target, reason).await?;
        Ok(Response::new(to_proto::partnership(&view)))
    }
}
