//! The program as its users meet it: what it prints, what it writes, and the number it ends with.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BAD_CONFIGURATION: i32 = 64;

fn program(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quince-node"));
    command.current_dir(folder).args(line.split(' ')).stdin(Stdio::null());
    command
}

fn run(folder: &Path, line: &str) -> Output {
    program(folder, line).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const INIT: &str = "init --data d --handle isfahan --name Isfahan --place Isfahan,IR --recovery-file r \
                    --api-listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0";

#[test]
fn a_node_is_founded_checked_run_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let founded = run(folder.path(), INIT);
    assert!(founded.status.success(), "{}", text(&founded.stderr));
    let said = text(&founded.stdout);
    assert!(said.contains("passphrase     ") && said.contains("quince-node run --data d"), "{said}");
    assert!(run(folder.path(), "check --data d").status.success());

    let mut node = program(folder.path(), "run --data d").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let api = lines.next().unwrap().unwrap();
    let addresses = fs::read_to_string(folder.path().join("d/addresses.json")).unwrap();
    assert!(addresses.contains(api.rsplit('/').next().unwrap()), "{addresses} names {api}");
    assert!(!addresses.contains(":0\""), "{addresses}");
    let stopped = Command::new("kill").args(["-TERM", &node.id().to_string()]).status().unwrap();
    assert!(stopped.success() && node.wait().unwrap().success());
    assert!(!folder.path().join("d/addresses.json").exists());
}

#[test]
fn nonsense_is_refused_with_every_fault_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let line = "init --data d --handle Isfahan --name Isfahan --place nowhere --recovery-file d/r --api-listen x \
                --metrics-listen 0.0.0.0:1 --passphrase-file none";
    let refused = run(folder.path(), line);
    assert_eq!(refused.status.code(), Some(BAD_CONFIGURATION));
    let said = text(&refused.stderr);
    for flag in
        ["--handle", "--place", "--recovery-file", "--api-listen", "--metrics-listen", "--passphrase-file"]
    {
        assert!(said.contains(&format!("error: {flag} is ")), "{flag} in {said}");
    }
    assert!(said.contains("\n\nhint: "), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_that_is_not_empty_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::write(folder.path().join("d/precious"), "data").unwrap();
    let refused = run(folder.path(), INIT);
    assert_eq!(refused.status.code(), Some(BAD_CONFIGURATION));
    assert!(text(&refused.stderr).contains("which is not empty"));
    assert_eq!(fs::read_dir(folder.path().join("d")).unwrap().count(), 1);
    assert!(!folder.path().join("r").exists());
}

#[test]
fn check_names_each_fault_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), INIT).status.success());
    let chmod = Command::new("chmod").current_dir(folder.path()).args(["644", "d/keys/signing.key"]).status();
    assert!(chmod.unwrap().success());
    fs::rename(folder.path().join("r"), folder.path().join("d/r")).unwrap();
    let checked = run(folder.path(), "check --data d");
    assert_eq!(checked.status.code(), Some(1));
    let said = text(&checked.stdout);
    assert!(said.contains("do: chmod 600 d/keys/signing.key"), "{said}");
    assert!(said.contains("d/r is in the data directory"), "{said}");
    assert_eq!(run(folder.path(), "run --data d").status.code(), Some(1), "such a node does not run");
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), INIT).status.success());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = run(folder.path(), &format!("run --data d --api-listen {}", taken.local_addr().unwrap()));
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("cannot listen on") && said.contains("choose another api.listen"), "{said}");
}

#[test]
fn an_unknown_flag_is_bad_configuration_and_help_is_not() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), "run --data d --nope").status.code(), Some(BAD_CONFIGURATION));
    assert_eq!(run(folder.path(), "run --help").status.code(), Some(0));
}

#[test]
fn config_prints_the_committed_sample() {
    let folder = tempfile::tempdir().unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/node.toml");
    assert_eq!(text(&run(folder.path(), "config").stdout), fs::read_to_string(committed).unwrap());
}
