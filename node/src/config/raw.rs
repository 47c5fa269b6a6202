//! What the file, the environment and the flags say, before anybody asks whether it makes sense.

use std::collections::BTreeMap;

use quince_core::domain::FieldError;
use toml::{Table, Value};

use super::setting::{self, Setting, Shape};

/// Texts as given for a setting, and where they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Given {
    texts: Vec<String>,
    place: String,
}

/// Values by key. What is not in it has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw(BTreeMap<&'static str, Given>);

impl Raw {
    /// Reads `node.toml`. Unknown names and wrong shapes are faults, all of them reported.
    pub fn parse(text: &str) -> Result<Self, Vec<FieldError>> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| vec![syntax(&error)])?;
        let mut raw = Self::default();
        let mut faults = Vec::new();
        for (section, entries) in table {
            let Value::Table(entries) = entries else {
                faults.push(FieldError::of(entries, "a section such as [api]").under(&section));
                continue;
            };
            for (name, value) in entries {
                let key = format!("{section}.{name}");
                match find(&key).and_then(|setting| Ok((setting, texts(setting, value)?))) {
                    Ok((setting, texts)) => raw.put(setting, texts, setting.key.to_owned()),
                    Err(fault) => faults.push(fault.under(&key)),
                }
            }
        }
        if faults.is_empty() { Ok(raw) } else { Err(faults) }
    }

    /// Notes what a flag or a variable says.
    pub fn override_with(&mut self, setting: &'static Setting, texts: Vec<String>) {
        self.put(setting, texts, format!("--{}", setting.flag));
    }

    /// These values where they say something, the others else.
    #[must_use]
    pub fn over(self, mut others: Self) -> Self {
        others.0.extend(self.0);
        others
    }

    /// The texts of a setting, and the place to name in errors.
    #[must_use]
    pub fn texts(&self, setting: &Setting) -> (Vec<&str>, &str) {
        match self.0.get(setting.key) {
            Some(given) => (given.texts.iter().map(String::as_str).collect(), &given.place),
            None if setting.shape == Shape::List && setting.default.is_empty() => (Vec::new(), setting.key),
            None => (vec![setting.default], setting.key),
        }
    }

    /// How many settings somebody said something about.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether somebody said something about a setting.
    #[must_use]
    pub fn says(&self, setting: &Setting) -> bool {
        self.0.contains_key(setting.key)
    }

    fn put(&mut self, setting: &'static Setting, texts: Vec<String>, place: String) {
        self.0.insert(setting.key, Given { texts, place });
    }
}

fn find(key: &str) -> Result<&'static Setting, FieldError> {
    let known = setting::ALL.into_iter().find(|setting| setting.key == key);
    known.ok_or_else(|| FieldError::of(key, "one of the settings that `quince-node config` lists"))
}

fn texts(setting: &Setting, value: Value) -> Result<Vec<String>, FieldError> {
    match (setting.shape, value) {
        (Shape::Text, Value::String(text)) => Ok(vec![text]),
        (Shape::Switch, Value::Boolean(on)) => Ok(vec![on.to_string()]),
        (Shape::List, Value::Array(values)) => values.into_iter().map(text).collect(),
        (Shape::Text, value) => Err(FieldError::of(value, "a text in quotes")),
        (Shape::Switch, value) => Err(FieldError::of(value, "true or false")),
        (Shape::List, value) => Err(FieldError::of(value, "a list of texts such as [\"a\", \"b\"]")),
    }
}

fn text(value: Value) -> Result<String, FieldError> {
    match value {
        Value::String(text) => Ok(text),
        value => Err(FieldError::of(value, "a text in quotes")),
    }
}

/// The position and the library's sentence. Its excerpt of the line stays out: the line may hold a password.
fn syntax(error: &toml::de::Error) -> FieldError {
    let at = error.span().map_or(0, |span| span.start);
    FieldError::of(error.message(), "TOML").under(&format!("node.toml, byte {at}"))
}
