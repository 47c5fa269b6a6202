//! Keys and certificates that a node makes for itself: one for peers, and a small authority for its API.
//!
//! The authority's certificate is the file that API clients are given as their root. The API's own certificate is made
//! anew at each start, in memory, so that it always names the hosts of the configuration and never has to be renewed.

use std::time::{Duration, SystemTime};

use quince_core::domain::Instant;
use quince_core::domain::profile::TlsKeyHash;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use super::key::tls_key_of;

/// How long certificates last: longer than any machine they are on. Keys are changed, certificates are not renewed.
const LIFETIME: Duration = Duration::from_hours(24 * 365 * 20);

/// Certificates begin earlier than they are made, for clients whose clocks are behind.
const CLOCK_SKEW: Duration = Duration::from_hours(24);

/// Names under which every node is reached from its own machine.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A private key with its certificate, as a listener or a dialler shows it.
#[derive(Debug)]
pub struct TlsIdentity {
    /// The certificate, and after it those that lead to the root.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

/// The node's own authority, which vouches for its API and for nothing else.
#[derive(Debug)]
pub struct ApiAuthority {
    issuer: Issuer<'static, KeyPair>,
}

/// A key and its certificate as they are written to files.
pub struct Pem {
    /// PKCS #8.
    pub key: String,
    /// X.509.
    pub certificate: String,
}

/// Keys or certificates that cannot be made or read.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// A key cannot be made, or a certificate cannot be made from these names.
    #[error("certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// A file does not hold what it should.
    #[error("{what} is not PEM as expected")]
    Pem {
        /// Which file.
        what: &'static str,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate is of another key.
    #[error("certificate and private key of {what} do not belong together")]
    Mismatch {
        /// Which pair.
        what: &'static str,
    },
}

impl TlsIdentity {
    /// Makes the key and self-signed certificate that peers pin. It names nobody: the roster says whose key it is.
    ///
    /// # Errors
    /// When the provider fails.
    pub fn make_peer(now: Instant) -> Result<Pem, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = params("quince peer", Vec::new(), now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key)?;
        Ok(Pem { key: key.serialize_pem(), certificate: certificate.pem() })
    }

    /// Reads what [`TlsIdentity::make_peer`] wrote.
    ///
    /// # Errors
    /// When either is not PEM, or they do not belong together.
    pub fn from_pem(what: &'static str, pem: &Pem) -> Result<Self, CertificateError> {
        let fault = |source| CertificateError::Pem { what, source };
        let key = PrivateKeyDer::from_pem_slice(pem.key.as_bytes()).map_err(fault)?;
        let certificate = CertificateDer::from_pem_slice(pem.certificate.as_bytes()).map_err(fault)?;
        let identity = Self { chain: vec![certificate], key };
        rustls::sign::CertifiedKey::from_der(
            identity.chain.clone(),
            identity.key.clone_key(),
            &super::provider(),
        )
        .map_err(|_| CertificateError::Mismatch { what })?;
        Ok(identity)
    }

    /// The hash of its key, by which others pin it.
    #[must_use]
    pub fn tls_key(&self) -> TlsKeyHash {
        tls_key_of(&self.chain[0]).expect("an identity begins with its own certificate")
    }
}

impl ApiAuthority {
    /// Makes an authority for the node of this handle.
    ///
    /// # Errors
    /// When the provider fails.
    pub fn make(handle: &str, now: Instant) -> Result<Pem, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = params(&format!("quince {handle} API"), Vec::new(), now)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Pem { key: key.serialize_pem(), certificate: certificate.pem() })
    }

    /// Reads what [`ApiAuthority::make`] wrote.
    ///
    /// # Errors
    /// When either is not PEM, or they do not belong together.
    pub fn from_pem(pem: &Pem) -> Result<Self, CertificateError> {
        TlsIdentity::from_pem("the API authority", pem)?;
        let issuer = Issuer::from_ca_cert_pem(&pem.certificate, KeyPair::from_pem(&pem.key)?)?;
        Ok(Self { issuer })
    }

    /// Makes the API's certificate for its local names and these.
    ///
    /// # Errors
    /// When a name is neither a host name nor an IP address.
    pub fn issue(&self, names: &[String], now: Instant) -> Result<TlsIdentity, CertificateError> {
        let mut all: Vec<String> = LOCAL_NAMES.map(str::to_owned).into();
        all.extend(names.iter().filter(|name| !LOCAL_NAMES.contains(&name.as_str())).cloned());
        let key = KeyPair::generate()?;
        let mut params = params("quince API", all, now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes());
        let key = key.map_err(|source| CertificateError::Pem { what: "a fresh key", source })?;
        Ok(TlsIdentity { chain: vec![certificate.into()], key })
    }
}

fn params(name: &str, hosts: Vec<String>, now: Instant) -> Result<CertificateParams, CertificateError> {
    let now = SystemTime::UNIX_EPOCH + now.since(Instant::from_micros(0).expect("1970 is an instant"));
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + LIFETIME).into();
    Ok(params)
}
