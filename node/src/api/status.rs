//! How the node is.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::status_service_server::StatusService;
use tonic::{Request, Response, Status};

use crate::matcher::MatcherHandle;
use crate::office::Office;
use crate::wire::to_proto;

/// The status of the office and of the matcher.
#[derive(Debug, Clone)]
pub(super) struct Statuses {
    pub(super) office: Office,
    pub(super) matcher: MatcherHandle,
}

#[tonic::async_trait]
impl StatusService for Statuses {
    async fn get_status(
        &self,
        request: Request<proto::GetStatusRequest>,
    ) -> Result<Response<proto::Status>, Status> {
        let proto::GetStatusRequest {} = request.into_inner();
        let view = self.office.status().await?;
        let newest = self.matcher.newest();
        let computed = newest.advice.map(|advice| advice.computed);
        Ok(Response::new(to_proto::status(&view, computed, newest.failure)))
    }
}
