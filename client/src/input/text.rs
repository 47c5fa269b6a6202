//! Texts: one in the profile's language, or, in a file, one per language.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use quince_proto::record::v1::{Text, TextOrigin};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A text as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Texts {
    /// In the profile's language.
    One(String),
    /// By language.
    Many(BTreeMap<String, String>),
}

/// A text in a language, typed as `fa=ماسک`; without a language it is in the profile's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageText {
    language: Option<String>,
    text: String,
}

impl LanguageText {
    /// The text of a record.
    #[must_use]
    pub fn to_record(&self, language: &str) -> Text {
        Text {
            language: self.language.clone().unwrap_or_else(|| language.to_owned()),
            text: self.text.clone(),
            origin: TextOrigin::Human.into(),
        }
    }
}

impl FromStr for LanguageText {
    type Err = Infallible;

    /// What stands before the first `=` is a language if it looks like one; whether there is such a language is nobody's to say.
    fn from_str(typed: &str) -> Result<Self, Infallible> {
        let tag = |text: &str| {
            (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        Ok(match typed.split_once('=').filter(|(language, _)| tag(language)) {
            Some((language, text)) => Self { language: Some(language.to_owned()), text: text.to_owned() },
            None => Self { language: None, text: typed.to_owned() },
        })
    }
}

impl Texts {
    /// The texts of a record. People type them, so their origin is human.
    #[must_use]
    pub fn to_record(&self, language: &str) -> Vec<Text> {
        let text = |language: &str, text: &str| Text {
            language: language.to_owned(),
            text: text.to_owned(),
            origin: TextOrigin::Human.into(),
        };
        match self {
            Self::One(only) => vec![text(language, only)],
            Self::Many(texts) => texts.iter().map(|(language, one)| text(language, one)).collect(),
        }
    }
}

impl FromStr for Texts {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::One(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a map from language to text such as {en: Masks, fa: ماسک}")
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts::One(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((language, text)) = map.next_entry()? {
            texts.insert(language, text);
        }
        Ok(Texts::Many(texts))
    }
}
