//! Consignments.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::consignment_service_server::ConsignmentService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Consignments over the office.
#[derive(Debug, Clone)]
pub(super) struct Consignments(pub(super) Office);

#[tonic::async_trait]
impl ConsignmentService for Consignments {
    async fn plan_consignment(
        &self,
        request: Request<proto::PlanConsignmentRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let write = caller::write(&request)?;
        let plan = from_proto::plan_consignment(self.0.now(), request.into_inner())?;
        let view = self.0.plan_consignment(&write, plan).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn dispatch_consignment(
        &self,
        request: Request<proto::DispatchConsignmentRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let write = caller::write(&request)?;
        let (target, event, waive) = from_proto::dispatch_consignment(request.into_inner())?;
        let view = self.0.dispatch_consignment(&write, &target, event, waive).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn add_consignment_event(
        &self,
        request: Request<proto::AddConsignmentEventRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let write = caller::write(&request)?;
        let (target, event) = from_proto::add_consignment_event(request.into_inner())?;
        let view = self.0.add_consignment_event(&write, &target, event).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn cancel_consignment(
        &self,
        request: Request<proto::CancelConsignmentRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let write = caller::write(&request)?;
        let (target, reason) = from_proto::cancel_consignment(request.into_inner())?;
        let view = self.0.cancel_consignment(&write, &target, reason).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn correct_consignment(
        &self,
        request: Request<proto::CorrectConsignmentRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let write = caller::write(&request)?;
        let (target, patch, reason) = from_proto::correct_consignment(request.into_inner())?;
        let view = self.0.correct_consignment(&write, &target, patch, reason).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn get_consignment(
        &self,
        request: Request<proto::GetConsignmentRequest>,
    ) -> Result<Response<proto::Consignment>, Status> {
        let id = from_proto::get_consignment(request.get_ref())?;
        let view = self.0.consignment(&id).await?;
        Ok(Response::new(to_proto::consignment(&view)))
    }

    async fn list_consignments(
        &self,
        request: Request<proto::ListConsignmentsRequest>,
    ) -> Result<Response<proto::ListConsignmentsResponse>, Status> {
        let (filter, page) = from_proto::list_consignments(request.into_inner())?;
        let listing = self.0.consignments(&filter, &page.paging).await?;
        Ok(Response::new(to_proto::list_consignments(&listing, &page)))
    }
}
