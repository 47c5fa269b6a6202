//! The starts of the node on this database, by which the numbers of its changes are told from those of another copy.

use quince_core::sync::{Instance, Nonce};

use super::conn::{on, run};
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

/// Starts that are kept. To a peer that was away for longer everything is told.
const KEPT: i64 = 1_000;

const ALL: &str = "SELECT nonce, began FROM instance ORDER BY number";
const BEGIN: &str = "INSERT INTO instance (number, nonce, began) \
    SELECT COALESCE(MAX(number), 0) + 1, $1, $2 FROM instance WHERE TRUE ON CONFLICT (nonce) DO NOTHING";
const FORGET: &str = "DELETE FROM instance WHERE number <= (SELECT MAX(number) FROM instance) - $1";

impl View {
    /// Every start that is kept, as they followed each other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instances(&mut self) -> Result<Vec<Instance>, StoreError> {
        let rows: Vec<(Vec<u8>, i64)> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        let read = |(nonce, began): (Vec<u8>, i64)| {
            let place = Place::new("instance", began);
            Ok(Instance {
                nonce: Nonce(place.bytes("nonce", &nonce)?),
                began: place.unsigned("began", began)?,
            })
        };
        rows.into_iter().map(read).collect()
    }
}

impl WriteTx {
    /// The node has started on this database. Does nothing when it has said so before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_instance(&mut self, nonce: Nonce) -> Result<(), StoreError> {
        let began = self.change_no().await?;
        run!(&mut self.conn, sqlx::query(BEGIN).bind(&nonce.0[..]).bind(integer(began)))?;
        run!(&mut self.conn, sqlx::query(FORGET).bind(KEPT))?;
        Ok(())
    }
}
