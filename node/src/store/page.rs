//! What a page of records needs of other records, in one statement each: a query per row would cost more than the
//! rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quince_core::domain::{Commitment, Handle, Instant, LineId, Record, RecordId, RecordKind, Snapshot};
use serde_json::json;

use super::conn::{Conn, Texts};
use super::error::StoreError;
use super::halves::Halves;
use super::record::{Family, RecordRow, Stored, read_all, select_records};
use super::row::{Place, integer};
use super::view::View;

/// The databases have no common way to take a list: SQLite gets JSON, PostgreSQL arrays.
const BY_IDS: Texts = Texts {
    sqlite: select_records!(
        "WHERE r.kind = $2 AND (r.owner, r.number) IN (SELECT k.value->>0, k.value->>1 FROM json_each($1) k)"
    ),
    postgres: select_records!(
        "WHERE r.kind = $3 AND (r.owner, r.number) IN (SELECT * FROM UNNEST($1::text[], $2::bigint[]))"
    ),
};

/// The most halves that are read for one need or offer. Without a bound, a city that writes halves by the
/// hundred thousand would make every look at its victim's records slow. An honest need of a hundred lines has
/// ten suppliers for each.
const HALVES_MAX: i64 = 4_000;

/// What comes first of the halves that name a need: what its owner asked for, then the answers of those who were
/// asked, then the rest.
macro_rules! need_class {
    () => {
        "CASE WHEN r.kind = 20 AND r.owner = r.need_owner THEN 0 \
            WHEN EXISTS (SELECT 1 FROM record asked WHERE asked.kind = 20 AND asked.owner = r.answers_owner \
                AND asked.number = r.answers_number AND asked.offer_owner = r.owner) THEN 1 ELSE 2 END"
    };
}

/// What comes first of the halves that name an offer: what its owner promised and holds, then what it declined,
/// then what the owners of needs ask for, then the rest.
macro_rules! offer_class {
    () => {
        "CASE WHEN r.owner = r.offer_owner AND r.state <> 'declined' THEN 0 \
            WHEN r.owner = r.offer_owner THEN 1 WHEN r.owner = r.need_owner THEN 2 ELSE 3 END"
    };
}

/// Halves by what they name: what counts first, and within a class everybody in turn, so that nobody crowds out the others.
macro_rules! halves_in_turn {
    ($named:literal, $class:ident, $turn:literal, $from:literal, $last:literal) => {
        concat!(
            select_records!(
                "WHERE (r.kind, r.owner, r.number) IN (SELECT kind, owner, number FROM ( \
                SELECT kind, owner, number, ROW_NUMBER() OVER (PARTITION BY "
            ),
            $named,
            " ORDER BY class, turn, owner, number) AS place FROM (SELECT r.kind, r.owner, r.number, ",
            $named,
            ", ROW_NUMBER() OVER (PARTITION BY ",
            $named,
            $turn,
            " ORDER BY r.number) AS turn, ",
            $class!(),
            " AS class FROM ",
            $from,
            ") turns) ranked WHERE place <= ",
            $last,
            ")"
        )
    };
}

/// What names a need; each city and each answered requisition in turn.
const OF_NEEDS: Texts = Texts {
    sqlite: halves_in_turn!(
        "need_owner, need_number",
        need_class,
        ", r.owner, r.answers_owner, r.answers_number",
        "json_each($1) k CROSS JOIN record r WHERE r.need_owner = k.value->>0 AND r.need_number = k.value->>1",
        "$2"
    ),
    postgres: halves_in_turn!(
        "need_owner, need_number",
        need_class,
        ", r.owner, r.answers_owner, r.answers_number",
        "UNNEST($1::text[], $2::bigint[]) k(owner, number) \
            JOIN record r ON r.need_owner = k.owner AND r.need_number = k.number",
        "$3"
    ),
};

/// What names an offer; each city in turn.
const OF_OFFERS: Texts = Texts {
    sqlite: halves_in_turn!(
        "offer_owner, offer_number",
        offer_class,
        ", r.owner",
        "json_each($1) k CROSS JOIN record r WHERE r.offer_owner = k.value->>0 AND r.offer_number = k.value->>1",
        "$2"
    ),
    postgres: halves_in_turn!(
        "offer_owner, offer_number",
        offer_class,
        ", r.owner",
        "UNNEST($1::text[], $2::bigint[]) k(owner, number) \
            JOIN record r ON r.offer_owner = k.owner AND r.offer_number = k.number",
        "$3"
    ),
};

/// What the suppliers answered to requisitions; what anybody else says about them is no answer.
const ANSWERS: Texts = Texts {
    sqlite: select_records!(
        "WHERE (r.kind, r.owner, r.number) IN (SELECT c.kind, c.owner, c.number FROM json_each($1) k \
            CROSS JOIN record q CROSS JOIN record c \
            WHERE q.kind = $2 AND q.owner = k.value->>0 AND q.number = k.value->>1 AND c.kind = 21 \
                AND c.answers_owner = q.owner AND c.answers_number = q.number AND c.owner = q.offer_owner)"
    ),
    postgres: select_records!(
        "WHERE (r.kind, r.owner, r.number) IN (SELECT c.kind, c.owner, c.number \
            FROM UNNEST($1::text[], $2::bigint[]) k(owner, number) \
            JOIN record q ON q.kind = $3 AND q.owner = k.owner AND q.number = k.number \
            JOIN record c ON c.kind = 21 AND c.answers_owner = q.owner AND c.answers_number = q.number \
                AND c.owner = q.offer_owner)"
    ),
};

