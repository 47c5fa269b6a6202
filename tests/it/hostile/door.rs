//! Keys and invitations: who is let in, and what it costs a city to keep the others out.

use std::net::Ipv4Addr;

use quince_core::roster::Secret;
use quince_proto::admin::v1::{ListInvitationsRequest, invitation::State};
use quince_proto::sync::v1 as sync;
use quince_tests::attacker::member::{invite, knock};
use quince_tests::attacker::wire::{acceptor, connect, handshake};
use quince_tests::attacker::{Mask, Member, Session, TlsKey, dial};
use quince_tests::city::Desk;
use quince_tests::federation;
use sync::frame::Frame;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::stage::{Stage, node_of};

/// Connections that a listener takes from one address.
const PER_ADDRESS: usize = 16;

/// Handshakes that a listener has under way at a time.
const HANDSHAKES: usize = 64;

/// How far the invitation of a handle is.
async fn invitation_of(steward: &Desk, handle: &str) -> State {
    let list = steward.federation.clone().list_invitations(ListInvitationsRequest {}).await.unwrap();
    list.into_inner().invitations.into_iter().find(|found| found.handle == handle).unwrap().state()
}

#[tokio::test]
async fn a_pinned_certificate_is_worth_nothing_without_its_private_key() {
    let mut stage = Stage::set().await;
    let certificate = stage.ahriman.dial(&stage.isfahan).await.certificate;
    let stolen = TlsKey::forged(certificate);

    let hello =
        sync::Hello { node_id: node_of(&stage.taker).await.0.to_vec().into(), ..stage.ahriman.hello() };
    if let Ok(line) = dial(&stage.quanzhou.peer_address(), &stolen).await {
        let mut session = Session::open(&line);
        session.send(Frame::Hello(hello));
        let parting = session.parting().await;
        assert!(parting.status.is_some() && parting.refusals.is_empty(), "not a word was heard: {parting:?}");
    }

    stage.isfahan.kill();
    let listener = TcpListener::bind(stage.isfahan.peer_address()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let met = acceptor(&stolen).accept(stream).await;
    let said = async { met.ok()?.read_u8().await.ok() };
    assert_eq!(said.await, None, "Quanzhou speaks to somebody who has Isfahan's certificate only");
    drop(listener);
    stage.taker = stage.isfahan.start().await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_key_that_nobody_admitted_may_join_and_do_nothing_else() {
    let stage = Stage::set().await;
    let stranger = Mask::new("stranger");
    let federation = stage.ahriman.federation;
    let line = dial(&stage.quanzhou.peer_address(), &stranger.tls).await.unwrap();

    let itself = sync::Hello { node_id: stranger.node().0.to_vec().into(), ..stage.ahriman.hello() };
    let ahead = sync::Hello { roster_version: 1_000, ..itself.clone() };
    let another =
        sync::Hello { node_id: node_of(&stage.taker).await.0.to_vec().into(), ..stage.ahriman.hello() };
    let member = stage.ahriman.hello();
    for hello in [itself, ahead, another, member] {
        let mut session = Session::open(&line);
        session.send(Frame::Hello(hello));
        session.send(Frame::IdentityLane(stranger.identity(federation).to_identity_lane()));
        session.send(Frame::Want(sync::Want { handle: 1, epoch: 1, from: 0, mode: 2 }));
        let parting = session.parting().await;
        assert!(parting.code().is_some(), "{parting:?}");
        assert!(!parting.told, "feeds are not named to a stranger");
    }
    let mut code = invite(&stage.giver, "turin").await;
    code.code_id.0[0] ^= 1;
    assert!(knock(&line, &stranger, &code).await.is_err(), "there is no such invitation");
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn five_wrong_proofs_void_an_invitation_and_no_other() {
    let stage = Stage::set().await;
    let (thief, newcomer) = (Mask::new("turin"), Mask::new("turin"));
    let code = invite(&stage.giver, "turin").await;
    let mut guess = code.clone();
    guess.secret = Secret([0; 16]);
    for _ in 0..5 {
        let line = dial(&stage.quanzhou.peer_address(), &thief.tls).await.unwrap();
        assert!(knock(&line, &thief, &guess).await.is_err());
    }
    let line = dial(&stage.quanzhou.peer_address(), &newcomer.tls).await.unwrap();
    assert!(knock(&line, &newcomer, &code).await.is_err(), "the right proof comes too late");
    assert_eq!(invitation_of(&stage.giver, "turin").await, State::Void);

    Member::join(Mask::new("porto"), &stage.quanzhou, &stage.giver).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_member_that_knocks_again_is_no_newcomer() {
    let stage = Stage::set().await;
    let Member { mask, invitation, .. } = &stage.ahriman;
    let line = stage.ahriman.dial(&stage.quanzhou).await;
    // Refused or not: it changes nothing.
    drop(knock(&line, mask, invitation).await);
    assert_eq!(invitation_of(&stage.giver, &mask.handle).await, State::Admitted);
    assert!(federation::admit_member(&stage.giver, &mask.handle).await.is_err());
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn stalled_handshakes_and_hoarded_connections_keep_no_honest_peer_out() {
    let mut stage = Stage::set().await;
    let address = stage.quanzhou.peer_address();
    let mut stalled = Vec::new();
    for number in 0..HANDSHAKES {
        let from = Ipv4Addr::new(127, 0, 1, u8::try_from(number / PER_ADDRESS).unwrap());
        stalled.push(connect(&address, from).await.unwrap());
    }
    let hoarder = Ipv4Addr::new(127, 0, 2, 1);
    let mut hoarded = Vec::new();
    for _ in 0..PER_ADDRESS {
        hoarded.push(handshake(&address, &stage.ahriman.mask.tls, hoarder).await.unwrap());
    }
    let one_more = handshake(&address, &stage.ahriman.mask.tls, hoarder).await;
    assert!(one_more.is_err(), "an address has so many connections and no more");

    stage.isfahan.kill();
    stage.taker = stage.isfahan.start().await;
    stage.enter().await;
    stage.assert_unharmed().await;
}
