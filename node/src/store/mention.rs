//! Which records name which others: what becomes of promises, who gives thanks, what a call gathers.
//!
//! A mention is only ever added, so it may say more than the record does by now; what is read through it is looked at
//! again. Consignments are looked for at the owner of the promise and receipts at the owner of the need only, so nobody
//! else can make the look long.

use std::collections::BTreeMap;

use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::{Consignment, Handle, Message, Receipt, RecordId, RecordKind, Snapshot};
use serde_json::json;

use super::bulk::{self, integers, texts};
use super::conn::{Conn, Texts, on};
use super::error::StoreError;
use super::fold::Row;
use super::record::{RecordRow, Stored, read_all, select_records};
use super::row::integer;
use super::view::View;
use super::write::WriteTx;

/// The most messages of one city about one record that are read.
const MESSAGES_MAX: i64 = 100;

/// See `bulk` for why there are two texts.
const MENTION: Texts = Texts {
    sqlite: "INSERT INTO mention (kind, owner, number, named_owner, named_number, changed) \
        SELECT r.value->>0, r.value->>1, r.value->>2, r.value->>3, r.value->>4, $3 FROM json_each($1) r \
        WHERE true ON CONFLICT DO NOTHING",
    postgres: "INSERT INTO mention (kind, owner, number, named_owner, named_number, changed) \
        SELECT kind, owner, number, named_owner, named_number, $1 \
        FROM UNNEST($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) \
            r(kind, owner, number, named_owner, named_number) \
        ON CONFLICT DO NOTHING",
};

/// Consignments by the owner of each of these commitments that name it.
const CONSIGNMENTS: Texts = Texts {
    sqlite: select_records!(
        "WHERE (r.kind, r.owner, r.number) IN (SELECT m.kind, m.owner, m.number FROM json_each($1) k \
            CROSS JOIN mention m WHERE m.kind = $2 AND m.owner = k.value->>0 AND m.named_owner = k.value->>0 \
                AND m.named_number = k.value->>1) ORDER BY r.changed"
    ),
    postgres: select_records!(
        "WHERE (r.kind, r.owner, r.number) IN (SELECT m.kind, m.owner, m.number \
            FROM UNNEST($1::text[], $2::bigint[]) k(owner, number) \
            JOIN mention m ON m.kind = $3 AND m.owner = k.owner AND m.named_owner = k.owner \
                AND m.named_number = k.number) ORDER BY r.changed"
    ),
};

/// The first receipt of each receiver for each consignment: the one that counts.
const RECEIPTS: Texts = Texts {
    sqlite: select_records!(
        "WHERE r.kind = 25 AND (r.owner, r.number) IN (SELECT c.owner, MIN(c.number) FROM json_each($1) k \
            CROSS JOIN record c WHERE c.kind = 25 AND c.answers_owner = k.value->>0 \
                AND c.answers_number = k.value->>1 AND c.owner = k.value->>2 \
            GROUP BY c.answers_owner, c.answers_number, c.owner) ORDER BY r.changed"
    ),
    postgres: select_records!(
        "WHERE r.kind = 25 AND (r.owner, r.number) IN (SELECT c.owner, MIN(c.number) \
            FROM UNNEST($1::text[], $2::bigint[], $3::text[]) k(owner, number, receiver) \
            JOIN record c ON c.kind = 25 AND c.answers_owner = k.owner AND c.answers_number = k.number \
                AND c.owner = k.receiver \
            GROUP BY c.answers_owner, c.answers_number, c.owner) ORDER BY r.changed"
    ),
};

const ABOUT: &str = select_records!(
    "WHERE r.kind = 26 AND r.owner = $4 AND r.state = 'published' AND (r.kind, r.owner, r.number) IN ( \
        SELECT m.kind, m.owner, m.number FROM mention m \
            WHERE m.named_owner = $1 AND m.named_number = $2 AND m.kind = 26 AND m.owner = $4) \
    ORDER BY r.changed LIMIT $3"
);

const GATHERED: &str = "SELECT m.kind, COUNT(*) FROM mention m JOIN record r ON r.kind = m.kind AND r.owner = m.owner \
    AND r.number = m.number WHERE m.named_owner = $1 AND m.named_number = $2 AND r.exercise = $3 GROUP BY m.kind";

/// Consignments, and the receipts that count for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shipments {
    /// What was sent, in the order of arrival.
    pub consignments: Vec<Snapshot<Consignment>>,
    /// What was counted.
    pub receipts: Vec<Snapshot<Receipt>>,
}

impl Shipments {
    /// What became of each promise.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(&self.consignments, &self.receipts)
    }

    /// The same without one consignment.
    #[must_use]
    pub fn without(mut self, consignment: &RecordId) -> Self {
        self.consignments.retain(|one| one.id != *consignment);
        self
    }
}

