//! The business clock of a node that plays.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::drill_service_server::DrillService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// The clock over the office.
#[derive(Debug, Clone)]
pub(super) struct Drills(pub(super) Office);

#[tonic::async_trait]
impl DrillService for Drills {
    async fn set_business_time(
        &self,
        request: Request<proto::SetBusinessTimeRequest>,
    ) -> Result<Response<proto::SetBusinessTimeResponse>, Status> {
        let write = caller::write(&request)?;
        let time = from_proto::set_business_time(request.into_inner())?;
        let shown = self.0.set_business_time(&write, time).await?;
        Ok(Response::new(to_proto::business_time(shown)))
    }
}
