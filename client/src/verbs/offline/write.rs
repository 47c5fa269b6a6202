//! A file that appears whole or not at all: written beside its place, on disk before it is renamed into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;

/// A file being written. Dropped, it leaves nothing behind.
pub(crate) struct Draft {
    file: File,
    beside: PathBuf,
    place: PathBuf,
    finished: bool,
}

impl Draft {
    pub(crate) fn begin(place: PathBuf) -> Result<Self, Failure> {
        let mark: u32 = rand::random();
        let beside = place.with_added_extension(format!("{mark:08x}.partial"));
        let file = OpenOptions::new().write(true).create_new(true).open(&beside);
        let file = file.map_err(|error| unwritten(&place, &error))?;
        Ok(Self { file, beside, place, finished: false })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| unwritten(&self.place, &error))
    }

    /// Puts the file in its place. A stick that is pulled out now has it.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let done = self.file.sync_all().and_then(|()| fs::rename(&self.beside, &self.place));
        done.map_err(|error| unwritten(&self.place, &error))?;
        self.finished = true;
        sync_parent(&self.place).map_err(|error| unwritten(&self.place, &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody can be told here; what stays has a name that says what it is.
            drop(fs::remove_file(&self.beside));
        }
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        let mut given_up = Draft::begin(place.clone()).unwrap();
        given_up.write(b"half").unwrap();
        assert!(!place.exists());
        drop(given_up);
        for content in ["one", "two"] {
            let mut draft = Draft::begin(place.clone()).unwrap();
            draft.write(content.as_bytes()).unwrap();
            draft.finish().unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
