//! The six words that steward and newcomer compare by telephone before the steward signs.
//!
//! They are the first six bytes of SHA-256(`quince/words/v2\n` ‖ federation id ‖ newcomer's node id ‖ hash of the
//! steward's TLS key ‖ code id): all that a newcomer knows from its code, also before it has heard from the steward;
//! each byte the number of a line in `words.txt`. Both sides compute them; nobody sends them.

use std::fmt;

use crate::feed::hash::Hash;
use crate::feed::id::{FederationId, NodeId};
use crate::roster::invitation::CodeId;

/// 256 English words, short, plain, and different in their first three letters.
const WORDS: &str = include_str!("words.txt");

/// Six words, equal on both sides only when both mean the same people and the same invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SixWords([&'static str; 6]);

impl SixWords {
    /// The words of one admission.
    #[must_use]
    pub fn of(federation: &FederationId, newcomer: &NodeId, steward_spki: &Hash, code: &CodeId) -> Self {
        let Hash(hash) =
            Hash::of(&[b"quince/words/v2\n", &federation.0, &newcomer.0, &steward_spki.0, &code.0]);
        let [a, b, c, d, e, f, ..] = hash;
        Self([a, b, c, d, e, f].map(word))
    }
}

impl fmt::Display for SixWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// One of the 256 words, for whatever people have to read aloud or write down.
#[must_use]
pub fn word(number: u8) -> &'static str {
    WORDS.lines().nth(usize::from(number)).expect("a word for every byte")
}

#[cfg(test)]
mod tests;
