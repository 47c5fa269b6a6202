//! Inputs as what they are: fields inside fields, each after its length, as protobuf writes them.
//!
//! Nothing here knows a schema: what can be read as fields is taken for fields, and written again it is the same bytes.

use prost::encoding::{decode_varint, encode_varint};

/// How deep fields are looked for inside fields; deeper than any message of the contract goes.
const DEPTH_MAX: usize = 12;

/// The largest number of a field that is taken for one; those of the contract are far below.
const NUMBER_MAX: u64 = 1 << 12;

/// The number of a message that stands by itself, after its length.
pub(super) const NO_NUMBER: u64 = 0;

/// A field and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u64,
    pub(super) value: Value,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Four([u8; 4]),
    Eight([u8; 8]),
    Bytes(Vec<u8>),
    Fields(Vec<Field>),
}

/// The fields of a message; `None` for bytes that are none.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Field>> {
    read_inside(bytes, DEPTH_MAX)
}

fn read_inside(mut bytes: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = decode_varint(&mut bytes).ok()?;
        let number = Some(key >> 3).filter(|number| (1..=NUMBER_MAX).contains(number))?;
        let value = match key & 7 {
            0 => Value::Number(decode_varint(&mut bytes).ok()?),
            1 => Value::Eight(take(&mut bytes, 8)?.try_into().ok()?),
            2 => inside(after_length(&mut bytes)?, depth),
            5 => Value::Four(take(&mut bytes, 4)?.try_into().ok()?),
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

fn inside(bytes: &[u8], depth: usize) -> Value {
    let fields = (depth > 0 && !bytes.is_empty()).then(|| read_inside(bytes, depth - 1)).flatten();
    fields.map_or_else(|| Value::Bytes(bytes.to_vec()), Value::Fields)
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

fn after_length<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = decode_varint(bytes).ok()?;
    take(bytes, usize::try_from(len).ok()?)
}

/// Messages, each after its length as a varint. What is no message stays as bytes.
pub(super) fn read_messages(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        messages.push(message(after_length(&mut bytes)?));
    }
    Some(messages)
}

/// A message that stands by itself.
pub(super) fn message(bytes: &[u8]) -> Field {
    Field { number: NO_NUMBER, value: inside(bytes, DEPTH_MAX) }
}

/// The bytes of these fields.
pub(super) fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields {
        let kind = match field.value {
            Value::Number(_) => 0,
            Value::Eight(_) => 1,
            Value::Bytes(_) | Value::Fields(_) => 2,
            Value::Four(_) => 5,
        };
        if field.number != NO_NUMBER {
            encode_varint(field.number << 3 | kind, &mut out);
        }
        match &field.value {
            Value::Number(number) => encode_varint(*number, &mut out),
            Value::Four(bytes) => out.extend(bytes),
            Value::Eight(bytes) => out.extend(bytes),
            Value::Bytes(_) | Value::Fields(_) => {
                let bytes = field.value.to_bytes();
                encode_varint(bytes.len() as u64, &mut out);
                out.extend(bytes);
            }
        }
    }
    out
}

impl Value {
    /// What stands after the length, or the value alone.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Number(number) => number.to_le_bytes().to_vec(),
            Self::Four(bytes) => bytes.to_vec(),
            Self::Eight(bytes) => bytes.to_vec(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Fields(fields) => write(fields),
        }
    }
}
