//! The door for other nodes: sessions, and newcomers with an invitation.

use std::pin::Pin;
use std::sync::Arc;

use quince_core::feed::{Hash, NodeId};
use quince_core::roster::{CodeId, Inception, JoinClaim, JoinProof, SignedRoster};
use quince_core::sync::Role;
use quince_proto::sync::v1 as pb;
use quince_proto::sync::v1::sync_service_server::{SyncService, SyncServiceServer};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::dial::MESSAGE_BYTES_MAX;
use super::handle::ReplicationHandle;
use super::knock::Welcome;
use super::link::{Link, outgoing};
use crate::office::error::{Error, ErrorKind};
use crate::store::Store;
use crate::tls::PeerIdentity;
use crate::wire::sync_to_proto;

/// What a newcomer shows at the door.
#[derive(Debug, Clone, Copy)]
pub struct Knock {
    /// Which invitation.
    pub code_id: CodeId,
    /// What it claims on this connection.
    pub claim: JoinClaim,
    /// That it knows the invitation's secret.
    pub proof: JoinProof,
}

/// Who decides about newcomers: the office of a steward.
#[tonic::async_trait]
pub trait Admissions: Send + Sync + 'static {
    /// Checks the proof, and remembers who asks to be admitted.
    async fn join(&self, knock: Knock) -> Result<Welcome, Status>;

    /// The roster from version 1 on, once the newcomer has been admitted.
    async fn admission(&self, knock: Knock) -> Result<Option<Vec<SignedRoster>>, Status>;
}

/// Serves `quince.sync.v1`.
pub struct SyncDoor {
    replication: ReplicationHandle,
    store: Store,
    admissions: Arc<dyn Admissions>,
}

/// The service for the peer listener, with its limit on frames.
#[must_use]
pub fn sync_service(
    replication: ReplicationHandle,
    store: Store,
    admissions: Arc<dyn Admissions>,
) -> SyncServiceServer<SyncDoor> {
    SyncServiceServer::new(SyncDoor { replication, store, admissions })
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
}

#[tonic::async_trait]
impl SyncService for SyncDoor {
    type SessionStream = Pin<Box<dyn Stream<Item = Result<pb::Frame, Status>> + Send>>;

    async fn session(
        &self,
        request: Request<Streaming<pb::Frame>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let peer = caller(&request)?;
        let (sender, frames) = outgoing(self.replication.writable.clone());
        let link = Link { role: Role::Accepted, peer, outgoing: sender, incoming: request.into_inner() };
        if !self.replication.open(link).await {
            let message = "the other node takes no session now: it is in no federation, or has too many";
            return Err(Error::new(ErrorKind::Unavailable, message).into());
        }
        Ok(Response::new(Box::pin(frames.map(Ok))))
    }

    async fn join(&self, request: Request<pb::JoinRequest>) -> Result<Response<pb::JoinResponse>, Status> {
        let peer = caller(&request)?;
        let request = request.into_inner();
        let inception = Inception::parse(&request.inception).map_err(|error| invalid(&error.to_string()))?;
        let knock = knock(&peer, inception.node_id(), &request.code_id, &request.proof)?;
        let Welcome { rosters, steward } = self.admissions.join(knock).await?;
        Ok(Response::new(pb::JoinResponse {
            roster_notes: sync_to_proto::rosters(&rosters),
            steward: Some(sync_to_proto::identity_lane(&steward.head, &steward.entries)),
        }))
    }

    async fn get_admission(
        &self,
        request: Request<pb::GetAdmissionRequest>,
    ) -> Result<Response<pb::GetAdmissionResponse>, Status> {
        let peer = caller(&request)?;
        let request = request.into_inner();
        let code_id = code_id(&request.code_id)?;
        // The request does not say who asks; the proof is good for the node alone that redeemed the invitation.
        let mut view = self.store.view().await.map_err(Error::from)?;
        let node = view.invitation(&code_id).await.map_err(Error::from)?.and_then(|row| row.node);
        drop(view);
        let node =
            node.ok_or_else(|| Error::new(ErrorKind::Forbidden, "nobody has redeemed this invitation"))?;
        let knock = knock(&peer, node, &request.code_id, &request.proof)?;
        let rosters = self.admissions.admission(knock).await?.unwrap_or_default();
        Ok(Response::new(pb::GetAdmissionResponse { roster_notes: sync_to_proto::rosters(&rosters) }))
    }
}

fn caller<T>(request: &Request<T>) -> Result<PeerIdentity, Status> {
    let peer = request.extensions().get::<PeerIdentity>().copied();
    peer.ok_or_else(|| Error::internal("a peer connection without its key").into())
}

fn knock(peer: &PeerIdentity, node: NodeId, code: &[u8], proof: &[u8]) -> Result<Knock, Status> {
    let claim = JoinClaim { exporter: peer.exporter, node, tls_key: Hash(peer.tls_key.0) };
    let proof = proof.try_into().map(JoinProof).map_err(|_| invalid("the proof has not 32 bytes"))?;
    Ok(Knock { code_id: code_id(code)?, claim, proof })
}

fn code_id(code: &[u8]) -> Result<CodeId, Status> {
    code.try_into().map(CodeId).map_err(|_| invalid("the code id has not 8 bytes"))
}

fn invalid(message: &str) -> Status {
    Error::new(ErrorKind::Invalid, message).into()
}
