//! Receipts.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::receipt_service_server::ReceiptService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Receipts over the office.
#[derive(Debug, Clone)]
pub(super) struct Receipts(pub(super) Office);

#[tonic::async_trait]
impl ReceiptService for Receipts {
    async fn record_receipt(
        &self,
        request: Request<proto::RecordReceiptRequest>,
    ) -> Result<Response<proto::Receipt>, Status> {
        let write = caller::write(&request)?;
        let (consignment, common, tally) = from_proto::record_receipt(self.0.now(), request.into_inner())?;
        let view = self.0.record_receipt(&write, &consignment, common, tally).await?;
        Ok(Response::new(to_proto::receipt(&view)))
    }

    async fn correct_receipt(
        &self,
        request: Request<proto::CorrectReceiptRequest>,
    ) -> Result<Response<proto::Receipt>, Status> {
        let write = caller::write(&request)?;
        let (target, tally, reason) = from_proto::correct_receipt(request.into_inner())?;
        let view = self.0.correct_receipt(&write, &target, tally, reason).await?;
        Ok(Response::new(to_proto::receipt(&view)))
    }

    async fn get_receipt(
        &self,
        request: Request<proto::GetReceiptRequest>,
    ) -> Result<Response<proto::Receipt>, Status> {
        let id = from_proto::get_receipt(request.get_ref())?;
        let view = self.0.receipt(&id).await?;
        Ok(Response::new(to_proto::receipt(&view)))
    }

    async fn list_receipts(
        &self,
        request: Request<proto::ListReceiptsRequest>,
    ) -> Result<Response<proto::ListReceiptsResponse>, Status> {
        let (owner, consignment, page) = from_proto::list_receipts(request.get_ref())?;
        let listing = self.0.receipts(owner.as_ref(), consignment.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_receipts(&listing, &page)))
    }
}
