//! The desk: what waits, and the stream of what changes.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::desk_service_server::DeskService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::api::{Api, caller, watch};
use crate::wire::{from_proto, to_proto};

/// The desk over the office.
#[derive(Debug, Clone)]
pub(super) struct Desk(Api);

impl Desk {
    pub(super) fn new(api: &Api) -> Self {
        Self(api.clone())
    }
}

#[tonic::async_trait]
impl DeskService for Desk {
    type WatchStream = ReceiverStream<Result<proto::WatchResponse, Status>>;

    async fn list_todos(
        &self,
        request: Request<proto::ListTodosRequest>,
    ) -> Result<Response<proto::ListTodosResponse>, Status> {
        let page = from_proto::list_todos(request.get_ref())?;
        let listing = self.0.office.todos(&page.paging).await?;
        Ok(Response::new(to_proto::list_todos(&listing, &page)))
    }

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let token = caller::token(&request)?;
        let watch = from_proto::watch(request.into_inner())?;
        Ok(Response::new(watch::open(&self.0, token, watch)?))
    }
}
