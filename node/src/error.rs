//! How the program fails: what went wrong, what to do about it, and a number for scripts.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::init::{InitError, PlanError};
use crate::node::{BindError, OpenError};
use crate::private::PrivateError;
use crate::store::StoreError;

/// What the program tells its caller at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Success = 0,
    /// Something failed.
    Failure = 1,
    /// What was asked for makes no sense: trying again changes nothing.
    BadConfiguration = 64,
}

/// The end of a command that failed.
#[derive(Debug)]
pub struct Failure {
    /// The number.
    pub exit: Exit,
    /// One sentence for each fault.
    pub errors: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with its causes in one sentence.
    #[must_use]
    pub fn of(error: &dyn Error) -> Self {
        Self { exit: Exit::Failure, errors: vec![sentence(error)], hint: None }
    }

    /// A request that makes no sense.
    #[must_use]
    pub fn bad_configuration(errors: Vec<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::BadConfiguration, errors, hint: Some(hint.into()) }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for error in &self.errors {
            writeln!(out, "error: {error}")?;
        }
        self.hint.iter().try_for_each(|hint| writeln!(out, "\nhint: {hint}"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::of(&error)
    }
}

impl From<PrivateError> for Failure {
    fn from(error: PrivateError) -> Self {
        Self::of(&error).hint(error.hint())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::bad_configuration(error.faults(), error.hint())
    }
}

impl From<PlanError> for Failure {
    fn from(PlanError(faults): PlanError) -> Self {
        let errors = faults.as_slice().iter().map(ToString::to_string).collect();
        Self::bad_configuration(
            errors,
            "`quince-node init --help` explains each of them; nothing was written",
        )
    }
}

impl From<InitError> for Failure {
    fn from(error: InitError) -> Self {
        Self::of(&error).hint(Some("nothing was written".to_owned()))
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::of(&error).hint(error.hint())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(&error)
    }
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        Self::of(&error).hint(Some(error.hint()))
    }
}

/// An error and its causes, each once, from the outside in.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        sentence.push_str(": ");
        sentence.push_str(&inner.to_string());
        cause = inner.source();
    }
    sentence
}
