//! What the room of `admit` promises, a test a promise.

use super::*;
use crate::feed::id::FederationId;
use crate::roster::invitation::{CodeId, Secret};
use crate::roster::sample::{expires, node};

fn invitation() -> Invitation {
    Invitation {
        federation: FederationId([0xfe; 32]),
        steward_spki: Hash([0x5b; 32]),
        addresses: Vec::new(),
        code_id: CodeId([0; 8]),
        secret: Secret([0xa5; 16]),
        handle: "isfahan".parse().unwrap(),
        name: "Isfahan".parse().unwrap(),
        expires: expires(),
    }
}

fn claim() -> JoinClaim {
    JoinClaim { exporter: [1; 32], node: node("isfahan"), tls_key: Hash([2; 32]) }
}

fn before(seconds: i64) -> Timestamp {
    expires().checked_sub(SignedDuration::from_secs(seconds)).unwrap()
}

fn check(invitation: &Invitation, claim: &JoinClaim, proof: &JoinProof) -> Result<(), JoinError> {
    invitation.check(claim, proof, 0, before(1))
}

#[test]
fn the_proof_is_hmac_sha256_as_the_standard_has_it() {
    // RFC 4231, case 2, shows that the function is the standard one.
    let mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap().chain_update(b"what do ya want for nothing?");
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(Hash(mac.finalize().into_bytes().into()).to_string(), expected);
    // A one-piece computation shows the order of the parts.
    let parts = [[1; 32].as_slice(), &node("isfahan").0, &[2; 32]].concat();
    let mac = Hmac::<Sha256>::new_from_slice(&[0xa5; 16]).unwrap().chain_update(parts);
    assert_eq!(invitation().prove(&claim()).0, <[u8; 32]>::from(mac.finalize().into_bytes()));
}

#[test]
fn a_proof_holds_for_its_secret_connection_node_and_key_only() {
    let proof = invitation().prove(&claim());
    assert_eq!(check(&invitation(), &claim(), &proof), Ok(()));
    let others = [
        JoinClaim { exporter: [9; 32], ..claim() },
        JoinClaim { node: node("turin"), ..claim() },
        JoinClaim { tls_key: Hash([9; 32]), ..claim() },
    ];
    for other in others {
        assert_eq!(check(&invitation(), &other, &proof), Err(JoinError::Proof));
    }
    let other = Invitation { secret: Secret([0xa4; 16]), ..invitation() };
    assert_eq!(check(&other, &claim(), &proof), Err(JoinError::Proof));
    let mut flipped = proof;
    flipped.0[31] ^= 1;
    assert_eq!(check(&invitation(), &claim(), &flipped), Err(JoinError::Proof));
}

#[test]
fn a_right_proof_does_not_help_after_five_wrong_ones_or_too_late() {
    let proof = invitation().prove(&claim());
    let check = |failures, now| invitation().check(&claim(), &proof, failures, now);
    assert_eq!(check(4, before(1)), Ok(()));
    assert_eq!(check(5, before(1)), Err(JoinError::Void(5)));
    let now = before(0);
    assert_eq!(check(0, now), Err(JoinError::Expired { expires: expires(), now }));
    // What was redeemed before is still recognized.
    assert_eq!(invitation().verify(&claim(), &proof), Ok(()));
}
