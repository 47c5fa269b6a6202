//! The steward's door: who may redeem an invitation, who may spoil it, and what ends by which clock.

use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::common::Label;
use quince_core::domain::item::{CATALOGUE_VERSION, CatalogueVersion};
use quince_core::domain::profile::TlsKeyHash;
use quince_core::domain::text::Names;
use quince_core::feed::{Hash, NodeId, Sign as _, SigningKey};
use quince_core::roster::{
    Inception, Invitation, JoinClaim, JoinProof, Member, Roster, RosterDraft, SignedRoster,
};
use quince_node::clock::{Clock, Entropy};
use quince_node::office::identity::Identity;
use quince_node::office::request::{NewInvitation, NewToken};
use quince_node::office::{ErrorKind, Office, Role, Settings, TokenHash};
use quince_node::store::Meta;

use crate::city::City;
use crate::database::{Server, on_both};
use crate::desk::{Desk, write, write_once};
use quince_tests::samples;

const NEWCOMER: NodeId = NodeId([0x11; 32]);
const WRONG: JoinProof = JoinProof([0; 32]);

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn identity() -> Identity {
    let key = SigningKey::from_seed(&[9; 32]);
    let (signing_key, next_key_hash) = (key.public_key(), Hash([8; 32]));
    Identity {
        inception: Inception { signing_key, next_key_hash, salt: [7; 16] },
        steward: Arc::new(key),
        tls_key: TlsKeyHash([6; 32]),
        names: Names::new(samples::title("Isfahan")).unwrap(),
        place: None,
        endpoints: vec!["isfahan.example:7444".parse().unwrap()],
        offline_recipient: format!("age1{}", "q".repeat(58)).parse().unwrap(),
        software: label("quince-node/test"),
        entropy: Entropy::seeded(1),
    }
}

async fn steward(server: &Server) -> Desk {
    let desk = Desk::with(City::alone(server, "isfahan", &Arc::default()).await, Settings::default()).await;
    desk.office.introduce(identity()).await.unwrap();
    desk.office.create_federation(&write(), label("Silk Road")).await.unwrap();
    desk
}

#[test]
fn a_founder_names_its_catalogue_and_a_steward_names_the_one_that_its_node_has() {
    on_both(|server| async move {
        let desk = steward(&server).await;
        let own = CatalogueVersion::embedded();
        let founded = desk.office.federation().await.unwrap();
        assert_eq!((founded.roster_version, founded.catalogue_version), (1, Some(own.clone())));

        let other = desk.office.set_catalogue(&write(), "2027.1".parse().unwrap()).await.unwrap_err();
        assert_eq!((other.kind, other.hint.as_deref()), (ErrorKind::State, Some("upgrade this node first")));
        let once = write_once("name", 1);
        let named = desk.office.set_catalogue(&once, own.clone()).await.unwrap();
        assert_eq!((named.roster_version, named.catalogue_version.clone()), (2, Some(own.clone())));
        assert_eq!(
            desk.office.set_catalogue(&once, own.clone()).await.unwrap(),
            named,
            "a retry signs no third"
        );

        let member = member_of_an_old_roster(&server).await;
        let refused = member.office.set_catalogue(&write(), own).await.unwrap_err();
        assert_eq!(refused.message, "quanzhou is no steward of this federation");
        assert_eq!(
            member.office.federation().await.unwrap().catalogue_version,
            None,
            "an old roster names none"
        );
        assert_eq!(member.office.status().await.unwrap().federation_catalogue, None);
    });
}

#[test]
fn a_node_with_another_catalogue_than_the_roster_names_shows_both_and_goes_on() {
    on_both(|server| async move {
        let desk = steward(&server).await;
        let mut tx = desk.city.store.begin_write().await.unwrap();
        let held = tx.rosters_since(0).await.unwrap().pop().unwrap();
        let mut draft = held.roster().successor(held.roster().expires);
        draft.catalogue = Some("2027.1".parse().unwrap());
        let next = SignedRoster::unsigned(Roster::new(draft).unwrap());
        let (federation, steward) = (held.founds().unwrap(), "isfahan".parse().unwrap());
        tx.put_roster(&next.sign(&federation, &steward, &SigningKey::from_seed(&[9; 32]))).await.unwrap();
        tx.commit().await.unwrap();

        let status = desk.office.status().await.unwrap();
        let named = status.federation_catalogue.map(|named| named.to_string());
        assert_eq!((status.catalogue_version, named.as_deref()), (CATALOGUE_VERSION, Some("2027.1")));
        desk.office.warn_of_catalogue().await.unwrap();
        desk.need(5).await;
    });
}

