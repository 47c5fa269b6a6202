//! What a run is made from. The same options give the same run, event by event.

use std::fmt;
use std::str::FromStr;

use super::dice::Dice;

/// Virtual seconds of bad weather, unless told otherwise.
const SECONDS: u64 = 60;

/// What a run is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Members of the federation.
    pub nodes: usize,
    /// Virtual seconds of bad weather.
    pub seconds: u64,
    /// A fault of the driver or the store that no test may survive.
    pub planted: Option<Planted>,
}

/// Mistakes that a driver or a store could make, to prove that the simulator sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// A commit is answered before it is on the disk.
    SkipSync,
    /// Sessions and the office hear of a commit when it begins.
    TellBeforeSave,
    /// A restart loses the last entries of copies, and the size that is remembered stays.
    LoseEntries,
    /// A restart loses the last entries of an own feed with its head, and the head file with them.
    LoseOwnEntries,
    /// An entry is altered whenever it is read for a peer.
    ServeAltered,
    /// After a restart the next entry takes the index of the last.
    ReuseIndex,
    /// A commit of the office is not told to the sessions.
    ForgetToTell,
    /// The own-head echo of peers is not looked at.
    IgnoreEcho,
    /// A store lets go of all that a live list speaks of, whatever it says of it.
    LetLiveGo,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SkipSync,
        Self::TellBeforeSave,
        Self::LoseEntries,
        Self::LoseOwnEntries,
        Self::ServeAltered,
        Self::ReuseIndex,
        Self::ForgetToTell,
        Self::IgnoreEcho,
        Self::LetLiveGo,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SkipSync => "skip-sync",
            Self::TellBeforeSave => "tell-before-save",
            Self::LoseEntries => "lose-entries",
            Self::LoseOwnEntries => "lose-own-entries",
            Self::ServeAltered => "serve-altered",
            Self::ReuseIndex => "reuse-index",
            Self::ForgetToTell => "forget-to-tell",
            Self::IgnoreEcho => "ignore-echo",
            Self::LetLiveGo => "let-live-go",
        }
    }
}

impl FromStr for Planted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|planted| planted.name() == text);
        found.ok_or_else(|| format!("{text:?} is nothing to plant, expected one of {names}"))
    }
}

impl Options {
    /// The run of a seed in a small federation: 3 to 9 members.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let nodes = usize::try_from(Dice::new(!seed).of(3..10)).expect("a small number");
        Self { seed, nodes, seconds: SECONDS, planted: None }
    }

    /// The same seed in a federation of another size.
    #[must_use]
    pub const fn nodes(self, nodes: usize) -> Self {
        Self { nodes, ..self }
    }

    /// The same with another length.
    #[must_use]
    pub const fn seconds(self, seconds: u64) -> Self {
        Self { seconds, ..self }
    }

    /// The same with a mistake in it.
    #[must_use]
    pub const fn planted(self, planted: Planted) -> Self {
        Self { planted: Some(planted), ..self }
    }

    pub(super) fn has(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }
}

/// How to see the run again.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, nodes, seconds, planted } = self;
        write!(
            f,
            "cargo run -q -p quince-tests --bin sim -- replay --seed {seed} --nodes {nodes} --seconds {seconds}"
        )?;
        planted.map_or(Ok(()), |planted| write!(f, " --planted {}", planted.name()))
    }
}
