//! Invitations that this node's steward issued, until a newcomer is admitted or they end.

use quince_core::domain::{Handle, Instant};
use quince_core::feed::NodeId;
use quince_core::roster::{CodeId, Secret};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::Place;
use super::view::View;
use super::write::WriteTx;

macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "SELECT code_id, secret, handle, name, trust_code, expires, failures, state, node, newcomer \
            FROM invitation ",
            $rest
        )
    };
}

const ALL: &str = select_invitations!("ORDER BY expires, code_id");
const ONE: &str = select_invitations!("WHERE code_id = $1");
const PUT: &str = "INSERT INTO invitation \
        (code_id, secret, handle, name, trust_code, expires, failures, state, node, newcomer) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
    ON CONFLICT (code_id) DO UPDATE SET failures = excluded.failures, state = excluded.state, \
        node = excluded.node, newcomer = excluded.newcomer";

/// An invitation as it stands.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    /// Its public name.
    pub code_id: CodeId,
    /// What the newcomer proves to know.
    pub secret: Secret,
    /// The handle that it is bound to.
    pub handle: Handle,
    /// The name that it is bound to.
    pub name: String,
    /// The six words need not be compared.
    pub trust_code: bool,
    /// When it ends.
    pub expires: Instant,
    /// Wrong proofs so far.
    pub failures: u32,
    /// In the words of the office.
    pub state: String,
    /// The newcomer's node, once proven.
    pub node: Option<NodeId>,
    /// What the newcomer brought, in the office's own layout.
    pub newcomer: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct Columns {
    code_id: Vec<u8>,
    secret: Vec<u8>,
    handle: String,
    name: String,
    trust_code: bool,
    expires: i64,
    failures: i64,
    state: String,
    node: Option<Vec<u8>>,
    newcomer: Option<Vec<u8>>,
}

impl Columns {
    fn read(self) -> Result<InvitationRow, StoreError> {
        let place = Place::new("invitation", &self.handle);
        let failures = place.unsigned("failures", self.failures)?;
        Ok(InvitationRow {
            code_id: CodeId(place.bytes("code_id", &self.code_id)?),
            secret: Secret(place.bytes("secret", &self.secret)?),
            handle: place.handle("handle", &self.handle)?,
            trust_code: self.trust_code,
            expires: place.instant("expires", self.expires)?,
            failures: place.take("failures", u32::try_from(failures))?,
            node: self.node.map(|node| place.bytes("node", &node).map(NodeId)).transpose()?,
            newcomer: self.newcomer,
            name: self.name,
            state: self.state,
        })
    }
}

impl View {
    /// All invitations, the earliest to end first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations(&mut self) -> Result<Vec<InvitationRow>, StoreError> {
        let rows: Vec<Columns> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        rows.into_iter().map(Columns::read).collect()
    }

    /// One invitation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&mut self, code_id: &CodeId) -> Result<Option<InvitationRow>, StoreError> {
        let row: Option<Columns> =
            on!(&mut self.conn, db => sqlx::query_as(ONE).bind(&code_id.0[..]).fetch_optional(db))?;
        row.map(Columns::read).transpose()
    }
}

impl WriteTx {
    /// Stores an invitation, or its new state: what it is bound to never changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError> {
        run!(
            &mut self.conn,
            sqlx::query(PUT)
                .bind(&row.code_id.0[..])
                .bind(&row.secret.0[..])
                .bind(row.handle.as_str())
                .bind(&row.name)
                .bind(row.trust_code)
                .bind(row.expires.micros())
                .bind(i64::from(row.failures))
                .bind(&row.state)
                .bind(row.node.map(|node| node.0.to_vec()))
                .bind(&row.newcomer)
        )?;
        Ok(())
    }
}
