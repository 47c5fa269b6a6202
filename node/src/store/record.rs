//! Records as they stand: one by its id, lists page by page, counts.

use std::collections::BTreeMap;

use quince_core::domain::{
    Call, Commitment, Consignment, Handle, ItemCode, Knowledge, Message, Need, Offer, OwnItem, Partnership,
    Party, Profile, Receipt, Record, RecordId, RecordKind, Report, Requisition, Revision, Snapshot,
};
use quince_core::feed::{Entry, Header, Raw};

use super::conn::on;
use super::error::StoreError;
use super::row::{Place, integer};
use super::view::{Shared, View};

/// Every read of records begins like this, so that each is checked in the same way.
macro_rules! select_records {
    ($rest:literal) => {
        concat!(
            "SELECT r.kind, r.owner, r.number, r.revision, r.leaf_hash, r.audience, r.contested, r.changed, \
                r.body AS own_body, e.header, e.body \
            FROM record r LEFT JOIN entry e ON e.feed = r.feed AND e.idx = r.idx ",
            $rest
        )
    };
}
pub(super) use select_records;

const ONE: &str = select_records!("WHERE r.kind = $1 AND r.owner = $2 AND r.number = $3");
const LIST: &str = select_records!(
    "WHERE r.kind = $1 AND r.owner >= $2 AND r.owner <= $3 AND (r.owner, r.number) > ($4, $5) \
        AND ($6 = '' OR $6 LIKE '% ' || r.state || ' %') AND ($7 = '' OR r.items LIKE '% ' || $7 || ' %') \
        AND ($8 = 0 OR (r.urgency > 0 AND r.urgency <= $8)) \
    ORDER BY r.owner, r.number LIMIT $9"
);
const UNPUBLISHED: &str =
    select_records!("WHERE r.owner = $1 AND r.audience = 'federation' AND r.feed IS NULL ORDER BY r.number");
/// The profile is left out: it says what a node is, also in a drill. So is a no, which anybody can bring about.
const REAL: &str = "SELECT number FROM record WHERE owner = $1 AND exercise = $2 AND kind <> $3 \
    AND state <> 'declined' ORDER BY number LIMIT 1";
const COUNTS: &str = "SELECT kind, COUNT(*) FROM record GROUP BY kind";
const COUNT_OF: &str = "SELECT COUNT(*) FROM record WHERE kind = $1 AND owner = $2";
const QUARANTINED: &str = "SELECT COUNT(*) FROM quarantine";

/// Greater than every handle, because none of their characters is.
const AFTER_HANDLES: &str = "~";

/// A record as it stands, and what the store knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The winning revision.
    pub snapshot: Snapshot<Record>,
    /// It is in a feed.
    pub published: bool,
    /// Its owner wrote two different revisions of this number: its fault, to be shown.
    pub contested: bool,
    /// When it changed here, in the order of this store's changes.
    pub changed: u64,
}

/// A record family, for typed reads.
pub trait Family: Sized {
    /// The kind of its records.
    const KIND: RecordKind;
    /// The record, if it is of this family.
    fn of(record: Record) -> Option<Self>;
}

/// Which records to list, in the order of owners and numbers.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// Of which kind.
    pub kind: RecordKind,
    /// Only of this owner.
    pub owner: Option<Handle>,
    /// Only in one of these states; empty for any.
    pub states: Vec<&'static str>,
    /// Only with a line of this item, or defining it.
    pub item: Option<ItemCode>,
    /// Only with a line of this tier or a more urgent one.
    pub urgency_at_most: Option<u8>,
    /// After this record: the last of the page before.
    pub after: Option<RecordId>,
    /// At most this many.
    pub limit: u32,
}

/// How much is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records by kind.
    pub records: BTreeMap<RecordKind, u64>,
    /// Entries without effect.
    pub quarantined: u64,
}

