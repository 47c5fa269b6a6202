//! What came of an offline file.

use quince_core::feed::Lane;

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportStep {
    /// So many entries are stored by now.
    Stored(u64),
    /// It is over.
    Done(Box<ImportView>),
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportView {
    /// The member that wrote it, as it says of itself; `None` when it is none that is known here.
    pub writer: Option<String>,
    /// Entries that were new.
    pub entries: u64,
    /// Feeds that grew.
    pub grown: usize,
    /// Feeds of which everything was here.
    pub unchanged: usize,
    /// Feeds of which nothing more was taken.
    pub refused: Vec<RefusedFeedView>,
    /// The roster version that it brought, if it was newer.
    pub roster_version: Option<u64>,
    /// Why its roster was refused, if it was.
    pub roster_refused: Option<String>,
    /// Why the rest of the file was not read, if so.
    pub broken_off: Option<String>,
    /// Why this node signs nothing, if so.
    pub read_only: Option<String>,
}

/// A feed of which nothing more was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFeedView {
    /// Its owner's handle, or the node when it has none.
    pub owner: String,
    /// Its lane.
    pub lane: Lane,
    /// Why.
    pub reason: String,
}
