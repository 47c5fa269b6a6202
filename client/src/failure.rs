//! Why a command failed: one sentence, the fields concerned, and what to do about it.

mod status;

use std::fmt;
use std::io;

use crate::exit::Exit;
use crate::print::clean::clean;
use crate::profile::ProfileError;

/// What a command could not do, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// Each field that is wrong: its path and what was expected.
    pub fields: Vec<(String, String)>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Nobody is left to read what is printed: end quietly.
    pub silent: bool,
}

impl Failure {
    /// A failure with this exit code.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), fields: Vec::new(), hint: None, silent: false }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// "error: …", a line per field, an empty line, "hint: …". Whatever a node or a partner said is cleaned here.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", clean(&self.message))?;
        for (path, description) in &self.fields {
            writeln!(f, "  {}: {}", clean(path), clean(description))?;
        }
        match &self.hint {
            Some(hint) => writeln!(f, "\nhint: {}", clean(hint)),
            None => Ok(()),
        }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::new(Exit::Usage, error.to_string()).with_hint(error.hint())
    }
}

/// Printing failed. A closed pipe is how `head` says that it has seen enough.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { silent: true, ..Self::new(Exit::Ok, "") };
        }
        Self::new(Exit::Failed, format!("cannot write: {error}"))
    }
}
