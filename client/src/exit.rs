//! Exit codes: one enum, documented in `--help`, so that scripts can tell failures apart.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did what it was asked to do.
    Ok = 0,
    /// A fault of the node or of this machine.
    Failed = 1,
    /// The command line, a file or a value was not understood.
    Usage = 2,
    /// The record does not exist on this node.
    NotFound = 3,
    /// A rule forbids it: the record's state, stock, or a commitment that came back declined.
    Refused = 4,
    /// The record moved on since it was read, or the request id was used for something else.
    Conflict = 5,
    /// The token is missing, ended, revoked, or its role does not allow this.
    Denied = 6,
    /// The node cannot be reached, is overloaded or answered too late: try again.
    Unavailable = 7,
}

impl Exit {
    /// Every code, in order.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Conflict,
        Self::Denied,
        Self::Unavailable,
    ];

    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, as `--help` says it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failed => "a fault of the node or of this machine",
            Self::Usage => "the command line, a file or a value was not understood",
            Self::NotFound => "no such record on this node",
            Self::Refused => "a rule forbids it, or the commitment came back declined",
            Self::Conflict => {
                "the record moved on since it was read, or the request id was used for something else"
            }
            Self::Denied => "the token is missing, ended or revoked, or its role does not allow this",
            Self::Unavailable => "the node cannot be reached or is overloaded; try again",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
