//! What is wrong with a value: where it stands, what came, what was expected. No error codes; the API maps these.

use std::fmt;

use thiserror::Error;

use crate::domain::text::sanitize_for_display;

/// How much of an offending value an error repeats, in characters: enough to find it, too little to flood a log.
pub const VALUE_CHARS_MAX: usize = 64;

/// One fault in one field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path} is {value:?}, expected {expected}")]
pub struct FieldError {
    /// Where, such as `lines[2].quantity.amount`; empty until a parent names it with [`FieldError::under`].
    pub path: String,
    /// What came, shortened and without control characters.
    pub value: String,
    /// What would have been accepted.
    pub expected: String,
}

/// Everything that is wrong with one input; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct FieldErrors(Vec<FieldError>);

/// Collects faults, so that one attempt shows all of them.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl FieldError {
    /// A fault of the value itself; the caller who knows the field adds the path.
    pub fn of(value: impl fmt::Display, expected: impl Into<String>) -> Self {
        Self { path: String::new(), value: shorten(&value.to_string()), expected: expected.into() }
    }

    /// The same fault seen from one level further out: `amount` under `lines[2]` is `lines[2].amount`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        let dot =
            if parent.is_empty() || self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{parent}{dot}{}", self.path);
        self
    }
}

impl FieldErrors {
    /// The faults in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[FieldError] {
        &self.0
    }

    /// The first fault.
    #[must_use]
    pub fn first(&self) -> &FieldError {
        self.0.first().expect("a list of faults has at least one")
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl Faults {
    /// The value if it is good; otherwise its fault is noted under `path`.
    pub fn take<T>(&mut self, path: &str, result: Result<T, FieldError>) -> Option<T> {
        result.map_err(|error| self.0.push(error.under(path))).ok()
    }

    /// Like [`Faults::take`] for a value that may have several faults.
    pub fn take_all<T>(&mut self, path: &str, result: Result<T, FieldErrors>) -> Option<T> {
        result.map_err(|errors| self.0.extend(errors.0.into_iter().map(|e| e.under(path)))).ok()
    }

    /// Notes a fault unless `holds`.
    pub fn require(&mut self, holds: bool, path: &str, value: impl fmt::Display, expected: &str) {
        if !holds {
            self.0.push(FieldError::of(value, expected).under(path));
        }
    }

    /// What was built, unless something was noted. `None` without a fault is a mistake of the caller.
    pub fn finish<T>(self, built: Option<T>) -> Result<T, FieldErrors> {
        match built {
            Some(built) if self.0.is_empty() => Ok(built),
            _ => Err(FieldErrors(self.0)),
        }
    }
}

fn shorten(value: &str) -> String {
    let clean = sanitize_for_display(value);
    match clean.char_indices().nth(VALUE_CHARS_MAX) {
        None => clean,
        Some((end, _)) => format!("{}…", &clean[..end]),
    }
}
