//! Faults of what was typed, collected so that one run shows them all.

use crate::exit::Exit;
use crate::failure::Failure;

/// Where in the input something stands: `--quantity` on the command line, `lines[2].quantity` in a file.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// Flags.
    Flags,
    /// The top of a file.
    File,
    /// A line of a file, counted from 1 as people do.
    Line(usize),
    /// A row of a spreadsheet, counted as it shows them.
    Row(usize),
}

/// All faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, String)>);

impl At {
    /// The place of the line with this index.
    #[must_use]
    pub fn line(self, index: usize) -> Self {
        match self {
            Self::Flags => Self::Flags,
            Self::File | Self::Line(_) => Self::Line(index + 1),
            Self::Row(row) => Self::Row(row + index),
        }
    }

    /// The path of a key here.
    #[must_use]
    pub fn path(self, key: &str) -> String {
        match self {
            Self::Flags => format!("--{key}"),
            Self::File => key.to_owned(),
            Self::Line(line) => format!("lines[{line}].{key}"),
            Self::Row(row) => format!("row {row}, {key}"),
        }
    }
}

impl Faults {
    /// Notes that `key` is `got` where `expected` was expected.
    pub fn note(&mut self, at: At, key: &str, got: &str, expected: &str) {
        self.0.push((at.path(key), format!("got {got:?}, expected {expected}")));
    }

    /// Notes that `key` is missing.
    pub fn missing(&mut self, at: At, key: &str, expected: &str) {
        self.0.push((at.path(key), format!("missing, expected {expected}")));
    }

    /// The value, or `None` with its fault noted.
    pub fn parse<T>(
        &mut self,
        at: At,
        key: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text).map_err(|expected| self.note(at, key, text, &expected)).ok()
    }

    /// Takes over what was noted elsewhere; `told` says where a path of there is here.
    pub fn adopt(&mut self, other: Self, told: impl Fn(&str) -> String) {
        self.0.extend(other.0.into_iter().map(|(path, words)| (told(&path), words)));
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends in a failure if anything was noted.
    pub fn end(self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut failure = Failure::new(Exit::Usage, "the input has faults; nothing was sent");
        failure.fields = self.0;
        Err(failure)
    }
}
