//! Needs.

use quince_core::domain::RecordKind;
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::need_service_server::NeedService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Needs over the office.
#[derive(Debug, Clone)]
pub(super) struct Needs(pub(super) Office);

#[tonic::async_trait]
impl NeedService for Needs {
    async fn create_need(
        &self,
        request: Request<proto::CreateNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (need, publish) = from_proto::create_need(self.0.now(), request.into_inner())?;
        let view = self.0.create_need(&write, need, publish).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn get_need(
        &self,
        request: Request<proto::GetNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let id = from_proto::get_need(request.get_ref())?;
        let view = self.0.need(&id).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn list_needs(
        &self,
        request: Request<proto::ListNeedsRequest>,
    ) -> Result<Response<proto::ListNeedsResponse>, Status> {
        let (filter, page) = from_proto::list_needs(request.into_inner())?;
        let listing = self.0.needs(&filter, &page.paging).await?;
        Ok(Response::new(to_proto::list_needs(&listing, &page)))
    }

    async fn update_need(
        &self,
        request: Request<proto::UpdateNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, patch) = from_proto::update_need(request.into_inner())?;
        let view = self.0.update_need(&write, &target, patch).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn submit_need(
        &self,
        request: Request<proto::SubmitNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::submit_need(request.get_ref())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn approve_need(
        &self,
        request: Request<proto::ApproveNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::approve_need(request.get_ref())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn hold_need(
        &self,
        request: Request<proto::HoldNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::hold_need(request.into_inner())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn resume_need(
        &self,
        request: Request<proto::ResumeNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::resume_need(request.get_ref())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn withdraw_need(
        &self,
        request: Request<proto::WithdrawNeedRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::withdraw_need(request.into_inner())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn mark_need_duplicate(
        &self,
        request: Request<proto::MarkNeedDuplicateRequest>,
    ) -> Result<Response<proto::Need>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::mark_need_duplicate(request.into_inner())?;
        let view = self.0.move_need(&write, &target, step).await?;
        Ok(Response::new(to_proto::need(&view)))
    }

    async fn list_need_revisions(
        &self,
        request: Request<proto::ListNeedRevisionsRequest>,
    ) -> Result<Response<proto::ListNeedRevisionsResponse>, Status> {
        let (id, page) = from_proto::list_need_revisions(request.get_ref())?;
        let listing = self.0.revisions(RecordKind::Need, &id, &page.paging).await?;
        Ok(Response::new(to_proto::list_need_revisions(&listing, &page)))
    }
}
