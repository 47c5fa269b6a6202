//! Messages.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::message_service_server::MessageService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Messages over the office.
#[derive(Debug, Clone)]
pub(super) struct Messages(pub(super) Office);

#[tonic::async_trait]
impl MessageService for Messages {
    async fn create_message(
        &self,
        request: Request<proto::CreateMessageRequest>,
    ) -> Result<Response<proto::Message>, Status> {
        let write = caller::write(&request)?;
        let (message, publish) = from_proto::create_message(self.0.now(), request.into_inner())?;
        let view = self.0.create_publication(&write, message, publish).await?;
        Ok(Response::new(to_proto::message(&view)))
    }

    async fn get_message(
        &self,
        request: Request<proto::GetMessageRequest>,
    ) -> Result<Response<proto::Message>, Status> {
        let id = from_proto::get_message(request.get_ref())?;
        let view = self.0.publication(&id).await?;
        Ok(Response::new(to_proto::message(&view)))
    }

    async fn list_messages(
        &self,
        request: Request<proto::ListMessagesRequest>,
    ) -> Result<Response<proto::ListMessagesResponse>, Status> {
        let (owner, page) = from_proto::list_messages(request.get_ref())?;
        let listing = self.0.publications(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_messages(&listing, &page)))
    }

    async fn publish_message(
        &self,
        request: Request<proto::PublishMessageRequest>,
    ) -> Result<Response<proto::Message>, Status> {
        let write = caller::write(&request)?;
        let target = from_proto::publish_message(request.get_ref())?;
        let view = self.0.publish(&write, &target).await?;
        Ok(Response::new(to_proto::message(&view)))
    }

    async fn retract_message(
        &self,
        request: Request<proto::RetractMessageRequest>,
    ) -> Result<Response<proto::Message>, Status> {
        let write = caller::write(&request)?;
        let (target, by, reason) = from_proto::retract_message(request.into_inner())?;
        let view = self.0.retract(&write, &target, by, reason).await?;
        Ok(Response::new(to_proto::message(&view)))
    }
}