#[derive(sqlx::FromRow)]
pub(super) struct RecordRow {
    kind: i64,
    owner: String,
    number: i64,
    revision: i64,
    leaf_hash: Vec<u8>,
    audience: String,
    contested: bool,
    changed: i64,
    own_body: Option<Vec<u8>>,
    header: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
}

macro_rules! families {
    ($($family:ident),+) => {
        $(impl Family for $family {
            const KIND: RecordKind = RecordKind::$family;

            fn of(record: Record) -> Option<Self> {
                match record {
                    Record::$family(record) => Some(record),
                    _ => None,
                }
            }
        })+
    };
}

families!(
    Profile,
    Party,
    Need,
    Offer,
    Requisition,
    Commitment,
    Partnership,
    Call,
    Consignment,
    Receipt,
    Message,
    Knowledge,
    Report,
    OwnItem
);

impl ListQuery {
    /// Everything of a kind, from the beginning.
    #[must_use]
    pub const fn of(kind: RecordKind, limit: u32) -> Self {
        Self { kind, owner: None, states: Vec::new(), item: None, urgency_at_most: None, after: None, limit }
    }
}

impl Stored {
    /// The same as a record of one family; `None` when it is of another.
    #[must_use]
    pub fn into_family<F: Family>(self) -> Option<Snapshot<F>> {
        let Snapshot { id, revision, audience, record } = self.snapshot;
        F::of(record).map(|record| Snapshot { id, revision, audience, record })
    }
}

impl RecordRow {
    pub(super) const fn changed(&self) -> u64 {
        self.changed.unsigned_abs()
    }

    /// The record; `None` when its body is not held (erased, or being fetched again).
    pub(super) fn read(self, shared: &Shared) -> Result<Option<Stored>, StoreError> {
        let place = Place::new("record", format!("{}/{}", self.owner, self.number));
        let code = u16::try_from(self.kind).ok().and_then(RecordKind::from_code);
        let kind = code.ok_or_else(|| place.corrupt("kind", format!("{} is unknown", self.kind)))?;
        let id = place.record_id(&self.owner, self.number)?;
        let published = self.header.is_some();
        let (own, signed);
        let body: &[u8] = match (self.own_body, self.header, self.body) {
            (Some(body), _, _) => {
                own = body;
                &own
            }
            (None, Some(header), Some(body)) => {
                signed = Raw::from(body);
                let header = verified(&id, &self.leaf_hash, &header, &signed)?;
                let said = (header.kind.0, header.number, header.revision);
                if said != (kind.code(), id.number.get(), self.revision.unsigned_abs()) {
                    return Err(
                        place.corrupt("revision", format!("the entry is revision {}", header.revision))
                    );
                }
                header.unsalted(&signed)
            }
            _ => return Ok(None),
        };
        let record = place.take("body", shared.codec.decode(kind, body))?;
        let revision = place.unsigned("revision", self.revision)?;
        let revision = place.take("revision", Revision::new(revision))?;
        let audience = place.audience(&self.audience)?;
        let changed = place.unsigned("changed", self.changed)?;
        let snapshot = Snapshot { id, revision, audience, record };
        Ok(Some(Stored { snapshot, published, contested: self.contested, changed }))
    }
}

/// The header, if it and the body are still those that were signed: a flipped bit is found before it is used.
fn verified(id: &RecordId, leaf_hash: &[u8], header: &[u8], body: &Raw) -> Result<Header, StoreError> {
    let place = Place::new("entry", id);
    let header = place.take("header", Header::parse(header))?;
    let entry = place.take("body", Entry::full(header, body.clone()))?;
    if entry.leaf_hash().0 != leaf_hash {
        return Err(place.corrupt("body", "not what its owner signed"));
    }
    Ok(header)
}

pub(super) fn read_all(shared: &Shared, rows: Vec<RecordRow>) -> Result<Vec<Stored>, StoreError> {
    rows.into_iter().filter_map(|row| row.read(shared).transpose()).collect()
}

