//! A roster version with its stewards' signatures: a signed note whose text is the version's.
//!
//! A steward signs under the name `<federation id>/steward/<handle>`. Whether the signatures suffice is decided in `verify`.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::handle::Handle;
use crate::feed::id::FederationId;
use crate::feed::key::{PublicKey, Sign};
use crate::feed::note::{Note, NoteError, NoteSignature};
use crate::roster::version::{ROSTER_LEN_MAX, Roster, RosterError};

/// The longest signed note of a roster, in bytes: its text, and 128 lines of at most 512 bytes.
pub const SIGNED_ROSTER_LEN_MAX: usize = ROSTER_LEN_MAX + 64 * 1024;

/// A version and its signatures, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRoster {
    roster: Roster,
    note: Note,
}

/// A text that is not a signed roster version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignedRosterError {
    /// Too long to be read at all.
    #[error("signed roster has {0} bytes, expected at most {SIGNED_ROSTER_LEN_MAX}")]
    TooLong(usize),
    /// The text is no signed note.
    #[error("roster is not a signed note")]
    Note(#[from] NoteError),
    /// The note's text is no roster version.
    #[error("signed note is not a roster version")]
    Roster(#[from] RosterError),
}

/// The name under which a steward signs rosters.
#[must_use]
pub fn steward_key_name(federation: &FederationId, steward: &Handle) -> String {
    format!("{federation}/steward/{steward}")
}

impl SignedRoster {
    /// A version that nobody has signed yet.
    #[must_use]
    pub fn unsigned(roster: Roster) -> Self {
        let note = Note::new(roster.text().to_owned(), Vec::new());
        Self { roster, note }
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// When it is no signed note, or its text no roster version.
    pub fn parse(text: &str) -> Result<Self, SignedRosterError> {
        if text.len() > SIGNED_ROSTER_LEN_MAX {
            return Err(SignedRosterError::TooLong(text.len()));
        }
        let note = Note::parse(text)?;
        Ok(Self { roster: Roster::parse(note.text())?, note })
    }

    /// The same version with one more signature.
    #[must_use]
    pub fn sign(&self, federation: &FederationId, steward: &Handle, signer: &dyn Sign) -> Self {
        let line = NoteSignature::sign(self.roster.text(), &steward_key_name(federation, steward), signer);
        let mut lines = self.note.signatures().to_vec();
        if !lines.contains(&line) {
            lines.push(line);
        }
        Self { roster: self.roster.clone(), note: Note::new(self.roster.text().to_owned(), lines) }
    }

    /// The version.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The federation this version founds, if it is the first.
    #[must_use]
    pub fn founds(&self) -> Option<FederationId> {
        (self.roster.version == 1).then(|| self.roster.hash().into())
    }

    /// The signed note, as stored and sent.
    #[must_use]
    pub fn to_note(&self) -> String {
        self.note.to_string()
    }

    /// How many of these stewards signed, each counted once.
    ///
    /// # Errors
    /// With the handle of a steward under whose key a signature stands that does not verify.
    pub(crate) fn count_signers(
        &self,
        federation: &FederationId,
        stewards: &BTreeMap<Handle, PublicKey>,
    ) -> Result<usize, Handle> {
        let mut count = 0;
        for (handle, key) in stewards {
            match self.note.verify(&steward_key_name(federation, handle), key) {
                Some(true) => count += 1,
                Some(false) => return Err(handle.clone()),
                None => {}
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
