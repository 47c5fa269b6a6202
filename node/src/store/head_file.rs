//! The head file: this node's own heads, kept outside the database, so that a restored database is noticed.
//!
//! One line for each own feed: feed, epoch, size, root. Written whole to a file beside it, synchronized, and
//! renamed; after the commit and before the publication. A file behind the database is no fault: a crash
//! between the two leaves that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use quince_core::feed::{AudienceId, Epoch, FeedId, Head, Lane, SignedHead};

use super::error::StoreError;

const FILE: &str = "heads";
const FIRST_LINE: &str = "quince heads v1";

type Heads = BTreeMap<FeedId, Head>;

/// The file and what it says.
#[derive(Debug, Clone)]
pub(super) struct HeadFile {
    path: PathBuf,
    heads: Arc<Mutex<Heads>>,
    /// The file was there when the store was opened.
    found: bool,
}

impl HeadFile {
    /// Reads the file of a data directory, if it is there.
    pub(super) fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        let (heads, found) = match fs::read_to_string(&path) {
            Ok(text) => (parse(&text).map_err(|what| damaged(&path, &what))?, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Heads::new(), false),
            Err(error) => return Err(StoreError::file(format!("read {}", path.display()))(error)),
        };
        Ok(Self { path, heads: Arc::new(Mutex::new(heads)), found })
    }

    pub(super) const fn found(&self) -> bool {
        self.found
    }

    /// What the file says.
    pub(super) fn heads(&self) -> Vec<Head> {
        self.heads.lock().expect("nobody panics while holding the heads").values().copied().collect()
    }

    /// Makes the file, empty, where there is none yet. From the first head on its absence then says that it was taken
    /// away, and not that a crash came between the first commit and the first record of it.
    pub(super) async fn begin(&self) -> io::Result<()> {
        if self.found {
            return Ok(());
        }
        let file = self.clone();
        tokio::task::spawn_blocking(move || file.record_now(&[])).await.map_err(io::Error::other)?
    }

    /// Makes the file say these heads as well. Durable when it returns.
    pub(super) async fn record(&self, signed: &[SignedHead]) -> io::Result<()> {
        if signed.is_empty() {
            return Ok(());
        }
        let (file, signed) = (self.clone(), signed.to_vec());
        tokio::task::spawn_blocking(move || file.record_now(&signed)).await.map_err(io::Error::other)?
    }

    /// Two commits may come here in either order: the larger head stays.
    fn record_now(&self, signed: &[SignedHead]) -> io::Result<()> {
        let mut heads = self.heads.lock().expect("nobody panics while holding the heads");
        for SignedHead { head, .. } in signed {
            let known = heads.entry(head.feed).or_insert(*head);
            if (head.epoch, head.size) > (known.epoch, known.size) {
                *known = *head;
            }
        }
        replace(&self.path, &to_text(&heads))
    }
}

/// Replaces a file in one step: after a crash it has either the old or the new content.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The rename itself is durable only with the directory.
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn to_text(heads: &Heads) -> String {
    let line = |head: &Head| format!("{} {} {} {}\n", head.feed, head.epoch, head.size, head.root);
    format!("{FIRST_LINE}\n{}", heads.values().map(line).collect::<String>())
}

fn parse(text: &str) -> Result<Heads, String> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err(format!("it does not begin with {FIRST_LINE:?}"));
    }
    let parse = |line| parse_line(line).ok_or_else(|| format!("{line:?} is not a head"));
    lines.map(|line| parse(line).map(|head| (head.feed, head))).collect()
}

fn parse_line(line: &str) -> Option<Head> {
    let mut words = line.split(' ');
    let mut feed = words.next()?.split('/');
    let (node, audience) = (feed.next()?.parse().ok()?, feed.next()?.parse::<AudienceId>().ok()?);
    let lane = Lane::try_from(feed.next()?.parse::<u64>().ok()?).ok()?;
    let (epoch, size) = (Epoch(words.next()?.parse().ok()?), words.next()?.parse().ok()?);
    let head = Head { feed: FeedId { node, audience, lane }, epoch, size, root: words.next()?.parse().ok()? };
    words.next().is_none().then_some(head)
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::Damaged(format!("head file {}: {what}", path.display()))
}
