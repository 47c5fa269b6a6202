//! The story's short forms, spelled out by the contract's own schema: a text where the schema wants texts in languages, a day
//! where it wants a window, `$name` where it wants a record that an earlier act made.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// What short forms stand for.
#[derive(Debug, Default)]
pub struct Glossary {
    /// Places by short name.
    pub places: BTreeMap<String, Value>,
    /// Resource names by the short names that acts gave.
    pub names: BTreeMap<String, String>,
}

/// A short form that stands for nothing.
#[derive(Debug, Error)]
#[error("{place}: {came} is no {expected}")]
pub struct SpellError {
    place: String,
    came: String,
    expected: String,
}

type Spelled = Result<Value, SpellError>;

impl Glossary {
    /// The canonical JSON of a message, from its short form.
    ///
    /// # Errors
    /// When something in it stands for nothing.
    pub fn message(&self, schema: &MessageDescriptor, short: &Value) -> Spelled {
        match (schema.name(), short) {
            ("Place", Value::String(key)) => {
                let place = self.places.get(key).ok_or_else(|| fault(schema.name(), short, "known place"))?;
                self.message(schema, place)
            }
            ("Timestamp", Value::String(day)) if !day.contains('T') => Ok(json!(format!("{day}T00:00:00Z"))),
            ("When", Value::String(days)) => Ok(window(days)),
            ("Quantity", Value::String(text)) => quantity(text),
            ("RecordRef", Value::String(name)) => self.reference(name),
            ("LineRef", Value::String(name)) => self.line(name),
            (_, Value::Object(fields)) => self.fields(schema, fields),
            _ => Ok(short.clone()),
        }
    }

    fn fields(&self, schema: &MessageDescriptor, short: &Map<String, Value>) -> Spelled {
        let spelled = short.iter().map(|(key, value)| {
            let known = schema.get_field_by_name(key);
            let field = known.ok_or_else(|| fault(schema.name(), &json!(key), "field of it"))?;
            let value = self.field(&field, value).map_err(|error| error.under(key))?;
            Ok((key.clone(), value))
        });
        Ok(Value::Object(spelled.collect::<Result<_, SpellError>>()?))
    }

    fn field(&self, field: &FieldDescriptor, short: &Value) -> Spelled {
        let kind = field.kind();
        if !field.is_list() {
            return self.single(&kind, short);
        }
        if let (Kind::Message(schema), Value::String(_) | Value::Object(_)) = (&kind, short)
            && schema.name() == "Text"
        {
            return Ok(texts(short));
        }
        let Value::Array(elements) = short else { return Err(fault(field.name(), short, "list")) };
        elements.iter().map(|element| self.single(&kind, element)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn single(&self, kind: &Kind, short: &Value) -> Spelled {
        match (kind, short) {
            (Kind::Message(schema), _) => self.message(schema, short),
            (Kind::Enum(schema), Value::String(word)) => choice(schema, word),
            (Kind::String, Value::String(text)) if text.starts_with('$') => Ok(json!(self.name(text)?)),
            (Kind::Uint64, Value::String(name)) if name.starts_with('$') => {
                Ok(self.reference(name)?["number"].clone())
            }
            _ => Ok(short.clone()),
        }
    }

    /// `$offer` is what was made under that name, `$offer/2` its second line.
    fn name(&self, short: &str) -> Result<String, SpellError> {
        let (key, line) = short.split_once('/').map_or((short, None), |(key, line)| (key, Some(line)));
        let known = key.strip_prefix('$').and_then(|key| self.names.get(key));
        let name = known.ok_or_else(|| fault("a name", &json!(short), "record that an earlier act made"))?;
        Ok(line.map_or_else(|| name.clone(), |line| format!("{name}/lines/{line}")))
    }

    fn reference(&self, short: &str) -> Spelled {
        let name = self.name(short)?;
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            ["nodes", owner, _, number] => Ok(json!({ "owner": owner, "number": number })),
            _ => Err(fault("a reference", &json!(short), "record")),
        }
    }

    fn line(&self, short: &str) -> Spelled {
        let name = self.name(short)?;
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            ["nodes", owner, _, number, "lines", line] => Ok(
                json!({ "owner": owner, "number": number, "line": line.parse::<u32>().unwrap_or_default() }),
            ),
            _ => Err(fault("a reference", &json!(short), "line such as $offer/1")),
        }
    }
}

impl SpellError {
    fn under(self, field: &str) -> Self {
        Self { place: format!("{field}.{}", self.place), ..self }
    }
}

fn fault(place: &str, came: &Value, expected: &str) -> SpellError {
    SpellError { place: place.to_owned(), came: came.to_string(), expected: expected.to_owned() }
}

/// One text is English; a map gives one for each language.
fn texts(short: &Value) -> Value {
    let text = |language: &str, text: &Value| json!({ "language": language, "text": text, "origin": "TEXT_ORIGIN_HUMAN" });
    match short {
        Value::Object(texts) => texts.iter().map(|(language, words)| text(language, words)).collect(),
        words => json!([text("en", words)]),
    }
}

