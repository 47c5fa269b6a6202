//! Calls.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::call_service_server::CallService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Calls over the office.
#[derive(Debug, Clone)]
pub(super) struct Calls(pub(super) Office);

#[tonic::async_trait]
impl CallService for Calls {
    async fn create_call(
        &self,
        request: Request<proto::CreateCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let write = caller::write(&request)?;
        let call = from_proto::create_call(self.0.now(), request.into_inner())?;
        let view = self.0.create_call(&write, call).await?;
        Ok(Response::new(to_proto::call(&view)))
    }

    async fn get_call(
        &self,
        request: Request<proto::GetCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let id = from_proto::get_call(request.get_ref())?;
        let view = self.0.call(&id).await?;
        Ok(Response::new(to_proto::call(&view)))
    }

    async fn list_calls(
        &self,
        request: Request<proto::ListCallsRequest>,
    ) -> Result<Response<proto::ListCallsResponse>, Status> {
        let (owner, states, page) = from_proto::list_calls(request.into_inner())?;
        let listing = self.0.calls(owner.as_ref(), &states, &page.paging).await?;
        Ok(Response::new(to_proto::list_calls(&listing, &page)))
    }

    async fn close_call(
        &self,
        request: Request<proto::CloseCallRequest>,
    ) -> Result<Response<proto::Call>, Status> {
        let write = caller::write(&request)?;
        let (target, reason) = from_proto::close_call(request.into_inner())?;
        let view = self.0.close_call(&write, &target, reason).await?;
        Ok(Response::new(to_proto::call(&view)))
    }
}
