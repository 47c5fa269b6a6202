//! Reads the project's own files: what git tracks or would track, as text.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file of the project, by its path from the root.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The part that people wrote as product: without its tests.
    pub(crate) fn product(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.path.starts_with("proto/src/gen/")
    }

    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies in the project").to_owned()
}

/// Every text file that is, or is about to be, part of the project.
pub(crate) fn all() -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr));
    let mut sources: Vec<Source> = String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .lines()
        .filter_map(|path| {
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some(Source { path: path.to_owned(), text })
        })
        .collect();
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(sources.len() > 20, "found only {} files", sources.len());
    sources
}

pub(crate) fn rust() -> Vec<Source> {
    all().into_iter().filter(|source| source.path.ends_with(".rs")).collect()
}

/// Fails with every fault at once, so that one run shows them all.
pub(crate) fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}