/// `2020-02-22`, `2020-02-10..2020-02-20`, either with the words as given before it: `mid-February 2020-02-10..2020-02-20`.
fn window(short: &str) -> Value {
    let (words, days) = short.rsplit_once(' ').unwrap_or(("", short));
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let mut when = Map::new();
    let mut put = |key: &str, text: String| when.insert(key.to_owned(), json!(text));
    if !first.is_empty() {
        put("earliest", format!("{first}T00:00:00Z"));
    }
    if !last.is_empty() {
        put("latest", format!("{last}T23:59:59Z"));
    }
    if !words.is_empty() {
        put("words", words.to_owned());
    }
    Value::Object(when)
}

/// `500 piece`, `>80000 piece`, `~52 piece`, `? piece`.
fn quantity(short: &str) -> Spelled {
    let wrong = || fault("quantity", &json!(short), "quantity such as `>80000 piece`");
    let (figure, unit) = short.split_once(' ').ok_or_else(wrong)?;
    let qualified = |digits: Option<&str>| digits.and_then(|digits| digits.parse::<i64>().ok());
    let (qualifier, amount) = match figure.chars().next() {
        Some('?') => ("QUALIFIER_UNKNOWN", Some(0)),
        Some('>') => ("QUALIFIER_AT_LEAST", qualified(figure.strip_prefix('>'))),
        Some('~') => ("QUALIFIER_ABOUT", qualified(figure.strip_prefix('~'))),
        _ => ("QUALIFIER_EXACT", qualified(Some(figure))),
    };
    Ok(json!({ "qualifier": qualifier, "amount": amount.ok_or_else(wrong)?, "unit": unit }))
}

/// A value of an enum by its last words in small letters: `goods` for `KIND_GOODS`.
fn choice(schema: &EnumDescriptor, word: &str) -> Spelled {
    let ending = format!("_{}", word.to_uppercase().replace('-', "_"));
    let known = schema.values().find(|value| value.name() == word || value.name().ends_with(&ending));
    known.map(|value| json!(value.name())).ok_or_else(|| fault(schema.name(), &json!(word), "value of it"))
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;

    fn spell(message: &str, short: Value) -> Spelled {
        let pool = DescriptorPool::decode(quince_proto::FILE_DESCRIPTOR_SET).unwrap();
        let names = [("F20.offer".to_owned(), "nodes/henan/offers/7".to_owned())];
        let places = [("wuhan".to_owned(), json!({ "name": "Wuhan", "country": "CN" }))];
        let glossary = Glossary { places: places.into(), names: names.into() };
        glossary.message(&pool.get_message_by_name(message).unwrap(), &short)
    }

    #[test]
    fn short_forms_become_what_the_schema_wants() {
        let line = json!({ "kind": "goods", "quantity": ">80000 piece", "needed": "by then 2020-03-01..2020-03-09",
            "deliver_to": "wuhan" });
        let spelled = spell("quince.record.v1.NeedLine", line).unwrap();
        let expected = json!({
            "kind": "KIND_GOODS",
            "quantity": { "qualifier": "QUALIFIER_AT_LEAST", "amount": 80_000, "unit": "piece" },
            "needed": { "earliest": "2020-03-01T00:00:00Z", "latest": "2020-03-09T23:59:59Z", "words": "by then" },
            "deliver_to": { "name": "Wuhan", "country": "CN" },
        });
        assert_eq!(spelled, expected);
    }

    #[test]
    fn names_become_references_and_resource_names() {
        let record = json!({ "offer_line": "$F20.offer/2", "hold": "$F20.offer" });
        let spelled = spell("quince.record.v1.Requisition", record).unwrap();
        let expected = json!({ "offer_line": { "owner": "henan", "number": "7", "line": 2 },
            "hold": { "owner": "henan", "number": "7" } });
        assert_eq!(spelled, expected);
        let commit =
            spell("quince.api.v1.HoldStockRequest", json!({ "offer_line": "$F20.offer/2" })).unwrap();
        assert_eq!(commit, json!({ "offer_line": "nodes/henan/offers/7/lines/2" }));
    }

    #[test]
    fn what_stands_for_nothing_is_told_with_its_place() {
        let table = [
            (
                json!({ "lines": [{ "deliver_to": "atlantis" }] }),
                "lines.deliver_to.Place: \"atlantis\" is no known place",
            ),
            (json!({ "titel": "masks" }), "Need: \"titel\" is no field of it"),
            (
                json!({ "duplicate_of": "$F99.need" }),
                "duplicate_of.a name: \"$F99.need\" is no record that an earlier act made",
            ),
        ];
        for (short, expected) in table {
            assert_eq!(spell("quince.record.v1.Need", short).unwrap_err().to_string(), expected);
        }
    }
}
