//! Profiles, in the order of `profile.proto`.

use bytes::Bytes;
use quince_core::domain::Profile;
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::list::List;
use quince_core::domain::profile::{ENDPOINTS_MAX, Endpoint, OfflineRecipient, TLS_KEYS_MAX, TlsKeyHash};
use quince_core::domain::text::Words;
use quince_proto::record::v1 as proto;

use super::common::{common, handle, place};
use super::party::names;
use super::{each, unless_empty};

/// A profile.
pub fn profile(profile: proto::Profile) -> Result<Profile, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(profile.common));
    let handle = faults.take("handle", handle(&profile.handle));
    let names = faults.take_all("names", names(profile.names));
    let place = faults.take_all("place", profile.place.map(place).transpose());
    let endpoints = each(profile.endpoints, ENDPOINTS_MAX, |text| text.parse::<Endpoint>());
    let endpoints = faults.take_all("endpoints", endpoints.and_then(|list| Ok(List::new(list)?)));
    let tls_keys = each(profile.tls_keys, TLS_KEYS_MAX, tls_key);
    let tls_keys = faults.take_all("tls_keys", tls_keys.and_then(|list| Ok(List::new(list)?)));
    let software = faults.take("software", unless_empty(profile.software, Words::new));
    let recipient = unless_empty(profile.offline_recipient, |text| text.parse::<OfflineRecipient>());
    let offline_recipient = faults.take("offline_recipient", recipient);
    let built = || {
        Some(Profile {
            common: common?,
            handle: handle?,
            names: names?,
            place: place?,
            endpoints: endpoints?,
            tls_keys: tls_keys?,
            software: software?,
            offline_recipient: offline_recipient?,
        })
    };
    faults.finish(built())
}

fn tls_key(hash: Bytes) -> Result<TlsKeyHash, FieldError> {
    let fault = |_| FieldError::of(format!("{} bytes", hash.len()), "a SHA-256 of 32 bytes");
    <[u8; 32]>::try_from(hash.as_ref()).map(TlsKeyHash).map_err(fault)
}
