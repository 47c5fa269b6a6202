//! The way in: the attacker redeems an invitation on the wire, and the steward admits it like any other newcomer.

use std::net::Ipv4Addr;

use bytes::Bytes;
use quince_core::feed::{FederationId, Lane};
use quince_core::roster::{Invitation, JoinClaim, SignedRoster};
use quince_proto::sync::v1 as sync;
use tonic::Status;

use crate::attacker::feed::{Feed, owned};
use crate::attacker::mask::Mask;
use crate::attacker::wire::{Line, dial, dial_from};
use crate::city::{City, Desk};
use crate::federation;

/// Bytes of data that the attacker takes: as much as an honest node grants.
const CREDIT: u64 = 4 * 1024 * 1024;

/// An attacker that is a member of the federation.
#[derive(Debug)]
pub struct Member {
    /// Its keys.
    pub mask: Mask,
    /// Which federation.
    pub federation: FederationId,
    /// Its identity lane.
    pub identity: Feed,
    /// The roster from version 1 on, as signed notes.
    pub rosters: Vec<Bytes>,
    /// What it came in by.
    pub invitation: Invitation,
}

impl Member {
    /// Asks the steward for an invitation, redeems it, and is admitted.
    ///
    /// # Panics
    /// When one of the steps is refused.
    pub async fn join(mask: Mask, steward: &City, desk: &Desk) -> Self {
        let invitation = invite(desk, &mask.handle).await;
        let line = dial(&steward.peer_address(), &mask.tls).await.expect("the steward takes connections");
        knock(&line, &mask, &invitation).await.expect("the proof is right");
        federation::admit_member(desk, &mask.handle).await.expect("the steward admits the attacker");
        let (code_id, proof) = proof(&line, &mask, &invitation);
        let request = sync::GetAdmissionRequest { code_id, proof };
        let answer = line.client().get_admission(request).await.expect("the proof is still right");
        let federation = invitation.federation;
        let identity = mask.identity(federation);
        Self { mask, federation, identity, rosters: answer.into_inner().roster_notes, invitation }
    }

    /// A true Hello, which echoes nothing.
    ///
    /// # Panics
    /// When the steward gave it no roster.
    #[must_use]
    pub fn hello(&self) -> sync::Hello {
        let newest = self.rosters.last().expect("a member has a roster");
        let roster = std::str::from_utf8(newest).ok().and_then(|note| SignedRoster::parse(note).ok());
        let roster = roster.expect("stewards sign rosters");
        let nonce = |byte: u8| owned(&[byte; 16]);
        sync::Hello {
            versions: vec![1],
            federation_id: owned(&self.federation.0),
            node_id: owned(&self.mask.node().0),
            store_token: nonce(1),
            session_nonce: owned(&rand::random::<[u8; 16]>()),
            instance_nonce: nonce(2),
            roster_version: roster.roster().version,
            roster_hash: owned(&roster.roster().hash().0),
            credit: CREDIT,
            ..Default::default()
        }
    }

    /// A feed of its own, with nothing in it.
    #[must_use]
    pub fn feed(&self, lane: Lane) -> Feed {
        self.mask.feed(self.federation, lane)
    }

    /// A line to a victim under its own key.
    ///
    /// # Panics
    /// When the victim takes no connection.
    pub async fn dial(&self, victim: &City) -> Line {
        dial(&victim.peer_address(), &self.mask.tls).await.expect("the victim takes connections")
    }

    /// The same from another address of this machine.
    ///
    /// # Panics
    /// When the victim takes no connection.
    pub async fn dial_from(&self, victim: &City, from: Ipv4Addr) -> Line {
        let line = dial_from(&victim.peer_address(), &self.mask.tls, from).await;
        line.expect("the victim takes connections")
    }
}

/// An invitation for this handle, its code trusted.
///
/// # Panics
/// When the steward refuses.
pub async fn invite(steward: &Desk, handle: &str) -> Invitation {
    let invited = federation::invite(steward, handle, "").await.expect("an invitation");
    invited.code.parse().expect("the steward writes codes that can be read")
}

/// Redeems an invitation on a line.
///
/// # Errors
/// What the steward answers.
pub async fn knock(line: &Line, mask: &Mask, invitation: &Invitation) -> Result<sync::JoinResponse, Status> {
    let (code_id, proof) = proof(line, mask, invitation);
    let request = sync::JoinRequest { code_id, proof, inception: mask.inception() };
    line.client().join(request).await.map(tonic::Response::into_inner)
}

fn proof(line: &Line, mask: &Mask, invitation: &Invitation) -> (Bytes, Bytes) {
    let claim = JoinClaim { exporter: line.exporter, node: mask.node(), tls_key: mask.tls.hash };
    (owned(&invitation.code_id.0), owned(&invitation.prove(&claim).0))
}
