//! What can be wrong with a data directory, looked at without changing anything, whether or not the node runs.

use std::path::Path;

use crate::clock::Entropy;
use crate::config::{Config, Raw};
use crate::error::{Failure, sentence};
use crate::founding::Founding;
use crate::keys::{self, Keys};
use crate::opening;
use crate::private::{self, PrivateError};
use crate::store::Access;
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
pub async fn look_at(data: &Path, overrides: Raw) -> Vec<Finding> {
    let mut findings = vec![mode(data, private::DIRECTORY_MODE)];
    findings.push(mode(&data.join(keys::DIRECTORY), private::DIRECTORY_MODE));
    let files = keys::SECRETS.into_iter().chain([token::PROFILE]);
    findings.extend(files.map(|file| mode(&data.join(file), private::FILE_MODE)));
    let config = Config::load(data, overrides);
    let founding = Founding::load(data);
    if let (Ok(config), Ok(founding)) = (&config, &founding) {
        findings.extend(database(config, founding).await);
    }
    findings.push(finding("the configuration", config.map_err(|error| fault_of(error.into()))));
    let founding = founding.map_err(|error| Fault { what: sentence(&error), remedy: None });
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

/// The file itself, every entry against what its owner signed, and whether this node signs.
async fn database(config: &Config, founding: &Founding) -> Vec<Finding> {
    let tried = "the database and every entry in it";
    let store = opening::open(config, founding, Access::Beside, &Entropy::system()).await;
    let store = match store {
        Ok(store) => store,
        Err(error) => return vec![finding::<()>(tried, Err(fault_of(error.into())))],
    };
    let report = store.check().await;
    store.close().await;
    let (faults, silent) = match report {
        Ok(report) => (report.faults, report.silent),
        Err(error) => (vec![sentence(&error)], None),
    };
    let remedy = "until then the node serves reads and signs nothing";
    let silence = silent.map_or(Ok(()), |what| Err(Fault { what, remedy: Some(remedy.to_owned()) }));
    let signing = finding("the database is as new as what this node has signed", silence);
    if faults.is_empty() {
        return vec![finding(tried, Ok(())), signing];
    }
    let remedy = "other cities' entries are fetched again by themselves; own ones come from a backup";
    let fault = |what| Fault { what, remedy: Some(remedy.to_owned()) };
    faults.into_iter().map(|what| finding::<()>(tried, Err(fault(what)))).chain([signing]).collect()
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
