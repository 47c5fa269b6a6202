//! Invitations: what a steward hands to a newcomer, as a code that survives mail, chat and paper.
//!
//! The code is `quince-invite-1:` and base64url of: code id (8 bytes), secret (16), federation id (32), hash of the steward's
//! TLS key (32), expiry in seconds since 1970 (8, big-endian), then handle, name and up to four addresses, each with its
//! length (2, big-endian) before it, then the first 4 bytes of SHA-256 of all that. Line breaks and spaces in a pasted code
//! are passed by. Whoever holds the code can join once, so it is shown to nobody but the newcomer.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::Timestamp;
use thiserror::Error;

use crate::domain::handle::{Handle, HandleError};
use crate::feed::hash::{HASH_LEN, Hash};
use crate::feed::id::FederationId;
use crate::roster::address::{ADDRESSES_MAX, Address, AddressError};
use crate::roster::name::{Name, NameError};

/// The longest code that is read, in bytes; the longest that is written is shorter.
pub const CODE_LEN_MAX: usize = 4096;

/// What a code begins with. The number is the version of the layout.
const PREFIX: &str = "quince-invite-1:";

const CHECKSUM_LEN: usize = 4;

/// Which invitation it is; not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeId(pub [u8; 8]);

/// What the newcomer must know and never sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

/// One invitation, good for one newcomer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The federation to join.
    pub federation: FederationId,
    /// SHA-256 of the steward's TLS key (SPKI), by which the newcomer knows whom it dialled.
    pub steward_spki: Hash,
    /// Where the steward listens, at most four.
    pub addresses: Vec<Address>,
    /// Which invitation.
    pub code_id: CodeId,
    /// 128 random bits.
    pub secret: Secret,
    /// The handle the steward chose.
    pub handle: Handle,
    /// The name the steward chose.
    pub name: Name,
    /// When it ends, in whole seconds.
    pub expires: Timestamp,
}

/// A text that is not an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// It begins otherwise.
    #[error("code does not begin with {PREFIX}")]
    Prefix,
    /// Too long to be one.
    #[error("code has {0} bytes, expected at most {CODE_LEN_MAX}")]
    TooLong(usize),
    /// A character that no code has.
    #[error("code has a character outside A to Z, a to z, 0 to 9, - and _, or is cut short")]
    Alphabet,
    /// A typing error.
    #[error("code does not match its checksum: a character is wrong or missing, copy it again")]
    Checksum,
    /// The bytes do not end where they should.
    #[error("code is not laid out as expected")]
    Layout,
    /// More addresses than anybody may name.
    #[error("code names {0} addresses, expected at most {ADDRESSES_MAX}")]
    Addresses(usize),
    /// The expiry is no instant.
    #[error("code expires {0} seconds after 1970, which is no instant")]
    Expires(i64),
    /// The handle is none.
    #[error("code names no handle")]
    Handle(#[from] HandleError),
    /// The name is none.
    #[error("code names no name")]
    Name(#[from] NameError),
    /// An address is none.
    #[error("code names no address")]
    Address(#[from] AddressError),
}

impl Invitation {
    /// The code to hand over.
    #[must_use]
    pub fn to_code(&self) -> String {
        let mut bytes =
            [self.code_id.0.as_slice(), &self.secret.0, &self.federation.0, &self.steward_spki.0].concat();
        bytes.extend_from_slice(&self.expires.as_second().to_be_bytes());
        push_text(&mut bytes, self.handle.as_str());
        push_text(&mut bytes, self.name.as_str());
        self.addresses.iter().for_each(|address| push_text(&mut bytes, &address.to_string()));
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for Invitation {
    type Err = InvitationError;

    fn from_str(code: &str) -> Result<Self, InvitationError> {
        if code.len() > CODE_LEN_MAX {
            return Err(InvitationError::TooLong(code.len()));
        }
        let code: String = code.split_whitespace().collect();
        let encoded = code.strip_prefix(PREFIX).ok_or(InvitationError::Prefix)?;
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| InvitationError::Alphabet)?;
        let (bytes, sum) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(InvitationError::Checksum)?;
        if checksum(bytes) != *sum {
            return Err(InvitationError::Checksum);
        }
        Reader(bytes).invitation()
    }
}

/// The bytes not yet read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn invitation(mut self) -> Result<Invitation, InvitationError> {
        let code_id = CodeId(self.take()?);
        let secret = Secret(self.take()?);
        let federation = FederationId(self.take::<HASH_LEN>()?);
        let steward_spki = Hash(self.take::<HASH_LEN>()?);
        let seconds = i64::from_be_bytes(self.take()?);
        let expires = Timestamp::from_second(seconds).map_err(|_| InvitationError::Expires(seconds))?;
        let handle = self.text()?.parse()?;
        let name = self.text()?.parse()?;
        let mut addresses = Vec::new();
        while !self.0.is_empty() {
            addresses.push(self.text()?.parse()?);
        }
        if addresses.len() > ADDRESSES_MAX {
            return Err(InvitationError::Addresses(addresses.len()));
        }
        Ok(Invitation { federation, steward_spki, addresses, code_id, secret, handle, name, expires })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], InvitationError> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(InvitationError::Layout)?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn text(&mut self) -> Result<String, InvitationError> {
        let len = usize::from(u16::from_be_bytes(self.take()?));
        let (text, rest) = self.0.split_at_checked(len).ok_or(InvitationError::Layout)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| InvitationError::Layout)
    }
}

impl fmt::Display for CodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for CodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeId({self})")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let len = u16::try_from(text.len()).expect("handles, names and addresses are short");
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let Hash(hash) = Hash::of(&[bytes]);
    *hash.first_chunk().expect("a hash is longer than a checksum")
}

#[cfg(test)]
mod tests;
