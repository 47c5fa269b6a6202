//! Commitments.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::commitment_service_server::CommitmentService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Commitments over the office.
#[derive(Debug, Clone)]
pub(super) struct Commitments(pub(super) Office);

#[tonic::async_trait]
impl CommitmentService for Commitments {
    async fn hold_stock(
        &self,
        request: Request<proto::HoldStockRequest>,
    ) -> Result<Response<proto::Commitment>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::hold_stock(request.into_inner())?;
        let view = self.0.hold_stock(&write, new).await?;
        Ok(Response::new(to_proto::commitment(&view)))
    }

    async fn commit_stock(
        &self,
        request: Request<proto::CommitStockRequest>,
    ) -> Result<Response<proto::Commitment>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::commit_stock(request.into_inner())?;
        let view = self.0.commit_stock(&write, new).await?;
        Ok(Response::new(to_proto::commitment(&view)))
    }

    async fn decline_requisition(
        &self,
        request: Request<proto::DeclineRequisitionRequest>,
    ) -> Result<Response<proto::Commitment>, Status> {
        let write = caller::write(&request)?;
        let (requisition, grounds) = from_proto::decline_requisition(request.into_inner())?;
        let view = self.0.decline_requisition(&write, &requisition, grounds).await?;
        Ok(Response::new(to_proto::commitment(&view)))
    }

    async fn decline_all_requisitions(
        &self,
        request: Request<proto::DeclineAllRequisitionsRequest>,
    ) -> Result<Response<proto::DeclineAllRequisitionsResponse>, Status> {
        let write = caller::write(&request)?;
        let (requester, grounds) = from_proto::decline_all_requisitions(request.into_inner())?;
        let views = self.0.decline_all_requisitions(&write, &requester, grounds).await?;
        Ok(Response::new(to_proto::decline_all_requisitions(&views)))
    }

    async fn release_commitment(
        &self,
        request: Request<proto::ReleaseCommitmentRequest>,
    ) -> Result<Response<proto::Commitment>, Status> {
        let write = caller::write(&request)?;
        let (target, release) = from_proto::release_commitment(request.into_inner())?;
        let view = self.0.release_commitment(&write, &target, release).await?;
        Ok(Response::new(to_proto::commitment(&view)))
    }

    async fn get_commitment(
        &self,
        request: Request<proto::GetCommitmentRequest>,
    ) -> Result<Response<proto::Commitment>, Status> {
        let id = from_proto::get_commitment(request.get_ref())?;
        let view = self.0.commitment(&id).await?;
        Ok(Response::new(to_proto::commitment(&view)))
    }

    async fn list_commitments(
        &self,
        request: Request<proto::ListCommitmentsRequest>,
    ) -> Result<Response<proto::ListCommitmentsResponse>, Status> {
        let (filter, page) = from_proto::list_commitments(request.into_inner())?;
        let listing = self.0.commitments(&filter, &page.paging).await?;
        Ok(Response::new(to_proto::list_commitments(&listing, &page)))
    }
}
