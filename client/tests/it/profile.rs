//! A profile holds a token: who may read it, and what may stand in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use quince::profile::Profile;
use tempfile::TempDir;

const GOOD: &str = "endpoint = \"http://127.0.0.1:1\"\ntoken = \"secret\"\n";

fn profile(text: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profile.toml");
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("changed");
    (folder, path)
}

/// What is said about a profile, without the folder it happens to lie in.
fn refusal(text: &str, mode: u32) -> String {
    let (folder, path) = profile(text, mode);
    match Profile::read(&path) {
        Ok(_) => panic!("{text:?} was taken"),
        Err(error) => {
            format!("{error}\n{}", error.hint()).replace(&folder.path().display().to_string(), "DIR")
        }
    }
}

#[test]
fn a_profile_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    for mode in [0o644, 0o640, 0o604, 0o700, 0o660] {
        let expected = format!(
            "profile DIR/profile.toml: mode is {mode:04o}, expected 0600, because it holds a token\nchmod 600 DIR/profile.toml"
        );
        assert_eq!(refusal(GOOD, mode), expected);
    }
    for mode in [0o600, 0o400] {
        let (_folder, path) = profile(GOOD, mode);
        assert_eq!(Profile::read(&path).ok().map(|profile| profile.token).as_deref(), Some("secret"));
    }
}

#[test]
fn a_malformed_profile_says_what_was_expected() {
    let table = [
        "endpoint = \"http://127.0.0.1:1\"\n",
        "endpoint = \"http://127.0.0.1:1\"\ntoken = \"a\"\ntoken_file = \"b\"\n",
        "endpoint = \"http://city.example:1\"\ntoken = \"a\"\n",
        "endpoint = \"https://city.example:1\"\ntoken = \"a\"\n",
        "endpoint = \"city.example:1\"\ntoken = \"a\"\n",
        "endpoint = \"http://127.0.0.1:1\"\ntoken = \"a b\"\n",
        "endpoint = \"http://127.0.0.1:1\"\ntokken = \"a\"\n",
        "endpoint = \n",
    ];
    insta::assert_snapshot!(table.map(|text| format!("{text}=> {}\n", refusal(text, 0o600))).join("\n"));
}

#[test]
fn a_token_file_lies_beside_the_profile_and_is_as_private() {
    let text = "endpoint = \"http://127.0.0.1:1\"\ntoken_file = \"token\"\n";
    let (folder, path) = profile(text, 0o600);
    let token = folder.path().join("token");
    fs::write(&token, "secret\n").expect("written");
    fs::set_permissions(&token, Permissions::from_mode(0o644)).expect("changed");
    assert!(Profile::read(&path).is_err_and(|error| error.to_string().contains("mode is 0644")));
    fs::set_permissions(&token, Permissions::from_mode(0o600)).expect("changed");
    assert_eq!(Profile::read(&path).ok().map(|profile| profile.token).as_deref(), Some("secret"));
}
