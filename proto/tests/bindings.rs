//! The committed bindings are exactly what the .proto files say.
//!
//! `QUINCE_REGENERATE=1 cargo test -p quince-proto` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::prost::Message as _;

#[test]
fn committed_bindings_are_fresh() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let committed = root.join("src/gen");
    if std::env::var_os("QUINCE_REGENERATE").is_some() {
        generate(&root, &committed);
        return;
    }
    let fresh = tempfile::tempdir().unwrap();
    generate(&root, fresh.path());
    assert_eq!(listing(fresh.path()), listing(&committed), "files differ: regenerate the bindings");
    for name in listing(fresh.path()) {
        assert!(
            fs::read(fresh.path().join(&name)).unwrap() == fs::read(committed.join(&name)).unwrap(),
            "{name} is stale: run `QUINCE_REGENERATE=1 cargo test -p quince-proto`"
        );
    }
}

fn generate(root: &Path, out: &Path) {
    let sources = protos(&root.join("quince"));
    let set = protox::compile(&sources, [root]).expect("the .proto files compile");
    fs::write(out.join("quince.binpb"), set.encode_to_vec()).unwrap();
    // The largest of the records that a watcher is sent would make each of them as large.
    let largest = ["consignment", "item"].map(|one| format!(".quince.api.v1.WatchResponse.resource.{one}"));
    let build = tonic_prost_build::configure().bytes(".");
    let build = largest.into_iter().fold(build, |build, one| build.boxed(one));
    build.out_dir(out).compile_fds(set).unwrap();
}

fn protos(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(protos(&path));
        } else if path.extension().is_some_and(|e| e == "proto") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
