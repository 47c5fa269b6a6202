//! Bearer tokens: who may call the API as what, until when. A secret is told once; stored is only its hash.

use std::str::FromStr as _;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use quince_core::domain::common::Label;
use quince_core::domain::{Instant, RecordId};

use crate::office::request::NewToken;
use crate::office::view::TokenView;
use crate::office::{Error, ErrorKind, Grant, Office, Result, Role, TokenHash, Write};
use crate::store::TokenRow;

/// How long a token lives when nobody says: a working day.
const LIFETIME_DEFAULT: Duration = Duration::from_hours(12);

/// The longest life, for machines: somebody looks at it once a year.
const LIFETIME_MAX: Duration = Duration::from_hours(366 * 24);

/// Bytes of chance in a secret.
const SECRET_LEN: usize = 32;

/// Makes a token recognizable where it should not be, such as in a log or a repository.
const SECRET_PREFIX: &str = "quince_";

impl Office {
    /// The grant of a token that is neither unknown, expired nor revoked now. Called for every request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, hash: &TokenHash) -> Result<Option<Grant>> {
        let Some(row) = self.store().token_by_secret(&hash.0).await? else { return Ok(None) };
        if row.revoked.is_some() || row.expires <= self.real_now() {
            return Ok(None);
        }
        Ok(Some(Grant {
            holder: parse_label(&row.holder)?,
            role: parse_role(&row.role)?,
            party: row.party.map(|number| RecordId::new(self.handle().clone(), number)),
            methods: row.methods.into_iter().collect(),
            expires: row.expires,
        }))
    }

    /// Issues a token. The secret is told here and nowhere else.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a life of no length or over a year, a party of another node, or methods for a role
    /// other than integrator; [`ErrorKind::State`] for a retry, because the secret is not known any more.
    pub async fn create_token(&self, write: &Write, new: NewToken) -> Result<(TokenView, String)> {
        let mut script = self.begin(write).await?;
        script.check_whole_office()?;
        if let Some(token) = script.repeats() {
            let message =
                format!("{token} was issued by this request already, and its secret is told only once");
            return Err(Error::new(ErrorKind::State, message)
                .hint("revoke it if the secret is lost, and ask for another with a new request id"));
        }
        let (row, secret) = self.draw_token(new, self.real_now())?;
        script.tx.put_token(&row).await?;
        script.note(format!("tokens/{}", row.id), None);
        script.finish().await?;
        Ok((self.token_view(row)?, secret))
    }

    /// All tokens, without their secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<TokenView>> {
        let rows = self.store().view().await?.tokens().await?;
        rows.into_iter().map(|row| self.token_view(row)).collect()
    }

    /// Ends a token at once; its next call is refused.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn revoke_token(&self, write: &Write, id: &str) -> Result<TokenView> {
        let id = id.strip_prefix("tokens/").unwrap_or(id);
        let mut script = self.begin(write).await?;
        script.check_whole_office()?;
        script.tx.revoke_token(id, self.real_now()).await?;
        let row = script.tx.tokens().await?.into_iter().find(|row| row.id == id);
        let row = row.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("token {id} is unknown")))?;
        script.note(format!("tokens/{id}"), None);
        script.finish().await?;
        self.token_view(row)
    }

    fn draw_token(&self, new: NewToken, now: Instant) -> Result<(TokenRow, String)> {
        let expires = new.expires.unwrap_or_else(|| now.plus(LIFETIME_DEFAULT));
        if expires <= now || expires.since(now) > LIFETIME_MAX {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("token expires at {expires}, expected within a year from now"),
            ));
        }
        if new.party.as_ref().is_some_and(|party| party.owner != *self.handle()) {
            return Err(Error::new(ErrorKind::Invalid, "a token can be bound to a party of this node only"));
        }
        if new.methods.is_empty() == (new.role == Role::Integrator) {
            return Err(Error::new(ErrorKind::Invalid, "methods belong to an integrator's token, and to no other")
                .hint("name each method that the integrator may call, such as /quince.api.v1.NeedService/CreateNeed"));
        }
        let entropy = &self.identity()?.entropy;
        let secret = draw_secret(entropy.bytes::<SECRET_LEN>());
        let row = TokenRow {
            id: HEXLOWER.encode(&entropy.bytes::<8>()),
            secret: TokenHash::of(&secret).0,
            holder: new.holder.as_str().to_owned(),
            role: new.role.as_str().to_owned(),
            party: new.party.map(|party| party.number),
            methods: new.methods.into_iter().collect(),
            created: now,
            expires,
            revoked: None,
        };
        Ok((row, secret))
    }

    fn token_view(&self, row: TokenRow) -> Result<TokenView> {
        Ok(TokenView {
            holder: parse_label(&row.holder)?,
            role: parse_role(&row.role)?,
            id: row.id,
            created: row.created,
            expires: row.expires,
            revoked: row.revoked,
            party: row.party.map(|number| RecordId::new(self.handle().clone(), number)),
            methods: row.methods.into_iter().collect(),
        })
    }
}

/// The text of a secret.
#[must_use]
pub fn draw_secret(bytes: [u8; SECRET_LEN]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
}

pub(super) fn parse_label(text: &str) -> Result<Label> {
    Label::new(text).map_err(Error::internal)
}

pub(super) fn parse_role(word: &str) -> Result<Role> {
    Role::from_str(word).map_err(Error::internal)
}
