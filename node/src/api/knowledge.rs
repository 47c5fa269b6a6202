//! Knowledge.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::knowledge_service_server::KnowledgeService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Knowledge over the office.
#[derive(Debug, Clone)]
pub(super) struct KnowledgeBase(pub(super) Office);

#[tonic::async_trait]
impl KnowledgeService for KnowledgeBase {
    async fn create_knowledge(
        &self,
        request: Request<proto::CreateKnowledgeRequest>,
    ) -> Result<Response<proto::Knowledge>, Status> {
        let write = caller::write(&request)?;
        let (knowledge, publish) = from_proto::create_knowledge(self.0.now(), request.into_inner())?;
        let view = self.0.create_publication(&write, knowledge, publish).await?;
        Ok(Response::new(to_proto::knowledge(&view)))
    }

    async fn get_knowledge(
        &self,
        request: Request<proto::GetKnowledgeRequest>,
    ) -> Result<Response<proto::Knowledge>, Status> {
        let id = from_proto::get_knowledge(request.get_ref())?;
        let view = self.0.publication(&id).await?;
        Ok(Response::new(to_proto::knowledge(&view)))
    }

    async fn list_knowledge(
        &self,
        request: Request<proto::ListKnowledgeRequest>,
    ) -> Result<Response<proto::ListKnowledgeResponse>, Status> {
        let (owner, page) = from_proto::list_knowledge(request.get_ref())?;
        let listing = self.0.publications(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_knowledge(&listing, &page)))
    }

    async fn publish_knowledge(
        &self,
        request: Request<proto::PublishKnowledgeRequest>,
    ) -> Result<Response<proto::Knowledge>, Status> {
        let write = caller::write(&request)?;
        let target = from_proto::publish_knowledge(request.get_ref())?;
        let view = self.0.publish(&write, &target).await?;
        Ok(Response::new(to_proto::knowledge(&view)))
    }

    async fn retract_knowledge(
        &self,
        request: Request<proto::RetractKnowledgeRequest>,
    ) -> Result<Response<proto::Knowledge>, Status> {
        let write = caller::write(&request)?;
        let (target, by, reason) = from_proto::retract_knowledge(request.into_inner())?;
        let view = self.0.retract(&write, &target, by, reason).await?;
        Ok(Response::new(to_proto::knowledge(&view)))
    }
}
