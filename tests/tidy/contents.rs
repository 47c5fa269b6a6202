//! What a file must and must not contain: a module doc, at most 500 lines, no unfinished work.

use crate::source::{all, assert_none, rust};

/// The wall for product code. A file that reaches it is two files.
const FILE_LINES_MAX: usize = 500;

#[test]
fn every_file_says_what_it_is() {
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| !source.is_generated() && !source.text.starts_with("//!"))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "files without a module doc");
}

#[test]
fn no_file_is_longer_than_the_wall() {
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| !source.is_generated() && !source.is_test())
        .map(|source| (source.product().lines().count(), &source.path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .map(|(lines, path)| format!("{path} has {lines} lines"))
        .collect();
    assert_none(&faults, "files over 500 lines");
}

#[test]
fn nothing_is_left_unfinished_or_skipped() {
    // Assembled from halves, so that this file does not find itself.
    let words = [["todo", "!("], ["unimplemented", "!("], ["#[ig", "nore"], ["FIX", "ME"], ["XX", "X"]]
        .map(|w| w.concat());
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| !source.is_generated())
        .flat_map(|source| words.iter().map(move |word| (source, word)))
        .filter(|(source, word)| source.text.contains(word.as_str()))
        .map(|(source, word)| format!("{}: {word}", source.path))
        .collect();
    assert_none(&faults, "unfinished or skipped");
}

#[test]
fn no_function_buys_itself_out_of_the_length_rule() {
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| {
            source.path != "tests/tidy/contents.rs" && source.text.contains("clippy::too_many_lines")
        })
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "functions over 70 lines");
}

/// SQLite takes a file system only as a table of C functions.
const UNSAFE: &str = "tests/power/vfs.rs";

#[test]
fn one_file_is_unsafe_and_no_other() {
    // Assembled from halves, so that this file does not find itself.
    let words = ["_code", " {", " fn", " impl", " extern"].map(|rest| ["unsafe", rest].concat());
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| !source.is_generated() && source.path != UNSAFE)
        .filter(|source| {
            let code = source.text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.into_iter().any(|line| words.iter().any(|word| line.contains(word.as_str())))
        })
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "a second file with what the compiler cannot check");
}

#[test]
fn rooms_have_names_that_say_something() {
    let empty = ["utils", "util", "common_types", "helpers", "misc", "types"];
    let faults: Vec<String> = rust()
        .iter()
        .filter(|source| !source.is_generated())
        .filter(|source| source.path.trim_end_matches(".rs").split('/').any(|part| empty.contains(&part)))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&faults, "rooms without a meaning");
}

#[test]
fn the_top_level_is_as_agreed() {
    let folders = ["proto", "node", "client", "tests", "deploy", ".ci"];
    let faults: Vec<String> = all()
        .iter()
        .filter_map(|source| source.path.split_once('/').map(|(folder, _)| folder.to_owned()))
        .filter(|folder| !folders.contains(&folder.as_str()))
        .collect();
    assert_none(&faults, "folders that do not belong at the top");
}

#[test]
fn the_map_in_the_architecture_page_exists() {
    let page =
        all().into_iter().find(|source| source.path == "ARCHITECTURE.md").expect("ARCHITECTURE.md exists");
    let faults: Vec<String> = page
        .text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && !name.contains([' ', '<', '{', '*']) && !name.starts_with('/'))
        .filter(|name| !crate::source::root().join(name.trim_end_matches('/')).exists())
        .map(str::to_owned)
        .collect();
    assert_none(&faults, "ARCHITECTURE.md names what is not there");
}
