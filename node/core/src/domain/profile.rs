//! Profile: what a node says of itself in its identity lane. Number 1 of every node.

use std::fmt;
use std::net::SocketAddrV6;
use std::str::FromStr;

use crate::domain::common::{Common, Label};
use crate::domain::field::FieldError;
use crate::domain::handle::Handle;
use crate::domain::list::List;
use crate::domain::place::Place;
use crate::domain::text::Names;

/// The most endpoints a node publishes: a published endpoint makes others dial.
pub const ENDPOINTS_MAX: usize = 4;

/// The most TLS keys that speak for a node: the current one, the next one, and as many of a second machine.
pub const TLS_KEYS_MAX: usize = 4;

/// The longest host name, in bytes (RFC 1035).
pub const HOST_LEN_MAX: usize = 253;

/// SHA-256 of the DER SubjectPublicKeyInfo of a TLS key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsKeyHash(pub [u8; 32]);

/// Where others dial a node, as `HOST:PORT`; an IPv6 address stands in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    host: String,
    port: u16,
}

/// Characters of an age recipient (X25519).
const RECIPIENT_LEN: usize = 62;

/// The public key, as age writes it, to which offline files for a node are encrypted. Whether it is a point of the curve is
/// seen when something is encrypted to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfflineRecipient(String);

/// One revision of a profile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile {
    /// What every record carries.
    pub common: Common,
    /// The node's handle; must be the one the roster gives it.
    pub handle: Handle,
    /// Its names.
    pub names: Names,
    /// Where the office sits.
    pub place: Option<Place>,
    /// Where others dial it.
    pub endpoints: List<Endpoint, 0, ENDPOINTS_MAX>,
    /// The keys that speak for it.
    pub tls_keys: List<TlsKeyHash, 1, TLS_KEYS_MAX>,
    /// Such as `quince-node/0.1.0`.
    pub software: Option<Label>,
    /// To whom offline files for this node are encrypted.
    pub offline_recipient: Option<OfflineRecipient>,
}

impl OfflineRecipient {
    /// As age writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OfflineRecipient {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let bech32 = |b: u8| b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".contains(&b);
        let data = text.strip_prefix("age1").filter(|data| data.bytes().all(bech32));
        if data.is_some() && text.len() == RECIPIENT_LEN {
            return Ok(Self(text.to_owned()));
        }
        Err(FieldError::of(text, "an age recipient: age1 and 58 characters of Bech32"))
    }
}

impl fmt::Display for OfflineRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Endpoint {
    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, never 0.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Endpoint {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| {
            let port = port.parse::<u16>().ok().filter(|p| *p != 0)?;
            let bracketed = host.starts_with('[') && text.parse::<SocketAddrV6>().is_ok();
            let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
            let fits = (1..=HOST_LEN_MAX).contains(&host.len()) && (bracketed || named);
            fits.then(|| Self { host: host.to_owned(), port })
        });
        parts.ok_or_else(|| FieldError::of(text, "HOST:PORT such as quince.isfahan.example:7443"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offline_recipient_is_what_age_writes() {
        let good = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        assert_eq!(good.parse::<OfflineRecipient>().unwrap().to_string(), good);
        for wrong in ["", "age1", &good[1..], &good[..61], &good.to_uppercase(), &good.replace('q', "b")] {
            assert!(wrong.parse::<OfflineRecipient>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn endpoints_are_host_and_port() {
        for text in ["quince.isfahan.example:7443", "192.0.2.7:1", "[2001:db8::7]:65535", "localhost:7443"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        let long = format!("{}:1", "a".repeat(254));
        let wrong =
            ["", "host", ":1", "host:", "host:0", "host:65536", "2001:db8::7:1", "[::1:1", "a b:1", &long];
        for text in wrong.into_iter().chain(["user@host:1", "http://host:1", "[nonsense]:1"]) {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
