//! What a refusal looks like, and which exit code it has.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::fake::{Fake, Listener, certificate, quince};

/// What `need show` says when the node answers so.
fn told(status: Status) -> (Option<i32>, String) {
    let fake = Fake::start(Listener::Plain);
    fake.script().need.push_back(Err(status));
    run(&fake)
}

fn run(fake: &Fake) -> (Option<i32>, String) {
    let output = fake.quince(&["need", "show", "isfahan/17"]).output().expect("it runs");
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn every_status_has_its_exit_code() {
    let table = [
        (Code::InvalidArgument, 2),
        (Code::NotFound, 3),
        (Code::FailedPrecondition, 4),
        (Code::Aborted, 5),
        (Code::AlreadyExists, 5),
        (Code::PermissionDenied, 6),
        (Code::Unauthenticated, 6),
        (Code::DeadlineExceeded, 7),
        (Code::ResourceExhausted, 7),
        (Code::Internal, 1),
    ];
    for (code, exit) in table {
        let (got, words) = told(Status::new(code, "no"));
        assert_eq!(got, Some(exit), "{code:?}");
        assert!(words.starts_with("error: no\n"), "{words}");
    }
}

#[test]
fn a_refusal_shows_fields_and_hint_without_controls() {
    let mut details = ErrorDetails::new();
    details
        .add_bad_request_violation(
            "need.record.lines[0].quantity",
            "got -1\u{1b}[31m, expected 0 to 9007199254740991",
        )
        .add_bad_request_violation("need.record.lines[0].urgency", "got 9, expected 1 to 4")
        .add_help_link("an unknown quantity is typed as ?", "");
    let status = Status::with_error_details(Code::InvalidArgument, "the need has 2 faults", details);
    let expected = "error: the need has 2 faults\n  \
                    need.record.lines[0].quantity: got -1[31m, expected 0 to 9007199254740991\n  \
                    need.record.lines[0].urgency: got 9, expected 1 to 4\n\n\
                    hint: an unknown quantity is typed as ?\n";
    assert_eq!(told(status), (Some(2), expected.to_owned()));
}

#[test]
fn a_hint_may_come_as_metadata_or_as_a_delay() {
    let mut details = ErrorDetails::new();
    details.set_error_info("STALE", "quince", [("hint".to_owned(), "show it again".to_owned())]);
    let (_, words) = told(Status::with_error_details(Code::Aborted, "moved on", details));
    assert_eq!(words, "error: moved on\n\nhint: show it again\n");
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(Duration::from_secs(7)));
    let (_, words) = told(Status::with_error_details(Code::ResourceExhausted, "too many", details));
    assert_eq!(words, "error: too many\n\nhint: try again in 7 s\n");
}

#[test]
fn a_used_up_quota_is_a_rule_and_not_an_overload() {
    let mut details = ErrorDetails::new();
    details.set_error_info("LIMIT", "quince", [("hint".to_owned(), "wait for an answer".to_owned())]);
    let (exit, words) = told(Status::with_error_details(Code::ResourceExhausted, "too many", details));
    assert_eq!(exit, Some(4));
    assert_eq!(words, "error: too many\n\nhint: wait for an answer\n");
}

#[test]
fn a_fault_is_told_once_although_the_node_repeats_it() {
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("name", "is \"\", expected 1 to 200 characters");
    let message = "name is \"\", expected 1 to 200 characters";
    let (_, words) = told(Status::with_error_details(Code::InvalidArgument, message, details));
    let expected = "error: the node found faults; nothing was written\n  \
                    name: is \"\", expected 1 to 200 characters\n";
    assert_eq!(words, expected);
}

#[test]
fn an_ended_token_is_explained_to_the_person_and_not_to_a_programmer() {
    let mut details = ErrorDetails::new();
    let hint = "send `authorization: Bearer <token>`".to_owned();
    details.set_error_info("UNAUTHENTICATED", "quince", [("hint".to_owned(), hint)]);
    let (_, words) = told(Status::with_error_details(Code::Unauthenticated, "the token is unknown", details));
    assert!(words.contains("quince-node admin-token --data DIR"), "{words}");
}

#[test]
fn a_certificate_of_another_node_is_explained() {
    let fake = Fake::start(Listener::Tls);
    certificate(fake.folder.path());
    let (code, words) = run(&fake);
    assert_eq!(code, Some(7));
    assert!(words.contains("the node's certificate is not trusted"), "{words}");
    assert!(words.contains("hint: the profile may be of another node"), "{words}");
}

#[test]
fn a_listener_that_asks_for_a_certificate_is_explained() {
    let fake = Fake::start(Listener::TlsThatAsksForACertificate);
    let (code, words) = run(&fake);
    assert_eq!(code, Some(7));
    assert!(words.contains("the connection broke before the answer"), "{words}");
    assert!(words.contains("the endpoint is its listener for peers"), "{words}");
}

#[test]
fn a_node_that_does_not_run_is_explained() {
    let fake = Fake::start(Listener::Plain);
    let gone =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    fake.write_profile(&format!("endpoint = \"http://{gone}\"\ntoken = \"a\"\n"));
    let (code, words) = run(&fake);
    assert_eq!(code, Some(7));
    assert!(words.contains("nobody listens there"), "{words}");
    assert!(words.ends_with("hint: start the node: quince-node run --data DIR\n"), "{words}");
}

#[test]
fn usage_errors_go_to_stderr_and_help_to_stdout() {
    quince().args(["need", "show", "nonsense"]).assert().code(2).stdout("");
    quince().args(["need", "show", "--help"]).assert().code(0).stderr("");
}

#[test]
fn no_profile_says_where_one_comes_from() {
    let home = tempfile::tempdir().expect("a folder");
    let output = quince().arg("status").env("HOME", home.path()).assert().code(2).get_output().clone();
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.contains(".config/quince/profile.toml: cannot be read"), "{words}");
    assert!(words.contains("hint: `quince-node init` writes a profile.toml"), "{words}");
}
