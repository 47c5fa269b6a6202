//! Requests in which every field stands, so that a fuzzer needs not guess which there are.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use quince_core::domain::{Codec as _, RecordKind};
use quince_node::wire::{RecordCodec, json};

use super::fields::{self, Field, Value};
use crate::{paper, samples};

/// How deep messages are filled; those of the contract end before, but for filters.
const DEPTH_MAX: usize = 8;

/// The packages with requests.
const PACKAGES: [&str; 2] = ["quince.api.v1", "quince.admin.v1"];

/// An instant, in seconds since 1970: of the year 2027.
const INSTANT: u64 = 1_800_000_000;

/// The request of a call such as `create_need`, with every field. `None` when it has another name.
pub(super) fn request(call: &str) -> Option<Vec<u8>> {
    let words = call.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    let name = words.collect::<String>() + "Request";
    let message = PACKAGES
        .iter()
        .find_map(|package| json::contract().get_message_by_name(&format!("{package}.{name}")))?;
    let kind = RecordKind::ALL.iter().find(|kind| name.contains(&format!("{kind:?}")));
    let collection = kind.map_or("items", |kind| kind.collection());
    Some(fields::write(&fill(&message, collection, DEPTH_MAX)))
}

fn fill(message: &MessageDescriptor, collection: &str, depth: usize) -> Vec<Field> {
    if let Some(record) = sample(message) {
        return record;
    }
    let is_first = |field: &FieldDescriptor| {
        let others = field.containing_oneof().map(|oneof| oneof.fields().next().map(|first| first.number()));
        others.is_none_or(|first| first == Some(field.number()))
    };
    let filled = |field: FieldDescriptor| {
        let value = value(message, &field, collection, depth.checked_sub(1)?);
        Some(Field { number: field.number().into(), value })
    };
    message.fields().filter(is_first).filter_map(filled).collect()
}

/// A record of this kind that keeps all rules.
fn sample(message: &MessageDescriptor) -> Option<Vec<Field>> {
    let name = message.full_name().strip_prefix("quince.record.v1.")?;
    let records = samples::one_of_each();
    let record = records.iter().find(|record| format!("{:?}", record.kind()) == name)?;
    fields::read(&RecordCodec.encode(record))
}

fn value(message: &MessageDescriptor, field: &FieldDescriptor, collection: &str, depth: usize) -> Value {
    match field.kind() {
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
            Value::Fields(vec![Field { number: 1, value: Value::Number(INSTANT) }])
        }
        Kind::Message(inner) => Value::Fields(fill(&inner, collection, depth)),
        Kind::String => Value::Bytes(text(message, field, collection).into_bytes()),
        Kind::Bytes => Value::Bytes(vec![7; 32]),
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Value::Eight(1.0_f64.to_le_bytes()),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Value::Four(1.0_f32.to_le_bytes()),
        _ => Value::Number(1),
    }
}

/// What is likely to stand in a field of this name.
fn text(message: &MessageDescriptor, field: &FieldDescriptor, collection: &str) -> String {
    let named = RecordKind::ALL.iter().find(|kind| {
        let name = format!("{kind:?}").to_lowercase();
        message.name().to_lowercase() == name || field.name().split('_').next() == Some(&name)
    });
    let collection = named.map_or(collection, |kind| kind.collection());
    match field.name() {
        "parent" | "node" => "nodes/isfahan".to_owned(),
        "item" if message.name() != "OwnItem" => paper::MASKS.to_owned(),
        "language" | "language_code" => "en".to_owned(),
        "unit" => "piece".to_owned(),
        "currency" => "EUR".to_owned(),
        "country" => "CN".to_owned(),
        "date" => "2027-01-15".to_owned(),
        "owner" | "handle" => "quanzhou".to_owned(),
        "code" => "isfahan:hood.padded".to_owned(),
        name if name == "name" || name == "of" || named.is_some() => {
            let line = if name.ends_with("line") { "/lines/1" } else { "" };
            format!("nodes/isfahan/{collection}/2{line}")
        }
        "page_token" | "etag" | "request_id" => String::new(),
        name => name.replace('_', " "),
    }
}
