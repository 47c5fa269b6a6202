//! The fold: from entries to the rows that lists and links are read from.
//!
//! Order-free: of a record's revisions the highest wins, and of two with the same number the one with the
//! greatest leaf hash, which is then shown as contested, for only a faulty owner writes two. What cannot be
//! folded is quarantined and never stops what follows.

use std::collections::BTreeMap;

use quince_core::domain::text::sanitize_for_display;
use quince_core::domain::{Codec, Handle, Number, RecordId, RecordKind, Revision};
use quince_core::feed::live_list::ListPart;
use quince_core::feed::{Entry, EntryKind, Header, Lane};

use super::append::BODY_SCHEMA;
use super::bulk::{self, Column, Insert, bytes, integers, texts};
use super::conn::Texts;
use super::error::StoreError;
use super::facts::{Facts, allows, check, facts};
use super::row::{Place, integer};
use super::standing::{Contest, Standing, Standings};
use super::usage::Shift;
use super::write::WriteTx;

/// The columns of a row, the same for both databases.
macro_rules! into_record {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO record (kind, owner, number, revision, leaf_hash, audience, feed, idx, body, contested, \
            state, exercise, items, urgency, need_owner, need_number, offer_owner, offer_number, \
            answers_owner, answers_number, due, changed) "
        )
    };
}

/// The rows as PostgreSQL unnests them.
macro_rules! unnested_records {
    () => {
        "SELECT kind, owner, number, revision, leaf_hash, audience, feed, idx, body, contested <> 0, \
            state, exercise <> 0, items, urgency, need_owner, need_number, offer_owner, offer_number, \
            answers_owner, answers_number, due, changed \
        FROM UNNEST($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::bigint[], \
            $8::bigint[], $9::bytea[], $10::bigint[], $11::text[], $12::bigint[], $13::text[], $14::bigint[], \
            $15::text[], $16::bigint[], $17::text[], $18::bigint[], $19::text[], $20::bigint[], $21::bigint[], \
            $22::bigint[]) \
            r(kind, owner, number, revision, leaf_hash, audience, feed, idx, body, contested, state, \
            exercise, items, urgency, need_owner, need_number, offer_owner, offer_number, answers_owner, \
            answers_number, due, changed) "
    };
}

/// A row that wins takes the place of the one that is there.
macro_rules! on_conflict {
    () => {
        "ON CONFLICT (kind, owner, number) DO UPDATE SET \
            contested = excluded.contested, \
            changed = excluded.changed, revision = excluded.revision, leaf_hash = excluded.leaf_hash, \
            audience = excluded.audience, feed = excluded.feed, idx = excluded.idx, body = excluded.body, \
            state = excluded.state, exercise = excluded.exercise, items = excluded.items, \
            urgency = excluded.urgency, need_owner = excluded.need_owner, need_number = excluded.need_number, \
            offer_owner = excluded.offer_owner, offer_number = excluded.offer_number, \
            answers_owner = excluded.answers_owner, answers_number = excluded.answers_number, due = excluded.due"
    };
}

/// Rows of records that were not known. See `bulk` for why there are two texts; SQLite keeps no journal of a statement that
/// ignores what is there, and one of several rows that could break off takes half as long again.
const INSERT: Insert = Insert {
    sqlite: concat!(into_record!("INSERT OR IGNORE"), "VALUES"),
    sqlite_end: "",
    postgres: concat!(into_record!("INSERT"), unnested_records!(), "ON CONFLICT DO NOTHING"),
};

/// Rows that may take the place of others.
const UPSERT: Insert = Insert {
    sqlite: concat!(into_record!("INSERT"), "VALUES"),
    sqlite_end: on_conflict!(),
    postgres: concat!(into_record!("INSERT"), unnested_records!(), on_conflict!()),
};

/// The losers of a tie arrived after the winner: the winner is contested all the same. See `bulk` for why
/// there are two texts.
const CONTEST: Texts = Texts {
    sqlite: "UPDATE record SET contested = TRUE, changed = $3 + r.key FROM json_each($1) r \
        WHERE $2 IS NOT NULL AND kind = r.value->>0 AND owner = r.value->>1 AND number = r.value->>2",
    postgres: "UPDATE record SET contested = TRUE, changed = $1 + r.place - 1 \
        FROM UNNEST($2::bigint[], $3::text[], $4::bigint[]) WITH ORDINALITY r(kind, owner, number, place) \
        WHERE record.kind = r.kind AND record.owner = r.owner AND record.number = r.number",
};

