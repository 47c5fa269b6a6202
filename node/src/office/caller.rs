//! Who asks, and what makes a write safe to repeat. Authentication happens before; the office only reads the result.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use quince_core::domain::common::Label;
use quince_core::domain::{FieldError, Instant, RecordId};
use sha2::{Digest as _, Sha256};

/// The longest request id, in bytes: room for a UUID with a prefix.
pub const REQUEST_ID_LEN_MAX: usize = 64;

/// What a caller may do; the table of methods stands in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads what the city may see.
    Viewer,
    /// Writes the city's own needs, offers and requisitions.
    Operator,
    /// Commits the city's own stock and validates needs.
    Approver,
    /// Tokens, peers, membership, backup.
    Admin,
    /// Reads the audit log.
    Auditor,
    /// A machine with a named subset of methods.
    Integrator,
}

/// An authenticated caller and the method it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whom the token names.
    pub holder: Label,
    /// What it may do.
    pub role: Role,
    /// Where the connection comes from; `None` inside one process.
    pub address: Option<IpAddr>,
    /// The full method name, such as `/quince.api.v1.NeedService/CreateNeed`.
    pub method: &'static str,
    /// For an organisation without a node: the one party it may write for.
    pub party: Option<RecordId>,
}

/// A write as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Who asks.
    pub caller: Caller,
    /// How a retry is known; `None` when the caller gave no request id.
    pub retry: Option<RetryKey>,
    /// Everything is checked and nothing is kept.
    pub validate_only: bool,
}

/// How a retry is known: same id and same content is the same request, same id and other content is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryKey {
    /// The id that the caller chose.
    pub id: RequestId,
    /// SHA-256 over the whole request.
    pub digest: [u8; 32],
}

/// A request id: 1 to [`REQUEST_ID_LEN_MAX`] printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(String);

/// SHA-256 of a bearer token: all that is ever stored of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// What a live token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom the token names.
    pub holder: Label,
    /// What it may do.
    pub role: Role,
    /// The one party it may write for, if it is bound to one.
    pub party: Option<RecordId>,
    /// The methods that an integrator may call; empty for everybody else.
    pub methods: BTreeSet<String>,
    /// When it ends.
    pub expires: Instant,
}

impl Role {
    /// Every role, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::Viewer, Self::Operator, Self::Approver, Self::Admin, Self::Auditor, Self::Integrator];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
            Self::Integrator => "integrator",
        }
    }
}

impl RequestId {
    /// The id as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TokenHash {
    /// The hash under which this token is stored.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, FieldError> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == word);
        known.ok_or_else(|| FieldError::of(word, Self::ALL.map(Self::as_str).join(", ")))
    }
}

impl FromStr for RequestId {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if printable && (1..=REQUEST_ID_LEN_MAX).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        Err(FieldError::of(text, format!("1 to {REQUEST_ID_LEN_MAX} printable ASCII characters")))
    }
}

impl fmt::Debug for TokenHash {
    /// Says nothing that a log reader could try tokens against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}
