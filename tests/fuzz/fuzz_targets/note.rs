//! Gives the fuzzer's bytes to the target `note` of `tests/src/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quince_tests::fuzz::run("note", bytes));
