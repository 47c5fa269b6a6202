//! Keeps telephone numbers and mail addresses out of texts that a whole federation reads, unless somebody says that
//! they are meant. Finds patterns, not people: it refuses a little too much rather than publish a private number.

use quince_core::domain::common::Label;
use quince_core::domain::field::Faults;
use quince_core::domain::text::{Names, Note, Reason, Text};
use quince_core::domain::time::Date;

/// The fewest digits of a number that is marked as one by a leading `+`, `(` or zero.
pub const MARKED_DIGITS_MIN: usize = 7;

/// The fewest digits of a number without a mark: a day has eight, and few amounts have ten.
pub const PLAIN_DIGITS_MIN: usize = 10;

/// The most digits of a telephone number (ITU-T E.164) with an international prefix before it.
pub const DIGITS_MAX: usize = 18;

const EXPECTED: &str = "no telephone number or mail address, unless public_contact says that it is meant";

/// Whether the text holds what looks like a telephone number or a mail address.
#[must_use]
pub fn contains_contact(text: &str) -> bool {
    contains_mail(text) || contains_phone(text)
}

/// Checks every language of a text.
pub fn check_texts<const MAX: usize>(faults: &mut Faults, path: &str, texts: &[Text<MAX>]) {
    for (i, text) in texts.iter().enumerate() {
        check(faults, &format!("{path}[{i}].text"), text.words.as_str());
    }
}

/// Checks a reason.
pub fn check_reason(faults: &mut Faults, path: &str, reason: Option<&Reason>) {
    check(faults, path, reason.map_or("", Reason::as_str));
}

/// Checks the notes of lines.
pub fn check_notes<'a>(faults: &mut Faults, path: &str, notes: impl Iterator<Item = Option<&'a Note>>) {
    for (i, note) in notes.enumerate() {
        check(faults, &format!("{path}[{i}].note"), note.map_or("", Note::as_str));
    }
}

/// Checks the names and the contact of a party that may leave its node.
pub fn check_party(faults: &mut Faults, path: &str, names: Option<&Names>, contact: Option<&Label>) {
    check_texts(faults, &format!("{path}.names"), names.map_or(&[], |names| names.as_slice()));
    let came = contact.map_or("", Label::as_str);
    faults.require(contact.is_none(), &format!("{path}.public_contact"), came, EXPECTED);
}

fn check(faults: &mut Faults, path: &str, text: &str) {
    faults.require(!contains_contact(text), path, text, EXPECTED);
}

/// Something, an at sign, and a host with a dot.
fn contains_mail(text: &str) -> bool {
    let word = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';');
    text.match_indices(['@', '＠']).any(|(at, sign)| {
        let before = text[..at].chars().next_back().is_some_and(word);
        let host: String = text[at + sign.len()..].chars().take_while(|c| word(*c)).collect();
        let host = host.trim_matches('.');
        before && host.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty())
    })
}

/// Digits of any script, apart by at most two signs that people put into numbers.
fn contains_phone(text: &str) -> bool {
    let mut run = String::new();
    let mut gap = 0;
    for c in text.chars().chain(['\n']) {
        let separates = matches!(c, ' ' | '\u{a0}' | '-' | '‑' | '–' | '.' | '(' | ')' | '/');
        if c.is_numeric() || (run.is_empty() && matches!(c, '+' | '(')) {
            gap = 0;
        } else if !run.is_empty() && separates && gap < 2 {
            gap += 1;
        } else if is_phone(&run) {
            return true;
        } else {
            run.clear();
            gap = 0;
            continue;
        }
        run.push(c);
    }
    false
}

fn is_phone(run: &str) -> bool {
    let run = without_date(run);
    let digits = run.chars().filter(|c| c.is_numeric()).count();
    let marked = run.starts_with(['+', '(', '0', '۰', '٠', '०', '０']);
    let min = if marked { MARKED_DIGITS_MIN } else { PLAIN_DIGITS_MIN };
    (min..=DIGITS_MAX).contains(&digits)
}

/// What follows a leading day such as 2027-03-15.
fn without_date(run: &str) -> &str {
    const DATE_LEN: usize = "2027-03-15".len();
    let is_date = run.get(..DATE_LEN).is_some_and(|day| day.parse::<Date>().is_ok());
    if is_date { run[DATE_LEN..].trim_start_matches([' ', '-']) } else { run }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_found_however_they_are_written() {
        let contacts = [
            "call +98 31 3222 1234",
            "031-32221234",
            "(212) 555-0100",
            "212-555-0100",
            "13800138000",
            "138 0013 8000",
            "تلفن ۰۳۱۳۲۲۲۱۲۳۴",
            "+３９ ０２ ７７２ ７１",
            "write to office@isfahan.example",
            "<a.b+c@mail.city.example>",
            "office＠isfahan.example.",
        ];
        for text in contacts {
            assert!(contains_contact(text), "{text}");
        }
    }

    #[test]
    fn amounts_days_codes_and_standards_are_let_through() {
        let harmless = [
            "80,000 masks by 2027-03-15 08:00",
            "2027-03-15 to 2027-04-01",
            "EN 14683:2019+AC:2019, 98 % BFE",
            "HS 6307.90, lot 4711-22",
            "1 500 000 pieces, box of 50",
            "at @ 3 EUR each",
            "room 101",
            "1234567890123456789012 is no number anybody dials",
        ];
        for text in harmless {
            assert!(!contains_contact(text), "{text}");
        }
    }
}
