//! Bearer tokens: who holds which role until when. Secrets are known by their hash only.

use std::collections::BTreeMap;

use quince_core::domain::{Instant, Number};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::{Store, View};
use super::write::WriteTx;

/// More than an office gives out; who tries more of them asks the database.
const CACHED_MAX: usize = 1_024;

macro_rules! select_tokens {
    ($rest:literal) => {
        concat!(
            "SELECT id, secret, holder, role, party, methods, created, expires, revoked FROM token ",
            $rest
        )
    };
}

const BY_SECRET: &str = select_tokens!("WHERE secret = $1");
const ALL: &str = select_tokens!("ORDER BY created, id");
const INSERT: &str = "INSERT INTO token (id, secret, holder, role, party, methods, created, expires) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const REVOKE: &str = "UPDATE token SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
const PURGE: &str = "DELETE FROM token WHERE expires < $1";

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its public name.
    pub id: String,
    /// Hash of the secret.
    pub secret: [u8; 32],
    /// Who holds it.
    pub holder: String,
    /// In the words of the API.
    pub role: String,
    /// The one party it may write for.
    pub party: Option<Number>,
    /// Full method names; empty for all that the role may call.
    pub methods: Vec<String>,
    /// When it was made.
    pub created: Instant,
    /// When it ends by itself.
    pub expires: Instant,
    /// When somebody ended it.
    pub revoked: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    secret: Vec<u8>,
    holder: String,
    role: String,
    party: Option<i64>,
    methods: String,
    created: i64,
    expires: i64,
    revoked: Option<i64>,
}

impl Columns {
    fn read(self) -> Result<TokenRow, StoreError> {
        let place = Place::new("token", &self.id);
        Ok(TokenRow {
            secret: place.bytes("secret", &self.secret)?,
            party: self.party.map(|party| place.number("party", party)).transpose()?,
            methods: self.methods.lines().map(str::to_owned).collect(),
            created: place.instant("created", self.created)?,
            expires: place.instant("expires", self.expires)?,
            revoked: self.revoked.map(|revoked| place.instant("revoked", revoked)).transpose()?,
            id: self.id,
            holder: self.holder,
            role: self.role,
        })
    }
}

/// Tokens that were asked for lately, so that a call does not begin with a question to the database. What changes in this process
/// empties it; processes beside it only ever add tokens, and of an unknown one nothing is remembered.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    tokens: BTreeMap<[u8; 32], TokenRow>,
    /// Counts how often it was emptied: what was read before that is not put in.
    emptied: u64,
}

impl TokenCache {
    pub(super) fn empty(&mut self) {
        self.tokens.clear();
        self.emptied += 1;
    }

    fn put(&mut self, token: &TokenRow, emptied: u64) {
        if self.emptied == emptied && self.tokens.len() < CACHED_MAX {
            self.tokens.insert(token.secret, token.clone());
        }
    }
}

impl Store {
    /// As [`View::token_by_secret`], as things stand now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_by_secret(&self, secret: &[u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        let emptied = {
            let cache = self.shared.tokens();
            if let Some(token) = cache.tokens.get(secret) {
                return Ok(Some(token.clone()));
            }
            cache.emptied
        };
        let token = self.view().await?.token_by_secret(secret).await?;
        token.iter().for_each(|token| self.shared.tokens().put(token, emptied));
        Ok(token)
    }
}

impl View {
    /// The token whose secret has this hash, also when it has ended: whether it counts is the caller's to
    /// judge.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_by_secret(&mut self, secret: &[u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        let row: Option<Columns> =
            on!(&mut self.conn, db => sqlx::query_as(BY_SECRET).bind(&secret[..]).fetch_optional(db))?;
        row.map(Columns::read).transpose()
    }

    /// All tokens, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        let rows: Vec<Columns> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        rows.into_iter().map(Columns::read).collect()
    }
}

impl WriteTx {
    /// Stores a new token; `revoked` is not read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when id or secret are taken.
    pub async fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError> {
        self.tokens_changed = true;
        run!(
            &mut self.conn,
            sqlx::query(INSERT)
                .bind(&token.id)
                .bind(&token.secret[..])
                .bind(&token.holder)
                .bind(&token.role)
                .bind(token.party.map(|party| integer(party.get())))
                .bind(token.methods.join("\n"))
                .bind(token.created.micros())
                .bind(token.expires.micros())
        )?;
        Ok(())
    }

    /// Ends a token at once. Tells whether there was one that had not been ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(&mut self, id: &str, now: Instant) -> Result<bool, StoreError> {
        self.tokens_changed = true;
        Ok(run!(&mut self.conn, sqlx::query(REVOKE).bind(id).bind(now.micros()))? == 1)
    }

    /// Forgets tokens that ended before an instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_tokens(&mut self, before: Instant) -> Result<u64, StoreError> {
        self.tokens_changed = true;
        run!(&mut self.conn, sqlx::query(PURGE).bind(before.micros()))
    }
}
