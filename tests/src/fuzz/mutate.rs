//! How a fuzzer changes inputs: field by field, so that all lengths around a change fit again.
//!
//! What is changed blindly is refused at the first length that does not fit, and next to nothing gets behind it. A part of all
//! changes is blind nevertheless, because a peer's bytes need not be fields.

use quince_core::feed::header::{HEADER_LEN, SALT_LEN};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::fields::{self, Field, Value};

/// The fuzzer's own change of some bytes: a buffer, how much of it is used, and how much may be; yields how much is used then.
pub type Blind<'a> = &'a dyn Fn(&mut [u8], usize, usize) -> usize;

/// Bytes by which a field may grow at a time.
const GROWTH: usize = 64;

/// Changes of one input at a time, at most.
const CHANGES_MAX: usize = 3;

/// One of so many inputs is changed blindly.
const BLIND_ONE_OF: u32 = 5;

/// In one of so many inputs the first byte is another: what the fields are.
const OTHER_START_ONE_OF: u32 = 16;

/// Numbers at which something changes.
const BORDERS: [u64; 12] =
    [0, 1, 255, 256, 257, 1 << 15, (1 << 31) - 1, 1 << 32, (1 << 53) - 1, 1 << 53, (1 << 63) - 1, u64::MAX];

/// What a target's inputs consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// So many bytes, and a message.
    Message(usize),
    /// So many bytes, and messages after their lengths.
    Messages(usize),
    /// The header of an entry, and its body.
    Entry,
    /// An offline file.
    File,
}

/// An input taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    layout: Layout,
    before: Vec<u8>,
    fields: Vec<Field>,
}

fn layout(target: &str) -> Option<Layout> {
    match target {
        "frame" => Some(Layout::Message(0)),
        "record" | "api_request" => Some(Layout::Message(1)),
        "session" => Some(Layout::Messages(1)),
        "entry" => Some(Layout::Entry),
        "offline_file" => Some(Layout::File),
        _ => None,
    }
}

/// Changes the first `size` bytes of an input in place. Yields its new size, at most `max`. The same seed changes it the same way.
pub fn mutate(target: &str, data: &mut [u8], size: usize, max: usize, seed: u32, blind: Blind<'_>) -> usize {
    let mut chance = StdRng::seed_from_u64(seed.into());
    if chance.random_range(0..BLIND_ONE_OF) == 0 {
        return blind(data, size, max);
    }
    let changed = Parts::of(target, &data[..size]).map(|mut parts| {
        if chance.random_range(0..OTHER_START_ONE_OF) == 0 {
            parts.change_start(&mut chance);
        }
        for _ in 0..chance.random_range(1..=CHANGES_MAX) {
            change(&mut parts.fields, &mut chance, blind);
        }
        parts.to_bytes()
    });
    match changed.filter(|changed| changed.len() <= max && *changed != data[..size]) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => blind(data, size, max),
    }
}

/// An input taken apart and put together again; `None` for one that is only ever changed blindly.
#[must_use]
pub fn rebuilt(target: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Parts::of(target, bytes).map(|parts| parts.to_bytes())
}

/// Puts a field of one input into another. Yields the size of what is written to `out`; 0 when the two do not mix.
pub fn cross(target: &str, one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut chance = StdRng::seed_from_u64(seed.into());
    let mixed = Parts::of(target, one).zip(Parts::of(target, other)).and_then(|(mut one, other)| {
        let graft = pick(&other.fields, &mut chance)?;
        let graft = list_at(&mut other.fields.clone(), &graft)[*graft.last()?].clone();
        put(&mut one.fields, graft, &mut chance);
        Some(one.to_bytes())
    });
    match mixed.filter(|mixed| mixed.len() <= out.len()) {
        Some(mixed) => {
            out[..mixed.len()].copy_from_slice(&mixed);
            mixed.len()
        }
        None => 0,
    }
}

/// Puts a field beside or in the place of one with its number, or somewhere.
fn put(fields: &mut Vec<Field>, field: Field, chance: &mut StdRng) {
    let mut places = Vec::new();
    paths(fields, &mut Vec::new(), &mut places);
    let alike: Vec<_> = places.iter().filter(|path| number_at(fields, path) == Some(field.number)).collect();
    let path = match (alike.len(), places.len()) {
        (0, 0) => return fields.push(field),
        (0, all) => &places[chance.random_range(0..all)],
        (some, _) => alike[chance.random_range(0..some)],
    };
    let (list, place) = (list_at(fields, path), path[path.len() - 1]);
    if chance.random() {
        list[place] = field;
    } else {
        list.insert(place, field);
    }
}

