//! Files that hold secrets: readable by their owner only, whole or not at all, and on disk when a call returns.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What a secret file may allow: reading and writing by its owner.
pub const FILE_MODE: u32 = 0o600;

/// What a directory of secrets may allow.
pub const DIRECTORY_MODE: u32 = 0o700;

/// A file that cannot be read or written as it should.
#[derive(Debug, Error)]
pub enum PrivateError {
    /// The operating system refuses.
    #[error("{} cannot be {done}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What should have been done.
        done: &'static str,
        /// Why it was not.
        source: io::Error,
    },
    /// Others may read it.
    #[error("{} has mode {mode:04o}, expected {expected:04o}: it holds a secret", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// What it allows.
        mode: u32,
        /// What it may allow.
        expected: u32,
    },
}

/// Makes a directory that nobody else can enter. It must not exist.
///
/// # Errors
/// When the operating system refuses.
pub fn make_directory(path: &Path) -> Result<(), PrivateError> {
    DirBuilder::new().mode(DIRECTORY_MODE).create(path).map_err(io("made", path))
}

/// Writes a file that does not exist yet.
///
/// # Errors
/// When it exists, or the operating system refuses; then nothing is left of it.
pub fn write_new(path: &Path, content: &[u8]) -> Result<(), PrivateError> {
    let written = "written";
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
        .map_err(io(written, path))?;
    let done = file.write_all(content).and_then(|()| file.sync_all()).map_err(io(written, path));
    if done.is_err() {
        // What is half written helps nobody; the first error is the one to tell.
        drop(fs::remove_file(path));
    }
    done?;
    sync_parent(path)
}

/// Writes a file anew, in place of the one that may be there: readers see the old or the new one.
///
/// # Errors
/// When the operating system refuses; then the old file is as it was.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), PrivateError> {
    let next = path.with_added_extension("next");
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io("removed", &next)(error)),
        _ => {}
    }
    write_new(&next, content)?;
    fs::rename(&next, path).map_err(io("replaced", path))?;
    sync_parent(path)
}

/// Reads a file that nobody else may read.
///
/// # Errors
/// When others may read it, or the operating system refuses.
pub fn read(path: &Path) -> Result<String, PrivateError> {
    check_mode(path, FILE_MODE)?;
    fs::read_to_string(path).map_err(io("read", path))
}

/// Checks that a file or directory allows nothing beyond `expected`.
///
/// # Errors
/// When it allows more, or cannot be looked at.
pub fn check_mode(path: &Path, expected: u32) -> Result<(), PrivateError> {
    let mode = fs::metadata(path).map_err(io("read", path))?.permissions().mode() & 0o777;
    if mode & !expected == 0 {
        return Ok(());
    }
    Err(PrivateError::TooOpen { path: path.to_owned(), mode, expected })
}

/// Makes sure that a directory's list of names is on disk.
///
/// # Errors
/// When the operating system refuses.
pub fn sync_parent(path: &Path) -> Result<(), PrivateError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|directory| directory.sync_all()).map_err(io("synchronized", parent))
}

impl PrivateError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooOpen { path, expected, .. } => Some(format!("chmod {expected:o} {}", path.display())),
            Self::Io { .. } => None,
        }
    }
}

fn io(done: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrivateError {
    let path = path.to_owned();
    move |source| PrivateError::Io { path, done, source }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_new_file_is_its_owners_alone_and_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"one").unwrap();
        assert_eq!(read(&path).unwrap(), "one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, FILE_MODE);
        assert!(write_new(&path, b"two").is_err());
        assert_eq!(read(&path).unwrap(), "one");
    }

    #[test]
    fn a_replaced_file_is_new_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(folder.path().join("secret.next"), "left by a crash").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("has mode 0640, expected 0600"), "{error}");
        assert_eq!(error.hint().unwrap(), format!("chmod 600 {}", path.display()));
    }
}
