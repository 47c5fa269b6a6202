//! What can be wrong with a data directory, looked at without changing anything, whether or not the node runs.

use std::path::Path;

use crate::config::{Config, Raw};
use crate::error::{Failure, sentence};
use crate::founding::Founding;
use crate::keys::{self, Keys};
use crate::private::{self, PrivateError};
use crate::token;

/// What was looked at, and what is wrong with it.
#[derive(Debug)]
pub struct Finding {
    /// What was looked at.
    pub tried: String,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// What is wrong with something, and what to do about it.
#[derive(Debug)]
pub struct Fault {
    /// One sentence.
    pub what: String,
    /// A command or an advice.
    pub remedy: Option<String>,
}

/// Looks at everything.
#[must_use]
pub fn look_at(data: &Path, overrides: Raw) -> Vec<Finding> {
    let mut findings = vec![mode(data, private::DIRECTORY_MODE)];
    findings.push(mode(&data.join(keys::DIRECTORY), private::DIRECTORY_MODE));
    let files = keys::SECRETS.into_iter().chain([token::PROFILE]);
    findings.extend(files.map(|file| mode(&data.join(file), private::FILE_MODE)));
    let config = Config::load(data, overrides);
    findings.push(finding("the configuration", config.map_err(|error| fault_of(error.into()))));
    let founding = Founding::load(data).map_err(|error| Fault { what: sentence(&error), remedy: None });
    findings.push(finding("who the node is", founding));
    let keys = Keys::load(data).map_err(|error| Fault { what: sentence(&error), remedy: None });
    findings.push(finding("the keys and their certificates", keys));
    findings.push(finding("no recovery file lies beside the keys it replaces", no_recovery_file(data)));
    findings
}

fn mode(path: &Path, expected: u32) -> Finding {
    let checked = private::check_mode(path, expected).map_err(|error: PrivateError| fault_of(error.into()));
    finding(format!("nobody else reads {}", path.display()), checked)
}

/// A recovery file is known by its first line, which is the same for all files that `age` armors.
fn no_recovery_file(data: &Path) -> Result<(), Fault> {
    let entries = std::fs::read_dir(data).map_err(|error| fault_of(error.into()))?;
    let armored = |path: &Path| {
        let content = std::fs::read(path).unwrap_or_default();
        content.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
    };
    let found = entries.flatten().map(|entry| entry.path()).find(|path| path.is_file() && armored(path));
    match found {
        None => Ok(()),
        Some(path) => Err(Fault {
            what: format!(
                "{} is in the data directory: both would be lost or stolen together",
                path.display()
            ),
            remedy: Some("move it to another machine, or print it".to_owned()),
        }),
    }
}

fn finding<T>(tried: impl Into<String>, result: Result<T, Fault>) -> Finding {
    Finding { tried: tried.into(), fault: result.err() }
}

fn fault_of(failure: Failure) -> Fault {
    Fault { what: failure.errors.join("; "), remedy: failure.hint }
}
