//! One mistake does not hide an item. Every term is misspelled in every place, always in the same ways.

use std::collections::BTreeMap;

use super::*;

/// A term is misspelled when it has this many letters, and a character is left out of a Chinese one when it has four.
const LETTERS_MIN: usize = 5;
const CHINESE_LETTERS_MIN: usize = 4;

/// One mistake at each place of the term: what kind, and what is typed.
fn mistakes(language: &str, term: &str) -> Vec<(&'static str, String)> {
    let letters: Vec<char> = term.chars().collect();
    let count = letters.iter().filter(|c| c.is_alphanumeric()).count();
    let mut typed = Vec::new();
    for (i, letter) in letters.iter().copied().enumerate().filter(|(_, letter)| letter.is_alphanumeric()) {
        let with = |middle: &[char], after: usize| [&letters[..i], middle, &letters[after..]].concat();
        if count >= LETTERS_MIN || language == "zh" && count >= CHINESE_LETTERS_MIN {
            typed.push(("left out", with(&[], i + 1)));
        }
        if count < LETTERS_MIN {
            continue;
        }
        // Of the other mistakes one at each place, in turn, so that the test stays short: a letter more or less moves all
        // that follow, and every term has each kind.
        if i % 3 == 0 {
            typed.push(("doubled", with(&[letter, letter], i + 1)));
        }
        // A letter of the same term is of the same script; one that stays after it is the likeliest slip.
        let others = letters.iter().cycle().skip(i + 1).take(letters.len());
        if i % 3 == 1
            && let Some(other) = others.copied().find(|other| other.is_alphanumeric() && *other != letter)
        {
            typed.push(("replaced", with(&[other], i + 1)));
        }
        if i % 3 == 2
            && let Some(next) =
                letters.get(i + 1).copied().filter(|next| next.is_alphanumeric() && *next != letter)
        {
            typed.push(("swapped", with(&[next, letter], i + 2)));
        }
    }
    typed.into_iter().map(|(kind, letters)| (kind, letters.into_iter().collect())).collect()
}

#[test]
fn a_term_with_one_mistake_has_its_item_among_the_first_three() {
    let mut tally = BTreeMap::<(&str, &str), [u32; 3]>::new();
    let mut hidden = Vec::new();
    for (code, language, term) in all_terms() {
        for (kind, typed) in mistakes(language, term) {
            let place = codes(&typed, 3).iter().position(|found| found == code);
            let [all, first, three] = tally.entry((language, kind)).or_default();
            *all += 1;
            *first += u32::from(place == Some(0));
            *three += u32::from(place.is_some());
            if place.is_none() {
                hidden.push(format!("{code} {language} {kind}: {typed} -> {:?}", codes(&typed, 3)));
            }
        }
    }
    for ((language, kind), [all, first, three]) in &tally {
        println!("{language:8} {kind:8} {all:5} first {first:5} three {three:5}");
    }
    assert_none(&hidden);
}
