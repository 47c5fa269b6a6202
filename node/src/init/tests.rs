//! A node is founded whole or not at all, and its next key is in the recovery file only.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use age::secrecy::SecretString;
use clap::Parser as _;

use super::*;
use crate::args::{Arguments, Verb};

fn plan(folder: &Path) -> Result<Plan, PlanError> {
    let path = |name| folder.join(name).display().to_string();
    let (data, recovery) = (path("data"), path("recovery"));
    let line = ["quince-node", "init", "--handle", "isfahan", "--name", "Isfahan", "--place", "Isfahan,IR"];
    let line = line.into_iter().chain(["--data", &data, "--recovery-file", &recovery]);
    let Verb::Init(asked) = Arguments::parse_from(line).verb else { panic!("init was asked for") };
    Plan::check(*asked)
}

fn draft(folder: &Path) -> Draft {
    Draft::make(plan(folder).unwrap(), &Clock::system(), &Entropy::seeded(1)).unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new("only for tests".to_owned())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_founded_node_is_complete_and_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(folder.path());
    let founding = draft.publish(&passphrase()).unwrap();
    let data = folder.path().join("data");
    assert_eq!(Founding::load(&data).unwrap(), founding);
    let keys = Keys::load(&data).unwrap();
    assert_eq!(keys.signing.public_key(), founding.inception.signing_key);
    let mut folders = vec![data];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(
                    entry.metadata().unwrap().permissions().mode() & 0o777,
                    0o600,
                    "{:?}",
                    entry.path()
                );
            }
        }
    }
}

#[test]
fn the_recovery_file_alone_holds_the_key_that_the_inception_promises() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(folder.path());
    let next = draft.next.clone();
    let founding = draft.publish(&passphrase()).unwrap();

    let file = fs::File::open(folder.path().join("recovery")).unwrap();
    let decryptor = age::Decryptor::new(age::armor::ArmoredReader::new(file)).unwrap();
    let identity = age::scrypt::Identity::new(SecretString::from(passphrase().as_str()));
    let mut plain = String::new();
    decryptor.decrypt(std::iter::once(&identity as _)).unwrap().read_to_string(&mut plain).unwrap();
    let key = plain.lines().find_map(|line| line.strip_prefix("next key ")).unwrap();
    let seed: [u8; 32] = data_encoding::HEXLOWER.decode(key.as_bytes()).unwrap().try_into().unwrap();
    assert_eq!(seed, *next);
    let promised = next_key_hash(&SigningKey::from_seed(&seed).public_key());
    assert_eq!(promised, founding.inception.next_key_hash);

    let mut folders = vec![folder.path().join("data")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!fs::read_to_string(&path).unwrap().contains(key), "{path:?} holds the next key");
            }
        }
    }
}

#[test]
fn a_draft_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(folder.path());
    assert_eq!(names(folder.path()).len(), 1, "it is made beside its place");
    drop(draft);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_directory_that_was_filled_meanwhile_is_left_alone_and_no_recovery_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(folder.path());
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/precious"), "data").unwrap();
    assert!(matches!(draft.publish(&passphrase()), Err(InitError::Publish { .. })));
    assert_eq!(names(folder.path()), ["data"]);
    assert_eq!(names(&folder.path().join("data")), ["precious"]);
}

#[test]
fn a_recovery_file_that_appeared_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let draft = draft(folder.path());
    fs::write(folder.path().join("recovery"), "another node's").unwrap();
    assert!(matches!(draft.publish(&passphrase()), Err(InitError::File(_))));
    assert_eq!(names(folder.path()), ["recovery"]);
    assert_eq!(fs::read_to_string(folder.path().join("recovery")).unwrap(), "another node's");
}

#[test]
fn an_empty_directory_is_used_and_an_existing_recovery_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    assert!(plan(folder.path()).is_ok());
    fs::write(folder.path().join("recovery"), "another node's").unwrap();
    assert!(plan(folder.path()).is_err());
}

#[test]
fn a_recovery_file_reached_through_a_link_is_still_inside() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("data"), folder.path().join("elsewhere")).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (data, recovery) = (path("data"), path("elsewhere/recovery"));
    let line = ["quince-node", "init", "--handle", "isfahan", "--name", "Isfahan", "--place", "Isfahan,IR"];
    let line = line.into_iter().chain(["--data", &data, "--recovery-file", &recovery]);
    let Verb::Init(asked) = Arguments::parse_from(line).verb else { panic!("init was asked for") };
    let error = Plan::check(*asked).err().unwrap().to_string();
    assert!(error.contains("outside the data directory"), "{error}");
}
