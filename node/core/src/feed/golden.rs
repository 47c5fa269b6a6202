//! Golden vectors: `testdata/feed.txt` fixes every byte that is signed, for us and for partners in other languages.
//!
//! The file is the contract. A failing test here means that old signatures would stop counting.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;

use crate::feed::entry::{Entry, Raw, body_hash};
use crate::feed::header::{EntryKind, Fields, Flags, Header};
use crate::feed::id::{AudienceId, Epoch, FederationId, FeedId, Lane, NodeId};
use crate::feed::key::{Sign, SigningKey};
use crate::feed::tree::{leaf_hash, root};
use crate::feed::{Frontier, Hash, OriginLog, Verifier};

const FILE: &str = include_str!("../../testdata/feed.txt");

const ABOUT: &str = "\
# Quince feeds: golden vectors. `name = value`; bytes are lower-case hexadecimal unless the name says otherwise.
# ‖ joins bytes, integers are big-endian. The layout of a header is documented in node/core/src/feed/header.rs.
";

#[test]
fn the_vectors_of_feeds_are_what_this_code_computes() {
    let computed = [ABOUT.to_owned(), entries(), trees(), heads()].concat();
    for (number, (found, expected)) in (1..).zip(FILE.lines().zip(computed.lines())) {
        assert_eq!(found, expected, "line {number}");
    }
    assert_eq!(FILE.len(), computed.len(), "computed:\n{computed}");
}

fn sample() -> Entry {
    let body = [[0xa5; 16].as_slice(), b"80000 masks"].concat();
    let header = Header::new(Fields {
        flags: Flags::CRITICAL.with(Flags::ERASABLE),
        kind: EntryKind(17),
        schema: 3,
        body_len: 27,
        number: 17,
        revision: 2,
        time_s: 1_800_000_000,
        retain_until_s: 1_900_000_020,
    });
    Entry::full(header.unwrap(), Raw::from(body)).unwrap()
}

fn entries() -> String {
    let entry = sample();
    let (header, body) = (entry.header().unwrap(), entry.body().unwrap());
    let header_bytes = header.to_bytes();
    let mut text = String::from(
        "
# An entry: flags critical and erasable, kind 17, schema 3, number 17, revision 2, time 1800000000, retain until 1900000020.
# body hash = SHA-256(\"quince/body/v1\\n\" ‖ body)
# leaf hash = SHA-256(00 ‖ \"quince/leaf/v1\\n\" ‖ header ‖ body hash)
",
    );
    writeln!(text, "header = {}", HEXLOWER.encode(&header_bytes)).unwrap();
    writeln!(text, "body = {}", HEXLOWER.encode(body)).unwrap();
    writeln!(text, "body hash = {}", body_hash(body)).unwrap();
    writeln!(text, "leaf hash = {}", entry.leaf_hash()).unwrap();
    text
}

fn trees() -> String {
    let leaves = |size: u64| (0..size).map(|number| leaf_hash(&[&number.to_be_bytes()])).collect::<Vec<_>>();
    let mut text = String::from(
        "
# Trees of RFC 6962 over SHA-256. Leaf i is the 8 bytes of i, so leaf hash i = SHA-256(00 ‖ i).
",
    );
    for size in [0, 1, 2, 3, 7, 8, 255, 256, 257, 1000] {
        writeln!(text, "root of {size} leaves = {}", root(&leaves(size))).unwrap();
    }
    let tiles: Vec<Hash> = leaves(768).chunks(256).map(root).collect();
    for (number, tile) in tiles.iter().enumerate() {
        writeln!(text, "root of tile {number} = {tile}").unwrap();
    }
    let frontier: Frontier = leaves(7).into_iter().collect();
    text += "# A frontier as stored: size (8 bytes), then the roots of the complete subtrees, the largest first.\n";
    writeln!(text, "frontier of 7 leaves = {}", HEXLOWER.encode(&frontier.to_bytes())).unwrap();
    text
}

fn heads() -> String {
    let federation = FederationId([0x11; 32]);
    let (node, audience) = (NodeId([0x22; 32]), AudienceId::federation(&federation));
    let signer = SigningKey::from_seed(&[0x33; 32]);
    let log = OriginLog::new(federation, FeedId { node, audience, lane: Lane::Ledger }, Epoch::FIRST);
    let signed = log.append(&[sample()], &signer).unwrap().heads[0];
    let verifier = Verifier { federation, epoch: Epoch::FIRST, key: signer.public_key() };
    let mut text = String::from(
        "
# A head: a feed of exactly the entry above, lane 1 (ledger), epoch 1, signed by the Ed25519 key of this seed.
# The note follows line by line, each after `| `; see https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note.
",
    );
    writeln!(text, "federation id = {federation}\nnode id = {node}\naudience id = {audience}").unwrap();
    writeln!(text, "seed = {}", "33".repeat(32)).unwrap();
    writeln!(text, "public key = {}", signer.public_key()).unwrap();
    writeln!(text, "signature = {}", HEXLOWER.encode(&signed.signature.0)).unwrap();
    for line in verifier.to_note(&signed).lines() {
        writeln!(text, "{}", format!("| {line}").trim_end()).unwrap();
    }
    text
}
