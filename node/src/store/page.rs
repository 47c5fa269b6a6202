//! What a page of records needs of other records, in one statement each: a query per row would cost more than the
//! rows.

use std::collections::BTreeMap;

use quince_core::domain::{Commitment, Handle, Instant, RecordId, RecordKind, Snapshot};
use serde_json::json;

use super::conn::{Conn, Texts};
use super::error::StoreError;
use super::record::{Family, RecordRow, Stored, read_all, select_records};
use super::row::{Place, integer};
use super::view::View;

/// A read of the records that belong to a list of ids, with a number `$1` before it. The databases have no common way
/// to take a list: SQLite gets JSON, PostgreSQL arrays.
macro_rules! select_by_list {
    ($before:literal, $after:literal) => {
        $crate::store::conn::Texts {
            sqlite: concat!(
                select_records!("WHERE (r.kind, r.owner, r.number) IN ("),
                $before,
                "(SELECT value->>0 AS owner, value->>1 AS number FROM json_each($2))",
                $after,
                ")"
            ),
            postgres: concat!(
                select_records!("WHERE (r.kind, r.owner, r.number) IN ("),
                $before,
                "(SELECT * FROM UNNEST($2::text[], $3::bigint[]) list(owner, number))",
                $after,
                ")"
            ),
        }
    };
}
pub(super) use select_by_list;

const BY_IDS: Texts = select_by_list!("SELECT CAST($1 AS BIGINT), k.owner, k.number FROM ", " k");

/// What the suppliers answered to requisitions; what anybody else says about them is no answer.
const ANSWERS: Texts = select_by_list!(
    "SELECT c.kind, c.owner, c.number FROM ",
    " k CROSS JOIN record q CROSS JOIN record c \
        WHERE q.kind = $1 AND q.owner = k.owner AND q.number = k.number AND c.kind = 21 \
            AND c.answers_owner = q.owner AND c.answers_number = q.number AND c.owner = q.offer_owner"
);

/// When the feeds of members last grew here. A list of handles only.
const HEARD: Texts = Texts {
    sqlite: "SELECT m.handle, MAX(f.heard) FROM member m JOIN feed f ON f.node = m.node \
        WHERE m.handle IN (SELECT k.value FROM json_each($1) k) GROUP BY m.handle",
    postgres: "SELECT m.handle, MAX(f.heard) FROM member m JOIN feed f ON f.node = m.node \
        WHERE m.handle = ANY($1::text[]) GROUP BY m.handle",
};

impl View {
    /// The records of a family with these ids, as far as they are held.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn get_all<F: Family>(
        &mut self,
        ids: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Snapshot<F>>, StoreError> {
        let found = self.by_list(BY_IDS, i64::from(F::KIND.code()), ids).await?;
        Ok(found
            .into_iter()
            .filter_map(Stored::into_family)
            .map(|one: Snapshot<F>| (one.id.clone(), one))
            .collect())
    }

    /// What the suppliers answered to these requisitions.
    ///
    /// # Errors
    /// As for [`View::get_all`].
    pub async fn answers(
        &mut self,
        requisitions: &[RecordId],
    ) -> Result<Vec<Snapshot<Commitment>>, StoreError> {
        let found = self.by_list(ANSWERS, i64::from(RecordKind::Requisition.code()), requisitions).await?;
        Ok(found.into_iter().filter_map(Stored::into_family).collect())
    }

    /// When each of these members was last heard, directly or through others; who never was is missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heard(&mut self, members: &[&Handle]) -> Result<BTreeMap<Handle, Instant>, StoreError> {
        let handles: Vec<&str> = members.iter().map(|handle| handle.as_str()).collect();
        let rows: Vec<(String, i64)> = match &mut self.conn {
            Conn::Sqlite(tx) => {
                sqlx::query_as(HEARD.sqlite).bind(json!(handles).to_string()).fetch_all(&mut **tx).await
            }
            Conn::Postgres(tx) => sqlx::query_as(HEARD.postgres).bind(&handles).fetch_all(&mut **tx).await,
        }?;
        let read = |(handle, heard): (String, i64)| {
            let place = Place::new("feed", &handle);
            Ok((place.handle("handle", &handle)?, place.instant("heard", heard)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Runs a [`select_by_list`].
    pub(super) async fn by_list(
        &mut self,
        texts: Texts,
        first: i64,
        ids: &[RecordId],
    ) -> Result<Vec<Stored>, StoreError> {
        let owners = || ids.iter().map(|id| id.owner.as_str());
        let numbers = || ids.iter().map(|id| integer(id.number.get()));
        let rows: Vec<RecordRow> = match &mut self.conn {
            Conn::Sqlite(tx) => {
                let list = json!(owners().zip(numbers()).collect::<Vec<_>>()).to_string();
                sqlx::query_as(texts.sqlite).bind(first).bind(list).fetch_all(&mut **tx).await
            }
            Conn::Postgres(tx) => {
                let (owners, numbers): (Vec<&str>, Vec<i64>) = (owners().collect(), numbers().collect());
                sqlx::query_as(texts.postgres)
                    .bind(first)
                    .bind(owners)
                    .bind(numbers)
                    .fetch_all(&mut **tx)
                    .await
            }
        }?;
        read_all(&self.shared, rows)
    }
}
