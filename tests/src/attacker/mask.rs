//! Who the attacker says it is: keys of its own, and the identity lane over them.

use bytes::Bytes;
use prost::Message as _;
use quince_core::feed::header::EntryKind;
use quince_core::feed::{FederationId, Hash, Lane, NodeId, Sign as _, SigningKey};
use quince_core::roster::Inception;
use quince_core::roster::inception::next_key_hash;
use quince_proto::record::v1 as record;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::attacker::body;
use crate::attacker::feed::{Feed, owned};
use crate::paper;

/// An identity: a node id, the key that signs for it, and the key that speaks for it.
#[derive(Debug)]
pub struct Mask {
    /// The handle it wants to have.
    pub handle: String,
    /// Signs its feeds.
    pub key: SigningKey,
    /// Speaks for it in TLS.
    pub tls: TlsKey,
    inception: Inception,
}

/// A certificate and a private key, which need not belong together.
#[derive(Debug)]
pub struct TlsKey {
    /// The certificate shown.
    pub certificate: CertificateDer<'static>,
    /// The key that signs the handshake.
    pub key: PrivateKeyDer<'static>,
    /// SHA-256 of the key in the certificate, where it was made here.
    pub hash: Hash,
}

impl Mask {
    /// Fresh keys for this handle.
    #[must_use]
    pub fn new(handle: &str) -> Self {
        let (key, next) = (random_key(), random_key());
        let next_key_hash = next_key_hash(&next.public_key());
        let inception = Inception { signing_key: key.public_key(), next_key_hash, salt: rand::random() };
        Self { handle: handle.to_owned(), key, tls: TlsKey::new(), inception }
    }

    /// The node's id.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.inception.node_id()
    }

    /// What its id is the hash of.
    #[must_use]
    pub fn inception(&self) -> Bytes {
        owned(&self.inception.to_bytes())
    }

    /// A feed of its own, with nothing in it.
    #[must_use]
    pub fn feed(&self, federation: FederationId, lane: Lane) -> Feed {
        Feed::new(federation, self.node(), lane, self.key.clone())
    }

    /// The identity lane: inception and profile.
    #[must_use]
    pub fn identity(&self, federation: FederationId) -> Feed {
        let mut lane = self.feed(federation, Lane::Identity);
        lane.push(EntryKind::INCEPTION.0, (0, 0), self.inception.to_bytes().to_vec());
        lane.push(body::PROFILE, (1, 1), self.profile().encode_to_vec());
        lane
    }

    fn profile(&self) -> record::Profile {
        record::Profile {
            common: Some(body::common()),
            handle: self.handle.clone(),
            names: vec![paper::text(&self.handle)],
            tls_keys: vec![owned(&self.tls.hash.0)],
            ..Default::default()
        }
    }
}

impl TlsKey {
    /// A fresh key with its own certificate.
    ///
    /// # Panics
    /// When the provider fails.
    #[must_use]
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("the provider makes keys");
        let hash = Hash::of(&[&key.subject_public_key_info()]);
        let params = CertificateParams::new(Vec::new()).expect("no names are fine");
        let certificate = params.self_signed(&key).expect("the provider signs").der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("the key was just written");
        Self { certificate, key, hash }
    }

    /// Somebody else's certificate over a fresh key.
    #[must_use]
    pub fn forged(certificate: CertificateDer<'static>) -> Self {
        Self { certificate, ..Self::new() }
    }
}

impl Default for TlsKey {
    fn default() -> Self {
        Self::new()
    }
}

fn random_key() -> SigningKey {
    SigningKey::from_seed(&rand::random())
}
