//! TLS 1.3 and nothing older, by one provider, between pinned keys.
//!
//! Peers show self-signed certificates and are known by their keys: there is no authority between cities, no first-use
//! trust, no resumption and no early data. The API shows a certificate of the node's own small authority, so that
//! ordinary gRPC clients accept it. Who a key belongs to is decided elsewhere.

pub mod accept;
pub mod certificate;
pub mod dial;
pub mod key;
pub mod pinning;
pub mod reach;

use std::sync::{Arc, LazyLock};

use rustls::SupportedProtocolVersion;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use accept::{ApiClient, Handshake};
pub use certificate::{ApiAuthority, TlsIdentity};
pub use dial::{DialError, Dialled, Dialler};
pub use key::{PeerIdentity, tls_key_of};
pub use pinning::PinSet;

/// HTTP/2 and nothing else: gRPC needs it, and a client that cannot speak it is told so in the handshake.
const ALPN_H2: &[u8] = b"h2";

const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// The one provider, with its key exchanges in its own order: the post-quantum hybrid X25519MLKEM768 first.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));
    PROVIDER.clone()
}

/// Makes the provider that of the process, for libraries that ask for the process's own.
pub fn install() {
    // Whoever came first installed the same one.
    drop(aws_lc_rs::default_provider().install_default());
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn the_post_quantum_exchange_is_preferred() {
        assert_eq!(provider().kx_groups[0].name(), NamedGroup::X25519MLKEM768);
    }
}
