//! Where a node listens for peers: HOST:PORT as others dial it. Whether it may be dialled is judged after name resolution.

use std::fmt;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;
use std::str::FromStr;

use thiserror::Error;

/// The most addresses a node may name, so that no list makes others dial without end.
pub const ADDRESSES_MAX: usize = 4;

/// The longest host name, in bytes, as the domain name system has it.
const HOST_LEN_MAX: usize = 253;

/// A host name or IP address and a port, such as `isfahan.example:7400` or `[2001:db8::1]:7400`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: NonZeroU16,
}

/// A text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("address {0:?} is not HOST:PORT, expected for example isfahan.example:7400 or [2001:db8::1]:7400")]
pub struct AddressError(pub String);

impl Address {
    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port.get()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = || AddressError(text.chars().take(HOST_LEN_MAX).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        let port: NonZeroU16 = port.parse().map_err(|_| refuse())?;
        let address = Self { host: host.to_owned(), port };
        if !is_host(host) || address.to_string() != text {
            return Err(refuse());
        }
        Ok(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok());
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.len() <= HOST_LEN_MAX && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_both_kinds_of_ip_addresses_are_read_back() {
        for text in
            ["isfahan.example:7400", "127.0.0.1:1", "[2001:db8::1]:65535", "localhost:7400", "XN--ab.x:1"]
        {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:7400".parse::<Address>().unwrap().host(), "::1");
    }

    #[test]
    fn everything_else_is_refused() {
        let long = format!("{}:1", "a.".repeat(127) + "a");
        let table = [
            "",
            "host",
            "host:",
            ":1",
            "host:0",
            "host:65536",
            "host:01",
            "host:+1",
            "::1:7400",
            "[::1:7400",
        ];
        for text in table.into_iter().chain(["a b:1", "a..b:1", "-a:1", "a/b:1", "u@h:1", "[x]:1", &long]) {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }
}
