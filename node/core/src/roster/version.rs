//! One version of the roster as text: line by line, canonical, readable by people, checkable with a text editor.
//!
//! ```text
//! quince roster v1
//! federation Silk Road Relief
//! version 2
//! previous 5f1c…            (SHA-256 of the text of version 1, 64 digits; absent in version 1)
//! expires 2027-01-01T00:00:00Z
//! threshold 2
//! catalogue 1               (the version of the catalogue that members go by; absent where nobody has said)
//! steward isfahan 3q2+7w…   (handle, Ed25519 key in base64; in order of handles)
//! member isfahan 9ab3…      (handle, node id, optionally ` limit=400000`; in order of handles)
//! ```
//!
//! A text counts only if writing what was read gives the same bytes. Lines of a kind that is not known here make the whole
//! version unreadable: a membership rule that is skipped would be a rule that does not hold.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Deref;

use data_encoding::BASE64;
use jiff::Timestamp;
use thiserror::Error;

use crate::domain::handle::Handle;
use crate::feed::hash::Hash;
use crate::feed::id::{INTEGER_MAX, NodeId};
use crate::feed::key::PublicKey;
use crate::roster::draft::{Member, RosterDraft, RosterRule};
use crate::roster::name::Name;

/// The longest text of a version, in bytes: room for some 30,000 members.
pub const ROSTER_LEN_MAX: usize = 4 * 1024 * 1024;

const FIRST_LINE: &str = "quince roster v1";

/// The most bytes of a peer's text that an error repeats.
const EXCERPT_CHARS_MAX: usize = 60;

/// A version that keeps every rule a version must keep by itself. It reads like its [`RosterDraft`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    draft: RosterDraft,
    by_node: BTreeMap<NodeId, Handle>,
    text: String,
    hash: Hash,
}

/// A text or draft that is not a roster version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RosterError {
    /// Too long to be read at all.
    #[error("roster has {0} bytes, expected at most {ROSTER_LEN_MAX}")]
    TooLong(usize),
    /// A layout of the future, or none.
    #[error("roster begins with {0:?}, expected {FIRST_LINE:?}; another format needs a newer quince")]
    Format(String),
    /// A kind of line of the future.
    #[error("line {line} of the roster is of kind {kind:?}, which a newer quince is needed to read")]
    UnknownLine {
        /// Which line, from 1.
        line: usize,
        /// Its first word.
        kind: String,
    },
    /// A line that is missing or cannot be read.
    #[error("line {line} of the roster is {found:?}, expected `{expected}`")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// The form expected.
        expected: &'static str,
        /// The line, cut short.
        found: String,
    },
    /// The values are good, but not written in the one way.
    #[error("line {0} of the roster is not in canonical form or order")]
    NotCanonical(usize),
    /// The values break a rule.
    #[error("roster breaks a rule")]
    Rule(#[from] RosterRule),
}

impl Roster {
    /// Checks a draft and writes its text.
    ///
    /// # Errors
    /// When the draft breaks a rule or its text is too long.
    pub fn new(draft: RosterDraft) -> Result<Self, RosterError> {
        draft.check()?;
        let by_node = draft.by_node()?;
        let text = write_text(&draft).expect("writing to a string cannot fail");
        if text.len() > ROSTER_LEN_MAX {
            return Err(RosterError::TooLong(text.len()));
        }
        let hash = Hash::of(&[text.as_bytes()]);
        Ok(Self { draft, by_node, text, hash })
    }

    /// Reads the text of a version.
    ///
    /// # Errors
    /// When the text is not exactly what [`Roster::new`] writes for some draft.
    pub fn parse(text: &str) -> Result<Self, RosterError> {
        if text.len() > ROSTER_LEN_MAX {
            return Err(RosterError::TooLong(text.len()));
        }
        let roster = Self::new(Lines::new(text).draft()?)?;
        if roster.text == text {
            return Ok(roster);
        }
        let lines = text.split_inclusive('\n').zip(roster.text.split_inclusive('\n'));
        let same = lines.take_while(|(given, written)| given == written).count();
        Err(RosterError::NotCanonical(same + 1))
    }

    /// The text that stewards sign.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text: of version 1 it is the federation's id, and the next version names it.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The handle of a node, if it is a member.
    #[must_use]
    pub fn handle_of(&self, node: &NodeId) -> Option<&Handle> {
        self.by_node.get(node)
    }

    /// The node behind a handle, if it is a member.
    #[must_use]
    pub fn node_of(&self, handle: &Handle) -> Option<NodeId> {
        self.members.get(handle).map(|member| member.node)
    }

    /// Whether stewards should have signed another version by `now`. An old roster still counts.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    /// A draft of the version after this one, with the same people.
    #[must_use]
    pub fn successor(&self, expires: Timestamp) -> RosterDraft {
        RosterDraft { version: self.version + 1, previous: Some(self.hash), expires, ..self.draft.clone() }
    }
}

impl Deref for Roster {
    type Target = RosterDraft;

