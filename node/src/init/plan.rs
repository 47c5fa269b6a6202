//! What `init` is asked for, checked before a byte is written; every fault is told at once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf, absolute};

use quince_core::domain::field::Faults;
use quince_core::domain::{FieldError, FieldErrors, Handle};
use quince_core::roster::Name;
use thiserror::Error;

use crate::args::InitArguments;
use crate::config::{Config, Raw};
use crate::founding::{Seat, read_handle, read_name};
use crate::init::recovery::{self, Passphrase};

/// What a new node will be.
pub struct Plan {
    /// The data directory, absolute. It does not exist, or is empty.
    pub data: PathBuf,
    /// The node's name in all record ids.
    pub handle: Handle,
    /// The office's name.
    pub name: Name,
    /// Where the office is.
    pub seat: Seat,
    /// The recovery file, absolute. It does not exist and is not in the data directory.
    pub recovery_file: PathBuf,
    /// What encrypts the recovery file, if it was given in a file.
    pub passphrase: Option<Passphrase>,
    /// The first configuration, as it will be written.
    pub settings: Raw,
    /// The same, checked.
    pub config: Config,
}

/// What was asked for makes no node.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct PlanError(#[from] pub FieldErrors);

impl Plan {
    /// Checks what was asked for.
    ///
    /// # Errors
    /// With every fault at once.
    pub fn check(asked: InitArguments) -> Result<Self, PlanError> {
        let mut faults = Faults::default();
        let settings = asked.node.overrides.0;
        let data = faults.take("--data", new_directory(&asked.node.data));
        let handle = faults.take("--handle", read_handle(&asked.handle));
        let name = faults.take("--name", read_name(&asked.name));
        let seat = faults.take("--place", asked.place.parse());
        let config = checked(&mut faults, Config::check(&asked.node.data, &settings));
        let recovery_file = faults.take("--recovery-file", new_file(&asked.recovery_file));
        let passphrase = asked.passphrase_file.as_deref().map(recovery::read_passphrase).transpose();
        let passphrase = faults.take("--passphrase-file", passphrase);
        if let (Some(data), Some(file)) = (&data, &recovery_file) {
            let expected = "a file outside the data directory, or both are lost together";
            faults.require(!file.starts_with(data), "--recovery-file", file.display(), expected);
        }
        let built = (|| {
            let data = data?;
            let config = Config { data: data.clone(), ..config? };
            Some(Self {
                data,
                handle: handle?,
                name: name?,
                seat: seat?,
                recovery_file: recovery_file?,
                passphrase: passphrase?,
                settings,
                config,
            })
        })();
        Ok(faults.finish(built)?)
    }
}

/// Settings name their own places.
fn checked(faults: &mut Faults, config: Result<Config, FieldErrors>) -> Option<Config> {
    let errors = config.map_err(|errors| errors.as_slice().to_vec());
    errors
        .map_err(|errors| {
            for error in errors {
                let place = error.path.clone();
                faults.take::<()>(&place, Err(FieldError { path: String::new(), ..error }));
            }
        })
        .ok()
}

/// The path as it is without links, if nothing or an empty directory is there.
fn new_directory(path: &Path) -> Result<PathBuf, FieldError> {
    let expected = "a directory that does not exist or is empty";
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => resolved(path),
        Ok(false) => Err(FieldError::of(format!("{}, which is not empty", path.display()), expected)),
        Err(error) if error.kind() == ErrorKind::NotFound => resolved(path),
        Err(error) => Err(FieldError::of(format!("{} ({error})", path.display()), expected)),
    }
}

/// The path as it is without links, if nothing is there.
fn new_file(path: &Path) -> Result<PathBuf, FieldError> {
    if path.symlink_metadata().is_ok() {
        let came = format!("{}, which exists", path.display());
        return Err(FieldError::of(came, "a file that does not exist"));
    }
    resolved(path)
}

/// The parent exists and is resolved, because a link could lead anywhere; the last name need not exist.
fn resolved(path: &Path) -> Result<PathBuf, FieldError> {
    let fault = || FieldError::of(path.display(), "a path in a directory that exists");
    let path = absolute(path).map_err(|_| fault())?;
    let name = path.file_name().ok_or_else(fault)?;
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok()).ok_or_else(fault)?;
    Ok(parent.join(name))
}