/// A member that is no steward, where nobody has said by which catalogue members go.
async fn member_of_an_old_roster(server: &Server) -> Desk {
    let member =
        Desk::with(City::alone(server, "quanzhou", &Arc::default()).await, Settings::default()).await;
    let (key, steward) = (SigningKey::from_seed(&[9; 32]), "isfahan".parse().unwrap());
    let draft = RosterDraft {
        name: "Silk Road".parse().unwrap(),
        version: 1,
        previous: None,
        expires: "2028-01-01T00:00:00Z".parse().unwrap(),
        threshold: 1,
        catalogue: None,
        stewards: [("isfahan".parse().unwrap(), key.public_key())].into(),
        members: [("quanzhou".parse().unwrap(), Member { node: member.city.node, record_limit: None })]
            .into(),
    };
    let first = SignedRoster::unsigned(Roster::new(draft).unwrap());
    let federation = first.founds().unwrap();
    let mut tx = member.city.store.begin_write().await.unwrap();
    tx.put_meta(Meta::Federation, &federation.0).await.unwrap();
    tx.put_meta(Meta::Membership, b"member").await.unwrap();
    tx.put_roster(&first.sign(&federation, &steward, &key)).await.unwrap();
    tx.commit().await.unwrap();
    member
}

async fn invite(desk: &Desk) -> Invitation {
    let new = NewInvitation {
        handle: "turin".parse().unwrap(),
        display_name: label("Turin"),
        lifetime: Some(Duration::from_mins(15)),
        trust_code: true,
        by_file: false,
    };
    let shown = desk.office.create_invitation(&write(), new).await.unwrap();
    shown.code.unwrap().parse().unwrap()
}

fn claim(node: NodeId) -> JoinClaim {
    JoinClaim { exporter: [1; 32], node, tls_key: Hash([2; 32]) }
}

/// What the door says to a newcomer, `Ok` when it is let in.
async fn redeem(office: &Office, invitation: &Invitation, node: NodeId) -> Result<(), ErrorKind> {
    let claim = claim(node);
    let answer = office.redeem(&invitation.code_id, &claim, &invitation.prove(&claim)).await;
    answer.map(drop).map_err(|error| error.kind)
}

async fn guess(office: &Office, invitation: &Invitation) {
    let refused = office.redeem(&invitation.code_id, &claim(NEWCOMER), &WRONG).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
}

#[test]
fn five_guesses_void_an_open_invitation() {
    on_both(|server| async move {
        let desk = steward(&server).await;
        let invitation = invite(&desk).await;
        for _ in 0..5 {
            guess(&desk.office, &invitation).await;
        }
        assert_eq!(redeem(&desk.office, &invitation, NEWCOMER).await, Err(ErrorKind::Forbidden));
    });
}

#[test]
fn what_was_redeemed_belongs_to_its_newcomer_whatever_others_try_and_however_long_it_takes() {
    on_both(|server| async move {
        let desk = steward(&server).await;
        let (office, invitation) = (&desk.office, invite(&desk).await);
        redeem(office, &invitation, NEWCOMER).await.unwrap();
        for _ in 0..9 {
            guess(office, &invitation).await;
        }
        assert_eq!(redeem(office, &invitation, NodeId([0x22; 32])).await, Err(ErrorKind::Forbidden));
        desk.clock.set(samples::now().plus(Duration::from_hours(24)));

        let claim = claim(NEWCOMER);
        let proof = invitation.prove(&claim);
        assert_eq!(office.admission(&invitation.code_id, &claim, &proof).await.unwrap(), None);
        office.admit_member(&write(), &invitation.handle, "").await.unwrap();
        let rosters = office.admission(&invitation.code_id, &claim, &proof).await.unwrap().unwrap();
        assert_eq!(rosters.last().unwrap().roster().node_of(&invitation.handle), Some(NEWCOMER));

        // Knocking again does not bring the newcomer back onto the steward's desk.
        redeem(office, &invitation, NEWCOMER).await.unwrap();
        let again = office.admit_member(&write(), &invitation.handle, "").await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::NotFound);
    });
}

#[test]
fn tokens_end_by_real_time_whatever_the_office_plays() {
    on_both(|server| async move {
        let city = City::alone(&server, "isfahan", &Arc::default()).await;
        let clock = Clock::system();
        let office = Office::open(city.store.clone(), clock.clone(), Settings::default()).await.unwrap();
        office.introduce(identity()).await.unwrap();
        let new = NewToken {
            holder: label("layla"),
            role: Role::Operator,
            expires: None,
            party: None,
            methods: [].into(),
        };
        let (_, secret) = office.create_token(&write_once("t", 1), new.clone()).await.unwrap();
        clock.set("2031-01-01T00:00:00Z".parse().unwrap());
        assert!(office.authenticate(&TokenHash::of(&secret)).await.unwrap().is_some());

        let again = office.create_token(&write_once("t", 1), new).await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::State, "the secret is told once");
    });
}