    fn deref(&self) -> &RosterDraft {
        &self.draft
    }
}

fn write_text(draft: &RosterDraft) -> Result<String, fmt::Error> {
    let mut text = format!("{FIRST_LINE}\nfederation {}\nversion {}\n", draft.name, draft.version);
    if let Some(previous) = draft.previous {
        writeln!(text, "previous {previous}")?;
    }
    writeln!(text, "expires {}\nthreshold {}", draft.expires, draft.threshold)?;
    if let Some(version) = &draft.catalogue {
        writeln!(text, "catalogue {version}")?;
    }
    for (handle, key) in &draft.stewards {
        writeln!(text, "steward {handle} {}", BASE64.encode(&key.0))?;
    }
    for (handle, member) in &draft.members {
        write!(text, "member {handle} {}", member.node)?;
        if let Some(limit) = member.record_limit {
            write!(text, " limit={limit}")?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

/// The lines of a text and how far they were read.
struct Lines<'a> {
    rest: std::iter::Peekable<std::str::Lines<'a>>,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.lines().peekable(), line: 1 }
    }

    fn draft(mut self) -> Result<RosterDraft, RosterError> {
        let first = self.rest.next().unwrap_or_default();
        if first != FIRST_LINE {
            return Err(RosterError::Format(excerpt(first)));
        }
        let name = self.value("federation", "federation NAME", |text| text.parse::<Name>().ok())?;
        let version = self.value("version", "version NUMBER", |text| text.parse().ok())?;
        let previous =
            if version == 1 { None } else { Some(self.value("previous", "previous SHA-256", parse_id)?) };
        let expires = self.value("expires", "expires YYYY-MM-DDTHH:MM:SSZ", |text| text.parse().ok())?;
        let threshold = self.value("threshold", "threshold NUMBER", |text| text.parse().ok())?;
        let catalogue = match self.next_is("catalogue") {
            true => Some(self.value("catalogue", "catalogue VERSION", |text| text.parse().ok())?),
            false => None,
        };
        let stewards = self.values("steward", "steward HANDLE KEY", parse_steward)?;
        let members = self.values("member", "member HANDLE NODE-ID [limit=NUMBER]", parse_member)?;
        match self.rest.next() {
            None => {
                Ok(RosterDraft { name, version, previous, expires, threshold, catalogue, stewards, members })
            }
            Some(found) => Err(unexpected(self.line + 1, found)),
        }
    }

    /// Whether the next line is of this kind.
    fn next_is(&mut self, kind: &str) -> bool {
        self.rest.peek().is_some_and(|line| first_word(line) == kind)
    }

    /// The value of the next line, which must begin with `kind`.
    fn value<T>(
        &mut self,
        kind: &str,
        expected: &'static str,
        parse: impl Fn(&'a str) -> Option<T>,
    ) -> Result<T, RosterError> {
        self.line += 1;
        let found = self.rest.next().unwrap_or_default();
        let value = found.strip_prefix(kind).and_then(|rest| parse(rest.strip_prefix(' ')?));
        value.ok_or_else(|| RosterError::Line { line: self.line, expected, found: excerpt(found) })
    }

    /// The values of all next lines that begin with `kind`.
    fn values<T>(
        &mut self,
        kind: &str,
        expected: &'static str,
        parse: impl Fn(&'a str) -> Option<(Handle, T)>,
    ) -> Result<BTreeMap<Handle, T>, RosterError> {
        let mut values = BTreeMap::new();
        while self.next_is(kind) {
            let (handle, value) = self.value(kind, expected, &parse)?;
            if values.insert(handle, value).is_some() {
                return Err(RosterError::NotCanonical(self.line));
            }
        }
        Ok(values)
    }
}

/// A line after everything known: out of order if its kind is known, of the future if not.
fn unexpected(line: usize, found: &str) -> RosterError {
    const KNOWN: [&str; 8] =
        ["federation", "version", "previous", "expires", "threshold", "catalogue", "steward", "member"];
    let kind = first_word(found);
    if KNOWN.contains(&kind) {
        return RosterError::NotCanonical(line);
    }
    RosterError::UnknownLine { line, kind: excerpt(kind) }
}

fn parse_id(text: &str) -> Option<Hash> {
    text.parse().ok()
}

fn parse_steward(text: &str) -> Option<(Handle, PublicKey)> {
    let (handle, key) = text.split_once(' ')?;
    let key = BASE64.decode(key.as_bytes()).ok()?.try_into().ok()?;
    Some((handle.parse().ok()?, PublicKey(key).check().ok()?))
}

fn parse_member(text: &str) -> Option<(Handle, Member)> {
    let mut words = text.split(' ');
    let handle = words.next()?.parse().ok()?;
    let node = words.next()?.parse().ok()?;
    let record_limit = match words.next() {
        None => None,
        Some(word) => Some(word.strip_prefix("limit=")?.parse().ok().filter(|limit| *limit <= INTEGER_MAX)?),
    };
    words.next().is_none().then_some((handle, Member { node, record_limit }))
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
