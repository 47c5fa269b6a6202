//! Gives the fuzzer's bytes to the target `frame` of `tests/src/fuzz`, and changes them as that says.
#![no_main]

use quince_tests::fuzz;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run("frame", bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    fuzz::mutate("frame", data, size, max, seed, &libfuzzer_sys::fuzzer_mutate)
});

libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    fuzz::cross("frame", one, other, out, seed)
});
