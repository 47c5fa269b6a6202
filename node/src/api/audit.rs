//! The audit log.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::audit_service_server::AuditService;
use tonic::{Request, Response, Status};

use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// The audit log over the office.
#[derive(Debug, Clone)]
pub(super) struct Audit(pub(super) Office);

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_audit_entries(
        &self,
        request: Request<proto::ListAuditEntriesRequest>,
    ) -> Result<Response<proto::ListAuditEntriesResponse>, Status> {
        let (holder, page) = from_proto::list_audit_entries(request.get_ref())?;
        let listing = self.0.audit_entries(holder.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_audit_entries(&listing, &page)))
    }
}
