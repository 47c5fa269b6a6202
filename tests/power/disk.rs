//! A disk that keeps apart what was written and what was synchronized, and what is left of it after a power cut.
//!
//! It is a folder of real files, which say what the program reads back, and beside them, in memory, what the medium holds: the
//! bytes of the last synchronization and every change since. A power cut takes a drawn part of these changes away, down to
//! sectors. The same disk can be full, and it can fail to synchronize. Files that SQLite does not open are none of its business.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What a medium writes whole or not at all.
const SECTOR: usize = 512;

/// What a disk was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act<'a> {
    Write { at: u64, bytes: &'a [u8] },
    Truncate { len: u64 },
    Sync,
    Delete { durable: bool },
}

/// What it did instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The power is off.
    Off,
    /// There is no room.
    Full,
    /// Nobody knows what of the unsynchronized was written, and nobody will try again.
    Sync,
}

/// A class of faults, for the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Everything since the last synchronization is lost.
    Lost,
    /// All of it has arrived.
    Kept,
    /// The medium took it in order, up to a point.
    Prefix,
    /// It took some of the writes, whole.
    Some,
    /// It took some of the sectors.
    Torn,
}

impl Fate {
    const ALL: [Self; 5] = [Self::Lost, Self::Kept, Self::Prefix, Self::Some, Self::Torn];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lost => "all unsynchronized lost",
            Self::Kept => "all unsynchronized kept",
            Self::Prefix => "writes lost from a point on",
            Self::Some => "some writes lost",
            Self::Torn => "some sectors lost",
        }
    }
}

/// What the power cut left: files by name.
pub(crate) type Remains = BTreeMap<String, Vec<u8>>;

/// A mounted disk.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    chance: StdRng,
    files: BTreeMap<String, Medium>,
    acts: u64,
    /// The act during which the power goes.
    cut_at: Option<u64>,
    /// What is left, once it has gone.
    remains: Option<(Fate, Remains)>,
    /// Synchronizations that fail, once.
    fail_sync: bool,
    /// Nothing grows.
    full: bool,
    /// Says that it has synchronized, and has not.
    lies: bool,
}

/// A file: what is on the medium, and what came since. `None` where there is no file.
#[derive(Debug, Default)]
struct Medium {
    durable: Option<Vec<u8>>,
    since: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Len(u64),
    Gone,
}

/// All mounted disks. The file system beneath SQLite is one for the whole process.
static MOUNTED: Mutex<BTreeMap<PathBuf, Arc<Disk>>> = Mutex::new(BTreeMap::new());

/// The disk that a file is on, and its name there.
pub(crate) fn of(path: &Path) -> Option<(Arc<Disk>, String)> {
    let mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let disk = mounted.get(path.parent()?)?;
    Some((disk.clone(), path.file_name()?.to_str()?.to_owned()))
}

