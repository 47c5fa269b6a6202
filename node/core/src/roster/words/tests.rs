//! What the room of `words` promises, a test a promise.

use std::collections::BTreeSet;

use super::*;
use crate::roster::sample::node;

fn spki(steward: &str) -> Hash {
    Hash::of(&[steward.as_bytes()])
}

fn words(newcomer: &str, code: u8) -> SixWords {
    SixWords::of(&FederationId([0xfe; 32]), &node(newcomer), &spki("quanzhou"), &CodeId([code; 8]))
}

#[test]
fn the_list_has_256_short_words_that_cannot_be_taken_for_each_other() {
    let beginnings: BTreeSet<&str> = WORDS.lines().map(|word| &word[..3.min(word.len())]).collect();
    assert_eq!((WORDS.lines().count(), beginnings.len()), (256, 256));
    assert!(WORDS.lines().all(|word| (3..=8).contains(&word.len())));
    assert!(WORDS.lines().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
    assert!(WORDS.lines().is_sorted());
}

#[test]
fn the_words_depend_on_everything_they_confirm() {
    let good = words("isfahan", 1);
    assert_eq!(good, words("isfahan", 1));
    assert_ne!(good, words("turin", 1));
    assert_ne!(good, words("isfahan", 2));
    let of = |federation: u8, newcomer: &str, steward: &str| {
        SixWords::of(&FederationId([federation; 32]), &node(newcomer), &spki(steward), &CodeId([1; 8]))
    };
    assert_ne!(good, of(0, "isfahan", "quanzhou"));
    assert_ne!(good, of(0xfe, "quanzhou", "isfahan"));
}

#[test]
fn the_words_are_shown_as_six_words() {
    assert_eq!(words("isfahan", 1).to_string().split(' ').count(), 6);
}
