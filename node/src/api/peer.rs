//! Peers.

use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::peer_service_server::PeerService;
use tonic::{Request, Response, Status};

use crate::api::caller;
use crate::office::Office;
use crate::wire::{from_proto, to_proto};

/// Peers over the office.
#[derive(Debug, Clone)]
pub(super) struct Peers(pub(super) Office);

#[tonic::async_trait]
impl PeerService for Peers {
    async fn list_peers(
        &self,
        request: Request<proto::ListPeersRequest>,
    ) -> Result<Response<proto::ListPeersResponse>, Status> {
        let proto::ListPeersRequest {} = request.into_inner();
        let views = self.0.peers().await?;
        Ok(Response::new(to_proto::list_peers(&views)))
    }

    async fn add_peer(
        &self,
        request: Request<proto::AddPeerRequest>,
    ) -> Result<Response<proto::Peer>, Status> {
        let write = caller::write(&request)?;
        let new = from_proto::add_peer(request.into_inner())?;
        let view = self.0.add_peer(&write, new).await?;
        Ok(Response::new(to_proto::peer(&view)))
    }

    async fn remove_peer(
        &self,
        request: Request<proto::RemovePeerRequest>,
    ) -> Result<Response<proto::Peer>, Status> {
        let write = caller::write(&request)?;
        let handle = from_proto::remove_peer(request.get_ref())?;
        let view = self.0.remove_peer(&write, &handle).await?;
        Ok(Response::new(to_proto::peer(&view)))
    }
}
