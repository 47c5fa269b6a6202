//! Items: the catalogue and what cities add to it.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::item_service_server::ItemService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Items over the office.
#[derive(Debug, Clone)]
pub(super) struct Items(pub(super) Office);

#[tonic::async_trait]
impl ItemService for Items {
    async fn search_items(
        &self,
        request: Request<proto::SearchItemsRequest>,
    ) -> Result<Response<proto::SearchItemsResponse>, Status> {
        let (query, limit) = from_proto::search_items(request.into_inner())?;
        let proposals = self.0.search_items(&query, limit).await?;
        Ok(Response::new(to_proto::search_items(&proposals)))
    }

    async fn get_item(
        &self,
        request: Request<proto::GetItemRequest>,
    ) -> Result<Response<proto::Item>, Status> {
        let code = from_proto::get_item(request.get_ref())?;
        let view = self.0.item(&code).await?;
        Ok(Response::new(to_proto::item(&view)))
    }

    async fn list_items(
        &self,
        request: Request<proto::ListItemsRequest>,
    ) -> Result<Response<proto::ListItemsResponse>, Status> {
        let (owner, page) = from_proto::list_items(request.get_ref())?;
        let listing = self.0.items(owner.as_ref(), &page.paging).await?;
        Ok(Response::new(to_proto::list_items(&listing, &page)))
    }

    async fn create_item(
        &self,
        request: Request<proto::CreateItemRequest>,
    ) -> Result<Response<proto::Item>, Status> {
        let write = caller::write(&request)?;
        let item = from_proto::create_item(self.0.now(), request.into_inner())?;
        let view = self.0.create_item(&write, item).await?;
        Ok(Response::new(to_proto::own_item(&view)))
    }

    async fn update_item(
        &self,
        request: Request<proto::UpdateItemRequest>,
    ) -> Result<Response<proto::Item>, Status> {
        let write = caller::write(&request)?;
        let (target, patch, reason) = from_proto::update_item(request.into_inner())?;
        let view = self.0.update_item(&write, &target, patch, reason).await?;
        Ok(Response::new(to_proto::own_item(&view)))
    }

    async fn withdraw_item(
        &self,
        request: Request<proto::WithdrawItemRequest>,
    ) -> Result<Response<proto::Item>, Status> {
        let write = caller::write(&request)?;
        let (target, reason) = from_proto::withdraw_item(request.into_inner())?;
        let view = self.0.withdraw_item(&write, &target, reason).await?;
        Ok(Response::new(to_proto::own_item(&view)))
    }
}
