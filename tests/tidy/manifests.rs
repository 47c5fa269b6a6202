//! What the packages may depend on: one TLS provider, a pure core, a client that sees the contract only.

use std::fs;
use std::process::Command;

use crate::source::{assert_none, root};

#[test]
fn there_is_one_tls_provider() {
    let built = packages_built();
    let banned = ["ring", "openssl-sys", "native-tls", "openssl"];
    let faults: Vec<String> = built.iter().filter(|name| banned.contains(&name.as_str())).cloned().collect();
    assert_none(&faults, "a second TLS stack is in the dependency tree");
    assert!(built.iter().any(|name| name == "aws-lc-rs"), "aws-lc-rs is gone from the dependency tree");
}

#[test]
fn the_core_depends_on_nothing_that_waits_or_reads() {
    let allowed = [
        "bytes",
        "csv",
        "data-encoding",
        "ed25519-dalek",
        "fixedbitset",
        "hmac",
        "jiff",
        "sha2",
        "smallvec",
        "smol_str",
        "thiserror",
        "unicode-normalization",
    ];
    assert_only("node/core/Cargo.toml", &allowed);
}

#[test]
fn the_client_sees_the_contract_only() {
    let manifest = fs::read_to_string(root().join("client/Cargo.toml")).expect("the client has a manifest");
    assert!(!manifest.contains("quince-core") && !manifest.contains("quince-node"));
}

fn assert_only(path: &str, allowed: &[&str]) {
    let manifest = fs::read_to_string(root().join(path)).expect("the manifest exists");
    let faults: Vec<String> = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#') && !allowed.contains(name))
        .map(str::to_owned)
        .collect();
    assert_none(&faults, path);
}

/// Names of the packages that a build of the workspace compiles. The lock file alone also lists what is
/// optional and switched off.
fn packages_built() -> Vec<String> {
    let listed = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo lists the tree");
    assert!(listed.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&listed.stderr));
    String::from_utf8(listed.stdout)
        .expect("names are UTF-8")
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}
