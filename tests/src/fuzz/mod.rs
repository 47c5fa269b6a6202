//! What is fuzzed: everything that reads bytes from outside. A target takes any bytes and panics only when something is wrong.
//!
//! The fuzzer itself is in `tests/fuzz`, outside the workspace, because it is compiled in another way than what is tested. What
//! it has found, and what the project itself writes, is in `tests/fuzz/corpus`, and the `corpus` suite gives all of it to these
//! same functions.

mod fields;
mod frames;
mod meant;
mod mutate;
mod requests;
mod stage;
mod whole;

use std::fmt;
use std::sync::OnceLock;

use data_encoding::BASE64URL_NOPAD;
use quince_core::domain::{Codec as _, RecordKind};
use quince_core::feed::header::HEADER_LEN;
use quince_core::feed::note::Note;
use quince_core::feed::{
    AudienceId, Content, Entry, Epoch, FeedId, Frontier, Hash, Header, Lane, Raw, Sign as _, Verifier,
};
use quince_core::roster::{
    CodeId, EpochStart, Inception, Invitation, Roster, RosterChain, Secret, SignedRoster,
};
use quince_node::wire::RecordCodec;

use crate::samples;
use crate::sim::members;

pub use mutate::{Blind, cross, mutate, rebuilt};

/// What the code of an invitation begins with, and how many bytes of a hash it ends with.
const CODE_PREFIX: &str = "quince-invite-1:";
const CHECKSUM_LEN: usize = 4;

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("frame", frames::frame),
    ("session", frames::session),
    ("entry", entry),
    ("note", note),
    ("record", record),
    ("offline_file", frames::offline_file),
    ("api_request", requests::api_request),
];

/// Gives bytes to a target.
///
/// # Panics
/// When there is no such target, or when it has found something.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target by this name");
    target(bytes);
}

/// What the project itself writes for a target: where a fuzzer begins. Each with a name.
///
/// # Panics
/// When there is no such target.
#[must_use]
pub fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    match name {
        "frame" => frames::frame_seeds(),
        "session" => frames::session_seeds(),
        "entry" => entry_seeds(),
        "note" => note_seeds(),
        "record" => record_seeds(),
        "offline_file" => vec![("seed-file".to_owned(), frames::offline_seed())],
        "api_request" => requests::seeds(),
        _ => panic!("{name} is no target"),
    }
}

/// A header and a body, as they are stored and sent; and the other small layouts of the feed.
fn entry(bytes: &[u8]) {
    if let Ok(frontier) = Frontier::parse(bytes) {
        same(&frontier.to_bytes(), &bytes.to_vec());
    }
    if let Ok(inception) = Inception::parse(bytes) {
        same(&inception.to_bytes().to_vec(), &bytes.to_vec());
    }
    if let Ok(start) = EpochStart::parse(bytes) {
        same(&start.to_bytes().to_vec(), &bytes.to_vec());
    }
    let Some((head, body)) = bytes.split_at_checked(HEADER_LEN) else {
        assert!(Header::parse(bytes).is_err(), "a header has its length");
        return;
    };
    let Ok(header) = Header::parse(head) else { return };
    same(&header.to_bytes().to_vec(), &head.to_vec());
    assert!(header.unsalted(body).len() <= body.len(), "salt is left out, and nothing else");
    let Ok(entry) = Entry::full(header, Raw::from(body)) else { return };
    let Content::Full { header, body } = entry.content() else { panic!("it is whole") };
    let pruned = Entry::pruned(*header, quince_core::feed::entry::body_hash(body));
    same(&pruned.leaf_hash(), &entry.leaf_hash());
    for kind in RecordKind::ALL {
        if kind.code() == header.kind.0 {
            drop(RecordCodec.decode(*kind, header.unsalted(body)));
        }
    }
}

/// Signed notes: heads, rosters, invitations. Rosters also as if their steward had signed them, and bytes of an invitation as the
/// code that its sender would have made of them.
fn note(bytes: &[u8]) {
    invitation(&code(bytes));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = Note::parse(text) {
        same(&note.to_string(), &text.to_owned());
    }
    if let Ok(roster) = SignedRoster::parse(text) {
        same(&roster.to_note(), &text.to_owned());
        drop(RosterChain::begin(federation(), roster));
    }
    if let Ok(roster) = Roster::parse(text) {
        same(&roster.text().to_owned(), &text.to_owned());
        follow(meant::signed(&SignedRoster::unsigned(roster)));
    }
    invitation(text);
    let (feed, verifier) = signed_by_first();
    if let Ok(signed) = verifier.parse_note(feed, text) {
        same(&verifier.to_note(&signed), &text.to_owned());
    }
}

/// A version that its steward signed, after the first.
fn follow(offered: SignedRoster) {
    let version = offered.roster().version;
    if let Ok(chain) = founded().accept(offered) {
        assert_eq!(chain.roster().version, version, "what is accepted is in force");
        assert!(version == 2 || version == 1, "a version follows the one before");
    }
}

fn invitation(text: &str) {
    if let Ok(invitation) = text.parse::<Invitation>() {
        same(&invitation.to_code().parse::<Invitation>().ok(), &Some(invitation));
    }
}

