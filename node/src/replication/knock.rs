//! A newcomer at a steward's door: Join and GetAdmission, on a connection of their own.

use quince_core::domain::profile::TlsKeyHash;
use quince_core::feed::{Entry, FederationId, Hash, NodeId, SignedHead};
use quince_core::roster::{Inception, Invitation, JoinClaim, JoinProof, SignedRoster};
use quince_proto::sync::v1::sync_service_client::SyncServiceClient;
use quince_proto::sync::v1::{GetAdmissionRequest, JoinRequest};
use thiserror::Error;
use tonic::Status;
use tonic::transport::Channel;

use super::dial::{DialFailure, MESSAGE_BYTES_MAX};
use super::handle::ReplicationHandle;
use crate::tls::{Dialled, PinSet};
use crate::wire::{status, sync_from_proto};

/// The longest answer at the door: every roster version from the first on, and an identity lane.
const ANSWER_BYTES_MAX: usize = 64 * MESSAGE_BYTES_MAX;

/// An identity lane as its owner signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The head over all entries.
    pub head: SignedHead,
    /// Every entry, from the inception on.
    pub entries: Vec<Entry>,
}

/// What a steward's node tells a newcomer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The roster from version 1 on.
    pub rosters: Vec<SignedRoster>,
    /// The identity lane of the steward's node. Nothing of it is verified yet.
    pub steward: Lane,
}

/// Why a knock came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KnockError {
    /// The other node answered, and the answer is no.
    #[error("{0}")]
    Refused(String),
    /// There was no answer.
    #[error("{0}")]
    Unreached(String),
}

impl ReplicationHandle {
    /// Proves an invitation at the steward's node.
    ///
    /// # Errors
    /// When the steward's node cannot be reached, or says no.
    pub async fn join(&self, invitation: &Invitation, inception: &Inception) -> Result<Welcome, KnockError> {
        let (mut client, proof) = self.knock(invitation, inception.node_id()).await?;
        let request = JoinRequest {
            code_id: invitation.code_id.0.to_vec().into(),
            proof: proof.0.to_vec().into(),
            inception: inception.to_bytes().to_vec().into(),
        };
        let answer = client.join(request).await.map_err(|status| refusal(&status))?.into_inner();
        let rosters = sync_from_proto::rosters(&answer.roster_notes).map_err(garbled)?;
        let steward = steward(invitation.federation, answer.steward)?;
        Ok(Welcome { rosters, steward })
    }

    /// Asks the steward's node whether the newcomer has been admitted: the whole roster once it has.
    ///
    /// # Errors
    /// When the steward's node cannot be reached, or says no.
    pub async fn admission(
        &self,
        invitation: &Invitation,
        inception: &Inception,
    ) -> Result<Option<Vec<SignedRoster>>, KnockError> {
        let (mut client, proof) = self.knock(invitation, inception.node_id()).await?;
        let request = GetAdmissionRequest {
            code_id: invitation.code_id.0.to_vec().into(),
            proof: proof.0.to_vec().into(),
        };
        let answer = client.get_admission(request).await.map_err(|status| refusal(&status))?.into_inner();
        let rosters = sync_from_proto::rosters(&answer.roster_notes).map_err(garbled)?;
        Ok((!rosters.is_empty()).then_some(rosters))
    }

    /// A connection to the steward's node, and the proof that is good on it alone.
    async fn knock(
        &self,
        invitation: &Invitation,
        node: NodeId,
    ) -> Result<(SyncServiceClient<Channel>, JoinProof), KnockError> {
        let pins = PinSet::from(TlsKeyHash(invitation.steward_spki.0));
        let mut last = DialFailure::other("the invitation names no address");
        for address in &invitation.addresses {
            match self.dialler.dial(address, pins.clone()).await {
                Ok(Dialled { channel, peer }) => {
                    let claim = JoinClaim { exporter: peer.exporter, node, tls_key: Hash(self.tls_key.0) };
                    let client = SyncServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
                    return Ok((client, invitation.prove(&claim)));
                }
                Err(error) => last = error.into(),
            }
        }
        Err(KnockError::Unreached(last.message))
    }
}

fn steward(
    federation: FederationId,
    lane: Option<quince_proto::sync::v1::IdentityLane>,
) -> Result<Lane, KnockError> {
    let (head, entries) = sync_from_proto::lane_of_steward(federation, lane).map_err(garbled)?;
    Ok(Lane { head, entries })
}

fn refusal(refused: &Status) -> KnockError {
    let message = refused.message().to_owned();
    if status::is_unavailable(refused) {
        KnockError::Unreached(message)
    } else {
        KnockError::Refused(message)
    }
}

fn garbled(error: sync_from_proto::FrameError) -> KnockError {
    KnockError::Refused(format!("the steward's node answers in words that are not understood: {error}"))
}
