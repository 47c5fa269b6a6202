//! Offers.

use quince_core::domain::RecordKind;
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::offer_service_server::OfferService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Offers over the office.
#[derive(Debug, Clone)]
pub(super) struct Offers(pub(super) Office);

#[tonic::async_trait]
impl OfferService for Offers {
    async fn create_offer(
        &self,
        request: Request<proto::CreateOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let write = caller::write(&request)?;
        let (offer, publish) = from_proto::create_offer(self.0.now(), request.into_inner())?;
        let view = self.0.create_offer(&write, offer, publish).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn get_offer(
        &self,
        request: Request<proto::GetOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let id = from_proto::get_offer(request.get_ref())?;
        let view = self.0.offer(&id).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn list_offers(
        &self,
        request: Request<proto::ListOffersRequest>,
    ) -> Result<Response<proto::ListOffersResponse>, Status> {
        let (filter, page) = from_proto::list_offers(request.into_inner())?;
        let listing = self.0.offers(&filter, &page.paging).await?;
        Ok(Response::new(to_proto::list_offers(&listing, &page)))
    }

    async fn update_offer(
        &self,
        request: Request<proto::UpdateOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let write = caller::write(&request)?;
        let (target, patch) = from_proto::update_offer(request.into_inner())?;
        let view = self.0.update_offer(&write, &target, patch).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn confirm_offer(
        &self,
        request: Request<proto::ConfirmOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::confirm_offer(request.get_ref())?;
        let view = self.0.move_offer(&write, &target, step).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn accept_offer(
        &self,
        request: Request<proto::AcceptOfferRequest>,
    ) -> Result<Response<proto::AcceptOfferResponse>, Status> {
        let write = caller::write(&request)?;
        let acceptance = from_proto::accept_offer(self.0.now(), request.into_inner())?;
        let views = self.0.accept_offer(&write, acceptance).await?;
        Ok(Response::new(to_proto::accept_offer(&views)))
    }

    async fn withdraw_offer(
        &self,
        request: Request<proto::WithdrawOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::withdraw_offer(request.get_ref())?;
        let view = self.0.move_offer(&write, &target, step).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn close_offer(
        &self,
        request: Request<proto::CloseOfferRequest>,
    ) -> Result<Response<proto::Offer>, Status> {
        let write = caller::write(&request)?;
        let (target, step) = from_proto::close_offer(request.get_ref())?;
        let view = self.0.move_offer(&write, &target, step).await?;
        Ok(Response::new(to_proto::offer(&view)))
    }

    async fn list_offer_revisions(
        &self,
        request: Request<proto::ListOfferRevisionsRequest>,
    ) -> Result<Response<proto::ListOfferRevisionsResponse>, Status> {
        let (id, page) = from_proto::list_offer_revisions(request.get_ref())?;
        let listing = self.0.revisions(RecordKind::Offer, &id, &page.paging).await?;
        Ok(Response::new(to_proto::list_offer_revisions(&listing, &page)))
    }
}
