//! Tokens.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::token_service_server::TokenService;
use tonic::{Request, Response, Status};

use crate::api::{caller, roles};
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Tokens over the office.
#[derive(Debug, Clone)]
pub(super) struct Tokens(pub(super) Office);

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn create_token(
        &self,
        request: Request<proto::CreateTokenRequest>,
    ) -> Result<Response<proto::Token>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::create_token(request.into_inner(), roles::is_integrable)?;
        let (view, secret) = self.0.create_token(&write, new).await?;
        Ok(Response::new(to_proto::created_token(&view, secret)))
    }

    async fn list_tokens(
        &self,
        request: Request<proto::ListTokensRequest>,
    ) -> Result<Response<proto::ListTokensResponse>, Status> {
        let proto::ListTokensRequest {} = request.into_inner();
        let views = self.0.tokens().await?;
        Ok(Response::new(to_proto::list_tokens(&views)))
    }

    async fn revoke_token(
        &self,
        request: Request<proto::RevokeTokenRequest>,
    ) -> Result<Response<proto::Token>, Status> {
        let write = caller::write(&request)?;
        let id = from_proto::revoke_token(request.get_ref())?;
        let view = self.0.revoke_token(&write, &id).await?;
        Ok(Response::new(to_proto::token(&view)))
    }
}
