//! A whole need or offer as typed: what stands above the lines, and the lines.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use quince_proto::record::v1::{Common, Text};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::common::with_common;
use crate::input::fault::{At, Faults};
use crate::input::text::Texts;

/// The longest file that is read: 100 lines of a record of at most 32 KiB, with room for layout.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// How much of a line an error repeats: enough to find it.
const NEAR_CHARS_MAX: usize = 40;

with_common! {
    /// A need or offer as typed, with lines of `L`.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
    #[serde(default, rename_all = "kebab-case", deny_unknown_fields, bound = "L: Deserialize<'de> + Default")]
    pub struct Sheet<L: Clone, Default, Send, Sync> {
        /// A short title; a file can give one per language
        #[arg(long, value_name = "TEXT")]
        pub title: Option<Texts>,
        /// What else a reader should know; a file can give one per language
        #[arg(long, value_name = "TEXT")]
        pub description: Option<Texts>,
        /// The lines; on the command line the flags are one line.
        #[arg(skip)]
        pub lines: Vec<L>,
    }
}

/// A need or offer as typed in either form.
#[derive(Debug, Clone, Args)]
pub struct Typed<L: Args + Clone + Default + Send + Sync + 'static> {
    /// Read it from a file of YAML or JSON instead, with several lines; - is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What stands above the lines.
    #[command(flatten)]
    pub sheet: Sheet<L>,
    /// The one line.
    #[command(flatten)]
    pub line: L,
}

/// Who types, and when.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// BCP 47, of texts that name no language.
    pub language: &'a str,
    /// Everything this author writes is a drill.
    pub exercise: bool,
    /// The present.
    pub now: Timestamp,
}

/// What stands above the lines, ready for the record.
#[derive(Debug)]
pub struct Head {
    /// Common values.
    pub common: Common,
    /// Title by language; empty when none was typed.
    pub title: Vec<Text>,
    /// Description by language.
    pub description: Vec<Text>,
}

impl<L: Clone + Default + Send + Sync + 'static> Sheet<L> {
    /// Reads YAML or JSON; the error says where, what was found and what was expected.
    pub fn parse(text: &str) -> Result<Self, String>
    where
        L: DeserializeOwned,
    {
        parse(text)
    }

    /// What stands above the lines.
    pub fn head(&self, at: At, author: &Author<'_>, faults: &mut Faults) -> Head {
        let common = self.common().to_record(at, author, faults);
        let texts = |texts: &Option<Texts>| texts.as_ref().map(|texts| texts.to_record(author.language));
        Head {
            common,
            title: texts(&self.title).unwrap_or_default(),
            description: texts(&self.description).unwrap_or_default(),
        }
    }
}

impl<L: Args + Clone + Default + PartialEq + Send + Sync + DeserializeOwned + 'static> Typed<L> {
    /// The sheet, and where it was typed.
    pub fn into_sheet(self) -> Result<(At, Sheet<L>), Failure> {
        let Some(file) = self.file else {
            return Ok((At::Flags, Sheet { lines: vec![self.line], ..self.sheet }));
        };
        if self.line != L::default() || self.sheet != Sheet::default() {
            return Err(Failure::new(
                Exit::Usage,
                "--file takes the place of all other flags that say what is in it",
            ));
        }
        Ok((At::File, read(&file)?))
    }
}

/// Reads a file of YAML or JSON; `-` is standard input.
pub(crate) fn read<S: DeserializeOwned>(path: &Path) -> Result<S, Failure> {
    let text = file_text(path).map_err(|error| {
        Failure::new(Exit::Usage, format!("file {}: cannot be read: {error}", path.display()))
    })?;
    parse(&text).map_err(|error| {
        Failure::new(Exit::Usage, format!("file {}: {error}", path.display()))
            .with_hint("keys are the flags of the command without dashes, those of a line under `lines`")
    })
}

/// Reads YAML or JSON; the error says where, what was found and what was expected.
pub fn parse<S: DeserializeOwned>(text: &str) -> Result<S, String> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| described(&error, text))
}

/// What the parser says, with the text that it stopped at.
fn described(error: &serde_saphyr::Error, text: &str) -> String {
    let said = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    let near = error.location().and_then(|place| {
        let line = text.lines().nth(usize::try_from(place.line()).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(place.column()).ok()?.saturating_sub(1);
        Some(line.chars().skip(column).take(NEAR_CHARS_MAX).collect::<String>())
    });
    near.map_or(said.clone(), |near| format!("{said}, near {near:?}"))
}

/// The text of a file that is not too long; `-` is standard input.
pub(crate) fn file_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    source.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}
