//! Joins the office to replication: the office knocks and looks through replication's handle, and replication asks the
//! office about newcomers. Neither knows the other.

use quince_core::roster::{Inception, Invitation, SignedRoster};
use tonic::Status;

use crate::office::network::{
    Answer, Network, NetworkError, ReplicationView, SessionView, SignedLane, Welcome,
};
use crate::office::view::LagView;
use crate::office::{Error, Office};
use crate::replication::{
    self, Admissions, Entrance, Knock, KnockError, Lag, Lane, PeerStatus, ReplicationHandle, Report,
};

/// The network as the office uses it.
pub struct Replicated(pub ReplicationHandle);

/// The office as newcomers meet it.
pub struct Doorkeeper(pub Office);

impl Network for Replicated {
    fn join<'a>(&'a self, invitation: &'a Invitation, inception: &'a Inception) -> Answer<'a, Welcome> {
        Box::pin(async move {
            let welcome = self.0.join(invitation, inception).await?;
            let steward = SignedLane { head: welcome.steward.head, entries: welcome.steward.entries };
            Ok(Welcome { rosters: welcome.rosters, steward })
        })
    }

    fn admission<'a>(
        &'a self,
        invitation: &'a Invitation,
        inception: &'a Inception,
    ) -> Answer<'a, Option<Vec<SignedRoster>>> {
        Box::pin(async move { Ok(self.0.admission(invitation, inception).await?) })
    }

    fn replication(&self) -> Answer<'_, ReplicationView> {
        Box::pin(async move {
            let Report { peers, lag, held_by } = self.0.report().await;
            let (sessions, lag) = (peers.into_iter().map(session).collect(), lags(&lag));
            Ok(ReplicationView { sessions, lag, held_by })
        })
    }

    fn membership_changed(&self) {
        self.0.membership_changed();
    }
}

#[tonic::async_trait]
impl Admissions for Doorkeeper {
    async fn join(&self, knock: Knock) -> Result<replication::Welcome, Status> {
        let welcome = self.0.redeem(&knock.code_id, &knock.claim, &knock.proof).await?;
        Ok(replication::Welcome { rosters: welcome.rosters, steward: shown(&welcome.steward) })
    }

    async fn admission(&self, knock: Knock) -> Result<Option<Vec<SignedRoster>>, Status> {
        Ok(self.0.admission(&knock.code_id, &knock.claim, &knock.proof).await?)
    }
}

#[tonic::async_trait]
impl Entrance for Doorkeeper {
    async fn enter(&self, rosters: &[SignedRoster]) -> Result<(), Error> {
        self.0.admitted_by_file(rosters).await
    }
}

impl From<KnockError> for NetworkError {
    fn from(error: KnockError) -> Self {
        Self { refused: matches!(error, KnockError::Refused(_)), message: error.to_string() }
    }
}

fn shown(lane: &SignedLane) -> Lane {
    Lane { head: lane.head, entries: lane.entries.clone() }
}

fn session(peer: PeerStatus) -> SessionView {
    let PeerStatus { handle, connected, outbound, address, since, behind, lag, last_error, .. } = peer;
    SessionView { handle, connected, outbound, address, since, behind, lag: lags(&lag), last_error }
}

fn lags(lags: &[Lag]) -> Vec<LagView> {
    lags.iter().map(|lag| LagView { lane: lag.lane, entries: lag.entries, time: lag.time }).collect()
}