impl Disk {
    /// A disk over a folder; what the folder holds is on the medium.
    pub(crate) fn mount(folder: &Path, seed: u64) -> Arc<Self> {
        // As SQLite names it.
        let folder = &fs::canonicalize(folder).unwrap();
        let read = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().unwrap();
            (name, Medium { durable: Some(fs::read(entry.path()).unwrap()), since: Vec::new() })
        };
        let files = fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect();
        let state = State {
            chance: StdRng::seed_from_u64(seed),
            files,
            acts: 0,
            cut_at: None,
            remains: None,
            fail_sync: false,
            full: false,
            lies: false,
        };
        let disk = Arc::new(Self { folder: folder.to_owned(), state: Mutex::new(state) });
        MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), disk.clone());
        disk
    }

    /// Takes the disk out of the machine.
    pub(crate) fn unmount(&self) {
        MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }

    /// Cuts the power during the act that is so many from now.
    pub(crate) fn cut_in(&self, acts: u64) {
        self.with(|state| state.cut_at = Some(state.acts + acts));
    }

    /// Lets the next synchronization fail.
    pub(crate) fn fail_next_sync(&self) {
        self.with(|state| state.fail_sync = true);
    }

    /// Takes away what room there is, or gives it back.
    pub(crate) fn set_full(&self, full: bool) {
        self.with(|state| state.full = full);
    }

    /// Says from now on that it has synchronized what it has not.
    pub(crate) fn lie(&self) {
        self.with(|state| state.lies = true);
    }

    /// Whether the failure that was asked for has happened.
    pub(crate) fn has_failed_sync(&self) -> bool {
        self.with(|state| !state.fail_sync)
    }

    pub(crate) fn is_off(&self) -> bool {
        self.with(|state| state.remains.is_some())
    }

    /// Cuts the power now, if it is still there, and tells what is left.
    pub(crate) fn remains(&self) -> (Fate, Remains) {
        self.with(|state| {
            if state.remains.is_none() {
                state.cut();
            }
            state.remains.clone().expect("the power is off")
        })
    }

    /// Whether the disk has power, for what does not change it.
    pub(crate) fn look(&self) -> Result<(), Failure> {
        if self.is_off() { Err(Failure::Off) } else { Ok(()) }
    }

    /// One act on a file. What is written becomes durable by a later `Sync` of the same file. `grows`: the file would be longer.
    pub(crate) fn act(&self, name: &str, act: Act<'_>, grows: bool) -> Result<(), Failure> {
        self.with(|state| state.act(name, act, grows))
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn act(&mut self, name: &str, act: Act<'_>, grows: bool) -> Result<(), Failure> {
        if self.remains.is_some() {
            return Err(Failure::Off);
        }
        if self.full && grows {
            return Err(Failure::Full);
        }
        self.acts += 1;
        let is_last = self.cut_at.is_some_and(|at| self.acts >= at);
        let medium = self.files.entry(name.to_owned()).or_default();
        match act {
            Act::Write { at, bytes } => medium.since.push(Change::Write { at, bytes: bytes.to_vec() }),
            Act::Truncate { len } => medium.since.push(Change::Len(len)),
            Act::Delete { .. } => medium.since.push(Change::Gone),
            Act::Sync => {}
        }
        if is_last {
            self.cut();
            return Err(Failure::Off);
        }
        match act {
            Act::Sync if self.fail_sync => {
                // What the system held back counts as written from now on, and is not.
                self.fail_sync = false;
                medium.since.clear();
                return Err(Failure::Sync);
            }
            _ if self.lies => {}
            Act::Delete { durable: true } => medium.settle(),
            Act::Sync => {
                let is_new = medium.is_new() && is_log(name);
                medium.settle();
                if is_new {
                    self.files.values_mut().for_each(Medium::forget);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn cut(&mut self) {
        let fate = Fate::ALL[self.chance.random_range(0..Fate::ALL.len())];
        let chance = &mut self.chance;
        let left = |(name, medium): (&String, &Medium)| {
            medium.after(fate, chance).map(|bytes| (name.clone(), bytes))
        };
        self.remains = Some((fate, self.files.iter().filter_map(left).collect()));
    }
}

/// A log of either kind: with a new one, SQLite synchronizes the folder too, and with it what was deleted there before.
fn is_log(name: &str) -> bool {
    name.ends_with("-wal") || name.ends_with("-journal")
}

impl Medium {
    /// Its name is not on the medium, or is that of a file that is deleted.
    fn is_new(&self) -> bool {
        self.durable.is_none() || self.last_deletion().is_some()
    }

    fn last_deletion(&self) -> Option<usize> {
        self.since.iter().rposition(|change| matches!(change, Change::Gone))
    }

    /// What was deleted does not come back.
    fn forget(&mut self) {
        if let Some(place) = self.last_deletion() {
            self.since.drain(..=place);
            self.durable = None;
        }
    }

    fn settle(&mut self) {
        for change in std::mem::take(&mut self.since) {
            change.apply(&mut self.durable);
        }
    }

    /// The file after the power cut.
    fn after(&self, fate: Fate, chance: &mut StdRng) -> Option<Vec<u8>> {
        let mut file = self.durable.clone();
        let share = chance.random_range(0.05..0.95);
        let point = chance.random_range(0..=self.since.len());
        for (place, change) in self.since.iter().enumerate() {
            match fate {
                Fate::Lost => {}
                Fate::Kept => change.clone().apply(&mut file),
                Fate::Prefix if place < point => change.clone().apply(&mut file),
                Fate::Prefix => {}
                Fate::Some if chance.random_bool(share) => change.clone().apply(&mut file),
                Fate::Some => {}
                Fate::Torn => {
                    for sector in change.sectors() {
                        if chance.random_bool(share) {
                            sector.apply(&mut file);
                        }
                    }
                }
            }
        }
        file
    }
}

impl Change {
    fn apply(self, file: &mut Option<Vec<u8>>) {
        let place = |at: u64| usize::try_from(at).expect("test files are small");
        match self {
            Self::Gone => *file = None,
            Self::Len(len) => file.get_or_insert_default().resize(place(len), 0),
            Self::Write { at, bytes } => {
                let (file, at) = (file.get_or_insert_default(), place(at));
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[at..end].copy_from_slice(&bytes);
            }
        }
    }

    /// The parts of it that a medium takes or does not, each by itself.
    fn sectors(&self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self.clone()] };
        let mut parts = Vec::new();
        let (mut at, mut rest) = (*at, bytes.as_slice());
        while !rest.is_empty() {
            let within = usize::try_from(at % SECTOR as u64).expect("less than a sector");
            let (part, others) = rest.split_at(rest.len().min(SECTOR - within));
            parts.push(Self::Write { at, bytes: part.to_vec() });
            (at, rest) = (at + part.len() as u64, others);
        }
        parts
    }
}
