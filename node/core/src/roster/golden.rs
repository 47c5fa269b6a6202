//! Golden vectors: `testdata/roster.txt` fixes the bytes of identities, rosters and invitations, for us and for partners
//! in other languages. The file is the contract: a failing test here means that old members would be strangers.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;

use crate::feed::key::Sign;
use crate::feed::{Epoch, Hash, SigningKey};
use crate::roster::inception::{EpochStart, Inception, next_key_hash};
use crate::roster::invitation::{CodeId, Invitation, Secret};
use crate::roster::sample::{expires, first_draft, handle, node, signed, steward};
use crate::roster::{JoinClaim, SixWords};

const FILE: &str = include_str!("../../testdata/roster.txt");

const ABOUT: &str = "\
# Quince rosters: golden vectors. `name = value`; bytes are lower-case hexadecimal unless the name says otherwise.
# ‖ joins bytes, integers are big-endian. Layouts are documented in node/core/src/roster.
";

#[test]
fn the_vectors_of_rosters_are_what_this_code_computes() {
    let computed = [ABOUT.to_owned(), identity(), roster(), invitation()].concat();
    for (number, (found, expected)) in (1..).zip(FILE.lines().zip(computed.lines())) {
        assert_eq!(found, expected, "line {number}");
    }
    assert_eq!(FILE.len(), computed.len(), "computed:\n{computed}");
}

fn identity() -> String {
    let key = |seed: u8| SigningKey::from_seed(&[seed; 32]).public_key();
    let inception =
        Inception { signing_key: key(1), next_key_hash: next_key_hash(&key(2)), salt: [0x5a; 16] };
    let start = EpochStart {
        epoch: Epoch(2),
        signing_key: key(2),
        next_key_hash: next_key_hash(&key(3)),
        bases_hash: Hash([0xba; 32]),
    };
    let mut text = String::from(
        "
# A node whose keys have the seeds 01…01, 02…02 and 03…03, and whose salt is 5a…5a; the list of bases hashes to ba…ba.
# next key hash = SHA-256(\"quince/next-key/v1\\n\" ‖ key); node id = SHA-256(\"quince/node/v1\\n\" ‖ inception)
",
    );
    writeln!(text, "key of epoch 1 = {}\nkey of epoch 2 = {}", key(1), key(2)).unwrap();
    writeln!(text, "inception = {}", HEXLOWER.encode(&inception.to_bytes())).unwrap();
    writeln!(text, "node id = {}", inception.node_id()).unwrap();
    writeln!(text, "epoch start = {}", HEXLOWER.encode(&start.to_bytes())).unwrap();
    text
}

fn roster() -> String {
    let first = signed(first_draft(), None, &["isfahan", "turin"]);
    let federation = first.founds().unwrap();
    let mut draft = first.roster().successor(expires());
    draft.members.get_mut(&handle("turin")).unwrap().record_limit = Some(400_000);
    let second = signed(draft, Some(federation), &["isfahan", "quanzhou"]);
    let mut draft = second.roster().successor(expires());
    draft.catalogue = Some("2027.1".parse().unwrap());
    let third = signed(draft, Some(federation), &["isfahan", "quanzhou"]);
    let mut text = String::from(
        "
# Three versions of a roster, each line after `| `; the third names a version of the catalogue. Stewards sign under the name <federation id>/steward/<handle>;
# the seed of a steward's key is SHA-256(handle). federation id = SHA-256(text of version 1)
",
    );
    writeln!(text, "federation id = {federation}").unwrap();
    writeln!(text, "key of isfahan = {}", steward("isfahan").public_key()).unwrap();
    for roster in [first, second, third] {
        writeln!(text, "hash of version {} = {}", roster.roster().version, roster.roster().hash()).unwrap();
        for line in roster.to_note().lines() {
            writeln!(text, "{}", format!("| {line}").trim_end()).unwrap();
        }
    }
    text
}

fn invitation() -> String {
    let invitation = Invitation {
        federation: signed(first_draft(), None, &[]).founds().unwrap(),
        steward_spki: Hash([0x5b; 32]),
        addresses: vec!["quanzhou.example:7400".parse().unwrap(), "[2001:db8::1]:7400".parse().unwrap()],
        code_id: CodeId([1, 2, 3, 4, 5, 6, 7, 8]),
        secret: Secret([0xa5; 16]),
        handle: handle("kano"),
        name: "Kano".parse().unwrap(),
        expires: expires(),
    };
    let claim = JoinClaim { exporter: [0xe0; 32], node: node("kano"), tls_key: Hash([0x7e; 32]) };
    let newcomer = node("kano");
    let words =
        SixWords::of(&invitation.federation, &newcomer, &invitation.steward_spki, &invitation.code_id);
    let mut text = String::from(
        "
# An invitation of the federation above: code id 0102030405060708, secret a5…a5, hash of the steward's TLS key 5b…5b,
# handle kano, name Kano, two addresses, expiring at 2027-01-01T00:00:00Z.
# proof = HMAC-SHA-256(secret, TLS exporter e0…e0 ‖ newcomer's node id ‖ hash of the newcomer's TLS key 7e…7e)
# words: SHA-256(\"quince/words/v2\\n\" ‖ federation id ‖ newcomer's node id ‖ hash of the steward's TLS key ‖ code id), first
# six bytes, each the number of a line (from 0) in node/core/src/roster/words.txt
",
    );
    writeln!(text, "code as text = {}", invitation.to_code()).unwrap();
    writeln!(text, "newcomer's node id = {newcomer}").unwrap();
    writeln!(text, "proof = {}", HEXLOWER.encode(&invitation.prove(&claim).0)).unwrap();
    writeln!(text, "words as text = {words}").unwrap();
    text
}