/// Where a revision is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryPlace {
    pub(super) feed: i64,
    pub(super) idx: u64,
}

/// One revision as a row of `record`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) kind: RecordKind,
    pub(super) id: RecordId,
    pub(super) revision: Revision,
    /// Empty while the record is in no feed.
    pub(super) leaf_hash: Vec<u8>,
    pub(super) audience: &'static str,
    pub(super) place: Option<EntryPlace>,
    /// Only where there is no entry.
    pub(super) body: Option<Vec<u8>>,
    pub(super) contested: bool,
    /// Bytes of its entry, as they count for its owner; 0 where nobody counts.
    pub(super) len: u64,
    pub(super) facts: Facts,
}

/// What an entry does here.
#[derive(Debug)]
pub(super) enum Effect {
    /// Nothing: the core reads it, or its body is not held.
    None,
    /// It is a revision of a record.
    Record(Box<(RecordKind, RecordId, Revision, Facts)>),
    /// It closes a live list.
    List,
    /// It cannot be folded.
    Quarantine(String),
}

/// What an entry of `owner`'s lane does.
pub(super) fn effect(codec: &dyn Codec, owner: &Handle, lane: Lane, entry: &Entry) -> Effect {
    let (Some(header), Some(body)) = (entry.header(), entry.body()) else { return Effect::None };
    if lane == Lane::Identity && header.kind < EntryKind::FIRST_OPAQUE {
        return Effect::None;
    }
    if header.kind == EntryKind::LIVE_LIST {
        return match ListPart::parse(lane, body) {
            Ok(part) if part.is_last() => Effect::List,
            Ok(_) => Effect::None,
            Err(error) => Effect::Quarantine(error.to_string()),
        };
    }
    match revision_of(codec, owner, lane, header, body) {
        Ok(revision) => Effect::Record(Box::new(revision)),
        // What cannot be read may contain anything, and one of the databases refuses U+0000.
        Err(reason) => Effect::Quarantine(sanitize_for_display(&reason)),
    }
}

fn revision_of(
    codec: &dyn Codec,
    owner: &Handle,
    lane: Lane,
    header: &Header,
    body: &[u8],
) -> Result<(RecordKind, RecordId, Revision, Facts), String> {
    let kind =
        RecordKind::from_code(header.kind.0).ok_or_else(|| format!("kind {} is unknown", header.kind.0))?;
    // A layout of the future could be read as one of today and mean something else.
    if header.schema != BODY_SCHEMA {
        return Err(format!("schema {} of {} is unknown", header.schema, kind.collection()));
    }
    let number = Number::new(header.number).map_err(|error| format!("number {error}"))?;
    let revision = Revision::new(header.revision).map_err(|error| format!("revision {error}"))?;
    if !allows(lane, kind) {
        return Err(format!("{} do not belong into the {lane} lane", kind.collection()));
    }
    let record = codec.decode(kind, header.unsalted(body)).map_err(|error| error.to_string())?;
    check(owner, number, &record)?;
    Ok((kind, RecordId::new(owner.clone(), number), revision, facts(owner, &record)))
}

impl WriteTx {
    /// Writes the rows that win against what is stored, each under a new change number. Tells by how much this moves what
    /// their owner has in use.
    pub(super) async fn fold(&mut self, rows: Vec<Row>) -> Result<Shift, StoreError> {
        let rows = winners(rows);
        let standing = self.standing(&rows).await?;
        self.fold_onto(standing, rows).await
    }

    /// The same where nothing stands in their places.
    pub(super) async fn fold_new(&mut self, rows: Vec<Row>) -> Result<Shift, StoreError> {
        self.fold_onto(Standings::new(), winners(rows)).await
    }

