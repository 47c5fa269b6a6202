//! The corpus of the fuzzer: what the project writes and what was found once, given to every target by each run of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use quince_tests::fuzz::{self, TARGETS};

/// Writes the seeds anew instead of comparing them.
const REGENERATE: &str = "QUINCE_REGENERATE";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

#[test]
fn every_input_of_the_corpus_is_taken() {
    for (name, target) in TARGETS {
        let mut inputs: Vec<PathBuf> =
            fs::read_dir(folder().join("corpus").join(name)).unwrap().map(|it| it.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for input in inputs {
            println!("{}", input.display());
            target(&fs::read(input).unwrap());
        }
    }
}

#[test]
fn the_corpus_holds_what_the_project_writes_today() {
    for (name, _) in TARGETS {
        let folder = folder().join("corpus").join(name);
        if std::env::var_os(REGENERATE).is_some() {
            fs::create_dir_all(&folder).unwrap();
        }
        for (seed, bytes) in fuzz::seeds(name) {
            let file = folder.join(seed);
            if std::env::var_os(REGENERATE).is_some() {
                fs::write(&file, &bytes).unwrap();
            }
            let held = fs::read(&file).unwrap_or_default();
            assert!(held == bytes, "{} is of yesterday: run with {REGENERATE}=1", file.display());
        }
    }
}

#[test]
fn every_target_has_its_program() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let program = fs::read_to_string(folder().join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("fuzz::run(\"{name}\", bytes)")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    let programs = fs::read_dir(folder().join("fuzz_targets")).unwrap().count();
    assert_eq!(programs, TARGETS.len(), "a program without a target");
}
