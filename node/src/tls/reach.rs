//! Which addresses a node dials. An endpoint is what another node published: without a limit, one entry in a feed
//! could make every node of the federation knock at the doors of its own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which resolved addresses may be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Addresses of the public internet only.
    Public,
    /// Any: for tests, drills, and federations inside one network.
    Local,
}

impl Reach {
    /// Whether the address may be dialled.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        match (self, address.to_canonical()) {
            (Self::Local, address) => !address.is_unspecified() && !address.is_multicast(),
            (Self::Public, IpAddr::V4(address)) => is_public_v4(address),
            (Self::Public, IpAddr::V6(address)) => is_public_v6(address),
        }
    }
}

/// Outside the IANA special-purpose registry, as far as it names networks nobody else can be in.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation();
    !special
}

/// Global unicast is 2000::/3. Inside it, documentation is nobody's, and a translated or tunnelled IPv4 address is
/// judged as that address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2001, 0..=0x01ff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(reach: Reach, address: &str) -> bool {
        reach.allows(address.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_dialled() {
        for address in
            ["1.1.1.1", "100.63.0.1", "172.32.0.1", "198.20.0.1", "2606:4700::1111", "64:ff9b::101:101"]
        {
            assert!(allowed(Reach::Public, address), "{address}");
        }
    }

    #[test]
    fn addresses_inside_somebodys_network_are_not() {
        let table = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ];
        for address in table {
            assert!(!allowed(Reach::Public, address), "{address}");
        }
    }

    #[test]
    fn local_reach_dials_everything_that_is_one_machine() {
        for address in ["127.0.0.1", "10.0.0.1", "::1", "fd12::1", "1.1.1.1"] {
            assert!(allowed(Reach::Local, address), "{address}");
        }
        for address in ["0.0.0.0", "::", "224.0.0.1", "ff02::1"] {
            assert!(!allowed(Reach::Local, address), "{address}");
        }
    }
}