fn change(fields: &mut Vec<Field>, chance: &mut StdRng, blind: Blind<'_>) {
    let Some(path) = pick(fields, chance) else { return };
    let (list, place) = (list_at(fields, &path), path[path.len() - 1]);
    match chance.random_range(0..10) {
        0 => drop(list.remove(place)),
        1 => list.insert(place, list[place].clone()),
        2 => {
            let other = chance.random_range(0..list.len());
            list.swap(place, other);
        }
        3 => {
            let graft = list[place].clone();
            put(fields, graft, chance);
        }
        _ => change_value(&mut list[place].value, chance, blind),
    }
}

fn change_value(value: &mut Value, chance: &mut StdRng, blind: Blind<'_>) {
    match value {
        Value::Number(number) if chance.random() => *number = BORDERS[chance.random_range(0..BORDERS.len())],
        Value::Number(number) if chance.random() => {
            *number = number.wrapping_add_signed(chance.random_range(-2..=2));
        }
        Value::Number(number) => {
            let mut bytes = number.to_le_bytes();
            blind(&mut bytes, 8, 8);
            *number = u64::from_le_bytes(bytes);
        }
        Value::Four(bytes) => drop(blind(bytes, 4, 4)),
        Value::Eight(bytes) => drop(blind(bytes, 8, 8)),
        Value::Bytes(_) | Value::Fields(_) => {
            let mut bytes = value.to_bytes();
            let (len, max) = (bytes.len(), bytes.len() + GROWTH);
            bytes.resize(max, 0);
            let changed = blind(&mut bytes, len, max);
            bytes.truncate(changed);
            *value = Value::Bytes(bytes);
        }
    }
}

/// The way to a field: its place in each list from the outermost on.
fn pick(fields: &[Field], chance: &mut StdRng) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    paths(fields, &mut Vec::new(), &mut places);
    (!places.is_empty()).then(|| places.swap_remove(chance.random_range(0..places.len())))
}

fn paths(fields: &[Field], above: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    for (place, field) in fields.iter().enumerate() {
        above.push(place);
        found.push(above.clone());
        if let Value::Fields(inner) = &field.value {
            paths(inner, above, found);
        }
        above.pop();
    }
}

fn number_at(mut fields: &[Field], path: &[usize]) -> Option<u64> {
    let (last, way) = path.split_last()?;
    for place in way {
        let Value::Fields(inner) = &fields.get(*place)?.value else { return None };
        fields = inner;
    }
    Some(fields.get(*last)?.number)
}

/// The list in which a field stands.
fn list_at<'a>(mut fields: &'a mut Vec<Field>, path: &[usize]) -> &'a mut Vec<Field> {
    for place in &path[..path.len() - 1] {
        let Value::Fields(inner) = &mut fields[*place].value else { panic!("a way leads through fields") };
        fields = inner;
    }
    fields
}

impl Parts {
    fn of(target: &str, bytes: &[u8]) -> Option<Self> {
        let layout = layout(target)?;
        let (before, rest) = bytes.split_at_checked(layout.before(bytes))?;
        let fields = match layout {
            Layout::Message(_) | Layout::Entry => fields::read(rest)?,
            Layout::Messages(_) => fields::read_messages(rest)?,
            Layout::File => read_items(rest)?,
        };
        Some(Self { layout, before: before.to_vec(), fields })
    }

    /// Takes the same fields for those of another message.
    fn change_start(&mut self, chance: &mut StdRng) {
        if let (Layout::Message(_) | Layout::Messages(_), [first]) = (self.layout, self.before.as_mut_slice())
        {
            *first = chance.random();
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        match self.layout {
            Layout::Message(_) | Layout::Messages(_) => out.extend(fields::write(&self.fields)),
            Layout::Entry => {
                out.extend(fields::write(&self.fields));
                let len = u32::try_from(out.len() - HEADER_LEN).unwrap_or(u32::MAX);
                out[BODY_LEN_AT..BODY_LEN_AT + 4].copy_from_slice(&len.to_be_bytes());
            }
            Layout::File => {
                for item in &self.fields {
                    let bytes = item.value.to_bytes();
                    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
                    out.extend(bytes);
                }
            }
        }
        out
    }
}

/// Where a header says how long the body is.
const BODY_LEN_AT: usize = 8;

/// Where a header has its flags, and the one by which a salt stands before the body.
const FLAGS_AT: usize = 1;
const ERASABLE: u8 = 2;

impl Layout {
    /// Bytes before the fields.
    fn before(self, bytes: &[u8]) -> usize {
        match self {
            Self::Message(before) | Self::Messages(before) => before,
            Self::Entry if bytes.get(FLAGS_AT).is_some_and(|flags| flags & ERASABLE != 0) => {
                HEADER_LEN + SALT_LEN as usize
            }
            Self::Entry => HEADER_LEN,
            Self::File => bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1),
        }
    }
}

/// Items of a file, each after its length.
fn read_items(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut items = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk::<4>() {
        let (item, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        items.push(fields::message(item));
        bytes = rest;
    }
    bytes.is_empty().then_some(items)
}