impl View {
    /// What was sent of these commitments, and what was counted of that.
    ///
    /// # Errors
    /// When the database fails or a record is damaged.
    pub async fn shipments(&mut self, commitments: &[RecordId]) -> Result<Shipments, StoreError> {
        if commitments.is_empty() {
            return Ok(Shipments::default());
        }
        let kind = i64::from(RecordKind::Consignment.code());
        let found = self.by_list(CONSIGNMENTS, commitments, kind).await?;
        let consignments: Vec<Snapshot<Consignment>> =
            found.into_iter().filter_map(Stored::into_family).collect();
        let receipts = self.receipts_for(&consignments).await?;
        Ok(Shipments { consignments, receipts })
    }

    /// The receipts that count for these consignments.
    ///
    /// # Errors
    /// As for [`View::shipments`].
    pub async fn receipts_for(
        &mut self,
        consignments: &[Snapshot<Consignment>],
    ) -> Result<Vec<Snapshot<Receipt>>, StoreError> {
        let mut keys: Vec<(&str, i64, &str)> = Vec::new();
        for consignment in consignments {
            let receivers = consignment.record.lines.iter().map(|line| line.need_line.owner().as_str());
            let (owner, number) = (consignment.owner().as_str(), integer(consignment.id.number.get()));
            keys.extend(receivers.map(|receiver| (owner, number, receiver)));
        }
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<RecordRow> = match &mut self.conn {
            Conn::Sqlite(lite) => {
                sqlx::query_as(RECEIPTS.sqlite)
                    .bind(json!(keys).to_string())
                    .fetch_all(lite.settled().await?)
                    .await
            }
            Conn::Postgres(tx) => {
                let owners: Vec<&str> = keys.iter().map(|key| key.0).collect();
                let numbers: Vec<i64> = keys.iter().map(|key| key.1).collect();
                let receivers: Vec<&str> = keys.iter().map(|key| key.2).collect();
                let query = sqlx::query_as(RECEIPTS.postgres).bind(owners).bind(numbers).bind(receivers);
                query.fetch_all(&mut **tx).await
            }
        }?;
        Ok(read_all(&self.shared, rows)?.into_iter().filter_map(Stored::into_family).collect())
    }

    /// Published messages of one city that name a record, in the order of arrival; the first hundred. Of one city, so that
    /// nobody crowds out what another says.
    ///
    /// # Errors
    /// As for [`View::shipments`].
    pub async fn messages_about(
        &mut self,
        record: &RecordId,
        by: &Handle,
    ) -> Result<Vec<Snapshot<Message>>, StoreError> {
        let (owner, number) = (record.owner.as_str(), integer(record.number.get()));
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(ABOUT)
            .bind(owner).bind(number).bind(MESSAGES_MAX).bind(by.as_str()).fetch_all(db))?;
        Ok(read_all(&self.shared, rows)?.into_iter().filter_map(Stored::into_family).collect())
    }

    /// How many records of each kind name this one: exercises for an exercise, real ones for a real one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gathered(
        &mut self,
        record: &RecordId,
        exercise: bool,
    ) -> Result<BTreeMap<RecordKind, u64>, StoreError> {
        let (owner, number) = (record.owner.as_str(), integer(record.number.get()));
        let rows: Vec<(i64, i64)> = on!(&mut self.conn, db => sqlx::query_as(GATHERED)
            .bind(owner).bind(number).bind(exercise).fetch_all(db))?;
        let known = |kind: i64| u16::try_from(kind).ok().and_then(RecordKind::from_code);
        Ok(rows.into_iter().filter_map(|(kind, count)| Some((known(kind)?, count.unsigned_abs()))).collect())
    }
}

impl WriteTx {
    /// Notes what these rows name.
    pub(super) async fn mention(&mut self, changed: i64, rows: &[Row]) -> Result<(), StoreError> {
        let mentions: Vec<(&Row, &RecordId)> =
            rows.iter().flat_map(|row| row.facts.mentions.iter().map(move |named| (row, named))).collect();
        if mentions.is_empty() {
            return Ok(());
        }
        let owner = |handle: &Handle| handle.to_string();
        let columns = vec![
            integers(mentions.iter().map(|(row, _)| i64::from(row.kind.code()))),
            texts(mentions.iter().map(|(row, _)| owner(&row.id.owner))),
            integers(mentions.iter().map(|(row, _)| integer(row.id.number.get()))),
            texts(mentions.iter().map(|(_, named)| owner(&named.owner))),
            integers(mentions.iter().map(|(_, named)| integer(named.number.get()))),
        ];
        bulk::execute(&mut self.conn, MENTION, changed, columns).await.map(drop)
    }
}
