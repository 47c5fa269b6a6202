//! The catalogue. It is in the program, so that there is nothing to ask the office.

use std::sync::Arc;

use quince_core::domain::ItemCode;
use quince_core::domain::item::Catalogue;
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::item_service_server::ItemService;
use tonic::{Request, Response, Status};

use crate::office::{Error, ErrorKind};
use crate::wire::{from_proto, to_proto};

/// Items over the catalogue.
#[derive(Debug, Clone)]
pub(super) struct Items(pub(super) Arc<Catalogue>);

#[tonic::async_trait]
impl ItemService for Items {
    async fn search_items(
        &self,
        request: Request<proto::SearchItemsRequest>,
    ) -> Result<Response<proto::SearchItemsResponse>, Status> {
        let (query, limit) = from_proto::search_items(request.into_inner())?;
        let proposals = self.0.search(&query, limit);
        Ok(Response::new(to_proto::search_items(&proposals)))
    }

    async fn get_item(
        &self,
        request: Request<proto::GetItemRequest>,
    ) -> Result<Response<proto::Item>, Status> {
        let code = from_proto::get_item(request.get_ref())?;
        let item = self.0.get(&code).ok_or_else(|| unknown(&code))?;
        Ok(Response::new(to_proto::item(item)))
    }
}

fn unknown(code: &ItemCode) -> Error {
    let message = format!("the catalogue has no item {code}");
    Error::new(ErrorKind::NotFound, message)
        .hint("search for it by name; a line may carry an unknown code all the same")
}