/// The code of an invitation: bytes, and the beginning of their hash.
fn code(bytes: &[u8]) -> String {
    let bytes = [bytes, &Hash::of(&[bytes]).0[..CHECKSUM_LEN]].concat();
    format!("{CODE_PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
}

/// A kind of record, and its body: what is read is written again as the same record.
fn record(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let kind = RecordKind::ALL[usize::from(*kind) % RecordKind::ALL.len()];
    match RecordCodec.decode(kind, body) {
        Ok(record) => {
            let again = RecordCodec.decode(kind, &RecordCodec.encode(&record));
            same(&again.ok(), &Some(record));
        }
        Err(fault) => drop(fault.to_string()),
    }
}

fn entry_seeds() -> Vec<(String, Vec<u8>)> {
    let name = members::name(0);
    let mut seeds: Vec<(String, Vec<u8>)> = (0..)
        .zip(members::first_entries(&name))
        .map(|(place, entry)| (format!("seed-entry-{place}"), whole(&entry)))
        .collect();
    for (place, record) in (0..).zip(samples::one_of_each()) {
        let body = RecordCodec.encode(&record);
        let kind = quince_core::feed::EntryKind(record.kind().code());
        let entry = members::entry(kind, members::START_S, &body);
        seeds.push((format!("seed-record-{place:02}"), whole(&entry)));
    }
    let mut frontier = Frontier::default();
    frontier.extend(members::first_entries(&name).iter().map(Entry::leaf_hash));
    seeds.push(("seed-frontier".to_owned(), frontier.to_bytes()));
    seeds
}

fn whole(entry: &Entry) -> Vec<u8> {
    let Content::Full { header, body } = entry.content() else { panic!("samples are whole") };
    [header.to_bytes().as_slice(), body].concat()
}

fn note_seeds() -> Vec<(String, Vec<u8>)> {
    let (feed, verifier) = signed_by_first();
    let head =
        quince_core::feed::Head { feed, epoch: verifier.epoch, size: 3, root: Frontier::default().root() };
    let signed = head.sign(&federation(), &members::signing_key(&members::name(0), Epoch::FIRST));
    let next = frames::next_roster(frames::LAST);
    let invitation = code_seed();
    let fields =
        BASE64URL_NOPAD.decode(&invitation.as_bytes()[CODE_PREFIX.len()..]).expect("a code is base64url");
    let seeds = [
        ("seed-head", verifier.to_note(&signed).into_bytes()),
        ("seed-roster", members::roster(frames::MEMBERS).to_note().into_bytes()),
        ("seed-next_roster", next.to_note().into_bytes()),
        ("seed-roster_text", next.roster().text().as_bytes().to_vec()),
        ("seed-invitation", invitation.into_bytes()),
        ("seed-invitation_fields", fields[..fields.len() - CHECKSUM_LEN].to_vec()),
    ];
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fn code_seed() -> String {
    let invitation = Invitation {
        federation: federation(),
        steward_spki: members::tls_key(&members::name(0)),
        addresses: vec!["quince.isfahan.example:7443".parse().expect("an address")],
        code_id: CodeId([1; 8]),
        secret: Secret([2; 16]),
        handle: "quanzhou".parse().expect("a handle"),
        name: "Quanzhou".parse().expect("a name"),
        expires: "2099-12-31T00:00:00Z".parse().expect("a date"),
    };
    invitation.to_code()
}

fn record_seeds() -> Vec<(String, Vec<u8>)> {
    let seed = |record: quince_core::domain::Record| {
        let place = RecordKind::ALL.iter().position(|kind| *kind == record.kind()).expect("a kind");
        let mut bytes = vec![u8::try_from(place).expect("few kinds")];
        bytes.extend(RecordCodec.encode(&record));
        bytes
    };
    (0..).zip(samples::one_of_each()).map(|(place, it)| (format!("seed-{place:02}"), seed(it))).collect()
}

/// The federation's first roster. Keys, and what is signed with them, are made once: they cost more than most inputs.
fn founded() -> &'static RosterChain {
    static FIRST: OnceLock<RosterChain> = OnceLock::new();
    FIRST.get_or_init(|| {
        let first = members::roster(frames::MEMBERS);
        let federation = first.founds().expect("version 1 founds a federation");
        RosterChain::begin(federation, first).expect("a first version begins a chain")
    })
}

fn federation() -> quince_core::feed::FederationId {
    founded().federation()
}

fn signed_by_first() -> (FeedId, Verifier) {
    static FIRST: OnceLock<(FeedId, Verifier)> = OnceLock::new();
    let first = || {
        let name = members::name(0);
        let feed = FeedId {
            node: members::node(&name),
            audience: AudienceId::federation(&federation()),
            lane: Lane::Normal,
        };
        let key = members::signing_key(&name, Epoch::FIRST).public_key();
        (feed, Verifier { federation: federation(), epoch: Epoch::FIRST, key })
    };
    *FIRST.get_or_init(first)
}

/// Both sides of an inverse agree.
#[track_caller]
fn same<T: PartialEq + fmt::Debug>(found: &T, expected: &T) {
    assert_eq!(found, expected, "what was read is not what is written again");
}
