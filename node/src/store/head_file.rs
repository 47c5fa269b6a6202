//! The head file: this node's own heads, kept outside the database, so that a restored database is noticed.
//!
//! One line for each own feed: feed, epoch, size, root. The file has two slots, which are written in turn and in place: each says
//! how often the file was written, and ends with the hash of what it says. A slot that a power cut has torn is passed by, and
//! the other one has what was written before. So a record of a head costs one synchronization of one page and no change of the
//! folder. It is made after the commit and before the publication. A file behind the database is no fault: a crash between
//! the two leaves that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use quince_core::feed::{AudienceId, Epoch, FeedId, Hash, Head, Lane, SignedHead};

use super::error::StoreError;

const FILE: &str = "heads";

/// The first words of a slot; how often the file was written follows.
const SLOT: &str = "quince heads v2 ";

/// The first word of a slot's last line; the hash of all before it follows.
const END: &str = "end ";

/// The first line of a file of the first version, which has no slots.
const WHOLE: &str = "quince heads v1\n";

/// Bytes of a slot to begin with: a page, which holds the feeds of two audiences. It doubles as often as needed.
const SLOT_LEN: usize = 4096;

/// The file and what it says.
#[derive(Debug, Clone)]
pub(super) struct HeadFile {
    path: PathBuf,
    said: Arc<Mutex<Said>>,
    /// The file was there when the store was opened.
    found: bool,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    /// How often it was written.
    writes: u64,
    heads: BTreeMap<FeedId, Head>,
    /// Bytes of a slot; 0 when there are none yet.
    slot_len: usize,
}

impl HeadFile {
    /// Reads the file of a data directory, if it is there.
    pub(super) fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        let (said, found) = match fs::read(&path) {
            Ok(bytes) => (Said::parse(&bytes).map_err(|what| damaged(&path, &what))?, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Said::default(), false),
            Err(error) => return Err(StoreError::file(format!("read {}", path.display()))(error)),
        };
        Ok(Self { path, said: Arc::new(Mutex::new(said)), found })
    }

    pub(super) const fn found(&self) -> bool {
        self.found
    }

    /// What the file says.
    pub(super) fn heads(&self) -> Vec<Head> {
        self.said.lock().expect("nobody panics while holding the heads").heads.values().copied().collect()
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
        let mut said = self.said.lock().expect("nobody panics while holding the heads");
        let mut next = said.clone();
        for SignedHead { head, .. } in signed {
            let known = next.heads.entry(head.feed).or_insert(*head);
            if (head.epoch, head.size) > (known.epoch, known.size) {
                *known = *head;
            }
        }
        if next == *said && said.slot_len > 0 {
            return Ok(());
        }
        next.writes += 1;
        next.write(&self.path)?;
        *said = next;
        Ok(())
    }
}

impl Said {
    /// Writes the slot whose turn it is; the whole file where it has none of that length.
    fn write(&mut self, path: &Path) -> io::Result<()> {
        let slot = self.to_slot();
        let fits = slot.len() <= self.slot_len;
        match File::options().write(true).open(path) {
            Ok(file) if fits => {
                file.write_all_at(&padded(slot, self.slot_len), self.place() as u64)?;
                return file.sync_data();
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        self.slot_len = self.slot_len.max(SLOT_LEN).max(slot.len().next_power_of_two());
        let mut whole = padded(Vec::new(), 2 * self.slot_len);
        whole[self.place()..][..slot.len()].copy_from_slice(&slot);
        replace(path, &whole)
    }

    /// Where the slot begins whose turn it is.
    const fn place(&self) -> usize {
        if self.writes.is_multiple_of(2) { 0 } else { self.slot_len }
    }

    fn to_slot(&self) -> Vec<u8> {
        let line = |head: &Head| format!("{} {} {} {}\n", head.feed, head.epoch, head.size, head.root);
        let lines: String = self.heads.values().map(line).collect();
        let text = format!("{SLOT}{}\n{lines}", self.writes);
        let end = Hash::of(&[text.as_bytes()]);
        format!("{text}{END}{end}\n").into_bytes()
    }

    /// What the newer of the sound slots says.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        if let Some(lines) = bytes.strip_prefix(WHOLE.as_bytes()) {
            let heads = parse_lines(&String::from_utf8_lossy(lines))?;
            return Ok(Self { heads, ..Self::default() });
        }
        let slot_len = bytes.len() / 2;
        let slots = bytes.chunks_exact(slot_len.max(1)).filter_map(parse_slot);
        let newest = slots.max_by_key(|(writes, _)| *writes);
        let (writes, lines) = newest.ok_or("none of its two slots says what it said when it was written")?;
        Ok(Self { writes, heads: parse_lines(lines)?, slot_len })
    }
}

/// How often the file was written, and the lines; `None` where the slot was never written, or not whole.
fn parse_slot(slot: &[u8]) -> Option<(u64, &str)> {
    let text = std::str::from_utf8(slot).ok()?;
    let (said, end) = text.trim_end_matches('\n').rsplit_once(&format!("\n{END}"))?;
    let said = &text[..=said.len()];
    let (writes, lines) = said.strip_prefix(SLOT)?.split_once('\n')?;
    (Hash::of(&[said.as_bytes()]).to_string() == end).then_some((writes.parse().ok()?, lines))
}

fn padded(mut slot: Vec<u8>, len: usize) -> Vec<u8> {
    slot.resize(len, b'\n');
    slot
}

/// Replaces a file in one step: after a crash it has either the old or the new content.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The rename itself is durable only with the directory.
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn parse_lines(lines: &str) -> Result<BTreeMap<FeedId, Head>, String> {
    let parse = |line| parse_line(line).ok_or_else(|| format!("{line:?} is not a head"));
    lines.lines().map(|line| parse(line).map(|head| (head.feed, head))).collect()
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

#[cfg(test)]
mod tests;
