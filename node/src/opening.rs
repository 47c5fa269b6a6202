//! The database of a node: founded by `init`, opened by everything else.
//!
//! What makes a database this node's is its handle, its node id and its inception; they are written once.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Entropy;
use crate::config::{Config, Database};
use crate::founding::Founding;
use crate::office::{Role, TokenHash};
use crate::store::{self, Access, Meta, Store, StoreConfig, StoreError, TokenRow};
use crate::token::AdminToken;
use crate::wire::RecordCodec;

/// Makes the database of a new node in `dir`, with its first token.
///
/// # Errors
/// When the database cannot be made, or is another node's already.
pub async fn found(
    dir: &Path,
    config: &Config,
    founding: &Founding,
    token: &AdminToken,
    entropy: &Entropy,
) -> Result<(), StoreError> {
    let store = open_at(dir, &config.database, Access::Node, entropy).await?;
    let mut tx = store.begin_write().await?;
    if tx.meta(Meta::NodeId).await?.is_some() {
        return Err(StoreError::Conflict(
            "the database is another node's already; name an empty one".to_owned(),
        ));
    }
    tx.put_meta(Meta::Handle, founding.handle.as_str().as_bytes()).await?;
    tx.put_meta(Meta::NodeId, &founding.node_id().0).await?;
    tx.put_meta(Meta::Inception, &founding.inception.to_bytes()).await?;
    tx.put_token(&admin_row(token)).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// Opens the database of a founded node.
///
/// # Errors
/// When it cannot be opened, or is another node's.
pub async fn open(
    config: &Config,
    founding: &Founding,
    access: Access,
    entropy: &Entropy,
) -> Result<Store, StoreError> {
    let store = open_at(&config.data, &config.database, access, entropy).await?;
    let found = store.view().await?.own_node().await?;
    if found != founding.node_id() {
        return Err(StoreError::Conflict(format!(
            "the database belongs to node {found}, this data directory to {}",
            founding.node_id()
        )));
    }
    Ok(store)
}

/// Adds an admin token to a database, beside a running node.
///
/// # Errors
/// When the database cannot be written.
pub async fn add_token(store: &Store, token: &AdminToken) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    tx.put_token(&admin_row(token)).await?;
    tx.commit().await?;
    Ok(())
}

/// Where the store finds what the configuration names.
#[must_use]
pub fn place(database: &Database) -> store::Database {
    match database {
        Database::Sqlite => store::Database::Sqlite,
        Database::Postgres { url, migrate } => {
            store::Database::Postgres { url: url.clone(), migrate: *migrate }
        }
    }
}

async fn open_at(
    dir: &Path,
    database: &Database,
    access: Access,
    entropy: &Entropy,
) -> Result<Store, StoreError> {
    let config = StoreConfig {
        data_dir: dir.to_owned(),
        database: place(database),
        access,
        fresh_token: entropy.bytes(),
    };
    Store::open(config, Arc::new(RecordCodec)).await
}

fn admin_row(token: &AdminToken) -> TokenRow {
    TokenRow {
        id: token.id.clone(),
        secret: TokenHash::of(&token.secret).0,
        holder: token.holder.clone(),
        role: Role::Admin.as_str().to_owned(),
        party: None,
        methods: Vec::new(),
        created: token.created,
        expires: token.expires,
        revoked: None,
    }
}