/// When the feeds of members last grew here. The same list, of handles only.
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
        let found = self.by_list(BY_IDS, ids, i64::from(F::KIND.code())).await?;
        Ok(found
            .into_iter()
            .filter_map(Stored::into_family)
            .map(|one: Snapshot<F>| (one.id.clone(), one))
            .collect())
    }

    /// What names any line of these needs, by need; what nothing names is missing.
    ///
    /// # Errors
    /// As for [`View::get_all`].
    pub async fn halves_of_needs(
        &mut self,
        needs: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Halves>, StoreError> {
        let halves = by_record(self.by_list(OF_NEEDS, needs, HALVES_MAX).await?, |need, _| need);
        self.with_deliveries(halves).await
    }

    /// What names any line of these offers, by offer; what nothing names is missing.
    ///
    /// # Errors
    /// As for [`View::get_all`].
    pub async fn halves_of_offers(
        &mut self,
        offers: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Halves>, StoreError> {
        let halves = by_record(self.by_list(OF_OFFERS, offers, HALVES_MAX).await?, |_, offer| offer);
        self.with_deliveries(halves).await
    }

    /// Adds what became of the promises among these halves.
    async fn with_deliveries(
        &mut self,
        mut halves: BTreeMap<RecordId, Halves>,
    ) -> Result<BTreeMap<RecordId, Halves>, StoreError> {
        // Only of what somebody asked for: a promise of nobody's asking counts nowhere, and is not looked into.
        let asked: BTreeSet<&RecordId> =
            halves.values().flat_map(|halves| &halves.requisitions).map(|one| &one.id).collect();
        let answers = |one: &&Snapshot<Commitment>| {
            one.record.requisition().is_some_and(|requisition| asked.contains(requisition))
        };
        let promised = halves.values().flat_map(|halves| &halves.commitments).filter(answers);
        let promised: Vec<RecordId> = promised.map(|one| one.id.clone()).collect();
        let deliveries = Arc::new(self.shipments(&promised).await?.deliveries());
        halves.values_mut().for_each(|halves| halves.deliveries = Arc::clone(&deliveries));
        Ok(halves)
    }

    /// What the suppliers answered to these requisitions.
    ///
    /// # Errors
    /// As for [`View::get_all`].
    pub async fn answers(
        &mut self,
        requisitions: &[RecordId],
    ) -> Result<Vec<Snapshot<Commitment>>, StoreError> {
        let kind = i64::from(RecordKind::Requisition.code());
        let found = self.by_list(ANSWERS, requisitions, kind).await?;
        Ok(found.into_iter().filter_map(Stored::into_family).collect())
    }

    /// When each of these members was last heard, directly or through others; who never was is missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heard(&mut self, members: &[&Handle]) -> Result<BTreeMap<Handle, Instant>, StoreError> {
        if members.is_empty() {
            return Ok(BTreeMap::new());
        }
        let handles: Vec<&str> = members.iter().map(|handle| handle.as_str()).collect();
        let rows: Vec<(String, i64)> = match &mut self.conn {
            Conn::Sqlite(lite) => {
                sqlx::query_as(HEARD.sqlite)
                    .bind(json!(handles).to_string())
                    .fetch_all(lite.settled().await?)
                    .await
            }
            Conn::Postgres(tx) => sqlx::query_as(HEARD.postgres).bind(&handles).fetch_all(&mut **tx).await,
        }?;
        let read = |(handle, heard): (String, i64)| {
            let place = Place::new("feed", &handle);
            Ok((place.handle("handle", &handle)?, place.instant("heard", heard)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Records by a list of ids, which each statement takes first, and a number that it takes last.
    pub(super) async fn by_list(
        &mut self,
        texts: Texts,
        ids: &[RecordId],
        last: i64,
    ) -> Result<Vec<Stored>, StoreError> {
        let owners = || ids.iter().map(|id| id.owner.as_str());
        let numbers = || ids.iter().map(|id| integer(id.number.get()));
        let rows: Vec<RecordRow> = match &mut self.conn {
            Conn::Sqlite(lite) => {
                let list = json!(owners().zip(numbers()).collect::<Vec<_>>()).to_string();
                sqlx::query_as(texts.sqlite).bind(list).bind(last).fetch_all(lite.settled().await?).await
            }
            Conn::Postgres(tx) => {
                let (owners, numbers): (Vec<&str>, Vec<i64>) = (owners().collect(), numbers().collect());
                sqlx::query_as(texts.postgres)
                    .bind(owners)
                    .bind(numbers)
                    .bind(last)
                    .fetch_all(&mut **tx)
                    .await
            }
        }?;
        read_all(&self.shared, rows)
    }
}

/// Sorts halves by the need or the offer that they name.
fn by_record<'a>(
    all: Vec<Stored>,
    named: impl Fn(LineId, LineId) -> LineId + 'a,
) -> BTreeMap<RecordId, Halves> {
    let mut by_record: BTreeMap<RecordId, Vec<Stored>> = BTreeMap::new();
    for stored in all {
        let (need, offer) = match &stored.snapshot.record {
            Record::Requisition(half) => (half.need_line.clone(), half.offer_line.clone()),
            Record::Commitment(half) => (half.need_line.clone(), half.offer_line.clone()),
            _ => continue,
        };
        by_record.entry(named(need, offer).record).or_default().push(stored);
    }
    by_record.into_iter().map(|(id, halves)| (id, Halves::of(halves))).collect()
}