    /// Like [`WriteTx::fold`], of [`winners`], when it is known what stands in their places.
    pub(super) async fn fold_onto(
        &mut self,
        mut standing: Standings,
        rows: Vec<Row>,
    ) -> Result<Shift, StoreError> {
        let mut shift = Shift::default();
        if rows.is_empty() {
            return Ok(shift);
        }
        let last = self.newest_change().await?;
        self.mention(last + 1, &rows).await?;
        let (mut new, mut over, mut contested) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for mut row in rows {
            let Some(known) = standing.remove(&(row.kind, row.id.clone())) else {
                shift.give(row.facts.state, row.len);
                new.push(row);
                continue;
            };
            match known.meets(&row) {
                Contest::Wins => {
                    row.contested |= known.ties(&row);
                    if let Standing { state, len: Some(len), .. } = &known {
                        shift.take(state, *len);
                    }
                    shift.give(row.facts.state, row.len);
                    over.push(row);
                }
                Contest::Ties => contested.push(row),
                Contest::Loses => {}
            }
        }
        let after_new = last + length(new.len());
        let after_over = after_new + length(over.len());
        let newest = after_over + length(contested.len());
        self.insert_new(&new, last + 1).await?;
        bulk::insert(&mut self.conn, UPSERT, columns(&over, after_new + 1)).await?;
        if !contested.is_empty() {
            bulk::execute(&mut self.conn, CONTEST, after_over + 1, key_columns(&contested)).await?;
        }
        self.changed_to(newest)?;
        Ok(shift)
    }

    /// Writes rows in whose places nothing stands; the first is the change `from`.
    async fn insert_new(&mut self, rows: &[Row], from: i64) -> Result<(), StoreError> {
        let count = rows.len();
        bulk::insert_later(&mut self.conn, INSERT, columns(rows, from), move |inserted| {
            let place = Place::new("record", format!("the changes from {from}"));
            place.corrupt("number", format!("{inserted} of {count} new records are new"))
        })
        .await
    }
}

/// The rows that win among themselves, in the order of kinds and ids: a statement may touch a row only once.
pub(super) fn winners(rows: Vec<Row>) -> Vec<Row> {
    // An owner that writes new records numbers them as it goes.
    if rows.is_sorted_by(|a, b| (a.kind, &a.id) < (b.kind, &b.id)) {
        return rows;
    }
    let mut winners: BTreeMap<(RecordKind, RecordId), Row> = BTreeMap::new();
    for mut row in rows {
        let key = (row.kind, row.id.clone());
        let Some(known) = winners.get_mut(&key) else {
            winners.insert(key, row);
            continue;
        };
        let tie = row.revision == known.revision && row.leaf_hash != known.leaf_hash;
        if (row.revision, &row.leaf_hash) > (known.revision, &known.leaf_hash) {
            row.contested = tie || (row.revision == known.revision && known.contested);
            *known = row;
        } else if tie {
            known.contested = true;
        }
    }
    winners.into_values().collect()
}

fn key_columns(rows: &[Row]) -> Vec<Column> {
    vec![
        integers(rows.iter().map(|row| i64::from(row.kind.code()))),
        texts(rows.iter().map(|row| row.id.owner.to_string())),
        integers(rows.iter().map(|row| integer(row.id.number.get()))),
    ]
}

/// In the order of the statement's columns; the first row is the change `from`.
fn columns(rows: &[Row], from: i64) -> Vec<Column> {
    let facts = || rows.iter().map(|row| &row.facts);
    let mut columns = key_columns(rows);
    columns.extend([
        integers(rows.iter().map(|row| integer(row.revision.get()))),
        bytes(rows.iter().map(|row| row.leaf_hash.clone())),
        texts(rows.iter().map(|row| row.audience.to_owned())),
        integers(rows.iter().map(|row| row.place.map(|place| place.feed))),
        integers(rows.iter().map(|row| row.place.map(|place| integer(place.idx)))),
        bytes(rows.iter().map(|row| row.body.clone())),
        integers(rows.iter().map(|row| i64::from(row.contested))),
        texts(facts().map(|facts| facts.state.to_owned())),
        integers(facts().map(|facts| i64::from(facts.exercise))),
        texts(facts().map(|facts| facts.items.clone())),
        integers(facts().map(|facts| i64::from(facts.urgency))),
    ]);
    for link in [|f: &Facts| f.need.clone(), |f: &Facts| f.offer.clone(), |f: &Facts| f.answers.clone()] {
        columns.push(texts(facts().map(|facts| link(facts).map(|id| id.owner.to_string()))));
        columns.push(integers(facts().map(|facts| link(facts).map(|id| integer(id.number.get())))));
    }
    columns.push(integers(facts().map(|facts| facts.due)));
    columns.push(integers(from..from + length(rows.len())));
    columns
}

fn length(rows: usize) -> i64 {
    i64::try_from(rows).expect("fewer rows than the database can number")
}
