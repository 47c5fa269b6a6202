//! History.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::history_service_server::HistoryService;
use tonic::{Request, Response, Status};

use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// History over the office.
#[derive(Debug, Clone)]
pub(super) struct History(pub(super) Office);

#[tonic::async_trait]
impl HistoryService for History {
    async fn list_revisions(
        &self,
        request: Request<proto::ListRevisionsRequest>,
    ) -> Result<Response<proto::ListRevisionsResponse>, Status> {
        let (kind, id, page) = from_proto::list_revisions(request.get_ref())?;
        let listing = self.0.revisions(kind, &id, &page.paging).await?;
        Ok(Response::new(to_proto::list_revisions(&listing, &page)))
    }
}