impl View {
    /// One record.
    ///
    /// # Errors
    /// When the database fails or the record is damaged.
    pub async fn record(&mut self, kind: RecordKind, id: &RecordId) -> Result<Option<Stored>, StoreError> {
        let (owner, number) = (id.owner.as_str(), integer(id.number.get()));
        let row: Option<RecordRow> = on!(&mut self.conn, db =>
            sqlx::query_as(ONE).bind(i64::from(kind.code())).bind(owner).bind(number).fetch_optional(db))?;
        Ok(row.map(|row| row.read(&self.shared)).transpose()?.flatten())
    }

    /// One record of a family: `view.get::<Need>(&id)`.
    ///
    /// # Errors
    /// As for [`View::record`].
    pub async fn get<F: Family>(&mut self, id: &RecordId) -> Result<Option<Snapshot<F>>, StoreError> {
        Ok(self.record(F::KIND, id).await?.and_then(Stored::into_family))
    }

    /// How many records of a kind an owner has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_of(&mut self, kind: RecordKind, owner: &Handle) -> Result<u64, StoreError> {
        let count: i64 = on!(&mut self.conn, db => sqlx::query_scalar(COUNT_OF)
            .bind(i64::from(kind.code())).bind(owner.as_str()).fetch_one(db))?;
        Place::new("record", owner).unsigned("count", count)
    }

    /// A page of records.
    ///
    /// # Errors
    /// As for [`View::record`].
    pub async fn list(&mut self, query: &ListQuery) -> Result<Vec<Stored>, StoreError> {
        let (from, to) =
            query.owner.as_ref().map_or(("", AFTER_HANDLES), |owner| (owner.as_str(), owner.as_str()));
        let after = query.after.as_ref().map_or(("", 0), |id| (id.owner.as_str(), integer(id.number.get())));
        let states =
            if query.states.is_empty() { String::new() } else { format!(" {} ", query.states.join(" ")) };
        let item = query.item.as_ref().map(ToString::to_string).unwrap_or_default();
        let urgency = i64::from(query.urgency_at_most.unwrap_or(0));
        let rows: Vec<RecordRow> = on!(&mut self.conn, db => sqlx::query_as(LIST)
            .bind(i64::from(query.kind.code())).bind(from).bind(to).bind(after.0).bind(after.1)
            .bind(&states).bind(&item).bind(urgency).bind(i64::from(query.limit)).fetch_all(db))?;
        read_all(&self.shared, rows)
    }

    /// What is written for the federation and in no feed yet, by rising number.
    pub(super) async fn unpublished(&mut self, own: &Handle) -> Result<Vec<Snapshot<Record>>, StoreError> {
        let rows: Vec<RecordRow> =
            on!(&mut self.conn, db => sqlx::query_as(UNPUBLISHED).bind(own.as_str()).fetch_all(db))?;
        Ok(read_all(&self.shared, rows)?.into_iter().map(|stored| stored.snapshot).collect())
    }

    /// An own record that is no exercise, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn real_record(&mut self) -> Result<Option<RecordId>, StoreError> {
        let own = self.own_handle().await?;
        let profile = i64::from(RecordKind::Profile.code());
        let number: Option<i64> = on!(&mut self.conn, db => sqlx::query_scalar(REAL)
            .bind(own.as_str()).bind(false).bind(profile).fetch_optional(db))?;
        let place = Place::new("record", &own);
        number.map(|number| place.record_id(own.as_str(), number)).transpose()
    }

    /// How much is stored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&mut self) -> Result<Counts, StoreError> {
        let rows: Vec<(i64, i64)> = on!(&mut self.conn, db => sqlx::query_as(COUNTS).fetch_all(db))?;
        let quarantined: i64 = on!(&mut self.conn, db => sqlx::query_scalar(QUARANTINED).fetch_one(db))?;
        let known = |kind: i64| u16::try_from(kind).ok().and_then(RecordKind::from_code);
        let records =
            rows.into_iter().filter_map(|(kind, count)| Some((known(kind)?, count.unsigned_abs()))).collect();
        Ok(Counts { records, quarantined: quarantined.unsigned_abs() })
    }
}
