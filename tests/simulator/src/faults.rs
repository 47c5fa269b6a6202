//! The classes of faults, and how often each has struck. A fault counts when it had an effect, not when it was drawn.

use std::collections::BTreeMap;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A process is killed; its peers see their connections closed.
    Crash,
    /// A machine loses power; its peers see nothing.
    PowerLoss,
    /// A crash takes back a transaction under way.
    LostCommit,
    /// A crash comes after a transaction is on the disk and before anybody hears so.
    UntoldCommit,
    /// A connection breaks, with everything on its way.
    Cut,
    /// One end of a connection is gone, and the other does not know.
    HalfOpen,
    /// A frame comes out of a connection that is over.
    LateFrame,
    /// One direction of a connection carries nothing for a while.
    OneWay,
    /// Two parts of the federation do not reach each other for a while.
    Partition,
    /// A connection becomes slow.
    SlowLink,
    /// A frame with signed bytes is altered.
    AlteredFrame,
    /// Bytes arrive that are no frame.
    Garbled,
    /// A peer does not read for a while.
    StalledReader,
    /// Two members dial each other at once.
    DoubleDial,
    /// A node is slow.
    SlowNode,
    /// A machine sleeps, and its clock goes on.
    Suspend,
    /// The date of a node jumps by up to a year.
    DateJump,
    /// A transaction finds no room on the disk.
    DiskFull,
    /// A stored byte of a copy changes.
    FlippedCopy,
    /// A stored byte of an own feed changes.
    FlippedOwn,
    /// A damaged copy is found and mended.
    Mended,
    /// A database is replaced by an older one; the head file is not.
    OldDatabase,
    /// A machine is replaced by an older one, with its head file.
    OldMachine,
    /// An owner signs a second history, and the proof is found.
    Fork,
}

impl Fault {
    /// All classes.
    pub const ALL: [Self; 24] = [
        Self::Crash,
        Self::PowerLoss,
        Self::LostCommit,
        Self::UntoldCommit,
        Self::Cut,
        Self::HalfOpen,
        Self::LateFrame,
        Self::OneWay,
        Self::Partition,
        Self::SlowLink,
        Self::AlteredFrame,
        Self::Garbled,
        Self::StalledReader,
        Self::DoubleDial,
        Self::SlowNode,
        Self::Suspend,
        Self::DateJump,
        Self::DiskFull,
        Self::FlippedCopy,
        Self::FlippedOwn,
        Self::Mended,
        Self::OldDatabase,
        Self::OldMachine,
        Self::Fork,
    ];

    /// Those that are drawn; the others follow from them.
    pub(super) const DRAWN: [Self; 19] = [
        Self::Crash,
        Self::PowerLoss,
        Self::Cut,
        Self::HalfOpen,
        Self::OneWay,
        Self::Partition,
        Self::SlowLink,
        Self::AlteredFrame,
        Self::Garbled,
        Self::StalledReader,
        Self::DoubleDial,
        Self::SlowNode,
        Self::Suspend,
        Self::DateJump,
        Self::DiskFull,
        Self::FlippedCopy,
        Self::FlippedOwn,
        Self::OldDatabase,
        Self::OldMachine,
    ];

    /// Its name in counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::PowerLoss => "power_loss",
            Self::LostCommit => "lost_commit",
            Self::UntoldCommit => "untold_commit",
            Self::Cut => "cut",
            Self::HalfOpen => "half_open",
            Self::LateFrame => "late_frame",
            Self::OneWay => "one_way",
            Self::Partition => "partition",
            Self::SlowLink => "slow_link",
            Self::AlteredFrame => "altered_frame",
            Self::Garbled => "garbled",
            Self::StalledReader => "stalled_reader",
            Self::DoubleDial => "double_dial",
            Self::SlowNode => "slow_node",
            Self::Suspend => "suspend",
            Self::DateJump => "date_jump",
            Self::DiskFull => "disk_full",
            Self::FlippedCopy => "flipped_copy",
            Self::FlippedOwn => "flipped_own",
            Self::Mended => "mended",
            Self::OldDatabase => "old_database",
            Self::OldMachine => "old_machine",
            Self::Fork => "fork",
        }
    }
}

/// How often each class has struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Fault, u64>);

impl Counts {
    pub(super) fn count(&mut self, fault: Fault) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(fault, count)| *self.0.entry(*fault).or_default() += count);
    }

    /// How often a class has struck.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or_default()
    }

    /// How often any has.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Classes that have not struck.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        Fault::ALL.into_iter().filter(|fault| self.of(*fault) == 0).map(Fault::name).collect()
    }
}
