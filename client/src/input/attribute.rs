//! Attributes and roles as people type them: `filtration=95; EN 149; certificate` and
//! `isfahan/3:donor:50%`.

use quince_proto::record::v1::{Attribute, PartyRole};

use crate::input::decimal;
use crate::name::{Parties, RecordName};

/// Reads `NAME=VALUE[; STANDARD[; EVIDENCE]]`; the error says what was expected.
pub fn parse_attribute(text: &str) -> Result<Attribute, String> {
    let expected =
        || "NAME=VALUE[; STANDARD[; EVIDENCE]] such as filtration=95; EN 149; certificate".to_owned();
    let mut parts = text.split(';').map(|part| part.trim().to_owned());
    let first = parts.next().unwrap_or_default();
    let (name, value) = first.split_once('=').ok_or_else(expected)?;
    let attribute = Attribute {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        standard: parts.next().unwrap_or_default(),
        evidence: parts.next().unwrap_or_default(),
    };
    if attribute.name.is_empty() || attribute.value.is_empty() || parts.next().is_some() {
        return Err(expected());
    }
    Ok(attribute)
}

/// Reads `ID:ROLE[:SHARE%]`, or the bare number of an own party for the id; the error says what was expected. A record
/// holds the number only; the name comes with it where one was typed.
pub fn parse_role(text: &str) -> Result<(Option<RecordName<Parties>>, PartyRole), String> {
    let parsed = match *text.split(':').collect::<Vec<_>>() {
        [id, role] => party(id).map(|party| (party, role, 0)),
        [id, role, share] => party(id).zip(share_e4(share)).map(|(party, share)| (party, role, share)),
        _ => None,
    };
    let ((name, party), role, share_e4) = parsed
        .filter(|(_, role, _)| !role.is_empty())
        .ok_or("ID:ROLE[:SHARE%] with the id or number of an own party, such as isfahan/3:donor:50%")?;
    Ok((name, PartyRole { party, role: role.to_owned(), share_e4 }))
}

fn party(text: &str) -> Option<(Option<RecordName<Parties>>, u64)> {
    if let Ok(number) = text.parse() {
        return Some((None, number));
    }
    let name: RecordName<Parties> = text.parse().ok()?;
    let number = name.number();
    Some((Some(name), number))
}

/// Parts of 10,000: `12.5%` is 1250.
fn share_e4(text: &str) -> Option<u32> {
    let share = decimal(text.strip_suffix('%')?, 2)?;
    u32::try_from(share).ok().filter(|share| (1..=10_000).contains(share))
}
