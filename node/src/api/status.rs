//! How the node is.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::status_service_server::StatusService;
use tonic::{Request, Response, Status};

use crate::office::Office;
use crate::wire::to_proto;

/// The status over the office.
#[derive(Debug, Clone)]
pub(super) struct Statuses(pub(super) Office);

#[tonic::async_trait]
impl StatusService for Statuses {
    async fn get_status(
        &self,
        request: Request<proto::GetStatusRequest>,
    ) -> Result<Response<proto::Status>, Status> {
        let proto::GetStatusRequest {} = request.into_inner();
        let view = self.0.status().await?;
        Ok(Response::new(to_proto::status(&view)))
    }
}
