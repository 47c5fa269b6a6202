//! The corpus of the fuzzer: what the project writes and what was found once, given to every target by each run of the tests, as it
//! is and a little spoiled.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

use std::fs;
use std::path::{Path, PathBuf};

use quince_tests::fuzz::{self, TARGETS};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Writes the seeds anew instead of comparing them.
const REGENERATE: &str = "QUINCE_REGENERATE";

/// Spoiled inputs for each target; `QUINCE_SPOILED` asks for more.
const SPOILED: u64 = 300;

/// Bytes by which a changed input may be longer.
const ROOM: usize = 4096;

/// The inputs of a target, in a fixed order.
fn inputs(name: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder().join("corpus").join(name)).unwrap();
    let mut inputs: Vec<PathBuf> = listed.map(|it| it.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{name} has no corpus");
    inputs
}

/// Flips, removes, repeats and exchanges a few bytes.
fn spoil(bytes: &mut Vec<u8>, chance: &mut StdRng) {
    for _ in 0..chance.random_range(1..=4) {
        let at = chance.random_range(0..=bytes.len());
        let end = (at + chance.random_range(0..8)).min(bytes.len());
        match chance.random_range(0..4) {
            0 => bytes[at..end].iter_mut().take(1).for_each(|byte| *byte ^= 1 << chance.random_range(0..8)),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => bytes[at..end].iter_mut().for_each(|byte| *byte = chance.random()),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

#[test]
fn every_input_of_the_corpus_is_taken() {
    for (name, target) in TARGETS {
        for input in inputs(name) {
            println!("{}", input.display());
            target(&fs::read(input).unwrap());
        }
    }
}

#[test]
fn every_input_of_the_corpus_is_taken_when_it_is_a_little_spoiled() {
    let count = std::env::var("QUINCE_SPOILED").map_or(SPOILED, |text| text.parse().unwrap());
    let seed: u64 = rand::rng().random();
    for (name, target) in TARGETS {
        let inputs: Vec<Vec<u8>> = inputs(name).into_iter().map(|input| fs::read(input).unwrap()).collect();
        for number in 0..count {
            let mut chance = StdRng::seed_from_u64(seed.wrapping_add(number));
            let mut input = inputs[chance.random_range(0..inputs.len())].clone();
            spoil(&mut input, &mut chance);
            let taken = std::panic::catch_unwind(|| target(&input));
            assert!(taken.is_ok(), "{name} breaks on {}", data_encoding::HEXLOWER.encode(&input));
        }
    }
}

/// Flips a bit in the middle.
fn flip(bytes: &mut [u8], size: usize, _max: usize) -> usize {
    if let Some(byte) = bytes[..size].get_mut(size / 2) {
        *byte ^= 1;
    }
    size
}

#[test]
fn every_input_of_the_corpus_is_taken_when_its_fields_are_changed() {
    let seed: u32 = rand::rng().random();
    for (name, target) in TARGETS {
        let inputs: Vec<Vec<u8>> = inputs(name).into_iter().map(|input| fs::read(input).unwrap()).collect();
        for (number, input) in (0..).zip(inputs.iter().cycle().take(SPOILED as usize)) {
            let seed = seed.wrapping_add(number);
            let mut changed = input.clone();
            changed.resize(input.len() + ROOM, 0);
            let size = fuzz::mutate(name, &mut changed, input.len(), input.len() + ROOM, seed, &flip);
            let mut mixed = vec![0; input.len() + ROOM];
            let mixed_size = fuzz::cross(name, &changed[..size], &inputs[0], &mut mixed, seed);
            for input in [&changed[..size], &mixed[..mixed_size]] {
                let taken = std::panic::catch_unwind(|| target(input));
                assert!(taken.is_ok(), "{name} breaks on {}", data_encoding::HEXLOWER.encode(input));
            }
        }
    }
}

#[test]
fn what_is_taken_apart_is_put_together_again() {
    for (name, _) in TARGETS {
        let inputs = inputs(name).into_iter().map(|input| fs::read(input).unwrap());
        let rebuilt = inputs.filter(|input| fuzz::rebuilt(name, input).as_ref() == Some(input)).count();
        assert_eq!(rebuilt > 0, name != "note", "{name} has fields to change, unless it is a text");
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
