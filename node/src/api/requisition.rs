//! Requisitions.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::requisition_service_server::RequisitionService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Requisitions over the office.
#[derive(Debug, Clone)]
pub(super) struct Requisitions(pub(super) Office);

#[tonic::async_trait]
impl RequisitionService for Requisitions {
    async fn create_requisition(
        &self,
        request: Request<proto::CreateRequisitionRequest>,
    ) -> Result<Response<proto::Requisition>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::create_requisition(request.into_inner())?;
        let view = self.0.create_requisition(&write, new).await?;
        Ok(Response::new(to_proto::requisition(&view)))
    }

    async fn create_bundle(
        &self,
        request: Request<proto::CreateBundleRequest>,
    ) -> Result<Response<proto::CreateBundleResponse>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::create_bundle(request.into_inner())?;
        let view = self.0.create_bundle(&write, new).await?;
        Ok(Response::new(to_proto::create_bundle(&view)))
    }

    async fn get_requisition(
        &self,
        request: Request<proto::GetRequisitionRequest>,
    ) -> Result<Response<proto::Requisition>, Status> {
        let id = from_proto::get_requisition(request.get_ref())?;
        let view = self.0.requisition(&id).await?;
        Ok(Response::new(to_proto::requisition(&view)))
    }

    async fn list_requisitions(
        &self,
        request: Request<proto::ListRequisitionsRequest>,
    ) -> Result<Response<proto::ListRequisitionsResponse>, Status> {
        let (filter, page) = from_proto::list_requisitions(request.get_ref())?;
        let listing = self.0.requisitions(&filter, &page.paging).await?;
        Ok(Response::new(to_proto::list_requisitions(&listing, &page)))
    }

    async fn withdraw_requisition(
        &self,
        request: Request<proto::WithdrawRequisitionRequest>,
    ) -> Result<Response<proto::Requisition>, Status> {
        let write = caller::write(&request)?;
        let (target, withdrawal) = from_proto::withdraw_requisition(request.into_inner())?;
        let view = self.0.withdraw_requisition(&write, &target, withdrawal).await?;
        Ok(Response::new(to_proto::requisition(&view)))
    }

    async fn refuse_hold(
        &self,
        request: Request<proto::RefuseHoldRequest>,
    ) -> Result<Response<proto::Requisition>, Status> {
        let write = caller::write(&request)?;
        let (hold, reason) = from_proto::refuse_hold(request.into_inner())?;
        let view = self.0.refuse_hold(&write, &hold, reason).await?;
        Ok(Response::new(to_proto::requisition(&view)))
    }
}
