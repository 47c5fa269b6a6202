//! The node's secrets in its data directory. Made once by `init`, read at each start, never part of a backup.

use std::path::Path;

use age::secrecy::ExposeSecret as _;
use data_encoding::HEXLOWER;
use quince_core::domain::Instant;
use quince_core::feed::SigningKey;
use thiserror::Error;
use zeroize::Zeroizing;

/// Opens offline files.
pub use age::x25519::Identity as OfflineKey;

use crate::clock::Entropy;
use crate::private::{self, PrivateError};
use crate::tls::certificate::{CertificateError, Pem};
use crate::tls::{ApiAuthority, TlsIdentity};

/// Where the secrets are, within the data directory.
pub const DIRECTORY: &str = "keys";

/// The API authority's certificate, within the data directory: the file that clients are given.
pub const API_CA: &str = "api-ca.pem";

const SIGNING_KEY: &str = "keys/signing.key";
const STEWARD_KEY: &str = "keys/steward.key";
const PEER_KEY: &str = "keys/peer.key";
const PEER_CERTIFICATE: &str = "keys/peer.pem";
const API_CA_KEY: &str = "keys/api-ca.key";
const OFFLINE_KEY: &str = "keys/offline.key";

/// Every secret file, within the data directory.
pub const SECRETS: [&str; 5] = [SIGNING_KEY, STEWARD_KEY, PEER_KEY, API_CA_KEY, OFFLINE_KEY];

/// What a node can prove.
pub struct Keys {
    /// Signs its feeds.
    pub signing: SigningKey,
    /// Signs rosters, once it is a steward.
    pub steward: SigningKey,
    /// Speaks for it in TLS between peers.
    pub peer: TlsIdentity,
    /// Vouches for its API.
    pub api: ApiAuthority,
    /// Opens offline files that were encrypted to this node. It signs nothing, and no signing key ever encrypts.
    pub offline: OfflineKey,
}

/// The seed of an Ed25519 key; wiped when dropped.
pub type Seed = Zeroizing<[u8; 32]>;

/// Keys that cannot be made, written or read.
#[derive(Debug, Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// A file holds no key.
    #[error("{0} holds no key, expected 64 hexadecimal digits")]
    NoSeed(&'static str),
    /// The key of offline files is none.
    #[error("{OFFLINE_KEY} holds no age identity, expected AGE-SECRET-KEY-1...")]
    NoIdentity,
    /// A certificate or its key is not what it should be.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Keys {
    /// Makes all keys in a new data directory. The signing key is the caller's, because its hash is in the inception.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn make(
        data: &Path,
        signing: &Seed,
        handle: &str,
        entropy: &Entropy,
        now: Instant,
    ) -> Result<(), KeysError> {
        private::make_directory(&data.join(DIRECTORY))?;
        let write = |name: &str, content: &str| private::write_new(&data.join(name), content.as_bytes());
        write(SIGNING_KEY, &seed_text(signing))?;
        write(STEWARD_KEY, &seed_text(&Zeroizing::new(entropy.bytes())))?;
        let peer = TlsIdentity::make_peer(now)?;
        write(PEER_KEY, &peer.key)?;
        write(PEER_CERTIFICATE, &peer.certificate)?;
        let api = ApiAuthority::make(handle, now)?;
        write(API_CA_KEY, &api.key)?;
        write(API_CA, &api.certificate)?;
        make_offline_key(data)
    }

    /// Reads all keys of a data directory.
    ///
    /// # Errors
    /// When one is missing, is no key, or may be read by others.
    pub fn load(data: &Path) -> Result<Self, KeysError> {
        let pem = |key, certificate| {
            let read = |name| private::read(&data.join(name));
            Ok::<_, PrivateError>(Pem { key: read(key)?, certificate: read(certificate)? })
        };
        Ok(Self {
            signing: load_seed(data, SIGNING_KEY)?,
            steward: load_seed(data, STEWARD_KEY)?,
            peer: TlsIdentity::from_pem("the peer key", &pem(PEER_KEY, PEER_CERTIFICATE)?)?,
            api: ApiAuthority::from_pem(&pem(API_CA_KEY, API_CA)?)?,
            offline: load_offline_key(data)?,
        })
    }
}

/// A seed as it stands in a file.
#[must_use]
pub fn seed_text(seed: &Seed) -> Zeroizing<String> {
    let mut text = HEXLOWER.encode(&seed[..]);
    text.push('\n');
    Zeroizing::new(text)
}

/// In the form of age, which opens the files too: `age -d -i keys/offline.key FILE`.
fn make_offline_key(data: &Path) -> Result<(), KeysError> {
    let identity = OfflineKey::generate();
    let text = Zeroizing::new(format!("{}\n", identity.to_string().expose_secret()));
    Ok(private::write_new(&data.join(OFFLINE_KEY), text.as_bytes())?)
}

/// A node that was set up before there were offline files gets its key at its next start.
fn load_offline_key(data: &Path) -> Result<OfflineKey, KeysError> {
    if !data.join(OFFLINE_KEY).exists() {
        make_offline_key(data)?;
    }
    let text = Zeroizing::new(private::read(&data.join(OFFLINE_KEY))?);
    text.trim_end().parse().map_err(|_| KeysError::NoIdentity)
}

fn load_seed(data: &Path, name: &'static str) -> Result<SigningKey, KeysError> {
    let text = Zeroizing::new(private::read(&data.join(name))?);
    let bytes = Zeroizing::new(HEXLOWER.decode(text.trim_end().as_bytes()).unwrap_or_default());
    let seed: Seed = Zeroizing::new(bytes[..].try_into().map_err(|_| KeysError::NoSeed(name))?);
    Ok(SigningKey::from_seed(&seed))
}
