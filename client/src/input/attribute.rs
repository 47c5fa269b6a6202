//! Attributes and roles as people type them: `filtration=95; EN 149; certificate` and `3:donor:50%`.

use quince_proto::record::v1::{Attribute, PartyRole};

use crate::input::decimal;

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

/// Reads `NUMBER:ROLE[:SHARE%]`, the number being that of an own party; the error says what was expected.
pub fn parse_role(text: &str) -> Result<PartyRole, String> {
    let parsed = match *text.split(':').collect::<Vec<_>>() {
        [number, role] => number.parse().ok().map(|party| (party, role, 0)),
        [number, role, share] => {
            number.parse().ok().zip(share_e4(share)).map(|(party, share)| (party, role, share))
        }
        _ => None,
    };
    let (party, role, share_e4) = parsed
        .filter(|(_, role, _)| !role.is_empty())
        .ok_or("NUMBER:ROLE[:SHARE%] with the number of an own party, such as 3:donor:50%")?;
    Ok(PartyRole { party, role: role.to_owned(), share_e4 })
}

/// Parts of 10,000: `12.5%` is 1250.
fn share_e4(text: &str) -> Option<u32> {
    let share = decimal(text.strip_suffix('%')?, 2)?;
    u32::try_from(share).ok().filter(|share| (1..=10_000).contains(share))
}
