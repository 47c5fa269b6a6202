//! Resource names: `nodes/isfahan/needs/17`, a line `nodes/isfahan/needs/17/lines/2`. Read and written here only.

use quince_core::domain::handle::Handle;
use quince_core::domain::{FieldError, ItemCode, LineId, RecordId, RecordKind};

use crate::wire::record::from_proto::handle;

/// The longest id of an invitation or token in a name, in bytes: a SHA-256 in hex.
pub const ID_LEN_MAX: usize = 64;

/// The name of a record.
#[must_use]
pub fn record(kind: RecordKind, id: &RecordId) -> String {
    kind.name_of(id)
}

/// The name of a line.
#[must_use]
pub fn line(kind: RecordKind, id: &LineId) -> String {
    format!("{}/lines/{}", record(kind, &id.record), id.line)
}

/// The record that a name of this kind names.
pub fn parse_record(kind: RecordKind, name: &str) -> Result<RecordId, FieldError> {
    kind.named_by(name)
        .ok_or_else(|| FieldError::of(name, format!("a name such as nodes/isfahan/{}/17", kind.collection())))
}

/// The record that a name of this kind names, unless it is empty.
pub fn parse_optional_record(kind: RecordKind, name: &str) -> Result<Option<RecordId>, FieldError> {
    (!name.is_empty()).then(|| parse_record(kind, name)).transpose()
}

/// The line that a name of this kind names.
pub fn parse_line(kind: RecordKind, name: &str) -> Result<LineId, FieldError> {
    let id = split(kind, name).and_then(|(owner, rest)| {
        let (number, line) = rest.split_once("/lines/")?;
        format!("{owner}/{number}.{line}").parse().ok()
    });
    let collection = kind.collection();
    id.ok_or_else(|| FieldError::of(name, format!("a line such as nodes/isfahan/{collection}/17/lines/2")))
}

/// The city that a parent names; `nodes/-` and nothing mean all of them.
pub fn parse_parent(name: &str) -> Result<Option<Handle>, FieldError> {
    match name {
        "" | "nodes/-" => Ok(None),
        name => parse_node(name).map(Some),
    }
}

/// The city that `nodes/{handle}` names.
pub fn parse_node(name: &str) -> Result<Handle, FieldError> {
    let handle = name.strip_prefix("nodes/").and_then(|text| handle(text).ok());
    handle.ok_or_else(|| FieldError::of(name, "a city such as nodes/isfahan"))
}

/// The item that `items/{code}` names.
pub fn parse_item(name: &str) -> Result<ItemCode, FieldError> {
    let code = name.strip_prefix("items/").and_then(|text| text.parse().ok());
    code.ok_or_else(|| FieldError::of(name, "an item such as items/mask.surgical.iir"))
}

/// The id in `{collection}/{id}`: 1 to [`ID_LEN_MAX`] letters, digits or hyphens.
pub fn parse_id(collection: &str, name: &str) -> Result<String, FieldError> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let plain = |id: &&str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let id = id.filter(plain).filter(|id| (1..=ID_LEN_MAX).contains(&id.len()));
    id.map(ToOwned::to_owned).ok_or_else(|| FieldError::of(name, format!("a name such as {collection}/3f9a")))
}

/// Owner and the rest behind the collection.
fn split(kind: RecordKind, name: &str) -> Option<(&str, &str)> {
    let (owner, rest) = name.strip_prefix("nodes/")?.split_once('/')?;
    let number = rest.strip_prefix(kind.collection())?.strip_prefix('/')?;
    Some((owner, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_were_written() {
        for kind in RecordKind::ALL.iter().copied() {
            let id: RecordId = "isfahan/17".parse().unwrap();
            let line_id: LineId = "isfahan/17.2".parse().unwrap();
            assert_eq!(parse_record(kind, &record(kind, &id)), Ok(id));
            assert_eq!(parse_line(kind, &line(kind, &line_id)), Ok(line_id));
        }
        assert_eq!(record(RecordKind::Need, &"isfahan/17".parse().unwrap()), "nodes/isfahan/needs/17");
    }

    #[test]
    fn a_name_has_one_spelling_and_one_collection() {
        let wrong = [
            "",
            "isfahan/17",
            "nodes/isfahan/offers/17",
            "nodes/isfahan/needs/017",
            "nodes/isfahan/needs/0",
            "nodes/isfahan/needs/+1",
            "nodes/isfahan/needs/17/",
            "nodes/isfahan/needs/17/lines/2",
            "nodes/Isfahan/needs/17",
            "nodes/-/needs/17",
            "nodes/isfahan/needs/9007199254740992",
            "nodes/isfahan/x/needs/17",
        ];
        for name in wrong {
            let error = parse_record(RecordKind::Need, name).unwrap_err();
            assert_eq!(error.expected, "a name such as nodes/isfahan/needs/17", "{name}");
        }
    }

    #[test]
    fn a_parent_is_a_city_or_all_of_them() {
        assert_eq!(parse_parent(""), Ok(None));
        assert_eq!(parse_parent("nodes/-"), Ok(None));
        assert_eq!(parse_parent("nodes/isfahan"), Ok(Some("isfahan".parse().unwrap())));
        assert!(parse_parent("nodes/").is_err() && parse_parent("isfahan").is_err());
    }

    #[test]
    fn an_id_is_short_and_plain() {
        assert_eq!(parse_id("tokens", "tokens/3f9a"), Ok("3f9a".to_owned()));
        for name in ["tokens/", "tokens", "token/3f9a", "tokens/a/b", "tokens/a\u{202e}", "invitations/3f9a"]
        {
            assert!(parse_id("tokens", name).is_err(), "{name}");
        }
        assert!(parse_id("tokens", &format!("tokens/{}", "a".repeat(ID_LEN_MAX + 1))).is_err());
    }
}
