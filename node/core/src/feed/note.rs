//! Signed notes by the public C2SP specification: a text, an empty line, and signature lines.
//!
//! Heads and roster versions both travel in this form, so that any tool for transparency logs can check them.
//! Only Ed25519 signatures count here; other lines are kept and passed by, as the specification asks.
//! It deliberately knows nothing of what the text says.

use std::fmt;

use data_encoding::BASE64;
use thiserror::Error;

use crate::feed::hash::Hash;
use crate::feed::key::{PublicKey, SIGNATURE_LEN, Sign, Signature};

/// The most signature lines in a note: two full sets of stewards, old and new.
pub const SIGNATURES_MAX: usize = 128;

/// The signature type of Ed25519 in a key id.
const ED25519: u8 = 0x01;

/// Bytes of a key id before the signature.
const KEY_ID_LEN: usize = 4;

/// A hint which key made a signature: not a proof, only a filter.
pub type KeyId = [u8; KEY_ID_LEN];

/// A text and its signatures, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteSignature {
    name: String,
    key_id: KeyId,
    signature: Vec<u8>,
}

/// A text that is not a signed note.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// A control character other than the line end.
    #[error("note contains the control character {0:?}")]
    Control(char),
    /// No empty line between text and signatures, or nothing before or after it.
    #[error("note has no text, empty line and signature, in this order")]
    Parts,
    /// Too many signatures.
    #[error("note has {0} signatures, expected at most {SIGNATURES_MAX}")]
    TooMany(usize),
    /// A line that is not a signature.
    #[error("signature line {0} of the note is not `— NAME BASE64`")]
    Line(usize),
}

/// The key id of an Ed25519 key under a name.
#[must_use]
pub fn key_id(name: &str, key: &PublicKey) -> KeyId {
    let Hash(hash) = Hash::of(&[name.as_bytes(), b"\n", &[ED25519], &key.0]);
    *hash.first_chunk().expect("a hash is longer than a key id")
}

impl NoteSignature {
    /// Signs a text under a name.
    #[must_use]
    pub fn sign(text: &str, name: &str, signer: &dyn Sign) -> Self {
        Self::from_parts(name, &signer.public_key(), &signer.sign(text.as_bytes()))
    }

    /// The line of a signature that was made before.
    #[must_use]
    pub fn from_parts(name: &str, key: &PublicKey, signature: &Signature) -> Self {
        Self { name: name.to_owned(), key_id: key_id(name, key), signature: signature.0.to_vec() }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The signature, if it has the length of one by Ed25519.
    #[must_use]
    pub fn ed25519(&self) -> Option<Signature> {
        <[u8; SIGNATURE_LEN]>::try_from(self.signature.as_slice()).ok().map(Signature)
    }

    fn is_by(&self, name: &str, key: &PublicKey) -> bool {
        self.name == name && self.key_id == key_id(name, key)
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        // The decoder also takes padding between parts, and what was read so would be written in another way.
        let bytes = BASE64.decode(encoded.as_bytes()).ok().filter(|bytes| BASE64.encode(bytes) == encoded)?;
        let (key_id, signature) = bytes.split_first_chunk::<KEY_ID_LEN>()?;
        let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
        (named && !signature.is_empty()).then(|| Self {
            name: name.to_owned(),
            key_id: *key_id,
            signature: signature.to_vec(),
        })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        writeln!(f, "— {} {}", self.name, BASE64.encode(&bytes))
    }
}

impl Note {
    /// A text, which ends with a line end, and its signatures.
    #[must_use]
    pub const fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// The signed text, with its last line end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in the order given.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// What the key's signature under this name says: `None` when there is none, otherwise whether it holds.
    /// Of several lines by one key, all must hold.
    #[must_use]
    pub fn verify(&self, name: &str, key: &PublicKey) -> Option<bool> {
        let holds = |line: &NoteSignature| {
            line.ed25519().is_some_and(|signature| key.verifies(self.text.as_bytes(), &signature))
        };
        self.signatures.iter().filter(|line| line.is_by(name, key)).map(holds).reduce(|all, one| all && one)
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// When the text breaks the specification, or has too many signatures.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if let Some(control) = note.chars().find(|c| *c < ' ' && *c != '\n') {
            return Err(NoteError::Control(control));
        }
        let split = note.rfind("\n\n").ok_or(NoteError::Parts)?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Parts)?;
        let count = lines.split('\n').count();
        if count > SIGNATURES_MAX {
            return Err(NoteError::TooMany(count));
        }
        let parse = |(place, line)| NoteSignature::parse(line).ok_or(NoteError::Line(place + 1));
        let signatures = lines.split('\n').enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

#[cfg(test)]
mod tests;
