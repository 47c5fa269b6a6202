//! The admin token that a command on the node's own machine makes: whoever can write the data directory is an admin.
//!
//! The token goes into the operator's profile; the database keeps nothing but its hash.

use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use quince_core::domain::Instant;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::clock::Entropy;
use crate::config::Listen;
use crate::keys::API_CA;
use crate::private::{self, PrivateError};

/// The operator's profile, within the data directory.
pub const PROFILE: &str = "profile.toml";

/// How long an admin token of the command line lives: a working day, and the night for who began late.
pub const ADMIN_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// Makes a token recognizable where it should not be, in repositories and logs.
const PREFIX: &str = "quince_";

/// A token that was just made. It has no `Debug`, so that no log can show it.
pub struct AdminToken {
    /// What the caller shows. 256 random bits.
    pub secret: Zeroizing<String>,
    /// Its public name.
    pub id: String,
    /// Whom it names.
    pub holder: String,
    /// When it was made, in real time.
    pub created: Instant,
    /// When it ends, in real time.
    pub expires: Instant,
}

/// What the operator's command line reads.
#[derive(Serialize)]
struct Profile<'a> {
    endpoint: String,
    ca: &'a str,
    token: &'a str,
}

impl AdminToken {
    /// Draws a token for `holder`.
    #[must_use]
    pub fn draw(entropy: &Entropy, holder: &str, now: Instant) -> Self {
        let bits: Zeroizing<[u8; 32]> = Zeroizing::new(entropy.bytes());
        let id: [u8; 8] = entropy.bytes();
        Self {
            secret: Zeroizing::new(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bits[..]))),
            id: data_encoding::HEXLOWER.encode(&id),
            holder: holder.to_owned(),
            created: now,
            expires: now.plus(ADMIN_TOKEN_LIFETIME),
        }
    }

    /// Writes the profile that uses the token, in place of an older one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_profile(&self, data: &Path, listen: &Listen) -> Result<(), PrivateError> {
        let profile = Profile { endpoint: endpoint(listen), ca: API_CA, token: &self.secret };
        let text = Zeroizing::new(toml::to_string(&profile).expect("three texts are TOML"));
        private::replace(&data.join(PROFILE), text.as_bytes())
    }
}

/// Where this machine reaches the API. An address that means all addresses is reached by the name of this machine.
fn endpoint(listen: &Listen) -> String {
    if listen.is_unspecified() {
        return format!("https://localhost:{}", listen.port);
    }
    format!("https://{listen}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tokens_share_nothing_and_end_after_a_day() {
        let now: Instant = "2027-01-01T00:00:00Z".parse().unwrap();
        let entropy = Entropy::seeded(1);
        let [one, two] = [(); 2].map(|()| AdminToken::draw(&entropy, "admin", now));
        assert!(one.secret != two.secret && one.id != two.id);
        assert_eq!(one.secret.len(), PREFIX.len() + 43);
        assert_eq!(one.expires.to_string(), "2027-01-02T00:00:00Z");
    }

    #[test]
    fn the_profile_names_an_address_that_can_be_dialled() {
        let listen = |host: &str| Listen { host: host.to_owned(), port: 7443 };
        let endpoints =
            ["127.0.0.1", "::1", "0.0.0.0", "::", "isfahan.example"].map(|h| endpoint(&listen(h)));
        let expected =
            ["127.0.0.1:7443", "[::1]:7443", "localhost:7443", "localhost:7443", "isfahan.example:7443"];
        assert_eq!(endpoints, expected.map(|address| format!("https://{address}")));
    }
}
