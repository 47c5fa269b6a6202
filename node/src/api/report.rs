//! Reports.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Reports over the office.
#[derive(Debug, Clone)]
pub(super) struct Reports(pub(super) Office);

#[tonic::async_trait]
impl ReportService for Reports {
    async fn create_report(
        &self,
        request: Request<proto::CreateReportRequest>,
    ) -> Result<Response<proto::Report>, Status> {
        let write = caller::write(&request)?;
        let (report, publish) = from_proto::create_report(self.0.now(), request.into_inner())?;
        let view = self.0.create_publication(&write, report, publish).await?;
        Ok(Response::new(to_proto::report(&view)))
    }

    async fn get_report(
        &self,
        request: Request<proto::GetReportRequest>,
    ) -> Result<Response<proto::Report>, Status> {
        let id = from_proto::get_report(request.get_ref())?;
        let view = self.0.publication(&id).await?;
        Ok(Response::new(to_proto::report(&view)))
    }

    async fn list_reports(
        &self,
        request: Request<proto::ListReportsRequest>,
    ) -> Result<Response<proto::ListReportsResponse>, Status> {
        let (owner, page) = from_proto::list_reports(request.get_ref())?;
        let listing = self.0.publications(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_reports(&listing, &page)))
    }

    async fn publish_report(
        &self,
        request: Request<proto::PublishReportRequest>,
    ) -> Result<Response<proto::Report>, Status> {
        let write = caller::write(&request)?;
        let target = from_proto::publish_report(request.get_ref())?;
        let view = self.0.publish(&write, &target).await?;
        Ok(Response::new(to_proto::report(&view)))
    }

    async fn retract_report(
        &self,
        request: Request<proto::RetractReportRequest>,
    ) -> Result<Response<proto::Report>, Status> {
        let write = caller::write(&request)?;
        let (target, by, reason) = from_proto::retract_report(request.into_inner())?;
        let view = self.0.retract(&write, &target, by, reason).await?;
        Ok(Response::new(to_proto::report(&view)))
    }
}
