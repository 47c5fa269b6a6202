//! What a configuration accepts, what it says about the rest, and that the sample is the truth.

use super::*;

const DATA: &str = "/data";

fn load(text: &str) -> Result<Config, Vec<String>> {
    let raw = Raw::parse(text).map_err(|faults| ConfigError::Form(faults).faults())?;
    Config::check(Path::new(DATA), &raw).map_err(|faults| ConfigError::Values(faults).faults())
}

#[test]
fn without_a_word_the_api_listens_on_loopback_and_nothing_else_listens() {
    let config = load("").unwrap();
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:7443");
    assert_eq!((config.peer.listen, config.metrics), (None, None));
    assert_eq!((config.peer.reach, config.database), (Reach::Public, Database::Sqlite));
}

#[test]
fn the_sample_says_nothing_but_the_defaults() {
    assert_eq!(load(&sample()).unwrap(), load("").unwrap());
}

#[test]
fn the_sample_without_its_marks_says_the_defaults_too() {
    let is_setting = |line: &str| line.starts_with("# ") && line.contains(" = ");
    let text = sample();
    let bare: Vec<&str> = text.lines().map(|line| if is_setting(line) { &line[2..] } else { line }).collect();
    let bare = bare.join("\n");
    assert_eq!(Raw::parse(&bare).unwrap().count(), setting::ALL.len());
    assert_eq!(load(&bare).unwrap(), load("").unwrap());
}

#[test]
fn the_committed_sample_is_the_one_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/node.toml");
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == sample(), "stale: cargo run -q -- config > deploy/config/node.toml");
}

#[test]
fn what_was_said_is_written_so_that_it_is_read_again() {
    let mut raw = Raw::default();
    raw.override_with(&setting::PEER_LISTEN, vec!["0.0.0.0:7444".to_owned()]);
    raw.override_with(&setting::PEER_ADVERTISE, vec!["a.example:1".to_owned(), "[::1]:2".to_owned()]);
    raw.override_with(&setting::PEER_ALLOW_LOCAL, vec!["true".to_owned()]);
    raw.override_with(&setting::DATABASE_URL, vec!["postgres://u:p\"w@h/db".to_owned()]);
    let said = Config::check(Path::new(DATA), &raw).unwrap();
    assert_eq!(load(&written(&raw)).unwrap(), said);
    assert_eq!(said.peer.advertise.len(), 2);
}

#[test]
fn a_flag_beats_the_file() {
    let file = Raw::parse("[api]\nlisten = \"127.0.0.1:1\"\n[log]\nformat = \"json\"").unwrap();
    let mut flags = Raw::default();
    flags.override_with(&setting::API_LISTEN, vec!["127.0.0.1:2".to_owned()]);
    let config = Config::check(Path::new(DATA), &flags.over(file)).unwrap();
    assert_eq!((config.api.listen.port, config.log.format), (2, LogFormat::Json));
}

#[test]
fn every_fault_of_form_is_told_at_once() {
    let faults =
        load("api = 1\n[peer]\nlisten = 2\nnope = 3\nadvertise = [4]\nallow_local = \"yes\"").unwrap_err();
    let expected = [
        "api is \"1\", expected a section such as [api]",
        "peer.advertise is \"4\", expected a text in quotes",
        "peer.allow_local is \"\"yes\"\", expected true or false",
        "peer.listen is \"2\", expected a text in quotes",
        "peer.nope is \"peer.nope\", expected one of the settings that `quince-node config` lists",
    ];
    let faults: Vec<String> = faults.iter().map(|fault| fault.replace("\\\"", "\"")).collect();
    assert_eq!(faults, expected);
}

#[test]
fn every_fault_of_value_is_told_at_once() {
    let faults = load(
        "[api]\nlisten = \"::1:7443\"\nnames = [\"a b\"]\n[peer]\nlisten = \"on\"\nadvertise = [\"x\"]\n\
         [metrics]\nlisten = \"0.0.0.0:7464\"\n[database]\nurl = \"mysql://u:secret@h\"\n[log]\nformat = \"xml\"\n\
         filter = \"==\"",
    )
    .unwrap_err();
    let about = |place: &str| faults.iter().filter(|fault| fault.starts_with(place)).count();
    let places = [
        "api.listen",
        "api.names",
        "peer.listen",
        "peer.advertise",
        "metrics.listen",
        "database.url",
        "log.",
    ];
    assert_eq!(places.map(about), [1, 1, 1, 1, 1, 1, 2], "{faults:#?}");
    assert!(!faults.concat().contains("secret"));
}

#[test]
fn metrics_leave_the_machine_only_on_an_explicit_word() {
    for loopback in ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.8.8.8:1"] {
        assert!(load(&format!("[metrics]\nlisten = \"{loopback}\"")).is_ok(), "{loopback}");
    }
    for public in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "metrics.example:1", "[::ffff:10.0.0.1]:1"] {
        assert!(load(&format!("[metrics]\nlisten = \"{public}\"")).is_err(), "{public}");
        assert!(load(&format!("[metrics]\nlisten = \"{public}\"\npublic = true")).is_ok(), "{public}");
    }
}

#[test]
fn at_most_four_addresses_are_published() {
    let advertise = |count: usize| {
        let list: Vec<String> = (1..=count).map(|port| format!("\"a.example:{port}\"")).collect();
        load(&format!("[peer]\nadvertise = [{}]", list.join(", ")))
    };
    assert!(advertise(4).is_ok() && advertise(5).is_err());
}

#[test]
fn a_syntax_error_is_placed_and_repeats_no_line() {
    let faults = load("[database]\nurl = \"postgres://u:secret@h\n").unwrap_err();
    assert!(faults[0].starts_with("node.toml, byte ") && !faults[0].contains("secret"), "{faults:?}");
}
