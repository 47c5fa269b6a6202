//! What the room of `note` promises, a test a promise.

use super::*;
use crate::feed::key::SigningKey;

/// The example of the public specification, with two empty lines in it.
const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

#[test]
fn the_example_of_the_specification_is_read_and_written_back() {
    let note = Note::parse(EXAMPLE).unwrap();
    assert!(note.text().ends_with("raggio di sole:\n\ned è subito sera.\n"));
    assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
    assert_eq!(note.to_string(), EXAMPLE);
}

#[test]
fn a_note_verifies_under_the_name_and_key_that_signed_it_and_no_other() {
    let text = "one\ntwo\n";
    let note = Note::new(text.to_owned(), vec![NoteSignature::sign(text, "log", &key(1))]);
    let note = Note::parse(&note.to_string()).unwrap();
    assert_eq!(note.verify("log", &key(1).public_key()), Some(true));
    assert_eq!(note.verify("log", &key(2).public_key()), None);
    assert_eq!(note.verify("gol", &key(1).public_key()), None);
}

#[test]
fn a_signature_of_another_text_fails_also_beside_a_good_one() {
    let good = NoteSignature::sign("one\n", "log", &key(1));
    let bad = NoteSignature::sign("two\n", "log", &key(1));
    for lines in [vec![bad.clone()], vec![good.clone(), bad.clone()], vec![bad, good]] {
        let note = Note::new("one\n".to_owned(), lines);
        assert_eq!(note.verify("log", &key(1).public_key()), Some(false));
    }
}

#[test]
fn lines_of_unknown_keys_and_kinds_are_kept_and_passed_by() {
    let signed =
        Note::new("one\n".to_owned(), vec![NoteSignature::sign("one\n", "log", &key(1))]).to_string();
    let with_other = format!("{signed}— witness.example AAAAAAAAAAAA\n");
    let note = Note::parse(&with_other).unwrap();
    assert_eq!(note.to_string(), with_other);
    assert_eq!(note.verify("log", &key(1).public_key()), Some(true));
}

#[test]
fn texts_that_break_the_specification_are_refused() {
    let line = "— log AAAAAAAA\n";
    let table = [
        (String::new(), NoteError::Parts),
        ("text\n".to_owned(), NoteError::Parts),
        (format!("text\n{line}"), NoteError::Parts),
        (format!("text\n\n{}", line.trim_end()), NoteError::Parts),
        ("text\n\n".to_owned(), NoteError::Parts),
        (format!("te\tt\n\n{line}"), NoteError::Control('\t')),
        (format!("text\r\n\n{line}"), NoteError::Control('\r')),
        ("text\n\n- log AAAAAAAA\n".to_owned(), NoteError::Line(1)),
        ("text\n\n—log AAAAAAAA\n".to_owned(), NoteError::Line(1)),
        ("text\n\n— lo+g AAAAAAAA\n".to_owned(), NoteError::Line(1)),
        ("text\n\n— lo\u{a0}g AAAAAAAA\n".to_owned(), NoteError::Line(1)),
        ("text\n\n—  AAAAAAAA\n".to_owned(), NoteError::Line(1)),
        (format!("text\n\n{line}— log AAAA\n"), NoteError::Line(2)),
        ("text\n\n— log AAAAAAAB==\n".to_owned(), NoteError::Line(1)),
        ("text\n\n— log AAAAAA==AAAA\n".to_owned(), NoteError::Line(1)),
        (format!("text\n\n{}", line.repeat(129)), NoteError::TooMany(129)),
    ];
    for (text, expected) in table {
        assert_eq!(Note::parse(&text), Err(expected), "{text:?}");
    }
    assert!(Note::parse(&format!("text\n\n{}", line.repeat(128))).is_ok());
}
