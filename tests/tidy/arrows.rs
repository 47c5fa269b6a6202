//! Who may import whom: the table of ARCHITECTURE.md, checked against every path that a room names.

use crate::source::{assert_none, rust};

/// A room and the paths that its product code must not name.
struct Room {
    folder: &'static str,
    forbidden: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        folder: "node/core/src/domain",
        forbidden: &["crate::feed", "crate::roster", "crate::sync", "crate::matching", "ed25519_dalek"],
    },
    Room { folder: "node/core/src/feed", forbidden: &["crate::roster", "crate::sync", "crate::matching"] },
    Room { folder: "node/core/src/roster", forbidden: &["crate::sync", "crate::matching"] },
    Room { folder: "node/core/src/sync", forbidden: &["crate::matching"] },
    Room { folder: "node/core/src/matching", forbidden: &["crate::feed", "crate::roster", "crate::sync"] },
    Room {
        folder: "node/core/src",
        forbidden: &[
            "quince_proto",
            "quince_node",
            "tokio",
            "tonic",
            "prost",
            "sqlx",
            "std::env",
            "std::fs",
            "TcpStream",
            "UdpSocket",
            "ToSocketAddrs",
        ],
    },
    Room { folder: "proto/src", forbidden: &["quince_core", "quince_node"] },
    Room {
        folder: "node/src/store",
        forbidden: &[
            "quince_proto",
            "crate::wire",
            "crate::replication",
            "crate::api",
            "crate::agreement",
            "crate::matcher",
            "tonic",
        ],
    },
    Room {
        folder: "node/src/wire",
        forbidden: &[
            "crate::store",
            "crate::replication",
            "crate::api",
            "crate::agreement",
            "crate::matcher",
            "sqlx",
        ],
    },
    Room {
        folder: "node/src/demo",
        forbidden: &[
            "quince_core",
            "crate::store",
            "crate::wire",
            "crate::api",
            "crate::replication",
            "crate::agreement",
            "crate::matcher",
            "sqlx",
        ],
    },
    Room { folder: "node/src/replication", forbidden: &["crate::api", "crate::matcher", "sqlx"] },
    Room {
        folder: "node/src/matcher",
        forbidden: &["quince_proto", "crate::api", "crate::wire", "crate::replication", "tonic", "sqlx"],
    },
    Room {
        folder: "node/src/agreement",
        forbidden: &["quince_proto", "crate::api", "crate::wire", "crate::replication", "tonic", "sqlx"],
    },
    Room {
        folder: "node/src/office",
        forbidden: &[
            "quince_proto",
            "crate::wire",
            "crate::api",
            "crate::replication",
            "crate::matcher",
            "tonic",
            "sqlx",
        ],
    },
    Room { folder: "node/src/api", forbidden: &["crate::store", "sqlx"] },
    Room { folder: "node/src/tls", forbidden: &["crate::store", "crate::office", "crate::api", "sqlx"] },
    Room { folder: "node/src/listener", forbidden: &["crate::store", "crate::office", "crate::api", "sqlx"] },
    Room { folder: "client/src", forbidden: &["quince_core", "quince_node"] },
];

#[test]
fn no_room_imports_what_it_must_not_see() {
    let mut faults = Vec::new();
    for source in rust().iter().filter(|source| !source.is_generated() && !source.is_test()) {
        for room in ROOMS.iter().filter(|room| inside(&source.path, room.folder)) {
            for path in room.forbidden.iter().filter(|path| names(source.product(), path)) {
                faults.push(format!("{} names {path}", source.path));
            }
        }
    }
    assert_none(&faults, "an arrow points the wrong way");
}

#[test]
fn only_the_store_contains_sql() {
    let words = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "];
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| source.path.starts_with("node/src/") && !inside(&source.path, "node/src/store"))
        .filter(|source| words.iter().any(|word| source.product().contains(&format!("\"{word}"))))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "SQL outside the store");
}

#[test]
fn only_the_status_table_knows_grpc_codes() {
    // The demo is a client of the API: it reads codes, as every caller does, and gives none.
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| source.path.starts_with("node/src/") && source.path != "node/src/wire/status.rs")
        .filter(|source| !inside(&source.path, "node/src/demo"))
        .filter(|source| names(source.product(), "Code::") || source.product().contains("Status::new("))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "gRPC codes outside wire/status.rs");
}

#[test]
fn only_the_clock_tells_the_time() {
    let words = ["SystemTime::now", "Instant::now", "Timestamp::now"];
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| {
            source.path.starts_with("node/") && source.path != "node/src/clock.rs" && !source.is_test()
        })
        .filter(|source| words.iter().any(|word| source.product().contains(word)))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "time outside clock.rs");
}

/// A folder, or the file of the same name.
fn inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// The text uses the path, not merely a longer word that contains it.
fn names(text: &str, path: &str) -> bool {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !word(before) && (path.ends_with(':') || !word(after)) && !quoted(&line[..at])
        })
    })
}

fn quoted(before: &str) -> bool {
    before.matches('"').count() % 2 == 1
}

#[test]
fn a_path_is_found_as_a_word_only() {
    assert!(names("use crate::feed::Head;", "crate::feed"));
    assert!(!names("use crate::feeder::Head;", "crate::feed"));
    assert!(!names("// see crate::feed", "crate::feed"));
    assert!(names("    tonic::Status", "tonic"));
    assert!(!names("let tonic_like = 1;", "tonic"));
}
